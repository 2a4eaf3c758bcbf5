"""The overview: its periods, what is counted for each of them, and the groups of customers it tells of."""
