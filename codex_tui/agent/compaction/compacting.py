"""How a compaction comes about: one call for a summary, which the user can edit, undo and redo.

The call is the conversation's next request with one instruction more, so that the vendor's cache
knows all but the end of it. Nothing changes before the summary is there and makes the next request
smaller: a failure or an interrupt leaves the conversation as it was. Meanwhile nothing is added to
it, so a long one is measured in a thread. When it is time to compact is decided elsewhere.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.agent.compaction.cut import cut_of
from codex_tui.agent.compaction.summarising import Summariser, Summary
from codex_tui.agent.ending import ending_of
from codex_tui.agent.plan import plan_of
from codex_tui.agent.requests import next_request
from codex_tui.agent.spending.estimate import estimate_tokens
from codex_tui.agent.tool_calls.changed_files import changed_files
from codex_tui.protocol.compaction import Compaction, CompactionCause
from codex_tui.protocol.errors import CompactionError
from codex_tui.protocol.events import (
    CompactionAbandoned,
    CompactionChanged,
    CompactionStarted,
    ContextEstimated,
    ConversationCompacted,
)
from codex_tui.protocol.ids import StepId, new_id
from codex_tui.protocol.messages import AssistantMessage
from codex_tui.sessions.compaction_records import (
    Compacted,
    CompactionEdited,
    CompactionRedone,
    CompactionUndone,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Literal

    from codex_tui.agent.compaction.limits import CompactionRules
    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.history import History
    from codex_tui.agent.model_call import Target
    from codex_tui.agent.recovery.base import Recovery
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.protocol.ids import Place
    from codex_tui.providers.base import ModelRequest
    from codex_tui.sessions.compaction_records import CompactionRecord

WORDS_SHARE: Final = 0.4
"""So much of the window may be the user's own words, wherever the price jumps before its end."""
CHARS_PER_TOKEN: Final = 3
"""On the safe side: what is cut to fit must fit."""
_UNANSWERED: Final = "Nothing was answered before this point."
_STOPPED = "Compacting was stopped; the conversation is as it was."


