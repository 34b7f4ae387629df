"""The board of the feature irrigation."""
