"""Tool calls: one that only looks complete is never run, and every id finds its way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.messages import (
    StopReason,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.providers.base import PartFinished, PartStarted
from tests.providers.contract.support import (
    ask,
    expected,
    message_of,
    opened,
    over_all,
    over_wires,
    play,
    request_of,
    trace,
)
from tests.providers.contract.wire import Say, Use, Wire

if TYPE_CHECKING:
    from codex_tui.providers.base import StreamEvent

A = Use("read_file", {"path": "a"})
# Servers that give neither ids nor indices tell an empty call only by another name.


def calls_of(events: list[StreamEvent]) -> list[ToolCall]:
    parts = [event.part for event in events if isinstance(event, PartFinished)]
    return [part for part in parts if isinstance(part, ToolCall)]


@over_all
async def test_call_without_arguments_has_an_empty_object(wire: Wire) -> None:
    said = (Use("list_files", ""), Use("list_tools", " "))
    events = await play(wire, wire.reply(*said))
    assert [(call.arguments, call.complete) for call in calls_of(events)] == [("{}", True)] * 2


@over_all
async def test_calls_of_the_same_tool_are_told_apart(wire: Wire) -> None:
    said = tuple(Use("read_file", {"path": path, "brace": "}{"}) for path in "abc")
    assert trace(await play(wire, wire.reply(*said))) == expected(*said, wire=wire)


NO_JSON = {
    "cut": '{"path": "a.py", "content": "abc',
    "no quotes": "{path: a}",
    "not a number": '{"size": NaN}',
    "without end": '{"size": 1e999}',
    "infinite": '{"size": -Infinity}',
    "two objects": "{}{}",
    "rubbish": "read it!",
    "deep": "[" * 5000,
}


@over_all
@pytest.mark.parametrize("raw", NO_JSON.values(), ids=NO_JSON)
async def test_call_that_is_no_json_is_incomplete_and_asks_for_no_tools(
    wire: Wire, raw: str
) -> None:
    events = await play(wire, wire.reply(Say("x"), Use("read_file", raw, size=999)))
    (call,) = calls_of(events)
    assert (call.arguments, call.complete) == (raw, False)
    whole = await play(wire, wire.reply(Say("x"), Use("edit", raw, size=999), A))
    assert [call.complete for call in calls_of(whole)] == [False, True]
    assert trace(whole)[-1] == expected(A, wire=wire)[-1]


@over_all
@pytest.mark.parametrize("raw", ["[1]", "7", '"a"', "null", '{"a": 1, "a": 2}'])
async def test_what_is_json_but_no_object_is_for_the_tool_to_refuse(wire: Wire, raw: str) -> None:
    (call,) = calls_of(await play(wire, wire.reply(Use("read_file", raw))))
    assert (call.arguments, call.complete) == (raw, True)


@over_all
@pytest.mark.parametrize("raw", ['{"path": "a', "", '{"path": "a"}'])
@pytest.mark.parametrize("stop", [StopReason.LENGTH, StopReason.FILTER, StopReason.CONTEXT])
async def test_only_the_call_the_model_was_stopped_in_is_incomplete(
    wire: Wire, raw: str, stop: StopReason
) -> None:
    if stop not in wire.stops:
        stop = StopReason.LENGTH
    events = await play(wire, wire.reply(Say("x"), A, Use("list_files", raw), stop=stop))
    assert trace(events)[-1] == expected(wire=wire, stop=stop)[-1]
    assert [(call.arguments, call.complete) for call in calls_of(events)] == [
        ('{"path": "a"}', True),
        (raw or "{}", False),
    ]


IDS = {
    "of other vendors": ("toolu_01AbC", "call_x", "functions.read_file:0"),
    "missing": ("", "", ""),
    "the same": ("x", "x", "x"),
    "the same but one": ("x", "y", "x"),
    "too long": ("a" * 65, "a" * 66, "b" * 900),
    "odd": ("call|fc_1", "ü ber", "日本\u2028\n\t"),
    "look-alikes": ("a:b", "a b", "a_b"),
    "hostile": ("\u0000", "../../x", '"}],'),
}


@over_wires
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
async def test_every_id_finds_its_way_back_with_its_result(
    wire: Wire, ids: tuple[str, str, str]
) -> None:
    def answer() -> object:
        return wire.reply(*(Use("read_file", {"path": each}, each) for each in ids))

    async with wire.server([answer(), answer(), wire.reply(Say("ok"))]) as server:
        async with opened(wire, server.base_url) as provider:
            history = [UserMessage(text="hi")]
            for _ in range(2):
                events = await ask(provider, request_of(*history, model=wire.model))
                started = [event for event in events if isinstance(event, PartStarted)]
                assert [event.call_id for event in started] == [c.id for c in calls_of(events)]
                message = message_of(events, provider.endpoint.origin(wire.model))
                history.append(message)
                history += [
                    ToolResultMessage(call_id=call.id, name=call.name, content=f"of {number}")
                    for number, call in enumerate(message.tool_calls)
                ]
            assert await ask(provider, request_of(*history, model=wire.model))
        assert server.refused == []
        sent = json.dumps(server.requests[-1])
    places = [sent.index(f"of {number}") for number in range(len(ids))]
    assert places == sorted(places)
    assert sent.count("of 2") == 2
