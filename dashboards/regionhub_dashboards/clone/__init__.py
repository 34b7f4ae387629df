"""Dashboards in the organisations of towns: made, compared, merged and taken back."""
