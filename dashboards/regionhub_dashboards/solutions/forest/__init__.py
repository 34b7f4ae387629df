"""Forest stands."""
