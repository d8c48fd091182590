"""What a session's log holds: its records with their places and times, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from codex_tui.protocol.ids import Place
from codex_tui.sessions.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A record with its place and its time (ISO 8601, empty where the file does not tell)."""

    place: Place
    record: Record
    at: str
