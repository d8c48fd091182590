"""Whatever a history holds, every wire tells its server the same, and no server refuses it."""

from __future__ import annotations

import copy
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    Opaque,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.protocol.tools import ToolSpec
from tests.providers.contract.histories import (
    CUT,
    ELSEWHERE,
    FOREIGN,
    GO,
    HI,
    HISTORIES,
    MORE,
    NOTE,
    USER,
    WELL,
    call,
    called,
    got,
    result,
    said,
)
from tests.providers.contract.renderers import FILLERS, NARROWER, RENDERERS

if TYPE_CHECKING:
    from codex_tui.protocol.messages import AssistantPart, Message
    from tests.providers.contract.renderers import Renderer

over_renderers = pytest.mark.parametrize("to", RENDERERS, ids=str)
over_everybody = pytest.mark.parametrize("to", [*RENDERERS, *NARROWER], ids=str)


@over_renderers
@pytest.mark.parametrize("name", HISTORIES)
def test_every_wire_tells_its_server_the_same(to: Renderer, name: str) -> None:
    messages, heard = HISTORIES[name]
    assert sorted(to.told(*messages), key=str) == sorted(heard, key=str)
    told = [each for each in to.told(*messages) if each[0] != "assistant"]
    assert told == [each for each in heard if each[0] != "assistant"]


@pytest.mark.parametrize("to", NARROWER, ids=str)
@pytest.mark.parametrize("name", HISTORIES)
def test_stricter_servers_accept_the_same(to: Renderer, name: str) -> None:
    messages, _ = HISTORIES[name]
    assert to.of(*messages)
    assert to.of(*messages, tools=())


@over_everybody
def test_no_message_at_all_is_still_a_request(to: Renderer) -> None:
    body = to.of()
    assert to.problems(body) == []


NO_OBJECTS = ("", " ", "{", "[1]", "7", '"a"', "null", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000,
              '{"a":' * 500 + "1" + "}" * 500, "{}{}")  # fmt: skip


@over_renderers
@pytest.mark.parametrize("raw", NO_OBJECTS, ids=lambda raw: raw[:12])
def test_arguments_that_are_no_object_become_an_empty_one(to: Renderer, raw: str) -> None:
    assert to.told(HI, said(call("a", raw)), result()) == [USER, called(), got()]


@over_renderers
def test_arguments_are_sent_as_they_were_meant(to: Renderer) -> None:
    raw = '{"path": "ü\\ud83d\\ude42\\ud800", "lines": [1, 2.50, 1e3], "a": {"b": null, "c": ""}}'
    meant = {"path": "ü🙂\ufffd", "lines": [1, 2.5, 1000.0], "a": {"b": None, "c": ""}}
    assert to.told(HI, said(call("a", raw)), result()) == [USER, called(**meant), got()]


ODD_IDS = ("call|fc_1", "x" * 65, "", "ä", "a b", "a.b", "a:b", "\ud800", "a\n", "fine", "call_0")


@over_renderers
def test_ids_of_other_vendors_are_mapped_once_and_for_all(to: Renderer) -> None:
    answer = said(*map(call, ODD_IDS))
    history = (HI, answer, *(result(each, f"of {each!r}") for each in reversed(ODD_IDS)))
    first, later = to.of(*history), to.of(*history, answer, GO)
    assert to.pieces(later)[: len(to.pieces(first))] == to.pieces(first)
    results = [each for each in to.told(*history) if each[0] == "result"]
    assert results == [got(number, f"of {each!r}") for number, each in enumerate(ODD_IDS)]
    assert "fine" in json.dumps(first)


@over_renderers
def test_names_no_server_takes_are_made_acceptable(to: Renderer) -> None:
    names = ("read file/ä!", "functions.read", "n" * 99, "\ud800")
    answer = said(*(call(str(number), name=name) for number, name in enumerate(names)))
    told = to.told(HI, answer, *(result(str(number)) for number in range(len(names))))
    heard = [each[2] for each in told if each[0] == "call"]
    assert heard == ["read_file___", "functions_read", "n" * 64, "_"]


