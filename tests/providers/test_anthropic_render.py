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
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.protocol.models import Effort
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.anthropic_messages.render import render
from codex_tui.providers.base import Endpoint, ModelRequest
from tests.servers.anthropic_rules import block_key, problems

if TYPE_CHECKING:
    from codex_tui.protocol.messages import AssistantPart, Message

HERE = Endpoint(name="anthropic", api="anthropic-messages", base_url="http://here")
OWN = HERE.origin("claude-opus-5-5")
FOREIGN = Origin(api="openai-responses", provider="openai", base_url="http://there", model="gpt")
SIGNED = {"type": "thinking", "thinking": "hm", "signature": "sig"}
ISSUED = {"sig": "hm", "data": ""}


def body(*messages: Message, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"model": "claude-opus-5-5", "system": "S", "messages": messages}
    rendered = render(ModelRequest(**{**fields, **changes}), HERE)
    assert problems(rendered, ISSUED) == []
    return rendered


def contents(*messages: Message, **changes: Any) -> list[tuple[str, list[Any]]]:
    """Return role and blocks of each message, without the cache marks."""
    rendered = json.loads(json.dumps(body(*messages, **changes)))
    for message in rendered["messages"]:
        for block in message["content"]:
            block.pop("cache_control", None)
    return [(message["role"], message["content"]) for message in rendered["messages"]]


def said(*parts: AssistantPart, origin: Origin = OWN, **changes: Any) -> AssistantMessage:
    return AssistantMessage(parts=parts, origin=origin, **{"stop": StopReason.END, **changes})


def call(call_id: str, arguments: str = "{}", **changes: Any) -> ToolCall:
    return ToolCall(**{"id": call_id, "name": "read_file", "arguments": arguments, **changes})


def result(call_id: str, content: str = "out", **changes: Any) -> ToolResultMessage:
    return ToolResultMessage(call_id=call_id, name="read_file", content=content, **changes)


