"""From the stream of one JSON action to words that grow, or to one tool call.

An answer's words are shown as they arrive: the one string they are in is decoded as far as it has
come. A change is announced when its first word is there and given out whole. What is no action, was
cut before its end or goes round in circles is a failure that the user is told; nothing is guessed.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from codex_tui.agent.one_shot.action import TOOLS, Change, Reply, read_action
from codex_tui.agent.one_shot.repetition import Circles
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import StopReason, TextPart, ThinkingPart, ToolCall
from codex_tui.providers.base import (
    HostLearned,
    PartDelta,
    PartFinished,
    PartStarted,
    StreamEvent,
    StreamFinished,
    ThinkingSeen,
    UsageSeen,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.protocol.messages import AssistantPart

_OPENING = re.compile(
    r'\s*(?:`{3}\w*\s*)?\{\s*(?:"answer"\s*:\s*\{\s*)?"(?P<word>reply|edit|write)"\s*:\s*"'
)
_CHARACTERS = re.compile(
    r'(?:[^"\\]'
    r"|\\[^u]"
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
    # A high surrogate waits for the low one.
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\u[0-9a-fA-F]{4}|(?=[^\\]|\\[^u]))"
    r")*+",
    re.DOTALL,
)
_ANSWERED = frozenset({StopReason.END, StopReason.TOOL_USE, StopReason.UNKNOWN})


class GrowingString:
    """Decodes a JSON string, without its opening quote, as it arrives in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._closed = False

    def feed(self, piece: str) -> str:
        """Return the characters that are certain by now; nothing after the closing quote."""
        if self._closed:
            return ""
        text = self._held + piece
        found = _CHARACTERS.match(text)
        certain = found.group() if found else ""
        self._held = text[len(certain) :]
        self._closed = self._held.startswith('"')
        try:
            return str(json.loads(f'"{certain}"', strict=False))
        except ValueError:  # no such escape; the whole is judged at its end
            self._closed = True
            return ""


class ActionReader:
    """Turns one stream's events; parts are numbered anew. `provider` is whom errors name."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._words: dict[int, list[str]] = {}
        self._places: dict[int, int] = {}
        self._opening = ""
        self._word = ""
        self._place = 0
        self._string = GrowingString()
        self._circles = Circles()
        self._shown: list[str] = []
        self._called = False

    def feed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """Return what becomes of an event; raises `ProviderError` at an end that is none."""
        match event:
            case Waiting() | HostLearned() | UsageSeen() | ThinkingSeen():
                yield event
            case PartStarted(kind="text"):
                self._words[event.index] = []
            case PartStarted():
                yield replace(event, index=self._place_of(event.index))
            case PartDelta() if event.index in self._words:
                self._words[event.index].append(event.text)
                yield from self._grow(event.text)
                self._refuse_circles(event.text)
            case PartDelta():
                yield replace(event, index=self._place_of(event.index))
            case PartFinished():
                yield from self._finish(event)
            case StreamFinished():
                yield from self._end(event)
            case _:
                assert_never(event)

    def _place_of(self, index: int) -> int:
        return self._places.setdefault(index, len(self._places))

    def _finish(self, event: PartFinished) -> Iterator[StreamEvent]:
        match event.part:
            case TextPart(text=text):
                if not self._words.get(event.index):
                    yield from self._grow(text)
                self._words[event.index] = [text]
            case ThinkingPart() as part:
                # Signed for an answer that is not kept in the words it was given in.
                part = replace(part, opaque=None)
                yield PartFinished(index=self._place_of(event.index), part=part)
            case ToolCall() as part:
                self._called = True
                yield PartFinished(index=self._place_of(event.index), part=part)
            case _:
                pass  # a vendor's own block belongs to an answer that is not kept

    def _grow(self, text: str) -> Iterator[StreamEvent]:
        if not self._word:
            self._opening += text
            found = _OPENING.match(self._opening)
            if found is None:
                return
            self._word, text = found["word"], self._opening[found.end() :]
            self._place = self._place_of(-1)
            yield self._start()
        if self._word == "reply":
            words = self._string.feed(text)
            if words:
                self._shown.append(words)
                yield PartDelta(index=self._place, text=words)

    def _refuse_circles(self, text: str) -> None:
        if self._circles.feed(text):
            raise self._fault("The model repeated itself without end and was stopped.", _ASK_AGAIN)

    def _start(self) -> PartStarted:
        if self._word == "reply":
            return PartStarted(index=self._place, kind="text")
        return PartStarted(index=self._place, kind="tool_call", name=TOOLS[self._word])

    def _end(self, event: StreamFinished) -> Iterator[StreamEvent]:
        text = "".join(piece for pieces in self._words.values() for piece in pieces)
        if event.stop in _ANSWERED and not (self._called and not text.strip()):
            part = self._answer(text)
            yield PartFinished(index=self._place_of(-1), part=part)
            stop = StopReason.TOOL_USE if isinstance(part, ToolCall) else StopReason.END
            yield replace(event, stop=stop)
            return
        if event.stop is StopReason.LENGTH and self._word != "reply":
            raise self._fault(
                "The answer was cut at the model's output limit, before it was complete.",
                "Nothing was changed. Ask for less, or choose a larger model (Ctrl+L).",
            )
        words = "".join(self._shown) if self._word else text
        if words and self._word in {"", "reply"}:
            yield PartFinished(index=self._place_of(-1), part=TextPart(text=words))
        yield event

    def _answer(self, text: str) -> AssistantPart:
        if not text.strip():
            raise self._fault("The model answered with nothing.", _ASK_AGAIN)
        try:
            action = read_action(text)
        except ValueError:
            raise self._fault(
                "The model's answer is none of the actions it was asked to choose from.", _ASK_AGAIN
            ) from None
        match action:
            case Reply(text=words) if words.strip():
                return TextPart(text=words)
            case Reply():
                raise self._fault("The model answered with nothing.", _ASK_AGAIN)
            case Change(tool=tool, arguments=arguments):
                return ToolCall(id="", name=tool, arguments=arguments)
            case _:
                assert_never(action)

    def _fault(self, message: str, hint: str) -> ProviderError:
        return ProviderError(
            message,
            kind=ProviderErrorKind.UNEXPECTED_REPLY,
            provider=self._provider,
            hint=hint,
        )


_ASK_AGAIN = (
    "Nothing was changed. Say it in other words, name the file with @, or choose a larger model "
    "(Ctrl+L)."
)
