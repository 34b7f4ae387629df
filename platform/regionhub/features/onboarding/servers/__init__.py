"""Devices at the town's network server: what it has to know of them to let them join."""
