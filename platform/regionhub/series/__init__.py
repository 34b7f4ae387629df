"""What was measured: units, quality, readings and rollups."""
