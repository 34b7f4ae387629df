"""The board of the feature gauges."""