def opaque(block: dict[str, Any], origin: Origin = OWN) -> Opaque:
    return Opaque(origin=origin, kind=block["type"], data=json.dumps(block))


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def answered(call_id: str, words: str = "out", **extra: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": [text(words)], **extra}


USER = UserMessage(text="hi")
HI = ("user", [text("hi")])


def test_user_words_and_notices_share_one_message() -> None:
    rendered = contents(USER, NoticeMessage(text="Mode is now suggest."), UserMessage(text="go"))
    notice = "<system-reminder>\nMode is now suggest.\n</system-reminder>"
    assert rendered == [("user", [text("hi"), text(notice), text("go")])]


def test_results_follow_their_calls_in_call_order_before_any_words() -> None:
    rendered = contents(
        USER,
        said(TextPart(text="both"), call("a"), call("b")),
        UserMessage(text="steering"),
        result("b", "B"),
        result("a", "A"),
    )
    assert rendered[2] == ("user", [answered("a", "A"), answered("b", "B"), text("steering")])


@pytest.mark.parametrize("status", [each for each in ToolStatus if each is not ToolStatus.OK])
def test_a_result_that_is_not_ok_is_an_error(status: ToolStatus) -> None:
    rendered = contents(USER, said(call("a")), result("a", status=status))
    assert rendered[2] == ("user", [answered("a", is_error=True)])


@pytest.mark.parametrize("blank", ["", " \n\t"])
def test_blank_output_is_named(blank: str) -> None:
    rendered = contents(USER, said(call("a")), result("a", blank))
    assert rendered[2] == ("user", [answered("a", "(no output)")])


def test_blank_text_and_empty_answers_are_dropped() -> None:
    rendered = contents(USER, said(TextPart(text=" \n")), said(), UserMessage(text="  "))
    assert rendered == [HI]


def test_a_conversation_without_words_still_has_a_message() -> None:
    assert contents() == [("user", [text("Continue.")])]


def test_the_list_ends_with_the_user_and_answers_never_stand_together() -> None:
    first, second = said(TextPart(text="one")), said(TextPart(text="two"))
    go_on = ("user", [text("Continue.")])
    one, two = ("assistant", [text("one")]), ("assistant", [text("two")])
    assert contents(USER, first) == [HI, one, go_on]
    assert contents(USER, first, second) == [HI, one, go_on, two, go_on]
    assert contents(first, USER) == [go_on, one, HI]


def test_a_paused_answer_is_sent_back_as_it_is() -> None:
    searching = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    paused = said(ServerPart(opaque=opaque(searching)), stop=StopReason.PAUSE)
    request = ModelRequest(model="claude-opus-5-5", system="", messages=(USER, paused))
    rendered = render(request, HERE)
    assert problems(rendered, {block_key(searching): ""}) == []
    assert rendered["messages"][-1] == {"role": "assistant", "content": [searching]}


DEEP = '{"a":' * 500 + "1" + "}" * 500


@pytest.mark.parametrize(
    "arguments",
    ["", "{", "[1]", "7", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000, DEEP],
    ids=["empty", "cut", "list", "number", "nan", "infinite", "deep list", "deep object"],
)  # fmt: skip
def test_arguments_that_are_no_object_become_an_empty_one(arguments: str) -> None:
    rendered = contents(USER, said(call("a", arguments)), result("a"))
    assert rendered[1][1][0]["input"] == {}


def test_an_incomplete_call_and_its_result_are_dropped() -> None:
    cut = call("a", '{"path": "x', complete=False)
    rendered = contents(USER, said(TextPart(text="t"), cut), result("a"), UserMessage(text="on"))
    assert rendered == [HI, ("assistant", [text("t")]), ("user", [text("on")])]


def test_a_result_without_a_call_is_dropped() -> None:
    assert contents(result("z"), USER, result("z")) == [HI]


def test_a_call_without_a_result_gets_one_that_says_so() -> None:
    rendered = contents(USER, said(call("a")), UserMessage(text="on"))
    lost = answered("a", "(no result was recorded)", is_error=True)
    assert rendered[2] == ("user", [lost, text("on")])


def test_an_id_used_twice_keeps_each_result_with_its_call() -> None:
    rendered = contents(
        USER, said(call("call_0")), result("call_0", "one"), said(call("call_0")),
        result("call_0", "two"),
    )  # fmt: skip
    ids = [rendered[at][1][0]["id"] for at in (1, 3)]
    assert ids[0] == "call_0"
    assert ids[0] != ids[1]
    assert rendered[2][1] == [answered(ids[0], "one")]
    assert rendered[4][1] == [answered(ids[1], "two")]


@pytest.mark.parametrize("odd", ["call|fc_1", "x" * 65, "", "ä", "a b", "\ud800", "a\n"])
def test_ids_of_other_vendors_are_mapped_and_stay_the_same(odd: str) -> None:
    history = (USER, said(call(odd), call("fine"), origin=FOREIGN), result("fine"), result(odd))
    first, second = contents(*history), contents(*history, said(TextPart(text="ok")), USER)
    assert first == second[: len(first)]
    assert [block["id"] for block in first[1][1]][1] == "fine"


def test_odd_tool_names_are_made_acceptable() -> None:
    bad = [call("a", name="read file/ä!"), call("b", name=""), call("c", name="n" * 99)]
    rendered = contents(USER, said(*bad), result("a"), result("b"), result("c"))
    assert [block["name"] for block in rendered[1][1]] == ["read_file___", "unnamed", "n" * 64]


def test_own_thinking_is_replayed_word_for_word() -> None:
    redacted = {"type": "redacted_thinking", "data": "data"}
    parts = (
        ThinkingPart(text="hm", opaque=opaque(SIGNED)),
        ThinkingPart(text="", redacted=True, opaque=opaque(redacted)),
        TextPart(text="so"),
    )
    assert contents(USER, said(*parts), USER)[1] == ("assistant", [SIGNED, redacted, text("so")])


@pytest.mark.parametrize(
    "origin",
    [
        FOREIGN,
        Origin(api="anthropic-messages", provider="other", base_url="http://here", model="m"),
        Origin(api="anthropic-messages", provider="anthropic", base_url="http://old", model="m"),
        Origin(api="openai-chat", provider="anthropic", base_url="http://here", model="m"),
    ],
)
def test_foreign_thinking_and_blocks_are_dropped(origin: Origin) -> None:
    parts = (
        ThinkingPart(text="hm", opaque=opaque(SIGNED, origin)),
        ServerPart(opaque=opaque({"type": "web_search_call", "id": "ws"}, origin)),
        ThinkingPart(text="unsigned"),
        TextPart(text="so", opaque=opaque({"type": "message", "id": "msg"}, origin)),
    )
    rendered = contents(USER, said(*parts, origin=origin), USER)
    assert rendered[1] == ("assistant", [text("so")])


def test_an_answer_does_not_end_in_thinking() -> None:
    thinking = ThinkingPart(text="hm", opaque=opaque(SIGNED))
    assert contents(USER, said(thinking)) == [HI]
    assert contents(USER, said(TextPart(text="a"), thinking), USER)[1][1] == [text("a")]


def test_a_stored_block_that_is_no_json_is_dropped() -> None:
    broken = Opaque(origin=OWN, kind="thinking", data="{")
    reply = said(ThinkingPart(text="", opaque=broken), TextPart(text="a"))
    assert contents(USER, reply, USER)[1] == ("assistant", [text("a")])


TOOLS = (
    ToolSpec(name="edit", description="E", parameters={"type": "object"}, streams_edit=True),
    ToolSpec(name="read", description="R", parameters={"type": "object"}),
)


def test_only_tools_that_stream_an_edit_ask_for_eager_input() -> None:
    tools = body(USER, tools=TOOLS)["tools"]
    assert [tool.get("eager_input_streaming") for tool in tools] == [True, None]


def test_cache_marks_stand_at_the_system_prompt_and_the_last_two_user_messages() -> None:
    rendered = body(
        USER, said(call("a"), call("b")), result("a"), result("b"),
        said(TextPart(text="x")), UserMessage(text="1"), UserMessage(text="2"), tools=TOOLS,
    )  # fmt: skip
    marked = [
        (number, at)
        for number, message in enumerate(rendered["messages"])
        for at, block in enumerate(message["content"])
        if "cache_control" in block
    ]
    assert marked == [(2, 1), (4, 1)]
    assert "cache_control" in rendered["system"][-1]
    assert not any("cache_control" in tool for tool in rendered["tools"])


def test_without_a_system_prompt_the_tools_are_marked() -> None:
    rendered = body(USER, tools=TOOLS, system=" ")
    assert "system" not in rendered
    assert ["cache_control" in tool for tool in rendered["tools"]] == [False, True]


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "level"),
    [
        ("claude-opus-5-5", None, "adaptive", None),
        ("claude-opus-5-5", Effort.OFF, "adaptive", "low"),
        ("claude-opus-5-5", Effort.MINIMAL, "adaptive", "low"),
        ("claude-opus-5-5-20261001", Effort.XHIGH, "adaptive", "xhigh"),
        ("anthropic/claude-opus-5.5", Effort.MAX, "adaptive", "max"),
        ("claude-sonnet-4-6", Effort.XHIGH, "adaptive", "high"),
        ("claude-opus-5", Effort.OFF, "disabled", None),
        ("claude-haiku-4-5-20251001", None, "enabled", None),
        ("claude-haiku-4-5", Effort.HIGH, "enabled", None),
        ("claude-haiku-4-5", Effort.OFF, None, None),
        ("kimi-k3", Effort.HIGH, None, None),
        ("claude-opus-55", Effort.HIGH, None, None),
    ],
)
def test_thinking_and_effort_fit_the_model(
    model: str, effort: Effort | None, thinking: str | None, level: str | None
) -> None:
    rendered = body(USER, model=model, effort=effort)
    assert rendered.get("thinking", {}).get("type") == thinking
    assert rendered.get("output_config", {}).get("effort") == level


