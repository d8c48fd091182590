"""The two vendors' strict servers behind one vocabulary, so that one test serves both.

with OPENAI.serve([Answer("Let me see.", call=("read_file", {"path": "a.py"})), …]) as wire:
    ...  # start the program with wire.env and the model wire.ref
assert wire.refusals() == []
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tests.servers import anthropic_wire, openai_wire
from tests.servers.anthropic_wire import AnthropicWire
from tests.servers.loopback import Piece, Plain, Stream
from tests.servers.openai_rules import problems
from tests.servers.openai_wire import OpenAIWire

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

KEY = "test-key"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a model: reasoning, words, tool calls, in this order.

    `sent` turns the frames into what goes over the wire: the place for faults.
    """

    words: str = ""
    thinking: str = ""
    call: tuple[str, Mapping[str, Any]] | None = None
    sent: Callable[[list[bytes]], Iterable[Piece]] = list


Scripted = Answer | Plain | Stream


class Wire(Protocol):
    """A running server; requests can be read at any time."""

    ref: str
    env: Mapping[str, str]

    @property
    def requests(self) -> Sequence[Mapping[str, Any]]:
        """The bodies of all model calls."""
        ...

    def refusals(self) -> list[str]:
        """Every breach of the vendor's rules in all requests so far."""
        ...

    def tool_results(self) -> list[str]:
        """What the newest request says of each tool call, in order."""
        ...


class Vendor(Protocol):
    """A wire format and its server."""

    name: str
    ref: str

    def serve(self, script: Sequence[Scripted], key: str = KEY) -> AbstractContextManager[Wire]:
        """Run the server in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class _OpenAIServed:
    server: OpenAIWire
    ref: str
    env: Mapping[str, str]

    @property
    def requests(self) -> Sequence[Mapping[str, Any]]:
        return self.server.requests

    def refusals(self) -> list[str]:
        return [
            problem
            for body in self.server.requests
            for problem in problems(body, self.server.issued)
        ]

    def tool_results(self) -> list[str]:
        items = self.server.requests[-1]["input"]
        return [each["output"] for each in items if each["type"] == "function_call_output"]


@dataclass(frozen=True, slots=True)
class _AnthropicServed:
    server: AnthropicWire
    ref: str
    env: Mapping[str, str]

    @property
    def requests(self) -> Sequence[Mapping[str, Any]]:
        return self.server.requests

    def refusals(self) -> list[str]:
        return self.server.refused

    def tool_results(self) -> list[str]:
        blocks = [
            block
            for message in self.server.requests[-1]["messages"]
            for block in message["content"]
            if isinstance(block, dict) and block["type"] == "tool_result"
        ]
        return [_words(block["content"]) for block in blocks]


class _OpenAI:
    name = "openai"
    ref = "openai/gpt-6.1-sol"

    @contextlib.contextmanager
    def serve(self, script: Sequence[Scripted], key: str = KEY) -> Iterator[Wire]:
        replies = [self._reply(each) for each in script]
        with openai_wire.serve_in_thread(replies, key=key) as server:
            env = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
            yield _OpenAIServed(server, self.ref, env)

    def _reply(self, answer: Scripted) -> openai_wire.Reply | Plain | Stream:
        if not isinstance(answer, Answer):
            return answer
        items = [
            *([openai_wire.reasoning(answer.thinking)] if answer.thinking else []),
            *([openai_wire.text(answer.words)] if answer.words else []),
            *([openai_wire.call(*answer.call)] if answer.call else []),
        ]
        return openai_wire.shaped(openai_wire.answer(*items), answer.sent)


class _Anthropic:
    name = "anthropic"
    ref = "anthropic/claude-sonnet-5-5"

    @contextlib.contextmanager
    def serve(self, script: Sequence[Scripted], key: str = KEY) -> Iterator[Wire]:
        replies = [self._reply(each) for each in script]
        with anthropic_wire.serve_in_thread(replies, key) as server:
            env = {"ANTHROPIC_BASE_URL": server.base_url, "ANTHROPIC_API_KEY": KEY}
            yield _AnthropicServed(server, self.ref, env)

    def _reply(self, answer: Scripted) -> anthropic_wire.Reply | Plain | Stream:
        if not isinstance(answer, Answer):
            return answer
        blocks = [
            *([anthropic_wire.Thinking(answer.thinking)] if answer.thinking else []),
            *([anthropic_wire.Text(answer.words)] if answer.words else []),
            *([anthropic_wire.Call(*answer.call)] if answer.call else []),
        ]
        return anthropic_wire.Reply(*blocks, sent=answer.sent)


OPENAI: Vendor = _OpenAI()
ANTHROPIC: Vendor = _Anthropic()
VENDORS = (OPENAI, ANTHROPIC)


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content)


def dumped(body: Mapping[str, Any]) -> str:
    """Return a request's body as text, to look for words anywhere in it."""
    return json.dumps(body, ensure_ascii=False)
