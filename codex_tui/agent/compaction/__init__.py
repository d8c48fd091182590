"""A conversation that became too long: what the model reads in its place, and how that is made."""