def test_blocks_are_bound_leniently_on_models_that_bind_them() -> None:
    lenient = {"prefix_mismatch_behavior": "drop_block"}
    assert body(USER)["thinking"]["block_binding"] == lenient
    assert body(USER)["thinking"]["display"] == "summarized"
    assert "block_binding" not in body(USER, model="claude-opus-4-8")["thinking"]


@pytest.mark.parametrize(
    ("model", "wanted", "sent"),
    [
        ("claude-opus-5-5", None, 128_000),
        ("claude-opus-5-5", 500, 500),
        ("claude-haiku-4-5", 1_000_000, 64_000),
        ("kimi-k3", None, 32_000),
    ],
)
def test_output_is_limited_to_what_the_model_can(model: str, wanted: int | None, sent: int) -> None:
    assert body(USER, model=model, max_output_tokens=wanted)["max_tokens"] == sent


def test_a_thinking_budget_leaves_room_for_the_answer() -> None:
    rendered = body(USER, model="claude-haiku-4-5", max_output_tokens=4000)
    assert rendered["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert "thinking" not in body(USER, model="claude-haiku-4-5", max_output_tokens=1500)


def test_no_budget_in_the_middle_of_another_models_tool_loop() -> None:
    history = (USER, said(TextPart(text="x"), call("a"), origin=FOREIGN), result("a"))
    assert "thinking" not in body(*history, model="claude-haiku-4-5")
    own = (USER, said(ThinkingPart(text="hm", opaque=opaque(SIGNED)), call("a")), result("a"))
    assert body(*own, model="claude-haiku-4-5")["thinking"]["type"] == "enabled"


def test_nothing_of_the_request_is_changed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "description": "\ud800"}}}
    tool = ToolSpec(name="t", description="T", parameters=schema)
    before = copy.deepcopy(schema)
    assert body(USER, tools=(tool,)) == body(USER, tools=(tool,))
    assert schema == before


