"""What the API accepts, and answers that are no rows of the store, with units and meaning."""
