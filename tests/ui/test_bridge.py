"""From the bus to the panes: every event has its effect, in order, and none is lost."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from codex_tui.bus import MessageBus
from codex_tui.protocol.approvals import AccessSubject, ApprovalMode, ApprovalRequest
from codex_tui.protocol.changes import AppliedChange, ChangeKind
from codex_tui.protocol.compaction import Compaction, CompactionCause
from codex_tui.protocol.costs import Cost
from codex_tui.protocol.events import (
    AgentEvent,
    ApprovalModeChanged,
    ApprovalRequested,
    ApprovalResolved,
    BranchSelected,
    BudgetChanged,
    ChangesApplied,
    CommandOutputDelta,
    CompactionAbandoned,
    CompactionChanged,
    CompactionStarted,
    ContextEstimated,
    ConversationCompacted,
    FailOverOffered,
    InputQueueChanged,
    ModelDescribed,
    ModelFellBack,
    ModelReturned,
    ModelSelected,
    ModelWaiting,
    NoticeShown,
    PlanUpdated,
    RetryScheduled,
    SessionRenamed,
    SessionStarted,
    StepAborted,
    StepFinished,
    StepStarted,
    TextDelta,
    ThinkingCounted,
    ThinkingDelta,
    ThinkingFinished,
    ToolCallFinished,
    ToolCallReady,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
    UsageRestored,
    UserSpoke,
)
from codex_tui.protocol.ids import Place, RequestId, SessionId
from codex_tui.protocol.messages import StopReason, ToolStatus, Usage
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.protocol.plan import PlanStatus, PlanStep
from codex_tui.protocol.spending import Budget
from codex_tui.ui.bridge import Bridge
from tests.ui.chat_app import ChatApp
from tests.ui.settle import settle

PLACE = Place(session=SessionId("s"))
OTHER = Place(session=SessionId("t"))
REQUEST = ApprovalRequest(
    id=RequestId("r"),
    call_id="1",
    tool="read_file",
    subject=AccessSubject(accesses=()),
    reason="because",
)
CHANGE = AppliedChange(
    path="a.txt",
    kind=ChangeKind.MODIFY,
    added=1,
    removed=2,
    hunks_applied=1,
    hunks_proposed=1,
    after_hash="",
)
COMPACTION = Compaction(id="1", summary="In short.", kept=0, max_word_chars=9)


class Stage:
    """What the bridge acts on: a real chat pane, and a note of every other call."""

    def __init__(self, chat) -> None:
        self.chat = chat
        self.calls: list[tuple[object, ...]] = []

    async def catch_up(self) -> None:
        self.calls.append(("catch_up",))

    def show_name(self, title) -> None:
        self.calls.append(("show_name", title))

    def greet(self) -> None:
        self.calls.append(("greet",))

    def show_branch(self) -> None:
        self.calls.append(("show_branch",))

    def show_offer(self, offer) -> None:
        self.calls.append(("show_offer", offer.to))

    def end_offer(self) -> None:
        self.calls.append(("end_offer",))

    def review(self, request) -> None:
        self.calls.append(("review", request.id))

    def settle_review(self, request_id) -> None:
        self.calls.append(("settle_review", request_id))

    def set_busy(self, *, busy) -> None:
        self.calls.append(("set_busy", busy))

    def show_queue(self, waiting) -> None:
        self.calls.append(("show_queue", waiting))

    def show_plan(self, steps) -> None:
        self.calls.append(("show_plan", *(step.text for step in steps)))

    def show_status(self, status) -> None:
        self.calls.append(("show_status", status.model))


def finished_step() -> StepFinished:
    return StepFinished(
        place=PLACE,
        model="a/b",
        stop=StopReason.END,
        usage=Usage(input_tokens=1),
        duration_ms=1,
        first_token_ms=1,
    )


def finished_call(call_id="1", **fields) -> ToolCallFinished:
    return ToolCallFinished(
        place=PLACE,
        call_id=call_id,
        name="search",
        status=fields.get("status", ToolStatus.OK),
        summary="2 matches",
        output="x",
        duration_ms=1,
    )


ONE_OF_EACH = (
    SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST),
    ModelSelected(place=PLACE, model=ModelInfo(ref=ModelRef("a", "b")), effort=None),
    ModelDescribed(place=PLACE, model=ModelInfo(ref=ModelRef("a", "b")), effort=None),
    UsageRestored(place=PLACE, steps=1, total=Usage(), last=None, cost=Cost()),
    SessionRenamed(place=PLACE, title="a title"),
    PlanUpdated(place=PLACE, steps=(PlanStep(text="look", status=PlanStatus.COMPLETED),)),
    ApprovalModeChanged(place=PLACE, mode=ApprovalMode.SUGGEST),
    TurnStarted(place=PLACE),
    UserSpoke(place=PLACE, text="go"),
    InputQueueChanged(place=PLACE, steering=("now",), queued=("later",)),
    CompactionStarted(place=PLACE, cause=CompactionCause.ASKED, tokens=9),
    CompactionAbandoned(place=PLACE, message="Not compacted.", hint="Why it was not."),
    ConversationCompacted(place=PLACE, compaction=COMPACTION),
    CompactionChanged(place=PLACE, change="undone", compaction=COMPACTION),
    StepStarted(place=PLACE, model="a/b"),
    ModelWaiting(place=PLACE, text="starting the model"),
    ThinkingCounted(place=PLACE, tokens=40),
    ThinkingDelta(place=PLACE, part=0, text="hm"),
    ThinkingFinished(place=PLACE, part=0, duration_ms=3000),
    TextDelta(place=PLACE, part=1, text="words"),
    ToolCallStarted(place=PLACE, call_id="1", name="search"),
    ToolCallReady(place=PLACE, call_id="1", name="search", title="x", arguments="{}"),
    CommandOutputDelta(place=PLACE, call_id="1", text="output"),
    RetryScheduled(place=PLACE, attempt=2, of=3, delay_s=3.0, reason="Busy."),
    FailOverOffered(place=PLACE, failed="a/b", to="c/d", reason="Busy.", waits=True),
    ModelFellBack(place=PLACE, failed="a/b", to="c/d", reason="Busy.", rest_s=60.0),
    ModelReturned(place=PLACE, model="a/b", stood_in="c/d"),
    finished_step(),
    StepAborted(place=PLACE, model="a/b", usage=None, duration_ms=1, first_token_ms=1),
    ContextEstimated(place=PLACE, tokens=9),
    BudgetChanged(place=PLACE, budget=Budget(usd=1)),
    ApprovalRequested(place=PLACE, request=REQUEST),
    ApprovalResolved(place=PLACE, request_id=REQUEST.id, summary="allowed"),
    ChangesApplied(place=PLACE, call_id="2", changes=(CHANGE,)),
    finished_call("2"),
    BranchSelected(place=PLACE, number=2, opened=True),
    NoticeShown(place=PLACE, level="warning", text="note"),
    TurnFinished(place=PLACE, outcome="failed", message="It failed.", hint="Do this."),
)


async def after(*events: AgentEvent):
    """Show `events`; returns the stage and the rows of the chat."""
    app = ChatApp()
    async with app.run_test(size=(80, 40)) as pilot:
        stage = Stage(app.chat)
        with MessageBus().subscribe() as nothing:
            Bridge(nothing, stage).apply(list(events))
        await settle(pilot)
        return stage, "\n".join(app.lines)


def test_the_list_below_has_one_of_each_kind():
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(AgentEvent))


async def test_every_kind_of_event_arrives_where_it_belongs():
    stage, text = await after(*ONE_OF_EACH)
    assert stage.calls == [
        ("greet",),
        ("show_name", "a title"),
        ("show_plan", "look"),
        ("set_busy", True),
        ("show_queue", ("now", "later")),
        ("set_busy", True),
        ("set_busy", False),
        ("set_busy", False),
        ("end_offer",),
        ("show_offer", "c/d"),
        ("review", "r"),
        ("settle_review", "r"),
        ("show_branch",),
        ("end_offer",),
        ("set_busy", False),
        ("show_status", "a/b"),
    ]
    told = (
        "Busy. Going on with c/d; a/b rests for 60 s.",
        "Back to a/b",
        "Not compacted. Why it was not.",
        "Conversation compacted",
        "The model reads the whole conversation again.",
    )
    for words in ("go", "a.txt", "+1", *told, "note", "It failed.", "Do this."):
        assert words in text


STARTED = StepStarted(place=PLACE, model="a/b")


def retry(attempt: int, *, kept: bool = False) -> RetryScheduled:
    return RetryScheduled(
        place=PLACE, attempt=attempt, of=4, delay_s=3.0, reason=f"Busy {attempt}.", kept=kept
    )


def words(text: str) -> TextDelta:
    return TextDelta(place=PLACE, part=0, text=text)


async def test_a_retry_takes_back_what_nobody_read_of_the_failed_call():
    thought = ThinkingDelta(place=PLACE, part=0, text="half a thou")
    _, text = await after(STARTED, thought, retry(2), STARTED, words("All of it."), finished_step())
    assert text.rstrip() == "! Busy 2. Trying again: attempt 2 of 4.\n\n  All of it."


async def test_a_retry_keeps_words_and_marks_where_they_broke_off():
    half, rest = words("Half an ans"), words("wer.")
    _, text = await after(STARTED, half, retry(2, kept=True), STARTED, rest, finished_step())
    assert text.rstrip().split("\n") == [
        "  Half an ans",
        "",
        "! Busy 2. Going on from here: attempt 2 of 4.",
        "",
        "  wer.",
    ]


async def test_attempts_without_words_between_them_are_one_line():
    broken = (words("Half an ans"), retry(4, kept=True))
    _, text = await after(STARTED, retry(2), STARTED, retry(3), STARTED, *broken)
    assert [line for line in text.split("\n") if line] == [
        "! Busy 3. Trying again: attempt 3 of 4.",
        "  Half an ans",
        "! Busy 4. Going on from here: attempt 4 of 4.",
    ]
    _, text = await after(STARTED, retry(2), STARTED, words("Yes."), finished_step(), retry(2))
    assert text.count("attempt 2 of 4") == 2


async def test_another_model_goes_on_below_words_that_were_read():
    fell = ModelFellBack(
        place=PLACE, failed="a/b", to="c/d", reason="Busy.", rest_s=60.0, kept=True
    )
    _, text = await after(STARTED, words("Half an ans"), fell, STARTED, words("wer."))
    assert [line.split()[0] for line in text.split("\n") if line] == ["Half", "!", "wer."]


async def test_what_cannot_travel_to_a_model_is_a_warning():
    _, text = await after(
        ModelSelected(
            place=PLACE,
            model=ModelInfo(ref=ModelRef("a", "b")),
            effort=None,
            warnings=("2 signed reasoning blocks cannot travel.",),
        )
    )
    assert "2 signed reasoning blocks cannot travel." in text


async def test_the_status_bar_is_told_once_a_batch_and_only_of_changes():
    selected = ModelSelected(place=PLACE, model=ModelInfo(ref=ModelRef("a", "b")), effort=None)
    stage, _ = await after(selected, finished_step(), finished_step())
    assert stage.calls == [("show_status", "a/b")]
    stage, _ = await after(TextDelta(place=PLACE, part=0, text="x"))
    assert stage.calls == []


async def test_a_session_that_was_left_reports_no_more_but_settles_its_requests():
    stage, text = await after(
        SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST),
        SessionStarted(place=OTHER, directory="/v", mode=ApprovalMode.SUGGEST),
        UserSpoke(place=PLACE, text="stale"),
        ApprovalResolved(place=PLACE, request_id=REQUEST.id, summary="withdrawn"),
        TurnFinished(place=PLACE, outcome="interrupted", message="Interrupted."),
        UserSpoke(place=OTHER, text="fresh"),
    )
    assert "stale" not in text
    assert "Interrupted." not in text
    assert "fresh" in text
    assert ("settle_review", "r") in stage.calls
    assert ("set_busy", False) not in stage.calls


async def test_it_shows_in_order_all_that_comes_while_it_pauses_and_ends_with_its_queue():
    app = ChatApp()
    async with app.run_test(size=(80, 40)) as pilot:
        bus = MessageBus()
        events = bus.subscribe()
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) < 20:
                bus.publish(NoticeShown(place=PLACE, level="info", text=f"note {len(pauses)}"))
                bus.publish(NoticeShown(place=PLACE, level="info", text="again"))
            else:
                events.close()

        bridge = Bridge(events, Stage(app.chat), pause)
        assert bridge.idle
        bus.publish(NoticeShown(place=PLACE, level="info", text="note 0"))
        assert not bridge.idle
        async with asyncio.timeout(20):
            await bridge.run()
        await settle(pilot)
        blocks = [app.transcript.block(key).text for key in app.transcript.keys]
        assert [each for each in blocks if each != "again"] == [f"note {n}" for n in range(20)]
        assert set(pauses) == {1 / 30}


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST), "greet"),
        (BranchSelected(place=PLACE, number=2, opened=True), "show_branch"),
    ],
)
async def test_what_follows_a_start_waits_until_the_past_is_shown(start, shown):
    app = ChatApp()
    async with app.run_test(size=(80, 40)) as pilot:
        bus = MessageBus()
        events = bus.subscribe()
        stage, past = Stage(app.chat), asyncio.Event()

        async def catch_up() -> None:
            await past.wait()
            app.chat.add_user("said before")

        stage.catch_up = catch_up
        bridge = Bridge(events, stage)
        bus.publish(start)
        bus.publish(NoticeShown(place=PLACE, level="info", text="a warning at the start"))
        running = asyncio.ensure_future(bridge.run())
        await settle(pilot, lambda: stage.calls)
        assert stage.calls[0] == (shown,)
        assert len(app.transcript) == 0
        assert not bridge.idle
        past.set()
        await settle(pilot, lambda: bridge.idle)
        events.close()
        await running
        texts = [app.transcript.block(key).text for key in app.transcript.keys]
        assert texts == ["said before", "a warning at the start"]


@pytest.mark.parametrize("outcome", ["done", "interrupted", "failed", "stopped"])
async def test_whatever_the_outcome_the_turn_is_over(outcome):
    stage, _ = await after(
        TurnStarted(place=PLACE), TurnFinished(place=PLACE, outcome=outcome, message="Why.")
    )
    assert stage.calls[:3] == [("set_busy", True), ("end_offer",), ("set_busy", False)]
