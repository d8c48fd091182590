"""The composition root: who is handed to whom. Only `cli` and the commands stand above it."""
