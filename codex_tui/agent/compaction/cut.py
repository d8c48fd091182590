"""Where a compaction cuts the conversation: which of the last messages stay as they are, and what
a summary of the others would save. Pure; takes time with the length of the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from codex_tui.agent.compaction.summarising import unread
from codex_tui.agent.spending.estimate import estimate_tokens
from codex_tui.protocol.compaction import CompactionCause
from codex_tui.protocol.messages import AssistantMessage, ToolResultMessage, UserMessage

if TYPE_CHECKING:
    from codex_tui.agent.history import History
    from codex_tui.protocol.messages import Message

TAIL_SHARE: Final = 0.1
MAX_TAIL_TOKENS: Final = 8_000
MAX_TAIL_TURNS: Final = 2
"""The last turns are kept as they are where they come to no more than that."""
MIN_GAIN_TOKENS: Final = 500
"""A summary is no shorter than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The last `kept` messages stay. `gain_tokens` is about what those before them come to of which
    there is no summary yet; `answered` when a model has said anything in them at all.
    """

    kept: int
    gain_tokens: int
    answered: bool

    @property
    def pays(self) -> bool:
        """A summary would be shorter than what it stands for."""
        return self.gain_tokens >= MIN_GAIN_TOKENS


def cut_of(history: History, limit_tokens: int, cause: CompactionCause) -> Cut:
    """Choose the cut for a conversation that is compacted at `limit_tokens`."""
    least = _least_kept(history, cause)
    kept = _kept(history, least, min(int(limit_tokens * TAIL_SHARE), MAX_TAIL_TOKENS))
    cut = _cut(history, kept)
    return cut if cut.pays or kept == least else _cut(history, least)


def _cut(history: History, kept: int) -> Cut:
    covered = history.messages[: len(history) - kept]
    since = len(history) - history.view.uncovered
    return Cut(
        kept=kept,
        gain_tokens=estimate_tokens(filter(_is_answer, covered[since:])),
        answered=any(map(_is_answer, covered)),
    )


def _least_kept(history: History, cause: CompactionCause) -> int:
    """Return how many of the last messages stay in any case: those no model has read. When they do
    not fit, only the newest of them, lest what was too long once is sent for ever.
    """
    count = unread(history.messages)
    return min(count, 1) if cause is CompactionCause.OVERFLOW else count


def _kept(history: History, least: int, room_tokens: int) -> int:
    """Return how many of the last messages stay as they are: `least`, and the last step or turns if
    there is room for them.
    """
    kept, turns, tokens = least, 0, 0
    for count, message in enumerate(reversed(history.messages), start=1):
        tokens += estimate_tokens([message])
        if tokens > room_tokens or turns == MAX_TAIL_TURNS:
            break
        if isinstance(message, UserMessage):
            turns += 1
            kept = max(kept, count)
        elif isinstance(message, AssistantMessage) and not turns:
            kept = max(kept, count)  # a step of the turn that runs
    return kept


def _is_answer(message: Message) -> bool:
    return isinstance(message, AssistantMessage | ToolResultMessage)
