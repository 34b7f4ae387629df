"""The board of the feature device_health."""
