"""Tables that people send: sheets, what they write into cells, and what is wrong with it."""
