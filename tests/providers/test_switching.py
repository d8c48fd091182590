"""One conversation over all three wires, through the real SDKs: nobody refuses a request."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from llmock.scenarios import Reply as MockReply
from llmock.scenarios import ToolCall as MockCall
from llmock.testing import LLMockServer

from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    StopReason,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.providers.anthropic_messages.adapter import AnthropicMessages
from codex_tui.providers.base import Endpoint, LLMProvider
from codex_tui.providers.openai_chat.adapter import OpenAIChat
from codex_tui.providers.openai_responses.adapter import OpenAIResponses
from tests.providers.chat_support import READ_FILE, message_of, request_of
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.chat_rules import Rules
from tests.support.pictures import image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TURNS = 10
MODELS = {"responses": "gpt-6.1-sol", "messages": "claude-opus-5-5", "chat": "house-model"}
ADAPTERS: dict[str, Callable[[Endpoint], LLMProvider]] = {
    "responses": OpenAIResponses,
    "messages": AnthropicMessages,
    "chat": OpenAIChat,
}
APIS = {"responses": "openai-responses", "messages": "anthropic-messages", "chat": "openai-chat"}
PATHS = ("a.py", "ü.py")

DIALECTS = {
    "house": Rules(),
    "deepseek": Rules(reasoning="required"),
    "mistral": Rules(nine_letter_ids=True, alternate=True, refused=frozenset({"stream_options"})),
    "gemini": Rules(signatures=True),
    "unknown": Rules(reasoning="required", nine_letter_ids=True, alternate=True),
}


@dataclass
class Party:
    """One of the three: its adapter and the model asked for."""

    provider: LLMProvider
    model: str

    async def answer(self, history: list[Message], *, sees_images: bool) -> AssistantMessage:
        request = request_of(
            *history, model=self.model, tools=(READ_FILE,), sees_images=sees_images
        )
        async with aclosing(self.provider.stream(request)) as stream:
            events = [event async for event in stream]
        return message_of(events, self.provider.endpoint, self.model)


async def open_parties(
    stack: AsyncExitStack, addresses: dict[str, str], name: str
) -> dict[str, Party]:
    parties: dict[str, Party] = {}
    for wire, address in addresses.items():
        endpoint = Endpoint(
            name=name if wire == "chat" else wire,
            api=APIS[wire],
            base_url=address,
            api_key="test-key",
            timeout_s=5.0,
        )
        provider = ADAPTERS[wire](endpoint)
        stack.push_async_callback(provider.aclose)
        parties[wire] = Party(provider, MODELS[wire])
    return parties


async def converse(parties: dict[str, Party], order: list[str]) -> list[Message]:
    """Hold `TURNS` turns; the answerer changes at every step, also between calls and results.

    There are pictures from both sides, and every fourth step goes to a model that sees none.
    """
    history: list[Message] = [NoticeMessage(text="The folder is /w.")]
    step = 0
    for turn in range(TURNS):
        pictures = (image("a.png"), image("b.png", 2_500, 1)) if turn % 3 == 1 else ()
        history.append(UserMessage(text=f"Turn {turn}.", images=pictures))
        for _ in range(2):
            party = parties[order[step % len(order)]]
            message = await party.answer(history, sees_images=step % 4 != 3)
            step += 1
            history.append(message)
            history += [
                ToolResultMessage(
                    call_id=call.id,
                    name=call.name,
                    content="text",
                    images=(image("shot.png"),) if (turn + place) % 2 else (),
                )
                for place, call in enumerate(reversed(message.tool_calls))
            ]
        if turn % 3 == 0:
            history.append(NoticeMessage(text="The mode changed."))
    return history


def dumped(body: dict[str, Any]) -> str:
    return json.dumps(body)


def check(history: list[Message]) -> None:
    answers = [each for each in history if isinstance(each, AssistantMessage)]
    assert len(answers) == 2 * TURNS
    assert {each.origin.api for each in answers} == set(APIS.values())
    called = [each for each in answers if each.tool_calls]
    assert len(called) >= TURNS, "there are calls in every turn"
    assert all(each.stop is StopReason.TOOL_USE for each in called)


def vendor_scripts(number: int) -> tuple[list[Any], list[Any]]:
    """What the two vendors' own wires say: reasoning, words and two calls, every time."""
    responses = [
        openai_wire.answer(
            openai_wire.reasoning("Hm."),
            openai_wire.text("Reading.", phase="commentary"),
            *(
                openai_wire.call("read_file", {"path": path}, call_id=f"call_r{n}_{path[0]}")
                for path in ("a.py", "b.py")
            ),
        )
        for n in range(number)
    ]
    messages = [
        anthropic_wire.Reply(
            anthropic_wire.Thinking("Hm."),
            "Reading.",
            *(anthropic_wire.Call("read_file", {"path": path}) for path in PATHS),
        )
        for _ in range(number)
    ]
    return responses, messages


