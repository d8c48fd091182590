"""Records become what a session brings along."""

from __future__ import annotations

from codex_tui.agent.past import PastCall
from codex_tui.agent.resume import INTERRUPTED, past_of
from codex_tui.protocol.messages import (
    AssistantMessage,
    Origin,
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.sessions.records import (
    MessageAdded,
    Resumed,
    SessionRenamed,
    ToolFinished,
    TurnClosed,
    TurnOpened,
)

ORIGIN = Origin(api="a", provider="p", base_url="", model="m")
ASK = MessageAdded(message=UserMessage(text="go"))
CALL = ToolCall(id="c1", name="read_file", arguments="{}")
RESULT = MessageAdded(message=ToolResultMessage(call_id="c1", name="read_file", content="x"))


def says(*parts, stop=StopReason.END) -> MessageAdded:
    return MessageAdded(message=AssistantMessage(parts=parts, origin=ORIGIN, stop=stop))


WHOLE = says(TextPart(text="Done."))
HALF = says(TextPart(text="Do"), CALL, stop=StopReason.TOOL_USE)


def endings(*records) -> list[tuple[int, str, str, str]]:
    return [
        (each.after, each.outcome, each.message, each.hint) for each in past_of(records).endings
    ]


def test_turns_that_ended_well_have_no_ending():
    assert endings(TurnOpened(), ASK, WHOLE, TurnClosed(outcome="done")) == []


def test_each_bad_ending_keeps_its_place_and_words():
    closed = TurnClosed(outcome="failed", message="No key.", hint="Log in.")
    stopped = TurnClosed(outcome="stopped", message="Too long.")
    assert endings(TurnOpened(), ASK, closed, TurnOpened(), ASK, WHOLE, stopped) == [
        (1, "failed", "No key.", "Log in."),
        (3, "stopped", "Too long.", ""),
    ]


def test_a_turn_without_an_end_was_cut_off_wherever_it_stands():
    records = (TurnOpened(), ASK, HALF, Resumed(), RESULT, TurnOpened(), ASK)
    assert endings(*records) == [
        (3, "interrupted", INTERRUPTED, ""),
        (4, "interrupted", INTERRUPTED, ""),
    ]


def test_an_answer_that_is_whole_needs_no_end_on_the_record():
    assert endings(TurnOpened(), ASK, WHOLE) == []
    assert endings(TurnOpened(), ASK, WHOLE, TurnOpened(), ASK, WHOLE) == []


def test_only_the_last_turn_can_be_cut_off():
    cut = past_of((TurnOpened(), ASK)).cut_off
    assert cut is not None
    assert cut.after == 1
    done = TurnClosed(outcome="done")
    assert past_of((TurnOpened(), ASK, TurnOpened(), ASK, WHOLE, done)).cut_off is None
    failed = TurnClosed(outcome="failed", message="x")
    assert past_of((TurnOpened(), ASK, failed)).cut_off is None
    assert past_of(()).cut_off is None


def test_what_was_shown_of_calls_and_the_last_title_are_kept():
    past = past_of(
        (
            SessionRenamed(title="one"),
            TurnOpened(),
            ASK,
            HALF,
            RESULT,
            ToolFinished(call_id="c1", summary="30 lines", duration_ms=12),
            SessionRenamed(title="two"),
        )
    )
    assert past.title == "two"
    assert past.calls == {"c1": PastCall(summary="30 lines", duration_ms=12)}
