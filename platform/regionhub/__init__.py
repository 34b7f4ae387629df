"""The core: what things are, how they are kept and shown."""
