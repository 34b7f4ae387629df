"""The running hub of tests/hub.py, one for each file."""

from tests.hub import hub, profile

__all__ = ["hub", "profile"]
