"""Forecasts of water levels for the next hours, with a band and their skill."""
