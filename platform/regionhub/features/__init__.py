"""One complete folder for each decision or face."""
