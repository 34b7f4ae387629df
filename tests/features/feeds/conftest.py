"""Fixtures of the feeds."""

from tests.features.feeds.region import databases, hub

__all__ = ["databases", "hub"]
