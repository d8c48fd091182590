"""One turn: model call, tools, model call, … until the model has nothing more to run.

The loop owns the only retry layer and every stop of ours (step limit, repeated calls). Interrupting
is cancelling: wherever that happens, what was said is kept and every call gets its one result
before the cancellation goes on. Errors of the provider leave through `ProviderError` with history
valid.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from codex_tui.agent.assembler import Assembler
from codex_tui.agent.prompts import system_prompt
from codex_tui.agent.retry import RetryPolicy
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    RetryScheduled,
    StepFinished,
    StepStarted,
    ToolCallFinished,
    UserSpoke,
)
from codex_tui.protocol.ids import Place, StepId, new_id
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    StopReason,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import Effort, ModelInfo
from codex_tui.providers.base import LLMProvider, ModelRequest
from codex_tui.providers.catalog import cost_usd
from codex_tui.sessions.records import MessageAdded, StepClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from codex_tui.agent.history import History
    from codex_tui.agent.journal import Journal
    from codex_tui.agent.tool_runner import ToolRunner
    from codex_tui.bus import EventSink

MAX_IDENTICAL_CALLS = 3
MAX_CUT_STEPS = 3
CUT_CALL = "Not run: the call was cut off or its arguments are not valid JSON."


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLimits:
    """What ends a turn from our side."""

    max_steps: int = 100
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The model a step goes to."""

    provider: LLMProvider
    model: ModelInfo
    effort: Effort | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnd:
    """How a turn came to its end by itself: done, or stopped with a reason."""

    stopped: str = ""
    hint: str = ""


