"""The gate between what a model wants to do and what is done."""
