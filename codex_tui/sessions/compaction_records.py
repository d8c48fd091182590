"""What a session file says of compactions. Each stands behind the messages it is about.

Only the newest compaction that is not undone counts, so a record names none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.compaction import Compaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """The model reads a summary of the messages before this."""

    compaction: Compaction
    type: Literal["compacted"] = "compacted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionEdited:
    """The user changed the summary."""

    summary: str
    type: Literal["compaction_edited"] = "compaction_edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionUndone:
    """The model reads again what the summary stood for."""

    type: Literal["compaction_undone"] = "compaction_undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionRedone:
    """The model reads the summary that was undone last."""

    type: Literal["compaction_redone"] = "compaction_redone"


CompactionRecord = Compacted | CompactionEdited | CompactionUndone | CompactionRedone
