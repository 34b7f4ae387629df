"""The formats of what is fetched: bytes in, rows out. Each module names where it is laid out."""
