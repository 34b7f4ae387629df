"""What every face shares: API and portal."""
