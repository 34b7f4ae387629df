"""What features say about sites: decided when readings arrive or get old, kept as rows."""
