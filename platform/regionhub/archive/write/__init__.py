"""Writing what arrived: one transaction for a batch."""
