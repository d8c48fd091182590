from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

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


USER = UserMessage(text="hi")
HI = ("user", [text("hi")])


def test_user_words_and_notices_share_one_message() -> None:
    rendered = contents(USER, NoticeMessage(text="Mode is now suggest."), UserMessage(text="go"))
    notice = "<system-reminder>\nMode is now suggest.\n</system-reminder>"
    assert rendered == [("user", [text("hi"), text(notice), text("go")])]


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


def test_a_summary_is_asked_for_behind_words_without_blanks_at_their_end() -> None:
    history = (USER, said(TextPart(text="a "), TextPart(text="so \n")))
    asked = contents(*history, UserMessage(text="Summarise."), summarises=True)
    assert asked == [HI, ("assistant", [text("a "), text("so")])]
    answered = contents(*history, UserMessage(text="Go on."))
    assert answered[1] == ("assistant", [text("a "), text("so \n")])


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
        ("kimi-k3", Effort.HIGH, None, "high"),
        ("claude-opus-55", Effort.OFF, None, None),
        ("claude-opus-55", None, None, None),
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
    assert body(USER, model="claude-fable-5-2")["thinking"]["block_binding"] == lenient
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
    others = (USER, said(ThinkingPart(text="hm", opaque=opaque(SIGNED)), call("a")), result("a"))
    assert "thinking" not in body(*others, model="claude-haiku-4-5")
    dated = HERE.origin("claude-haiku-4-5-20251001")
    thinking = ThinkingPart(text="hm", opaque=opaque(SIGNED, dated))
    own = (USER, said(thinking, call("a"), origin=dated), result("a"))
    assert body(*own, model="claude-haiku-4-5")["thinking"]["type"] == "enabled"


@pytest.mark.parametrize(
    ("model", "made_by", "sent"),
    [
        ("claude-opus-5-5", "claude-opus-5-5", True),
        ("claude-fable-5-2", "claude-opus-5-5", True),
        ("claude-opus-5-5", "claude-opus-4-8", True),
        ("claude-opus-4-8", "claude-opus-5-5", False),
        ("claude-opus-4-8", "claude-opus-4-7", False),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", True),
        ("house-model", "claude-opus-5-5", False),
        ("house-model", "house-model", True),
    ],
)
def test_thinking_goes_to_who_can_read_it_or_passes_it_over(
    model: str, made_by: str, *, sent: bool
) -> None:
    origin = HERE.origin(made_by)
    thinking = ThinkingPart(text="hm", opaque=opaque(SIGNED, origin))
    history = (USER, said(thinking, TextPart(text="so"), origin=origin), USER)
    blocks = body(*history, model=model)["messages"][1]["content"]
    assert (blocks[0]["type"] == "thinking") is sent
