"""What arrives, and what does not."""
