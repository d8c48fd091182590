"""Answers of compatible servers, in every dialect, through the real SDK."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from codex_tui.protocol.messages import (
    Opaque,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    Usage,
)
from codex_tui.providers.base import PartDelta, PartFinished, PartStarted, StreamFinished
from tests.providers.chat_support import (
    endpoint_at,
    heard,
    message_of,
    stream_all,
)
from tests.servers.chat_wire import (
    DONE,
    ID_LEFT_OUT,
    ChatWire,
    Item,
    Reply,
    Shape,
    answer,
    call,
    deltas,
    shaped,
    text,
    think,
    usage,
)
from tests.servers.loopback import Cut, Plain, Reset, Stall


async def test_text_streams_as_a_whole_list_of_events() -> None:
    async with ChatWire([answer(text("Hello", pieces=2), tokens=usage(10, 3))]) as wire:
        events = await stream_all(endpoint_at(wire.base_url))
    assert events == [
        PartStarted(index=0, kind="text"),
        PartDelta(index=0, text="Hel"),
        PartDelta(index=0, text="lo"),
        PartFinished(index=0, part=TextPart(text="Hello")),
        StreamFinished(
            stop=StopReason.END,
            usage=Usage(input_tokens=10, output_tokens=3),
            response_id="chatcmpl-1",
            request_id="req_wire",
            raw_stop="stop",
        ),
    ]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "reasoning_text"])
async def test_reasoning_words_and_calls_stand_in_their_order(name: str) -> None:
    reply = answer(
        think("Hm. ", name=name),
        deltas({"content": "\n\n"}),
        text("Let me look."),
        call("read_file", {"path": "a.py"}),
        finish="tool_calls",
    )
    message = await heard(reply)
    assert [type(part).__name__ for part in message.parts] == [
        "ThinkingPart",
        "TextPart",
        "ToolCall",
    ]
    assert message.parts[0] == ThinkingPart(text="Hm. ")
    assert message.text == "Let me look."
    assert message.stop is StopReason.TOOL_USE


async def test_content_in_chunks_of_thinking_and_text() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    reply = answer(deltas({"content": [thought]}, {"content": [{"type": "text", "text": "Hi."}]}))
    assert (await heard(reply)).parts == (ThinkingPart(text="Hm."), TextPart(text="Hi."))


async def test_structured_reasoning_is_shown_merged_and_kept() -> None:
    def detail(**fields: Any) -> dict[str, Any]:
        return {"reasoning_details": [{"index": 0, "format": "v1", **fields}]}

    reply = answer(
        deltas(
            detail(type="reasoning.text", text="Let ", signature=None),
            detail(type="reasoning.text", text="me.", signature=None),
            detail(type="reasoning.text", text="", signature="sig"),
            detail(type="reasoning.encrypted", data="sealed"),
        ),
        call("read_file", {}),
    )
    message = await heard(reply)
    assert message.parts[0] == ThinkingPart(text="Let me.")
    state = message.parts[-1]
    assert isinstance(state, ServerPart)
    assert state.opaque.kind == "reasoning_details"
    assert json.loads(state.opaque.data) == [
        {
            "index": 0,
            "format": "v1",
            "type": "reasoning.text",
            "text": "Let me.",
            "signature": "sig",
        },
        {"index": 0, "format": "v1", "type": "reasoning.encrypted", "data": "sealed"},
    ]


async def test_reasoning_that_is_sent_in_two_fields_is_shown_once() -> None:
    both = {"reasoning_content": "Hm.", "reasoning": "Hm."}
    told = {"reasoning": "So.", "reasoning_details": [{"type": "reasoning.text", "text": "So."}]}
    reply = answer(deltas(both, told), text("Done."))
    assert (await heard(reply)).parts[0] == ThinkingPart(text="Hm.So.")


async def test_structured_reasoning_of_two_places_stays_apart() -> None:
    details = [{"type": "reasoning.text", "index": place, "text": "Hm."} for place in (0, 1)]
    message = await heard(answer(deltas({"reasoning_details": details}), text("Done.")))
    state = message.parts[-1]
    assert isinstance(state, ServerPart)
    assert json.loads(state.opaque.data) == details


EXPECTED = [("read_file", '{"path": "a"}'), ("list_files", '{"path": "b"}')]


def two(**odd: Any) -> list[Item]:
    """Two calls one after the other, both sent in the same odd way."""
    second = {"index": 1} if "index" not in odd else {}
    ids = ("call_a", "call_b") if "call_id" not in odd else (odd["call_id"],) * 2
    rest = {name: value for name, value in odd.items() if name != "call_id"}
    return [
        call("read_file", {"path": "a"}, call_id=ids[0], **rest),
        call("list_files", {"path": "b"}, call_id=ids[1], **{**rest, **second}),
    ]


INTERLEAVED = deltas(
    *(
        {"tool_calls": [first.deltas[0]["tool_calls"][0], second.deltas[0]["tool_calls"][0]]}
        for first, second in [two()]
    ),
    *(each for pair in zip(*(item.deltas[1:] for item in two()), strict=True) for each in pair),
)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(two(), id="as documented"),
        pytest.param([INTERLEAVED], id="interleaved"),
        pytest.param(two(pieces=0), id="each in one chunk"),
        pytest.param(two(index=None), id="no index"),
        pytest.param(two(index=None, pieces=0), id="no index, each in one chunk"),
        pytest.param(two(index=0), id="index 0 for all"),
        pytest.param(two(index=0, pieces=0), id="index 0 for all, each in one chunk"),
        pytest.param(two(index=0, pieces=0, call_id=""), id="index 0 and empty ids"),
        pytest.param(two(call_id=ID_LEFT_OUT), id="no ids"),
        pytest.param(two(call_id=ID_LEFT_OUT, index=None), id="neither ids nor index"),
        pytest.param(two(call_id="x"), id="the same id twice"),
        pytest.param(two(call_id="x", pieces=0, index=0), id="the same id and index twice"),
        pytest.param(two(as_object=True), id="arguments as objects"),
        pytest.param(two(repeats=True), id="name and id in each piece"),
        pytest.param(two(repeats=True, index=None), id="name and id in each piece, no index"),
        pytest.param(two(repeats=True, call_id=ID_LEFT_OUT, index=0), id="only names tell apart"),
        pytest.param([*two(), deltas({"tool_calls": None}, {"tool_calls": [{}]})], id="empty ones"),
        pytest.param([deltas({"tool_calls": [{"index": 0}]}), *two()], id="an index ahead"),
    ],
)
@pytest.mark.parametrize("finish", ["tool_calls", "stop", "end_turn", "", None, "eos_whatever"])
async def test_calls_are_put_together_however_they_come(
    items: list[Item], finish: str | None
) -> None:
    async with ChatWire([answer(*items, finish=finish)]) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    message = message_of(events, endpoint)
    assert [(each.name, each.arguments) for each in message.tool_calls] == EXPECTED
    assert all(each.complete for each in message.tool_calls)
    assert message.stop is StopReason.TOOL_USE
    ids = [each.id for each in message.tool_calls]
    assert len(set(ids)) == 2
    assert all(ids)
    started = [event for event in events if isinstance(event, PartStarted)]
    assert [(each.call_id, each.name) for each in started] == [
        (each.id, each.name) for each in message.tool_calls
    ]
    for index, each in enumerate(message.tool_calls):
        shown = [e.text for e in events if isinstance(e, PartDelta) and e.index == index]
        assert "".join(shown) == each.arguments


async def test_two_calls_of_one_tool_without_ids_or_indices() -> None:
    reply = answer(
        *(
            call("read_file", {"path": path}, index=0, call_id=ID_LEFT_OUT, pieces=0)
            for path in ("a", "b")
        )
    )
    calls = (await heard(reply)).tool_calls
    assert [json.loads(each.arguments)["path"] for each in calls] == ["a", "b"]


async def test_two_calls_of_one_tool_at_one_index_are_told_apart_by_their_ids() -> None:
    pair = [call("read_file", {"path": each}, call_id=f"call_{each}", index=0) for each in "ab"]
    calls = (await heard(answer(*pair))).tool_calls
    assert [(each.id, each.arguments) for each in calls] == [
        ("call_a", '{"path": "a"}'),
        ("call_b", '{"path": "b"}'),
    ]


async def test_arguments_that_look_whole_inside_go_on() -> None:
    arguments = {"text": "{}", "path": "a}"}
    reply = answer(call("read_file", arguments, repeats=True, call_id=ID_LEFT_OUT, pieces=30))
    (found,) = (await heard(reply)).tool_calls
    assert json.loads(found.arguments) == arguments


async def test_name_that_comes_late_and_name_that_never_comes() -> None:
    reply = answer(
        deltas(
            {"tool_calls": [{"index": 0, "id": "call_a", "function": {"arguments": '{"pa'}}]},
            {"tool_calls": [{"index": 0, "function": {"name": "read_file"}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": 'th": "a"}'}}]},
            {"tool_calls": [{"index": 1, "id": "call_b", "function": {"arguments": "{}"}}]},
        )
    )
    late, nameless = (await heard(reply)).tool_calls
    assert (late.id, late.name, late.arguments) == ("call_a", "read_file", '{"path": "a"}')
    assert (nameless.id, nameless.name) == ("call_b", "")


async def test_what_hangs_on_a_call_is_kept_with_it() -> None:
    state = {"google": {"thought_signature": "sig"}}
    async with ChatWire([answer(call("read_file", {}, state=state))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        (found,) = message_of(await stream_all(endpoint), endpoint).tool_calls
    assert found.opaque == Opaque(
        origin=endpoint.origin("house-model"),
        kind="extra_content",
        data='{"google":{"thought_signature":"sig"}}',
    )


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("stop", StopReason.END),
        ("end_turn", StopReason.END),
        ("length", StopReason.LENGTH),
        ("content_filter", StopReason.FILTER),
        ("SAFETY", StopReason.FILTER),
        ("model_context_window_exceeded", StopReason.CONTEXT),
        ("moonrise", StopReason.UNKNOWN),
        (None, StopReason.END),
    ],
)
async def test_reasons_are_understood(reason: str | None, stop: StopReason) -> None:
    assert (await heard(answer(text("half"), finish=reason))).stop is stop


async def test_length_without_a_single_word_means_a_full_window() -> None:
    assert (await heard(answer(finish="length"))).stop is StopReason.CONTEXT


async def test_refusal_is_shown_and_named() -> None:
    reply = answer(deltas({"refusal": "I will "}, {"refusal": "not."}))
    async with ChatWire([reply]) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    message = message_of(events, endpoint)
    assert (message.text, message.stop) == ("I will not.", StopReason.REFUSAL)
    assert isinstance(events[-1], StreamFinished)
    assert events[-1].detail == "I will not."


@pytest.mark.parametrize("at", ["own chunk", "last chunk", "choice"])
@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (usage(10, 3), Usage(input_tokens=10, output_tokens=3)),
        (
            usage(10, 3, prompt_tokens_details={"cached_tokens": 8}),
            Usage(input_tokens=10, output_tokens=3, cache_read_tokens=8),
        ),
        (
            usage(10, 3, prompt_cache_hit_tokens=7, prompt_cache_miss_tokens=3),
            Usage(input_tokens=10, output_tokens=3, cache_read_tokens=7),
        ),
        (
            usage(10, 3, cached_tokens=6, prompt_tokens_details=None),
            Usage(input_tokens=10, output_tokens=3, cache_read_tokens=6),
        ),
        (
            usage(10, 30, completion_tokens_details={"reasoning_tokens": 20}),
            Usage(input_tokens=10, output_tokens=30, reasoning_tokens=20),
        ),
        (
            {
                **usage(10, 3, completion_tokens_details={"reasoning_tokens": 20}),
                "total_tokens": 33,
            },
            Usage(input_tokens=10, output_tokens=23, reasoning_tokens=20),
        ),
        ({"prompt_tokens": "many"}, None),
    ],
)
async def test_counts_are_found_wherever_they_are(
    at: str, counts: dict[str, Any], expected: Usage | None
) -> None:
    assert (await heard(answer(text("ok"), tokens=counts, usage_at=at))).usage == expected


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda events: events[:-1], id="no done mark"),
        pytest.param(lambda events: [*events[:-1], Cut()], id="cut after the reason"),
        pytest.param(lambda events: [*events[:-1], Reset()], id="reset after the reason"),
        pytest.param(lambda events: [*events[:-1], b"data: {oops\n\n"], id="rubbish at the end"),
    ],
)
async def test_what_comes_after_the_reason_may_be_missing_or_broken(shape: Shape) -> None:
    reply = answer(text("Hi."), call("read_file", {"path": "a"}), tokens=usage(1, 2))
    message = await heard(shaped(reply, shape))
    assert (message.text, len(message.tool_calls)) == ("Hi.", 1)
    assert message.usage == Usage(input_tokens=1, output_tokens=2)


async def test_silence_after_the_reason_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_tui.providers.openai_chat.adapter.AFTER_STOP_TIMEOUT_S", 0.1)
    async with asyncio.timeout(4):
        message = await heard(shaped(answer(text("ok")), lambda events: [*events[:-1], Stall()]))
    assert (message.text, message.stop) == ("ok", StopReason.END)


async def test_silence_after_reason_and_counts_ends_the_answer_at_once() -> None:
    reply = shaped(answer(text("ok"), tokens=usage(1, 2)), lambda e: [*e[:-1], Stall()])
    async with asyncio.timeout(4):
        assert (await heard(reply)).usage == Usage(input_tokens=1, output_tokens=2)


async def test_answer_in_one_piece_though_a_stream_was_asked_for() -> None:
    message = {"content": "Hi.", "reasoning_content": "Hm."}
    body = {"id": "c1", "choices": [{"message": message}], "usage": usage(4, 2)}
    async with ChatWire([Plain.of_json(body)]) as wire:
        endpoint = endpoint_at(wire.base_url)
        found = message_of(await stream_all(endpoint), endpoint)
    assert found.parts == (ThinkingPart(text="Hm."), TextPart(text="Hi."))
    assert found.usage == Usage(input_tokens=4, output_tokens=2)


async def test_done_mark_alone_ends_what_was_said() -> None:
    reply = Reply(items=(text("Hi."),), after=(DONE,))
    assert (await heard(reply)).stop is StopReason.END
