"""The compactions of a stored session as people see them: each once, as it is by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from codex_tui.agent.compaction.view import View
from codex_tui.protocol.compaction import Compaction
from codex_tui.sessions.compaction_records import CompactionEdited, CompactionUndone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.agent.past import PastCompaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCompaction:
    """A compaction behind the first `after` messages; `note` says what became of it."""

    after: int
    compaction: Compaction
    note: Literal["", "edited", "undone"] = ""


def shown_compactions(records: Iterable[PastCompaction]) -> tuple[ShownCompaction, ...]:
    """Fold the records, oldest first."""
    view, shown = View(), dict[str, ShownCompaction]()
    for past in records:
        undone = isinstance(past.record, CompactionUndone)
        before = view.active
        view.apply(past.record)
        compaction = before if undone else view.active
        if compaction is None:
            continue
        known = shown.get(compaction.id)
        edited = isinstance(past.record, CompactionEdited)
        shown[compaction.id] = ShownCompaction(
            after=known.after if known else past.after,
            compaction=compaction,
            note="undone" if undone else "edited" if edited else "",
        )
    return tuple(shown.values())
