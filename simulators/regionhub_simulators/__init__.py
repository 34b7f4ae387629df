"""Device fleets that speak like real ones."""
