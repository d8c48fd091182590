"""A past conversation, put on the chat pane."""

from __future__ import annotations

from codex_tui.agent.past import Past, PastCall, PastEnding
from codex_tui.agent.turn_log import GO_ON
from codex_tui.protocol.changes import AppliedChange, ChangeKind
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
from codex_tui.ui.replay import Replay
from tests.ui.chat_app import ChatApp
from tests.ui.settle import settle

ORIGIN = Origin(api="scripted", provider="p", base_url="", model="m")
READ = ToolCall(id="1", name="read_file", arguments='{"path": "a.txt"}')


def answer(*parts, stop=StopReason.END):
    return AssistantMessage(parts=parts, origin=ORIGIN, stop=stop)


def says(text, **fields):
    return answer(TextPart(text=text), **fields)


async def shown(*messages, **past) -> str:
    def play(chat) -> None:
        replay = Replay(chat=chat, title_of=lambda call: f"<{call.name}>", past=Past(**past))
        for _ in replay.steps(messages):
            pass

    app = ChatApp(play)
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


def ending(after, outcome, message, hint="") -> PastEnding:
    return PastEnding(after=after, outcome=outcome, message=message, hint=hint)


async def test_every_turn_that_did_not_end_well_is_marked_in_its_place():
    text = await shown(
        UserMessage(text="first"),
        says("Half of the first", stop=StopReason.INTERRUPTED),
        UserMessage(text="second"),
        says("Answered."),
        UserMessage(text="third"),
        endings=(ending(2, "interrupted", "Interrupted."), ending(5, "failed", "No key.", "Do.")),
    )
    order = ["Half of the first", "Interrupted.", "second", "Answered.", "third", "No key.", "Do."]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


async def test_an_answer_that_was_gone_on_with_is_marked_where_it_broke_off():
    text = await shown(
        UserMessage(text="go"),
        says("The first half,", stop=StopReason.ERROR),
        NoticeMessage(text=GO_ON),
        says("and the second."),
    )
    order = ["The first half,", "! The answer broke off here", "and the second."]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


async def test_results_that_a_crash_left_to_be_made_up_stand_before_the_mark():
    text = await shown(
        UserMessage(text="go"),
        answer(READ, stop=StopReason.TOOL_USE),
        ToolResultMessage(call_id="1", name="read_file", content="The program ended before this."),
        endings=(ending(2, "interrupted", "This turn was interrupted."),),
    )
    assert text.index("The program ended") < text.index("This turn was interrupted.")
    assert "go on" in text
    assert text.count("read_file") == 2, "the call, and its title"


async def test_a_calls_line_reads_as_it_did_when_it_happened():
    edit = ToolCall(id="2", name="edit_file", arguments="{}")
    change = AppliedChange(
        path="a.txt",
        kind=ChangeKind.MODIFY,
        added=4,
        removed=2,
        hunks_applied=1,
        hunks_proposed=2,
        after_hash="",
    )
    text = await shown(
        UserMessage(text="go"),
        answer(READ, edit, stop=StopReason.TOOL_USE),
        ToolResultMessage(call_id="1", name="read_file", content="1\tline"),
        ToolResultMessage(call_id="2", name="edit_file", content="1 of 2 hunks written"),
        says("Done."),
        calls={
            "1": PastCall(summary="30 lines", duration_ms=2_400),
            "2": PastCall(summary="1 of 2", duration_ms=10, changes=(change,)),
        },
    )
    [reading] = [line for line in text.splitlines() if "read_file" in line]
    [editing] = [line for line in text.splitlines() if "edit_file" in line]
    assert "30 lines (2 s)" in reading
    assert "a.txt  +4 −2" in editing
    assert "applied 1 of 2 hunks" in editing


async def test_parts_that_only_a_vendor_understands_are_not_shown():
    secret = ServerPart(opaque=Opaque(origin=ORIGIN, kind="search", data={"query": "hidden"}))
    text = await shown(UserMessage(text="go"), answer(secret, TextPart(text="Found.")))
    assert "hidden" not in text
    assert "Found." in text


async def test_an_empty_past_shows_nothing():
    assert (await shown()).strip() == ""