def chat_script(number: int, *, signed: bool) -> list[Any]:
    """What a compatible server says: ids with a colon, a signature where there may be one."""
    return [
        chat_wire.answer(
            chat_wire.think("Hm."),
            chat_wire.text("Reading."),
            *(
                chat_wire.call(
                    "read_file",
                    {"path": path},
                    call_id=f"functions.read_file:{2 * n + place}",
                    index=place,
                    state={"google": {"thought_signature": f"sig-{n}"}}
                    if signed and not place
                    else None,
                )
                for place, path in enumerate(PATHS)
            ),
            finish="tool_calls",
        )
        for n in range(number)
    ]


@pytest.mark.parametrize("order", list(permutations(MODELS)), ids="-".join)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_ten_turns_over_three_wires_are_never_refused(
    order: tuple[str, ...], dialect: str
) -> None:
    responses, messages = vendor_scripts(2 * TURNS)
    rules = DIALECTS[dialect]
    script = chat_script(2 * TURNS, signed=rules.signatures)
    chat = chat_wire.ChatWire(script, rules=rules)
    first, second = openai_wire.OpenAIWire(responses), anthropic_wire.AnthropicWire(messages)
    async with AsyncExitStack() as stack:
        wires = {"responses": first, "messages": second, "chat": chat}
        for wire in wires.values():
            await stack.enter_async_context(wire)
        addresses = {name: wire.base_url for name, wire in wires.items()}
        parties = await open_parties(stack, addresses, dialect)
        history = await converse(parties, list(order))
    check(history)
    assert second.refused == []
    shown = [len(dumped(body).split(image("shot.png").data)) for body in chat.requests]
    assert 1 in shown, "the model without eyes saw none"
    assert max(shown) > 2
    if dialect != "unknown":
        assert chat.refused == []
    else:  # what has to be learned is learned once, and nobody hears of it
        answered = [each for each in history if getattr(each, "origin", None)]
        by_chat = [each for each in answered if each.origin.api == "openai-chat"]
        assert len(chat.requests) - len(by_chat) == 3


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as running:
        yield running


@pytest.mark.parametrize("order", list(permutations(MODELS)), ids="-".join)
async def test_ten_turns_over_three_wires_of_a_server_by_others(
    server: LLMockServer, order: tuple[str, ...]
) -> None:
    server.state.scenarios.clear()
    for _ in range(2 * TURNS):
        calls = tuple(MockCall("read_file", {"path": path}) for path in PATHS)
        server.state.scenarios.add(MockReply(text="Reading.", tool_calls=calls))
    addresses = {
        "responses": server.base_url("openai"),
        "messages": server.base_url("anthropic"),
        "chat": server.base_url("groq"),
    }
    async with AsyncExitStack() as stack:
        parties = await open_parties(stack, addresses, "house")
        check(await converse(parties, list(order)))
