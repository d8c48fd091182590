"""History only grows, and every call has exactly one result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.agent.history import History
from codex_tui.protocol.messages import (
    AssistantMessage,
    Opaque,
    Origin,
    StopReason,
    ThinkingPart,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.providers.base import Endpoint
from tests.support.engine import call

ORIGIN = Origin(api="anthropic-messages", provider="anthropic", base_url="https://a", model="m")


def answer(*parts) -> AssistantMessage:
    return AssistantMessage(parts=parts, origin=ORIGIN, stop=StopReason.TOOL_USE)


def result(call_id: str) -> ToolResultMessage:
    return ToolResultMessage(call_id=call_id, name="t", content="ok")


def test_a_second_result_and_a_result_without_a_call_are_refused():
    history = History([answer(call("t", "{}", 1)), result("call_1")])
    for wrong in ("call_1", "call_9"):
        assert not history.accepts(result(wrong))
        with pytest.raises(ValueError, match="does not fit"):
            history.append(result(wrong))
    assert len(history) == 2


def test_missing_results_follow_call_order_and_settle_everything():
    history = History([answer(call("t", "{}", 1), call("t", "{}", 2), call("t", "{}", 3))])
    history.append(result("call_2"))
    missing = history.missing_results("stopped")
    assert [each.call_id for each in missing] == ["call_1", "call_3"]
    assert {each.status for each in missing} == {ToolStatus.INTERRUPTED}
    for each in missing:
        history.append(each)
    assert history.open_calls == ()
    assert history.missing_results("stopped") == ()


@given(st.lists(st.sampled_from(["user", "calls", "result", "settle"]), max_size=30))
def test_whatever_happens_each_call_ends_with_one_result_and_the_prefix_stays(steps):
    history, number, prefix = History(), 0, ()
    for step in steps:
        if step == "user":
            history.append(UserMessage(text="hi"))
        elif step == "calls":
            history.append(answer(call("t", "{}", number), call("t", "{}", number + 1)))
            number += 2
        elif step == "result" and history.open_calls:
            history.append(result(history.open_calls[0].id))
        elif step == "settle":
            for each in history.missing_results("stopped"):
                history.append(each)
        assert history.messages[: len(prefix)] == prefix
        prefix = history.messages
    for each in history.missing_results("stopped"):
        history.append(each)
    called = [
        c.id for m in history.messages if isinstance(m, AssistantMessage) for c in m.tool_calls
    ]
    answered = [m.call_id for m in history.messages if isinstance(m, ToolResultMessage)]
    assert sorted(called) == sorted(answered)


def test_signed_thinking_is_counted_only_where_it_cannot_travel():
    signed = ThinkingPart(text="hm", opaque=Opaque(origin=ORIGIN, kind="thinking", data="{}"))
    history = History([answer(signed, ThinkingPart(text="unsigned"))])
    home = Endpoint(name="anthropic", api="anthropic-messages", base_url="https://a")
    other = Endpoint(name="openai", api="openai-responses", base_url="https://o")
    assert history.thinking_left_behind(home) == 0
    assert history.thinking_left_behind(other) == 1
