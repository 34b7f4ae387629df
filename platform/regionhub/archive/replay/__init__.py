"""Stored frames decoded anew."""
