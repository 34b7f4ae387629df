"""A gauge at two in the night: one drawing, and what belongs beside it."""
