"""The ways to start a process: our own helper programs, and the commands a model asked for."""
