"""Forest: how dry fuel and soil are, and how readily a fire would spread."""