texts = st.text(st.characters(), max_size=6)
ids = st.sampled_from(["a", "b", "c|1", "", "ü"])
origins = st.sampled_from([OWN, FOREIGN])
answer_parts = st.one_of(
    st.builds(TextPart, text=texts),
    st.builds(ThinkingPart, text=texts),
    origins.map(lambda origin: ThinkingPart(text="hm", opaque=opaque(SIGNED, origin))),
    st.builds(
        ToolCall, id=ids, name=texts, arguments=st.one_of(texts, st.just('{"a": [1]}')),
        complete=st.booleans(),
    ),
    st.just(ServerPart(opaque=opaque({"type": "mystery"}, FOREIGN))),
)  # fmt: skip
any_message = st.one_of(
    st.builds(UserMessage, text=texts),
    st.builds(NoticeMessage, text=texts),
    st.builds(ToolResultMessage, call_id=ids, name=texts, content=texts),
    st.builds(
        AssistantMessage,
        parts=st.lists(answer_parts, max_size=4).map(tuple),
        origin=origins,
        stop=st.sampled_from([StopReason.END, StopReason.TOOL_USE, StopReason.ERROR]),
    ),
)


@settings(max_examples=300, deadline=None)
@given(
    messages=st.lists(any_message, max_size=9),
    model=st.sampled_from(["claude-opus-5-5", "claude-haiku-4-5"]),
    system=texts,
)
def test_no_history_whatever_is_refused(messages: list[Message], model: str, system: str) -> None:
    body(*messages, model=model, system=system, tools=TOOLS)


@settings(max_examples=200, deadline=None)
@given(turns=st.lists(st.tuples(texts, st.lists(answer_parts, max_size=4)), max_size=5))
def test_a_longer_history_begins_with_the_bytes_of_the_shorter(
    turns: list[tuple[str, list[AssistantPart]]],
) -> None:
    history: list[Message] = []
    bodies = []
    for words, parts in turns:
        history.append(UserMessage(text=f"u{words}"))
        bodies.append(contents(*history))
        reply = said(*parts)
        history += [reply, *(result(each.id) for each in reply.tool_calls)]
    for earlier, later in itertools.pairwise(bodies):
        assert later[: len(earlier) - 1] == earlier[:-1]
        role, blocks = earlier[-1]
        assert later[len(earlier) - 1][0] == role
        assert later[len(earlier) - 1][1][: len(blocks)] == blocks
