"""What a model reads of a conversation that was compacted: a pure function of the log.

In the place of the messages before a compaction stand the user's own words and the notices, as they
were, and one notice with the plan, the changed files and the summary: ordinary messages, the same
on every wire. Where its vendor has the summary as a block, the notice brings that along, and the
vendor's adapter decides. How a summary comes about is `compacting`'s business.

Vendors bind their own state (signed thinking) to the exact words before it. So an answer keeps its
state only where the model reads the same beginning as when it answered, and its server's token
count, which is of that beginning too. After an undo all of it is there again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

from codex_tui.protocol.compaction import Compaction, SummaryNotice
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    ServerPart,
    ThinkingPart,
    UserMessage,
)
from codex_tui.protocol.plan import PlanStatus
from codex_tui.sessions.compaction_records import (
    Compacted,
    CompactionEdited,
    CompactionRedone,
    CompactionUndone,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_tui.protocol.compaction import ChangedFile
    from codex_tui.protocol.messages import Message
    from codex_tui.protocol.plan import PlanStep
    from codex_tui.sessions.compaction_records import CompactionRecord

MIN_CUT_CHARS: Final = 200
"""Less than that of a message is not worth its mark."""

_HEAD: Final = (
    "The conversation up to here was compacted to make room. What the user said in it stands "
    "above, word for word; your answers, your tool calls and their results are replaced by {what}. "
    "Files may look different by now: read one again before you change it. Go on from "
    "here without speaking of the compaction."
)

_MARKS = {
    PlanStatus.PENDING: "[ ]",
    PlanStatus.IN_PROGRESS: "[~]",
    PlanStatus.COMPLETED: "[x]",
}


@dataclass(frozen=True, slots=True)
class _Point:
    """A compaction that covers the first `cut` messages. `key` names the beginning it makes."""

    compaction: Compaction
    cut: int
    key: int


class View:
    """The messages of one branch as the model reads them. Each is given to `append` once."""

    def __init__(self) -> None:
        self._all: list[Message] = []
        self._keys: list[int] = []
        self._read: list[Message] = []
        self._done: list[_Point] = []
        self._undone: list[_Point] = []
        self._key = self._last_key = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """What the model reads; it only grows between two compactions."""
        return tuple(self._read)

    @property
    def active(self) -> Compaction | None:
        """The compaction in force."""
        return self._done[-1].compaction if self._done else None

    @property
    def uncovered(self) -> int:
        """How many messages the compaction in force does not stand for."""
        return len(self._all) - (self._done[-1].cut if self._done else 0)

    @property
    def undone(self) -> Compaction | None:
        """The compaction that `redo` would bring back."""
        return self._undone[-1].compaction if self._undone else None

    def append(self, message: Message) -> None:
        """Add what was said."""
        self._all.append(message)
        self._keys.append(self._key)
        self._read.append(message)

    def apply(self, record: CompactionRecord) -> None:
        """Do what is on the record."""
        match record:
            case Compacted(compaction=compaction):
                self.compact(compaction)
            case CompactionEdited(summary=summary):
                self.edit(summary)
            case CompactionUndone():
                self.undo()
            case CompactionRedone():
                self.redo()
            case _:
                assert_never(record)

    def with_compaction(self, compaction: Compaction) -> tuple[Message, ...]:
        """Return what the model would read with it."""
        return tuple(self._messages_of(self._point(compaction, self._last_key + 1)))

    def compact(self, compaction: Compaction) -> None:
        """Have the model read it from here on."""
        self._last_key += 1
        self._done.append(self._point(compaction, self._last_key))
        self._undone.clear()
        self._rebuild()

    def edit(self, summary: str) -> Compaction | None:
        """Change the summary in force; return the compaction, None when there is none."""
        if not self._done:
            return None
        self._last_key += 1
        last = self._done[-1]
        compaction = replace(last.compaction, summary=summary, block=None)
        self._done[-1] = replace(last, compaction=compaction, key=self._last_key)
        self._rebuild()
        return compaction

    def undo(self) -> Compaction | None:
        """Have the model read what the compaction in force stood for; return that compaction."""
        return self._move(self._done, self._undone)

    def redo(self) -> Compaction | None:
        """Have the model read again the compaction that was undone last; return it."""
        return self._move(self._undone, self._done)

    def _move(self, source: list[_Point], target: list[_Point]) -> Compaction | None:
        if not source:
            return None
        target.append(source.pop())
        self._rebuild()
        return target[-1].compaction

    def _point(self, compaction: Compaction, key: int) -> _Point:
        return _Point(compaction, max(len(self._all) - compaction.kept, 0), key)

    def _rebuild(self) -> None:
        point = self._done[-1] if self._done else None
        self._key = point.key if point else 0
        self._read = list(self._messages_of(point))

    def _messages_of(self, point: _Point | None) -> Iterator[Message]:
        cut = point.cut if point else 0
        key = point.key if point else 0
        if point is not None:
            yield from beginning(point.compaction, self._all[:cut])
        for message, made_under in zip(self._all[cut:], self._keys[cut:], strict=True):
            read = message if made_under == key else without_state(message)
            if read is not None:
                yield read


def beginning(compaction: Compaction, covered: Sequence[Message]) -> tuple[Message, ...]:
    """Return what is read in the place of the covered messages."""
    spoken = [each for each in covered if isinstance(each, UserMessage | NoticeMessage)]
    return (*_within(spoken, compaction.max_word_chars), _notice(compaction))


def without_state(message: Message) -> Message | None:
    """Return an answer without its vendor's state and count, None when nothing is left of it."""
    if not isinstance(message, AssistantMessage):
        return message
    parts = tuple(
        replace(part, opaque=None)
        for part in message.parts
        if not isinstance(part, ThinkingPart | ServerPart)
    )
    return replace(message, parts=parts, usage=None) if parts else None


