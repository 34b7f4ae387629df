"""Roads in winter."""
