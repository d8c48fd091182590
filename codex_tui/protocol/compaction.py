"""A compaction: what a model reads in the place of the earlier part of a conversation.

It is no message, for nobody said it: it is a way to read the messages before it, and those stay in
the session as they are. Its summary is read on every wire; what the user said is not in it, because
that is read word for word. Where the vendor that made it gave out the same summary as a block of
its own, that goes back to it in the place of the words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.figures import format_tokens
from codex_tui.protocol.messages import NoticeMessage, Opaque
from codex_tui.protocol.plan import PlanStep

SUMMARY_BLOCK: Final = "compaction"
"""The kind of a vendor's own block that holds a summary."""


class CompactionCause(StrEnum):
    """Why a conversation was compacted."""

    ASKED = "asked"
    THRESHOLD = "threshold"
    OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file that was written during the session; lines are counted over all changes to it."""

    path: str
    kind: ChangeKind
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """What stands for the messages before it, all but the last `kept`, which are read as they are.

    `summary` is the Markdown that `model` (`provider/model`) wrote, or that the user made of it.
    `plan` and `files` are as they were at that moment. `max_word_chars` is how much of the user's
    own words there is room for. `before_tokens` and `after_tokens` are what the next request came
    to without it and comes to with it; the second is always an estimate. `block` is the vendor's
    own form of the summary; an edited summary has none.
    """

    id: str
    summary: str
    kept: int
    max_word_chars: int
    plan: tuple[PlanStep, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    focus: str = ""
    cause: CompactionCause = CompactionCause.ASKED
    model: str = ""
    before_tokens: int = 0
    after_tokens: int = 0
    block: Opaque | None = None

    @property
    def told(self) -> Compaction:
        """What people are told of it: all but what only its vendor can read."""
        return replace(self, block=None)

    @property
    def title(self) -> str:
        """One line for people."""
        before, after = format_tokens(self.before_tokens), format_tokens(self.after_tokens)
        return f"Conversation compacted: {before} → ~{after} tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryNotice(NoticeMessage):
    """The notice with a compaction's summary. For whoever takes `block` back, as the first thing in
    the conversation, `beside` says what `text` says without the summary. It is never stored.
    """

    block: Opaque
    beside: str