class TurnLoop:
    """Runs turns over one history. `target` is asked anew at each step, so a switch takes effect
    there.
    """

    def __init__(
        self,
        *,
        sink: EventSink,
        tools: ToolRunner,
        limits: TurnLimits,
        target: Callable[[], Awaitable[Target]],
        steering: Callable[[], Sequence[str]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._tools = tools
        self._limits = limits
        self._target = target
        self._steering = steering
        self._sleep = sleep
        self._clock = clock

    async def run(self, history: History, journal: Journal, place: Place) -> TurnEnd:
        """Go on from the last message until the turn ends; raises `ProviderError`."""
        turn = _Turn(self._sink, history, journal)
        try:
            for _ in range(self._limits.max_steps):
                step = replace(place, step=StepId(new_id("step")))
                end = await self._step(turn, step)
                if end is not None:
                    return end
        finally:
            turn.close_calls(place)
        return TurnEnd(
            stopped=f"Stopped after {self._limits.max_steps} steps.",
            hint="Say “go on” to continue, or raise max_steps in the configuration.",
        )

    async def _step(self, turn: _Turn, place: Place) -> TurnEnd | None:
        message = await self._ask_model(turn, place)
        end = self._judge_stop(message)
        if end is not None:
            return None if self._steer(turn, place) and not end.stopped else end
        cut = [call for call in message.tool_calls if not call.complete or not _may_run(message)]
        runnable = [call for call in message.tool_calls if call not in cut]
        if turn.repeats(runnable):
            return TurnEnd(
                stopped=f"Stopped: the model made the same call of {runnable[0].name} "
                f"{MAX_IDENTICAL_CALLS + 1} times in a row.",
                hint="Tell it what to do differently.",
            )
        await self._tools.run(runnable, place, turn.journal, lambda result: turn.add(result, place))
        if turn.refuse_cut(cut, message, place) > MAX_CUT_STEPS:
            return TurnEnd(
                stopped=f"Stopped: {MAX_CUT_STEPS + 1} answers in a row ended inside a tool call.",
                hint="Ask for smaller edits, or choose a model with a larger output limit.",
            )
        await turn.journal.settle()
        self._steer(turn, place)
        return None

    def _judge_stop(self, message: AssistantMessage) -> TurnEnd | None:
        """Return the end of the turn, or None when there are calls to run or more to ask for."""
        match message.stop:
            case StopReason.LENGTH if not message.tool_calls:
                return TurnEnd(
                    stopped="The answer was cut at the model's output limit.",
                    hint="Say “go on” to continue.",
                )
            case StopReason.CONTEXT:
                raise ProviderError(
                    "The conversation no longer fits the model's context window.",
                    kind=ProviderErrorKind.CONTEXT_WINDOW,
                    provider=message.origin.provider,
                    hint="Start afresh with /clear, or choose a model with a larger window.",
                )
            case StopReason.PAUSE:
                return None
            case _:
                return None if message.tool_calls else TurnEnd()

    def _steer(self, turn: _Turn, place: Place) -> bool:
        """Put what the user typed meanwhile into the conversation; say whether there was any."""
        words = self._steering()
        for text in words:
            turn.add(UserMessage(text=text), place)
            self._sink.publish(UserSpoke(place=place, text=text, steering=True))
        return bool(words)

    async def _ask_model(self, turn: _Turn, place: Place) -> AssistantMessage:
        """Make one model call, again while the policy allows; the answer joins the history."""
        attempt = 0
        while True:
            attempt += 1
            target = await self._target()
            call = _Call(target, self._sink, place, self._clock)
            try:
                await call.run(turn.request(target, self._tools, place))
            except ProviderError as error:
                delay_s = self._limits.retry.delay_s(error, attempt)
                if delay_s is None:
                    turn.keep(call.assembler.message(StopReason.ERROR), place)
                    raise
                self._sink.publish(
                    RetryScheduled(
                        place=place,
                        attempt=attempt,
                        of=self._limits.retry.max_retries,
                        delay_s=delay_s,
                        reason=error.message,
                    )
                )
                await self._sleep(delay_s)
            except asyncio.CancelledError:
                turn.keep(call.assembler.message(StopReason.INTERRUPTED), place)
                raise
            else:
                message = call.assembler.message()
                turn.keep(message, place)
                call.report(message, turn.journal)
                _refuse_refusals(message, call.assembler)
                return message


class _Call:
    """One attempt at one model call."""

    def __init__(
        self, target: Target, sink: EventSink, place: Place, clock: Callable[[], float]
    ) -> None:
        self._target = target
        self._sink = sink
        self._place = place
        self._clock = clock
        self._started = clock()
        endpoint = target.provider.endpoint
        self.assembler = Assembler(sink, place, endpoint.origin(target.model.ref.model), clock)

    async def run(self, request: ModelRequest) -> None:
        """Stream the answer into the assembler; raises `ProviderError`."""
        self._sink.publish(StepStarted(place=self._place, model=str(self._target.model.ref)))
        async with aclosing(self._target.provider.stream(request)) as events:
            async for event in events:
                self.assembler.feed(event)

    def report(self, message: AssistantMessage, journal: Journal) -> None:
        """Announce and record the finished step with its figures."""
        duration_ms = self._since_start(self._clock())
        first = self.assembler.first_token_at
        model = str(self._target.model.ref)
        usage = message.usage
        self._sink.publish(
            StepFinished(
                place=self._place,
                model=model,
                stop=message.stop,
                usage=usage,
                duration_ms=duration_ms,
                first_token_ms=None if first is None else self._since_start(first),
                cost_usd=None if usage is None else cost_usd(self._target.model, usage),
            )
        )
        journal.add(
            StepClosed(usage=usage or Usage(), model=model, duration_ms=duration_ms), self._place
        )

    def _since_start(self, moment: float) -> int:
        return round((moment - self._started) * 1000)


class _Turn:
    """What one turn adds to the conversation, on the record and in memory."""

    def __init__(self, sink: EventSink, history: History, journal: Journal) -> None:
        self._sink = sink
        self._history = history
        self.journal = journal
        self._last_call: tuple[str, str] | None = None
        self._times = 0
        self._cut_steps = 0

    def add(self, message: Message, place: Place) -> None:
        self._history.append(message)
        self.journal.add(MessageAdded(message=message), place)

    def keep(self, message: AssistantMessage, place: Place) -> None:
        """Add the model's message unless there is nothing in it."""
        if message.parts:
            self.add(message, place)

    def request(self, target: Target, tools: ToolRunner, place: Place) -> ModelRequest:
        model = target.model.ref.model
        return ModelRequest(
            model=model,
            system=system_prompt(model),
            messages=self._history.messages,
            tools=tools.specs,
            effort=target.effort,
            session=place.session,
        )

    def repeats(self, calls: Sequence[ToolCall]) -> bool:
        """Say whether these calls carry a run of identical ones over the limit."""
        for call in calls:
            key = (call.name, _canonical(call.arguments))
            self._times = self._times + 1 if key == self._last_call else 1
            self._last_call = key
            if self._times > MAX_IDENTICAL_CALLS:
                return True
        return False

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

    def close_calls(self, place: Place) -> None:
        """Give every call that has none a result: the turn is over."""
        for result in self._history.missing_results():
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


def _may_run(message: AssistantMessage) -> bool:
    """Calls run only when the model said it was done writing them."""
    return message.stop in {StopReason.TOOL_USE, StopReason.END, StopReason.UNKNOWN}


def _refuse_refusals(message: AssistantMessage, assembler: Assembler) -> None:
    """End the turn when the model, or a filter in front of it, declined."""
    if message.stop not in {StopReason.REFUSAL, StopReason.FILTER}:
        return
    detail = assembler.finished.detail if assembler.finished else ""
    raise ProviderError(
        f"The model declined to answer{f' ({detail})' if detail else ''}.",
        kind=ProviderErrorKind.REFUSAL,
        provider=message.origin.provider,
        hint="Say it differently, or choose another model (Ctrl+L).",
    )


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments
