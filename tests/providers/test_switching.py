"""One conversation over all three wires, through the real SDKs: nobody refuses a request."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
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
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.providers.base import LLMProvider
from tests.providers.contract.support import message_of, request_of
from tests.providers.contract.wire import Wire
from tests.providers.contract.wires import WIRES
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.chat_rules import Rules
from tests.support.pictures import image

if TYPE_CHECKING:
    from collections.abc import Iterator

TURNS = 10
PARTIES: dict[str, Wire] = {wire.name: wire for wire in WIRES}
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
        request = request_of(*history, model=self.model, sees_images=sees_images)
        async with aclosing(self.provider.stream(request)) as stream:
            events = [event async for event in stream]
        return message_of(events, self.provider.endpoint.origin(self.model))


async def open_parties(
    stack: AsyncExitStack, addresses: dict[str, str], name: str
) -> dict[str, Party]:
    parties: dict[str, Party] = {}
    for key, wire in PARTIES.items():
        called = name if key == "chat" else key
        provider = wire.adapter(wire.endpoint(addresses[key], name=called, api_key="test-key"))
        stack.push_async_callback(provider.aclose)
        parties[key] = Party(provider, wire.model)
    return parties


async def converse(parties: dict[str, Party], order: list[str]) -> list[Message]:
    """Hold `TURNS` turns; the answerer changes at every step, also between calls and results.

    There are pictures from both sides, which one of the models does not always see, and every
    fourth answer is interrupted.
    """
    history: list[Message] = [NoticeMessage(text="The folder is /w.")]
    step = 0
    for turn in range(TURNS):
        pictures = (image("a.png"), image("b.png", 2_500, 1)) if turn % 3 == 1 else ()
        history.append(UserMessage(text=f"Turn {turn}.", images=pictures))
        for place in range(2):
            party = parties[order[step % len(order)]]
            blind = party.provider.endpoint.api == "openai-chat" and step % 4 > 1
            message = await party.answer(history, sees_images=not blind)
            step += 1
            if place and turn % 2:
                message = interrupted(message, turn // 2 % 4)
            history.append(message)
            history += [
                ToolResultMessage(
                    call_id=call.id,
                    name=call.name,
                    content="text",
                    images=(image("shot.png"),) if (turn + number) % 2 else (),
                )
                for number, call in enumerate(reversed(message.tool_calls))
            ]
        if turn % 3 == 0:
            history.append(NoticeMessage(text="The mode changed."))
    return history


def interrupted(answer: AssistantMessage, kept: int) -> AssistantMessage:
    """The answer as if the user had stopped it inside of a call, after `kept` whole parts."""
    cut = ToolCall(id="call_cut", name="read_file", arguments='{"pa', complete=False)
    return replace(answer, parts=(*answer.parts[:kept], cut), stop=StopReason.INTERRUPTED)


def dumped(body: dict[str, Any]) -> str:
    return json.dumps(body)


def check(history: list[Message]) -> None:
    answers = [each for each in history if isinstance(each, AssistantMessage)]
    assert len(answers) == 2 * TURNS
    assert {each.origin.api for each in answers} == {wire.api for wire in WIRES}
    called = [each for each in answers if each.tool_calls]
    assert len(called) >= TURNS, "there are calls in every turn"
    stops = {StopReason.TOOL_USE, StopReason.INTERRUPTED}
    assert {each.stop for each in called} == stops


def check_thinking(responses: dict[str, Any], messages: dict[str, Any]) -> None:
    """Each vendor gets its own thinking back, and nothing of the other's."""
    assert dumped(responses).count('"sealed-') >= 4
    assert dumped(messages).count('"sig_') >= 4
    assert "sig_" not in dumped(responses)
    assert "sealed-" not in dumped(messages)


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


@pytest.mark.parametrize("order", list(permutations(PARTIES)), ids="-".join)
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
    assert first.refused == second.refused == []
    check_thinking(first.requests[-1], second.requests[-1])
    shown = [len(dumped(body).split(image("shot.png").data)) for body in chat.requests]
    assert 1 in shown, "the model without eyes saw none"
    assert max(shown) > 2
    if dialect != "unknown":
        assert chat.refused == []
    else:  # what has to be learned is learned once, and nobody hears of it
        answered = [each for each in history if isinstance(each, AssistantMessage)]
        by_chat = [each for each in answered if each.origin.api == "openai-chat"]
        assert len(chat.requests) - len(by_chat) == 3


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as running:
        yield running


@pytest.mark.parametrize("order", list(permutations(PARTIES)), ids="-".join)
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
