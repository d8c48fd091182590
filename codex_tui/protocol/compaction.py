"""A compaction: what a model reads in the place of the earlier part of a conversation.

It is no message, for nobody said it: it is a way to read the messages before it, and those stay in
the session as they are. It holds no vendor's state, so it is read the same on every wire; what the
user said is not in it, because that is read word for word.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.figures import format_tokens
from codex_tui.protocol.plan import PlanStep


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
    to without it and comes to with it; the second is always an estimate.
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

    @property
    def title(self) -> str:
        """One line for people."""
        before, after = format_tokens(self.before_tokens), format_tokens(self.after_tokens)
        return f"Conversation compacted: {before} → ~{after} tokens"
