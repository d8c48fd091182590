"""The session log: one growing file a conversation, and how it is read back."""
