"""What can be said on the command line, the help that explains it, and how it is read."""
