"""The front end without a screen: `codex-tui exec`.

Text mode writes the model's words to standard output and everything else (tool calls, changes,
notices) to standard error. JSON mode writes every event, one object a line, to standard output.
Nobody is there to ask: what would need approval is refused and the exit code says so.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import signal
import sys
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.protocol.errors import EXIT_FAILED, EXIT_INTERRUPTED, ConfigError
from codex_tui.protocol.events import (
    AgentEvent,
    ChangesApplied,
    CompactionAbandoned,
    CompactionStarted,
    ConversationCompacted,
    ModelFellBack,
    ModelReturned,
    ModelSelected,
    ModelWaiting,
    NoticeShown,
    RetryScheduled,
    StepFinished,
    TextDelta,
    ToolCallFinished,
    ToolCallReady,
    TurnFinished,
    UserSpoke,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_tui.agent.session import AgentSession
    from codex_tui.bus import MessageBus, Subscription
    from codex_tui.protocol.messages import UserMessage
    from codex_tui.protocol.models import ProviderStatus

NOTE_WIDTH = 480
LONG_CALL_MS = 1_000


class Printer(Protocol):
    """Where events go."""

    def show(self, event: AgentEvent) -> None:
        """Write one event."""
        ...


class JsonPrinter:
    """One JSON object a line, keys as the events' fields, ASCII only."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: AgentEvent) -> None:
        """Write one event as a line."""
        self._out.write(json.dumps(dataclasses.asdict(event)) + "\n")
        self._out.flush()


class TextPrinter:
    """Words to `out`, progress to `err`; both cleaned of control sequences.

    A step's words are written when it is over: an attempt that failed and was made again leaves
    nothing behind in the output.
    """

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._titles: dict[str, str] = {}
        self._words: list[str] = []

    def show(self, event: AgentEvent) -> None:
        """Write what a reader of the terminal wants to know of an event."""
        match event:
            case TextDelta(text=text):
                self._words.append(text)
            case CompactionStarted() | RetryScheduled() | ModelFellBack():
                self._words.clear()
            case StepFinished() | TurnFinished():
                self._write_words()
            case UserSpoke(images=images):
                for image in images:
                    self._note(f"image {image}")
            case ToolCallReady(call_id=call_id, title=title):
                self._titles[call_id] = title
            case ToolCallFinished():
                title = self._titles.pop(event.call_id, "")
                self._note(f"{event.name} {title} — {event.summary}{_time(event.duration_ms)}")
            case ChangesApplied(changes=changes):
                for change in changes:
                    self._note(f"{change.kind} {change.title} +{change.added} -{change.removed}")
            case _:
                pass
        for text in _remarks(event):
            self._note(text)

    def _note(self, text: str) -> None:
        self._err.write(one_line(text, NOTE_WIDTH) + "\n")
        self._err.flush()

    def _write_words(self) -> None:
        text = display_safe("".join(self._words))
        self._words.clear()
        if text:
            self._out.write(text if text.endswith("\n") else f"{text}\n")
            self._out.flush()


def _time(duration_ms: int) -> str:
    """Say how long a call took, where that is worth a word."""
    return f" ({duration_ms / 1000:.0f} s)" if duration_ms >= LONG_CALL_MS else ""


def _remarks(event: AgentEvent) -> tuple[str, ...]:
    """What an event has to say besides the work itself."""
    match event:
        case RetryScheduled():
            return (f"{event.reason} Trying again in {event.delay_s:.0f} s ({event.counted}).",)
        case ModelSelected(warnings=warnings):
            return warnings
        case (
            NoticeShown(text=text)
            | ModelFellBack(text=text)
            | ModelReturned(text=text)
            | ConversationCompacted(text=text)
            | CompactionAbandoned(text=text)
        ):
            return (text,)
        case ModelWaiting(text=text) if text:
            return (text,)
        case TurnFinished() if event.outcome != "done":
            return (_ended(event), *([event.hint] if event.hint else []))
        case _:
            return ()


def _ended(event: TurnFinished) -> str:
    """Say how a turn ended and why; some reasons begin with the word already."""
    if event.message.lower().startswith(event.outcome):
        return event.message
    return f"{event.outcome}: {event.message}"


async def run(
    session: AgentSession,
    bus: MessageBus,
    start: Callable[[], None],
    words: UserMessage | None,
    printer: Printer,
) -> int:
    """Run one turn on the user's words, without any the last one again (`start` opens the session
    first); return the exit code.

    SIGINT and SIGTERM interrupt the turn: the conversation stays valid and the code is 130.
    """
    outcome: TurnFinished | None = None

    def show(event: AgentEvent) -> None:
        nonlocal outcome
        if isinstance(event, TurnFinished):
            outcome = event
        printer.show(event)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, session.interrupt)
    with bus.subscribe() as events:
        try:
            start()
            if session.model is None:
                raise _no_model(session.models.statuses())
            if words is None:
                session.branching.may_retry()
            async with asyncio.TaskGroup() as group:
                beside = [
                    group.create_task(_print(events, show)),
                    group.create_task(session.models.warm_up()),
                ]
                await (session.submit(words.text, words.images) if words else session.retry())
                for task in beside:
                    task.cancel()
        except* OSError as group:  # nobody reads any more, or the disk is full
            raise _leaf(group) from None
        finally:
            await session.close()
        for event in events.take():
            show(event)
    return _exit_code(outcome)


def _no_model(providers: Sequence[ProviderStatus]) -> ConfigError:
    """Say that no model is chosen; most often that is for want of a key."""
    hints = [f"{each.title}: {each.key_hint}" for each in providers if each.key_hint]
    return ConfigError("No model is chosen.", hint="\n".join(["Name one with --model.", *hints]))


def _leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


async def _print(events: Subscription, show: Callable[[AgentEvent], None]) -> None:
    async for event in events:
        show(event)


def _exit_code(outcome: TurnFinished | None) -> int:
    if outcome is None or outcome.outcome in {"failed", "stopped"}:
        return EXIT_FAILED
    if outcome.outcome == "interrupted":
        return EXIT_INTERRUPTED
    return EXIT_FAILED if outcome.refused else 0


def printer_for(*, as_json: bool) -> Printer:
    """Return the printer for the process's own streams."""
    return JsonPrinter(sys.stdout) if as_json else TextPrinter(sys.stdout, sys.stderr)
