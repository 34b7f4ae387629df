"""A region of towns with a year of readings: how much room it takes and how fast it is read."""
