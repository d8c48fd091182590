"""Patches in the Codex format: from their text to changes of files."""
