"""Rows of the list of sessions, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from codex_tui.protocol.ids import SessionId
from codex_tui.protocol.sessions import SessionSummary
from codex_tui.ui.panes.sessions.entries import SessionRow

NOW = datetime(2026, 5, 20, 14, 30, tzinfo=UTC)
HOME = "/home/ada/src/parcels"


def row(number: int, title: str, minutes: int, **facts: Any) -> SessionRow:
    directory = facts.pop("directory", HOME)
    current = facts.pop("current", False)
    summary = SessionSummary(
        session=SessionId(f"20260520-14{number:04}-0a1b2c{number:02}"),
        directory=directory,
        title=title,
        changed=NOW - timedelta(minutes=minutes),
        size_bytes=number * 48_000,
        turns=facts.pop("turns", number),
        outcome=facts.pop("outcome", "done"),
        branch=facts.pop("branch", "main"),
        **facts,
    )
    place = directory.replace("/home/ada", "~")
    return SessionRow(summary=summary, place=place, here=directory == HOME, current=current)
