"""A small model on this machine: its weights, its server as a child process, and its adapter."""
