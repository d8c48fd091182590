"""The turn loop and the conversation: no vendor, no terminal."""
