"""codex-tui: a full-screen terminal coding assistant for the model of your choice."""

__version__ = "0.1.0"