class Compactor:
    """Compacts one session. `wait` is what is done about a call that fails in passing."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        tools: ToolRunner,
        target: Callable[[], Awaitable[Target]],
        wait: Recovery,
        rules: CompactionRules,
    ) -> None:
        self.rules = rules
        self._sink = conversation.sink
        self._history = conversation.history
        self._journal = conversation.journal
        self._tools = tools
        self._target = target
        self._summariser = Summariser(conversation, tools=tools, wait=wait)

    @property
    def active(self) -> Compaction | None:
        """The compaction in force."""
        return self._history.view.active

    @property
    def undone(self) -> Compaction | None:
        """The compaction that `redo` would bring back."""
        return self._history.view.undone

    def prompt_tokens(self, target: Target, place: Place) -> int:
        """Return what the next request comes to: as its server counted, estimated from there on."""
        request = next_request(target, self._history, self._tools, place)
        return target.meter.measure(request, str(target.model.ref)).tokens

    async def compact(
        self, place: Place, *, cause: CompactionCause, focus: str = ""
    ) -> Compaction | None:
        """Have the model read a summary of all but the last messages; `focus` is what the user
        wants kept above all. None when that came to nothing; whoever listens is told why.
        """
        place = replace(place, step=StepId(new_id("step")))
        try:
            target = await self._target()
            made = await self._make(target, place, cause=cause, focus=focus)
        except asyncio.CancelledError:
            self._sink.publish(CompactionAbandoned(place=place, message=_STOPPED))
            raise
        except Exception as error:  # noqa: BLE001 - a named border: the conversation stays as it was
            ending = ending_of(error)
            message = f"The conversation was not compacted: {ending.message}"
            self._sink.publish(CompactionAbandoned(place=place, message=message, hint=ending.hint))
            return None
        self._record(Compacted(compaction=made), place)
        self._sink.publish(ConversationCompacted(place=place, compaction=made.told))
        self._sink.publish(ContextEstimated(place=place, tokens=made.after_tokens))
        return made

    def tell_size(self, place: Place) -> None:
        """Announce what the next request comes to, where no server has counted one since."""
        answers = [
            each for each in self._history.view.messages if isinstance(each, AssistantMessage)
        ]
        if self.active is not None and not any(each.usage for each in answers):
            self._sink.publish(ContextEstimated(place=place, tokens=self.active.after_tokens))

    # -- what the user does with it -----------------------------------------------------------

    def edit(self, summary: str, place: Place) -> None:
        """Put `summary` in the place of the one in force; raises `CompactionError`."""
        if self.active is None:
            raise _nothing()
        if not summary.strip():
            raise CompactionError(
                "The summary cannot be empty.", hint="/compact undo does without it."
            )
        self._change(CompactionEdited(summary=summary.strip()), "edited", place)

    def undo(self, place: Place) -> None:
        """Have the model read again what the last summary stands for; raises `CompactionError`."""
        if self.active is None:
            raise _nothing()
        self._change(CompactionUndone(), "undone", place)

    def redo(self, place: Place) -> None:
        """Take the last undo back; raises `CompactionError`."""
        if self.undone is None:
            raise CompactionError("No compaction was undone.", hint="/compact makes a new one.")
        self._change(CompactionRedone(), "redone", place)

    def _change(
        self,
        record: CompactionRecord,
        change: Literal["edited", "undone", "redone"],
        place: Place,
    ) -> None:
        before = self.active
        self._record(record, place)
        after = before if change == "undone" and before else self.active
        if after is not None:
            changed = CompactionChanged(place=place, change=change, compaction=after.told)
            self._sink.publish(changed)
            tokens = after.before_tokens if change == "undone" else after.after_tokens
            self._sink.publish(ContextEstimated(place=place, tokens=tokens))

    def _record(self, record: CompactionRecord, place: Place) -> None:
        self._journal.add(record, place)
        self._history.view.apply(record)

    # -- how it is made -----------------------------------------------------------------------

    async def _make(
        self, target: Target, place: Place, *, cause: CompactionCause, focus: str
    ) -> Compaction:
        _refuse_impossible(target, self._history)
        history, before = self._history, await asyncio.to_thread(self.prompt_tokens, target, place)
        limit = self.rules.limit_tokens(target.model) or before
        fits = limit if cause is CompactionCause.OVERFLOW else before
        room = max(limit, target.model.context_window or fits)
        cut = await asyncio.to_thread(cut_of, history, limit, cause)
        if not cut.pays and cause is not CompactionCause.OVERFLOW:
            raise self._useless()
        asking = CompactionStarted(place=place, cause=cause, tokens=before)
        if cut.answered:
            summary = await self._summariser.ask(target, asking, focus)
        else:
            self._sink.publish(asking)
            summary = Summary(_UNANSWERED)
        compaction = Compaction(
            id=new_id("compaction"),
            summary=summary.text,
            block=summary.block,
            kept=cut.kept,
            max_word_chars=int(room * WORDS_SHARE) * CHARS_PER_TOKEN,
            plan=plan_of(history.messages[: len(history) - cut.kept]),
            files=changed_files(self._tools.changes),
            focus=focus,
            cause=cause,
            model=str(target.model.ref),
            before_tokens=before,
        )
        request = next_request(target, history, self._tools, place)
        return await asyncio.to_thread(self._measured, compaction, request)

    def _useless(self) -> CompactionError:
        """Say why a summary would save nothing."""
        if self.active is None:
            return CompactionError("there is nothing to gain, as it is short.")
        return CompactionError(
            "there is nothing to gain, as little was said since the last summary.",
            hint="/compact edit changes that summary.",
        )

    def _measured(self, compaction: Compaction, request: ModelRequest) -> Compaction:
        """Return the compaction with what it makes of the next request; raises `CompactionError`
        when that would not be smaller.
        """
        before = _estimate(request)
        after = _estimate(replace(request, messages=self._history.view.with_compaction(compaction)))
        if after >= before:
            raise CompactionError(
                "there is nothing to gain, as what has to stay is most of it.",
                hint="Start afresh with /clear, or choose a model with a larger window (Ctrl+L).",
            )
        return replace(
            compaction, after_tokens=round(compaction.before_tokens * after / max(before, 1))
        )


def _nothing() -> CompactionError:
    return CompactionError(
        "The conversation is not compacted.", hint="/compact makes a summary of it."
    )


def _refuse_impossible(target: Target, history: History) -> None:
    if target.model.tools is False:
        raise CompactionError(
            f"{target.model.ref} is told the last exchange only, never the whole conversation."
        )
    if history.open_calls:
        raise CompactionError("a tool call has no result yet.", hint="Try again after the turn.")


def _estimate(request: ModelRequest) -> int:
    return estimate_tokens(
        request.messages, model=request.model, system=request.system, tools=request.tools
    )
