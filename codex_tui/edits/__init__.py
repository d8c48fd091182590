"""Proposed edits: where they fit, what they change hunk by hunk, and writing them whole or not at
all.
"""
