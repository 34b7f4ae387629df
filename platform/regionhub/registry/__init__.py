"""What is registered: towns, sites, devices, sources."""
