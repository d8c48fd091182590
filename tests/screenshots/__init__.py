"""Pictures of the real program at work, for the README."""
