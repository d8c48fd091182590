"""The ways to start a process: so far the one plain door for our own helper programs."""
