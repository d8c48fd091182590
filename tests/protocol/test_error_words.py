"""A failure's message and its hint, read on one line."""

from __future__ import annotations

import pytest

from codex_tui.protocol.errors import CodexError


@pytest.mark.parametrize(
    ("message", "hint", "line"),
    [
        ("a.py: nothing changes", "Say more.", "a.py: nothing changes. Say more."),
        ("Nothing changes.", "Say more.", "Nothing changes. Say more."),
        ("What now?", "Say more.", "What now? Say more."),
        ("Nothing changes", None, "Nothing changes"),
        ("Nothing changes", "", "Nothing changes"),
    ],
)
def test_message_and_hint_are_sentences(message: str, hint: str | None, line: str) -> None:
    assert CodexError(message, hint=hint).sentences == line
