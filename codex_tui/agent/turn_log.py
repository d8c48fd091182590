"""What one turn adds to the conversation, in memory and on the record, and what it counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from codex_tui.protocol.events import ToolCallFinished
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    StopReason,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
)
from codex_tui.sessions.records import MessageAdded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.agent.conversation import Conversation
    from codex_tui.protocol.ids import Place

MAX_IDENTICAL_CALLS = 3
STOPPED_CALL = "Not carried out: the turn ended before it."
_CUT = frozenset({StopReason.ERROR, StopReason.CONTEXT, StopReason.FILTER})
BROKEN_CALL = "Not run: the answer broke off before its end."
GO_ON = (
    "Your answer broke off here; the user has read what there is of it. Go on right where it "
    "stopped: repeat nothing, and say nothing of the break. Calls in it were not run."
)
_LAST_WORDS = "\n\nIts last words were: “{words}”"
_LAST_WORDS_CHARS = 400
CUT_CALL = "Not run: the call was cut off or its arguments are not valid JSON."


class TurnLog:
    """What one turn adds to the conversation, on the record and in memory."""

    def __init__(self, conversation: Conversation) -> None:
        self._sink = conversation.sink
        self._history = conversation.history
        self.journal = conversation.journal
        self._last_call: tuple[str, str] | None = None
        self._times = 0
        self._cut_steps = 0
        self._first = len(conversation.history)

    @property
    def last_words(self) -> str:
        """What the model said last in this turn."""
        answers = self._answers()
        return answers[-1].text if answers else ""

    @property
    def was_cut(self) -> bool:
        """Its last answer broke off after it had said something."""
        answers = self._answers()
        return bool(answers) and answers[-1].stop in _CUT and bool(answers[-1].text)

    def _answers(self) -> list[AssistantMessage]:
        new = self._history.messages[self._first :]
        return [each for each in new if isinstance(each, AssistantMessage)]

    def add(self, message: Message, place: Place) -> None:
        """Add a message to the history and to the record."""
        self._history.append(message)
        self.journal.add(MessageAdded(message=message), place)

    def keep(self, message: AssistantMessage, place: Place) -> None:
        """Add the model's message unless there is nothing in it."""
        if message.parts:
            self.add(message, place)

    def keep_broken(self, message: AssistantMessage, place: Place) -> None:
        """Add an answer that broke off; none of its calls is run."""
        self.keep(message, place)
        self.close_calls(place, BROKEN_CALL)

    def have_it_gone_on(self, place: Place) -> None:
        """Tell the model that its last answer is one that broke off; no model may be asked to go on
        from words of its own. Where it reads a summary in their place, it is told the last of them.
        """
        said = self.last_words
        answers = [
            each for each in self._history.view.messages if isinstance(each, AssistantMessage)
        ]
        there = bool(answers) and answers[-1].text == said
        end = "" if there else _LAST_WORDS.format(words=said[-_LAST_WORDS_CHARS:])
        self.add(NoticeMessage(text=f"{GO_ON}{end}"), place)

    def repeated(self, calls: Sequence[ToolCall]) -> ToolCall | None:
        """Return the call that carries a run of identical ones over the limit, if any does."""
        for call in calls:
            key = (call.name, _canonical(call.arguments))
            self._times = self._times + 1 if key == self._last_call else 1
            self._last_call = key
            if self._times > MAX_IDENTICAL_CALLS:
                return call
        return None

    def refuse_cut(self, cut: Sequence[ToolCall], message: AssistantMessage, place: Place) -> int:
        """Give calls that must not run their result, tell the model, count such steps in a row."""
        if not cut:
            self._cut_steps = 0
            return 0
        for call in cut:
            result = ToolResultMessage(
                call_id=call.id, name=call.name, content=CUT_CALL, status=ToolStatus.ERROR
            )
            self.add(result, place)
            self._announce(result, place)
        names = ", ".join(sorted({call.name for call in cut}))
        why = (
            "the output limit was reached; make smaller calls, one file or one place at a time"
            if message.stop is StopReason.LENGTH
            else "the arguments were not complete, valid JSON"
        )
        self.add(NoticeMessage(text=f"Your call of {names} was not run: {why}."), place)
        self._cut_steps += 1
        return self._cut_steps

    def close_calls(self, place: Place, why: str = STOPPED_CALL) -> None:
        """Give every call that has none a result that says `why` it was not run."""
        for result in self._history.missing_results(why):
            self.add(result, place)
            self._announce(result, place)

    def _announce(self, result: ToolResultMessage, place: Place) -> None:
        self._sink.publish(
            ToolCallFinished(
                place=place,
                call_id=result.call_id,
                name=result.name,
                status=result.status,
                summary=result.content,
                output=result.content,
                duration_ms=0,
            )
        )


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments
