"""The list of kept sessions: choose one to go on with, rename it, delete it."""

from codex_tui.ui.panes.sessions.pane import SessionsPane

__all__ = ["SessionsPane"]
