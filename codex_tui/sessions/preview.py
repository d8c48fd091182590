"""The last words of a session file, read from its end alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from codex_tui.protocol.messages import AssistantMessage, UserMessage
from codex_tui.sessions.branch_records import BranchChosen
from codex_tui.sessions.codec import Decoder
from codex_tui.sessions.reading import open_regular
from codex_tui.sessions.records import MessageAdded

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.ids import BranchId, SessionId

PREVIEW_BYTES = 256_000
"""How far back a preview looks for the last words."""
MAX_PREVIEW_CHARS = 2_000


def preview(session: SessionId, path: Path) -> str:
    """Return the last words in a file, the user's or the model's, empty when there are none near
    its end; raises `OSError`. Of several branches those of the chosen one count.
    """
    descriptor = open_regular(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        start = max(0, size - PREVIEW_BYTES)
        lines = os.pread(descriptor, PREVIEW_BYTES, start).split(b"\n")[1 if start else 0 :]
    finally:
        os.close(descriptor)
    decoder = Decoder(session)
    branch: BranchId | None = None
    for line in reversed(lines):
        stored = decoder.decode(line)
        match stored and stored.record:
            case BranchChosen() if stored and branch is None:
                branch = stored.place.branch
            case MessageAdded(message=UserMessage() | AssistantMessage() as message) if (
                stored and branch in {None, stored.place.branch}
            ):
                if message.text.strip():
                    return message.text.strip()[-MAX_PREVIEW_CHARS:]
            case _:
                continue
    return ""
