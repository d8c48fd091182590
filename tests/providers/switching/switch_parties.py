"""Who a session may speak to: every wire, at two addresses, with several models at one of them.

A `Party` is an adapter and a model on it; a `House` is a strict server with all its parties, told
before each request what it is to answer.
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from codex_tui.protocol.compaction import SUMMARY_BLOCK, Compaction
from codex_tui.protocol.messages import AssistantMessage, TextPart, UserMessage
from codex_tui.providers.base import HostLearned, LLMProvider
from tests.providers.contract.support import message_of, request_of
from tests.providers.contract.wire import Say
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.chat_rules import Rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from codex_tui.protocol.messages import Message
    from tests.providers.contract.wire import Wire

Kind = Literal["text", "thinking", "redacted", "calls"]
PATHS = ("a.py", "ü.py")

_WIRES: Mapping[str, Wire] = {"messages": MESSAGES, "responses": RESPONSES, "chat": CHAT}
_MISTRAL = Rules(nine_letter_ids=True, alternate=True, refused=frozenset({"stream_options"}))

HOUSES: Mapping[str, tuple[str, Rules | None, tuple[str, ...]]] = {
    "anthropic": (
        "messages",
        None,
        ("claude-opus-5-5", "claude-fable-5-2", "claude-opus-4-8", "claude-haiku-4-5"),
    ),
    "anthropic-2": ("messages", None, ("claude-opus-5-5",)),
    "openai": ("responses", None, ("gpt-6.1-sol", "gpt-6.1-sol-2026-10-01", "gpt-6.1-terra")),
    "openai-2": ("responses", None, ("gpt-6.1-sol",)),
    "house": ("chat", Rules(refused=frozenset({"developer"})), ("house-model", "garden-model")),
    "house-2": ("chat", Rules(), ("house-model",)),
    "deepseek": ("chat", Rules(reasoning="required"), ("deepseek-v4-pro",)),
    "mistral": ("chat", _MISTRAL, ("mistral-large-4",)),
    "gemini": ("chat", Rules(signatures=True), ("gemini-3.8-flash",)),
}
"""Provider → its wire, what its server insists on besides, and its models."""


@dataclass
class House:
    """A server, with what it says next."""

    name: str
    wire: Wire
    server: Any
    planned: deque[Any] = field(default_factory=deque)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.server.requests

    @property
    def refused(self) -> list[str]:
        return self.server.refused


@dataclass(eq=False)
class Party:
    """A model at a house, as the engine speaks to it. `learned` counts what was refused first."""

    house: House
    provider: LLMProvider
    model: str
    numbers: Iterator[int]
    learned: int = 0

    def __str__(self) -> str:
        return f"{self.house.name}/{self.model}"

    async def answer(
        self, history: Sequence[Message], kind: Kind, *, sees_images: bool = True
    ) -> AssistantMessage:
        """Ask for the next answer, which is one of its `kind`."""
        self.house.planned.append(reply_of(self, kind))
        request = request_of(*history, model=self.model, sees_images=sees_images)
        async with aclosing(self.provider.stream(request)) as stream:
            events = [event async for event in stream]
        self.learned += sum(isinstance(event, HostLearned) for event in events)
        return message_of(events, self.provider.endpoint.origin(self.model))

    async def compaction(self, history: Sequence[Message], kept: int = 0) -> Compaction:
        """Ask for a summary, as the engine does."""
        number = next(self.numbers)
        self.house.planned.append(self.house.wire.reply(Say(f"All was read, {number}.")))
        asked = (*history, UserMessage(text="Write a summary."))
        request = request_of(*asked, model=self.model, summarises=True)
        async with aclosing(self.provider.stream(request)) as stream:
            events = [event async for event in stream]
        (words,) = [
            part
            for part in message_of(events, self.provider.endpoint.origin(self.model)).parts
            if isinstance(part, TextPart)
        ]
        block = words.opaque if words.opaque and words.opaque.kind == SUMMARY_BLOCK else None
        return Compaction(
            id=f"c{number}", summary=words.text, kept=kept, max_word_chars=10_000, block=block
        )

    @property
    def sent(self) -> list[str]:
        """What the newest request told, in pieces that no later request may change."""
        return _pieces(self.house.requests[-1])


@asynccontextmanager
async def opened_parties() -> AsyncIterator[list[Party]]:
    """Open all houses, and give out their parties."""
    numbers = itertools.count(1)
    async with AsyncExitStack() as stack:
        parties: list[Party] = []
        for name, (wire_name, rules, models) in HOUSES.items():
            house = _house(name, _WIRES[wire_name], rules)
            await stack.enter_async_context(house.server)
            wire = house.wire
            endpoint = wire.endpoint(house.server.base_url, name=name, api_key="test-key")
            provider = wire.adapter(endpoint)
            stack.push_async_callback(provider.aclose)
            parties += [Party(house, provider, model, numbers) for model in models]
        yield parties


def _house(name: str, wire: Wire, rules: Rules | None) -> House:
    planned: deque[Any] = deque()

    def script() -> Iterator[Any]:
        while True:
            yield planned.popleft()

    if wire is MESSAGES:
        asked: Callable[[Any], Any] = lambda _body: planned.popleft()  # noqa: E731
        server: Any = anthropic_wire.AnthropicWire([asked] * 10_000)
    elif wire is RESPONSES:
        server = openai_wire.OpenAIWire(script(), account=f"{name}/")
    else:
        server = chat_wire.ChatWire(script(), rules=rules or Rules())
    return House(name, wire, server, planned)


def reply_of(party: Party, kind: Kind) -> Any:
    """Return an answer of a kind as the party's server has to be told it."""
    number = next(party.numbers)
    match party.house.wire.name:
        case "messages":
            return _of_messages(kind, number)
        case "responses":
            return _of_responses(kind, number)
        case _:
            return _of_chat(kind, number, party.house.name)