@over_renderers
def test_damaged_state_counts_as_none(to: Renderer) -> None:
    own = to.wire.endpoint("https://api.example/v1").origin(to.wire.model)
    for data in ("", "{", "null", "[]", "7", '{"a":' * 500 + "1" + "}" * 500):
        for kind in ("thinking", "reasoning", "message", "extra_content", "reasoning_details"):
            opaque = Opaque(origin=own, kind=kind, data=data)
            parts = (ThinkingPart(text="Hm.", opaque=opaque), ServerPart(opaque=opaque),
                     TextPart(text="Well.", opaque=opaque), call(opaque=opaque))  # fmt: skip
            told = to.told(HI, said(*parts, origin=own), result(), GO)
            assert told == [USER, WELL, called(), got(), MORE]


@over_renderers
def test_request_is_left_as_it_was_and_rendered_the_same_twice(to: Renderer) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "description": "\ud800"}}}
    tools = (ToolSpec(name="t", description="T", parameters=schema),)
    before = copy.deepcopy(schema)
    messages, _ = HISTORIES["words before the results"]
    bodies = [json.dumps(to.of(*messages, tools=tools)) for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert schema == before


def closed(number: int) -> list[Message]:
    """One turn after which all calls have their results, different for every number."""
    ids = [f"call_{number % 5}", "x:1", "", f"toolu_{number}"][: number % 5]
    answer = said(*FOREIGN, f"Step {number}.", *map(call, ids))
    words = [UserMessage(text=f"Turn {number}."), *([NOTE] if number % 3 == 0 else [])]
    cut = [said("I wi", CUT, stop=StopReason.INTERRUPTED), result("cut")] if number % 7 == 0 else []
    return [*words, answer, *(result(each, f"{number}") for each in reversed(ids)), *cut]


@over_everybody
def test_what_was_sent_stays_as_it_was_through_a_very_long_session(to: Renderer) -> None:
    history: list[Message] = []
    sent: list[Any] = []
    for number in range(600):
        history += closed(number)
        if number % 60 == 0:
            sent.append(to.pieces(to.of(*history)))
    sent.append(to.pieces(to.of(*history, GO)))
    for before, after in itertools.pairwise(sent):
        kept = (
            before[:-1] if any(filler in json.dumps(before[-1]) for filler in FILLERS) else before
        )
        assert json.dumps(after[: len(kept)]) == json.dumps(kept)


texts = st.text(st.characters(), max_size=6)
ids = st.sampled_from(["a", "b", "c|1", "", "ü", "a:1"])
arguments = st.one_of(texts, st.sampled_from(["{}", '{"a": [1]}', "[", "3", "NaN"]))
parts = st.one_of(
    st.builds(TextPart, text=texts),
    st.builds(ThinkingPart, text=texts),
    st.sampled_from(FOREIGN),
    st.builds(ToolCall, id=ids, name=texts, arguments=arguments, complete=st.booleans()),
)
stops = st.sampled_from([StopReason.END, StopReason.TOOL_USE, StopReason.INTERRUPTED])
any_message = st.one_of(
    st.builds(UserMessage, text=texts),
    st.builds(NoticeMessage, text=texts),
    st.builds(
        ToolResultMessage,
        call_id=ids,
        name=texts,
        content=texts,
        status=st.sampled_from(ToolStatus),
    ),
    st.builds(
        AssistantMessage,
        parts=st.lists(parts, max_size=4).map(tuple),
        origin=st.just(ELSEWHERE),
        stop=stops,
    ),
)


@over_everybody
@settings(max_examples=150, deadline=None)
@given(messages=st.lists(any_message, max_size=9), system=texts)
def test_no_history_whatever_is_refused(to: Renderer, messages: list[Message], system: str) -> None:
    body = to.of(HI, *messages, system=system)
    assert json.dumps(to.of(HI, *messages, system=system)) == json.dumps(body)


@over_renderers
@settings(max_examples=100, deadline=None)
@given(turns=st.lists(st.tuples(texts, st.lists(parts, max_size=4)), max_size=5))
def test_longer_history_begins_with_the_bytes_of_the_shorter(
    to: Renderer, turns: list[tuple[str, list[AssistantPart]]]
) -> None:
    history: list[Message] = []
    sent: list[Any] = []
    for words, answer in turns:
        history.append(UserMessage(text=f"u{words}"))
        sent.append(to.pieces(to.of(*history)))
        message = said(*answer)
        history += [message, *(result(each.id) for each in reversed(message.tool_calls))]
    for before, after in itertools.pairwise(sent):
        assert json.dumps(after[: len(before)]) == json.dumps(before)
