"""The compactions of a conversation on the transcript: a block each, changed when one is edited,
undone or redone. What was said before stays where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.widgets.compaction_block import CompactionBlock

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.compaction import Compaction
    from codex_tui.ui.widgets.transcript import Transcript


class Compactions:
    """Blocks by the ids of compactions; `add` puts a new one at the end and returns its key."""

    def __init__(self, transcript: Transcript, add: Callable[[CompactionBlock], int]) -> None:
        self._transcript = transcript
        self._add = add
        self._keys: dict[str, int] = {}

    def show(self, compaction: Compaction, note: str) -> None:
        """Show a compaction, in its place if it has one."""
        block = CompactionBlock(title=compaction.title, summary=compaction.summary, note=note)
        key = self._keys.get(compaction.id)
        if key is None:
            self._keys[compaction.id] = self._add(block)
        else:
            self._transcript.replace(key, block)

    def clear(self) -> None:
        """Forget all: the transcript is emptied."""
        self._keys.clear()
