"""REST and live stream under /api/v1."""
