"""A past conversation, put on the chat pane."""

from __future__ import annotations

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
    ToolStatus,
    UserMessage,
)
from codex_tui.ui.replay import replay
from tests.ui.chat_app import ChatApp
from tests.ui.settle import settle

ORIGIN = Origin(api="scripted", provider="p", base_url="", model="m")
READ = ToolCall(id="1", name="read_file", arguments='{"path": "a.txt"}')


def answer(*parts, stop=StopReason.END):
    return AssistantMessage(parts=parts, origin=ORIGIN, stop=stop)


def says(text, **fields):
    return answer(TextPart(text=text), **fields)


async def shown(*messages) -> str:
    app = ChatApp(lambda chat: replay(messages, chat, lambda call: f"<{call.name}>"))
    async with app.run_test(size=(80, 40)) as pilot:
        await settle(pilot)
        assert not app.chat.busy
        return "\n".join(app.lines)


async def test_words_thoughts_and_calls_stand_in_their_order():
    text = await shown(
        NoticeMessage(text="Workspace: /somewhere"),
        UserMessage(text="how long is it?"),
        answer(ThinkingPart(text="look first"), TextPart(text="I look."), READ),
        ToolResultMessage(call_id="1", name="read_file", content="30 lines\nline 1"),
        says("It has 30 lines."),
    )
    order = ["how long is it?", "thinking", "I look.", "read_file", "It has 30 lines."]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "30 lines" in text
    assert "0.0 s" not in text, "nobody knows how long it thought"
    assert "Workspace:" not in text
    assert "interrupted" not in text


async def test_results_find_their_calls_in_any_order():
    text = await shown(
        UserMessage(text="both"),
        answer(READ, ToolCall(id="2", name="search", arguments="{}"), stop=StopReason.TOOL_USE),
        ToolResultMessage(call_id="2", name="search", content="2 matches"),
        ToolResultMessage(
            call_id="1", name="read_file", content="no such file", status=ToolStatus.ERROR
        ),
        says("Hm."),
    )
    [reading] = [line for line in text.splitlines() if "read_file" in line]
    [searching] = [line for line in text.splitlines() if "search" in line]
    assert "no such file" in reading
    assert reading.strip().startswith("✗")
    assert "2 matches" in searching


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([UserMessage(text="go")], id="no-answer"),
        pytest.param(
            [
                UserMessage(text="go"),
                answer(READ, stop=StopReason.TOOL_USE),
                ToolResultMessage(call_id="1", name="read_file", content="30 lines"),
            ],
            id="no-words-after-a-tool",
        ),
        pytest.param(
            [UserMessage(text="go"), says("Half", stop=StopReason.INTERRUPTED)], id="cut-answer"
        ),
        pytest.param([UserMessage(text="go"), says("Ha", stop=StopReason.ERROR)], id="failed"),
    ],
)
async def test_a_turn_that_was_cut_off_is_marked(messages):
    text = await shown(*messages)
    assert "This turn was interrupted." in text
    assert "go on" in text


async def test_parts_that_only_a_vendor_understands_are_not_shown():
    secret = ServerPart(opaque=Opaque(origin=ORIGIN, kind="search", data={"query": "hidden"}))
    text = await shown(UserMessage(text="go"), answer(secret, TextPart(text="Found.")))
    assert "hidden" not in text
    assert "Found." in text


async def test_an_empty_past_shows_nothing():
    assert (await shown()).strip() == ""
