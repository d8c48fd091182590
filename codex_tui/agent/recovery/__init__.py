"""What is done about a model call that failed."""
