"""The bus delivers everything, in order, to everybody, and is bounded by facts."""

from __future__ import annotations

import asyncio
import logging

from codex_tui.bus import MessageBus
from codex_tui.protocol.events import (
    CommandOutputDelta,
    NoticeShown,
    StepStarted,
    TextDelta,
    ThinkingDelta,
)
from codex_tui.protocol.ids import Place, SessionId, StepId

PLACE = Place(session=SessionId("s"), step=StepId("step"))


def notice(text: str) -> NoticeShown:
    return NoticeShown(place=PLACE, level="info", text=text)


def delta(text: str, part: int = 0) -> TextDelta:
    return TextDelta(place=PLACE, part=part, text=text)


def test_events_keep_their_order_and_reach_every_subscriber():
    bus = MessageBus()
    first, second = bus.subscribe(), bus.subscribe()
    sent = [notice(str(number)) for number in range(5)]
    for event in sent:
        bus.publish(event)
    assert first.take() == sent
    assert second.take() == sent
    assert first.take() == []


def test_adjacent_deltas_of_one_part_merge_and_nothing_else_does():
    bus = MessageBus()
    waiting = bus.subscribe()
    thought = ThinkingDelta(place=PLACE, part=0, text="hm")
    for event in [delta("a"), delta("b"), delta("c", 1), thought, delta("d"), notice("n")]:
        bus.publish(event)
    bus.publish(delta("e"))
    bus.publish(delta("f"))
    assert waiting.take() == [
        delta("ab"),
        delta("c", 1),
        thought,
        delta("d"),
        notice("n"),
        delta("ef"),
    ]


def output(text: str, call_id: str = "1") -> CommandOutputDelta:
    return CommandOutputDelta(place=PLACE, call_id=call_id, text=text)


def test_output_of_one_command_merges_and_nothing_else_does():
    bus = MessageBus()
    waiting = bus.subscribe()
    for event in [output("a"), output("b"), output("c", "2"), delta("d"), output("e", "2")]:
        bus.publish(event)
    assert waiting.take() == [output("ab"), output("c", "2"), delta("d"), output("e", "2")]


def test_deltas_of_different_steps_do_not_merge():
    bus = MessageBus()
    waiting = bus.subscribe()
    other = TextDelta(place=Place(session=SessionId("s"), step=StepId("next")), part=0, text="b")
    bus.publish(delta("a"))
    bus.publish(other)
    assert waiting.take() == [delta("a"), other]


def test_a_slow_subscriber_of_fifty_thousand_deltas_holds_one_event_and_every_letter():
    bus = MessageBus()
    waiting = bus.subscribe()
    for number in range(50_000):
        bus.publish(delta(f"{number} "))
    assert len(waiting) == 1
    (only,) = waiting.take()
    assert isinstance(only, TextDelta)
    assert only.text.split() == [str(number) for number in range(50_000)]


def test_what_is_published_before_subscribing_is_not_seen():
    bus = MessageBus()
    bus.publish(notice("early"))
    waiting = bus.subscribe()
    bus.publish(notice("late"))
    assert waiting.take() == [notice("late")]


async def test_a_failing_subscriber_is_logged_and_ends_alone(caplog):
    bus = MessageBus()
    seen: list[str] = []

    async def fail(events: object) -> None:
        raise RuntimeError("broken pane")

    with bus.subscribe() as healthy:
        broken = bus.subscribe()
        with caplog.at_level(logging.ERROR):
            async with asyncio.TaskGroup() as group:
                group.create_task(broken.deliver(fail))
                bus.publish(notice("one"))
        bus.publish(notice("two"))
        seen.extend(event.text for event in healthy.take() if isinstance(event, NoticeShown))
    assert seen == ["one", "two"]
    assert "broken pane" in caplog.text
    assert len(broken) == 0


async def test_closing_ends_the_iteration_of_a_waiting_reader():
    bus = MessageBus()
    subscription = bus.subscribe()
    seen: list[object] = []

    async def read() -> None:
        seen.extend([event async for event in subscription])

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        await asyncio.sleep(0)
        bus.publish(StepStarted(place=PLACE, model="m"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        subscription.close()
    assert seen == [StepStarted(place=PLACE, model="m")]
    bus.publish(notice("after"))
    assert len(subscription) == 0


async def test_a_slow_subscriber_gets_batches_in_order_and_nothing_is_lost():
    bus = MessageBus()
    slow = bus.subscribe()
    batches: list[list[object]] = []
    busy, second, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(events: list[object]) -> None:
        batches.append(events)
        (second if busy.is_set() else busy).set()
        await go_on.wait()

    async with asyncio.TaskGroup() as group:
        serving = group.create_task(slow.deliver(handle))
        bus.publish(delta("a"))
        await busy.wait()
        for letter in "bcd":
            bus.publish(delta(letter))
        bus.publish(notice("end"))
        go_on.set()
        await second.wait()
        serving.cancel()
    assert batches == [[delta("a")], [delta("bcd"), notice("end")]]