def _of_messages(kind: Kind, number: int) -> Any:
    calls = [anthropic_wire.Call("read_file", {"path": path}) for path in PATHS]
    thinking = anthropic_wire.Thinking(f"Hm {number}.")
    match kind:
        case "text":
            return anthropic_wire.Reply(f"Said {number}.")
        case "thinking":
            return anthropic_wire.Reply(thinking, f"Said {number}.")
        case "redacted":
            return anthropic_wire.Reply(anthropic_wire.Redacted(f"secret{number}"), "Said.")
        case "calls":
            return anthropic_wire.Reply(thinking, f"Reading {number}.", *calls)


def _of_responses(kind: Kind, number: int) -> Any:
    said = openai_wire.text(f"Said {number}.", phase="final_answer")
    calls = [
        openai_wire.call("read_file", {"path": path}, call_id=f"call_r{number}_{place}")
        for place, path in enumerate(PATHS)
    ]
    match kind:
        case "text":
            return openai_wire.answer(said)
        case "thinking":
            return openai_wire.answer(openai_wire.reasoning(f"Hm {number}."), said)
        case "redacted":
            return openai_wire.answer(openai_wire.reasoning(), said)
        case "calls":
            noted = openai_wire.text(f"Reading {number}.", phase="commentary")
            return openai_wire.answer(openai_wire.reasoning("Hm."), noted, *calls)


def _of_chat(kind: Kind, number: int, house: str) -> Any:
    ids = (f"functions.read_file:{2 * number}", f"functions.read_file:{2 * number + 1}")
    if house == "mistral":
        ids = (f"{number:08}a", f"{number:08}b")
    state = {"google": {"thought_signature": f"sig-{number}"}} if house == "gemini" else None
    said, thought = chat_wire.text(f"Said {number}."), chat_wire.think(f"Hm {number}.")
    match kind:
        case "text":
            return chat_wire.answer(said)
        case "thinking" | "redacted":
            return chat_wire.answer(thought, said)
        case "calls":
            calls = [
                chat_wire.call(
                    "read_file",
                    {"path": path},
                    call_id=ids[place],
                    index=place,
                    state=None if place else state,
                )
                for place, path in enumerate(PATHS)
            ]
            return chat_wire.answer(thought, said, *calls, finish="tool_calls")


def _pieces(body: dict[str, Any]) -> list[str]:
    """The growing list in its smallest pieces, without what may move in it."""
    if "input" in body:
        return [json.dumps(item) for item in body["input"]]
    pieces: list[str] = []
    for message in body["messages"]:
        content = message["content"]
        if isinstance(content, str) or message["role"] == "assistant":
            pieces.append(json.dumps(message).replace(_MARK, ""))
        else:
            pieces += [json.dumps([message["role"], each]).replace(_MARK, "") for each in content]
    return pieces


_MARK = ', "cache_control": {"type": "ephemeral"}'
