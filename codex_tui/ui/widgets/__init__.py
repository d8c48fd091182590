"""Reusable parts: they know no pane, no bus and no session."""
