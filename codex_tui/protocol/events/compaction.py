"""Compactions, begun and ended. `place.turn` is None when no turn ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.compaction import Compaction, CompactionCause
from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionStarted:
    """The model is asked for a summary, once for each attempt; `tokens` is what the next request
    would come to.
    """

    place: Place
    cause: CompactionCause
    tokens: int
    type: Literal["compaction_started"] = "compaction_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCompacted:
    """From here on the model reads a summary of what was said before."""

    place: Place
    compaction: Compaction
    type: Literal["conversation_compacted"] = "conversation_compacted"

    @property
    def text(self) -> str:
        """What people are told."""
        return f"{self.compaction.title}."


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionAbandoned:
    """A compaction that was started came to nothing: the conversation is as it was. `message` and
    `hint` say why.
    """

    place: Place
    message: str
    hint: str = ""
    type: Literal["compaction_abandoned"] = "compaction_abandoned"

    @property
    def text(self) -> str:
        """What people are told."""
        return " ".join(filter(None, (self.message, self.hint)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionChanged:
    """The user edited a summary, or has the model read the whole conversation again (`undone`), or
    the summary again (`redone`). `compaction` is the one in question, as it is after that.
    """

    place: Place
    change: Literal["edited", "undone", "redone"]
    compaction: Compaction
    type: Literal["compaction_changed"] = "compaction_changed"


CompactionEvent = (
    CompactionStarted | ConversationCompacted | CompactionAbandoned | CompactionChanged
)