def _within(spoken: Sequence[UserMessage | NoticeMessage], max_chars: int) -> tuple[Message, ...]:
    """Return the user's words without what went along with them; the oldest are cut, and marked, if
    there is no room for all.
    """
    read: list[Message] = []
    left, gone = max_chars, 0
    for message in reversed(spoken):
        if isinstance(message, NoticeMessage):
            read.append(message)
            continue
        text = _in_words(message)
        if gone or (len(text) > left and left < MIN_CUT_CHARS):
            gone += 1
            continue
        read.append(UserMessage(text=text if len(text) <= left else _cut(text, left)))
        left = max(left - len(text), 0)
    if gone:
        what = "message is" if gone == 1 else f"{gone} messages are"
        read.append(NoticeMessage(text=f"[The user's first {what} left out: there is no room.]"))
    return tuple(reversed(read))


def _in_words(message: UserMessage) -> str:
    names = [f"[image {label}: left out since the compaction]" for label in message.image_labels]
    names += [f"[file {file.path}: left out since the compaction]" for file in message.files]
    return "\n".join([*names, message.text] if message.text.strip() else names)


def _cut(text: str, chars: int) -> str:
    return f"{text[:chars]}\n[{len(text) - chars:,} more characters are left out here]"


def _notice(compaction: Compaction) -> NoticeMessage:
    facts = _facts(compaction)
    summary = f"Summary:\n{compaction.summary}"
    text = "\n\n".join([_HEAD.format(what="this notice"), *facts, summary])
    if compaction.block is None:
        return NoticeMessage(text=text)
    beside = "\n\n".join([_HEAD.format(what="the summary at the beginning"), *facts])
    return SummaryNotice(text=text, block=compaction.block, beside=beside)


def _facts(compaction: Compaction) -> list[str]:
    sections: list[str] = []
    if compaction.files:
        lines = map(_file_line, compaction.files)
        sections.append("\n".join(["Files that were changed in this session:", *lines]))
    if compaction.plan:
        lines = map(_plan_line, compaction.plan)
        sections.append("\n".join(["The plan in force:", *lines]))
    return sections


def _file_line(file: ChangedFile) -> str:
    return f"- {file.path} ({file.kind}, +{file.added} -{file.removed})"


def _plan_line(step: PlanStep) -> str:
    return f"- {_MARKS[step.status]} {step.text}"
