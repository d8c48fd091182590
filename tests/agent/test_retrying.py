"""A call that fails: waited for, made again, given up, and what is kept of its answer."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.agent.recovery.advice import advice
from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.events import RetryScheduled
from codex_tui.protocol.messages import (
    AssistantMessage,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
)
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.providers.base import Endpoint
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from tests.support.engine import ENDPOINT, REF, Engine, FakeRegistry, call, last_turn, says

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OTHER = ModelRef("other", "spare")
NOON = datetime.datetime(2026, 1, 2, 12, 0, tzinfo=datetime.UTC)


def fault(kind: str = "overloaded", **fields: Any) -> ProviderError:
    values: dict[str, Any] = {"retryable": True, "hint": "Ask again with /retry.", **fields}
    return ProviderError("Busy.", kind=ProviderErrorKind(kind), provider="fake", **values)


def broken(*parts: Any, **fields: Any) -> Reply:
    return Reply(parts=parts, error=fault(**{"retry_after_s": 0.0, **fields}))


def started(root: Path, replies: Iterable[Reply], **options: Any) -> Engine:
    engine = Engine(root, replies, **{"max_retries": 3, **options})
    engine.session.start(ApprovalMode.FULL_AUTO)
    engine.session.select_model(REF)
    return engine


def files(root: Path) -> list[str]:
    return [each.name for each in root.iterdir()]


def retries(engine: Engine) -> list[RetryScheduled]:
    engine.take()
    return [each for each in engine.seen if isinstance(each, RetryScheduled)]


def answers(engine: Engine) -> list[AssistantMessage]:
    return [each for each in engine.session.messages if isinstance(each, AssistantMessage)]


async def test_the_next_turn_goes_on_from_what_was_kept(root: Path) -> None:
    script = [broken(TextPart(text="The first half")), says("the second")]
    engine = started(root, script, max_retries=0)
    await engine.session.submit("go")
    end = last_turn(engine)
    assert (end.outcome, end.error_kind, end.text) == ("failed", "overloaded", "The first half")
    assert end.hint.startswith("What was said so far is kept.")
    await engine.session.submit("go on")
    told = [each.text for each in engine.sent[1].messages if isinstance(each, AssistantMessage)]
    assert told == ["The first half"]
    assert last_turn(engine).outcome == "done"
    await engine.session.close()


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (ThinkingPart(text="Hm."),),
        (TextPart(text=" \n"),),
        (call("write_file", '{"path": "n.txt", "text": "x"}'),),
    ],
    ids=["nothing", "reasoning", "blanks", "a whole call"],
)
async def test_what_nobody_read_is_asked_for_again_and_its_calls_are_not_run(
    root: Path, parts: tuple[Any, ...]
) -> None:
    engine = started(root, [broken(*parts), says("All of it.")])
    await engine.session.submit("go")
    assert [each.attempt for each in retries(engine)] == [2]
    assert [each.text for each in answers(engine)] == ["All of it."]
    assert files(root) == []
    await engine.session.close()


async def test_where_nobody_reads_along_the_whole_answer_is_asked_for_again(root: Path) -> None:
    engine = started(root, [broken(TextPart(text="half")), says("whole")], interactive=False)
    await engine.session.submit("go")
    assert [each.text for each in answers(engine)] == ["whole"]
    assert last_turn(engine).outcome == "done"
    await engine.session.close()


async def test_a_wait_can_be_ended_at_any_moment(root: Path) -> None:
    engine = started(root, [broken(retry_after_s=60.0), says("there")])
    assert not engine.session.try_now()
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await engine.until(RetryScheduled)
        assert engine.session.try_now()
    assert last_turn(engine).text == "there"
    assert not engine.session.try_now()
    await engine.session.close()


async def test_an_interrupt_ends_the_wait_and_the_turn(root: Path) -> None:
    engine = started(root, [broken(retry_after_s=60.0)])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await engine.until(RetryScheduled)
        engine.session.interrupt()
    assert last_turn(engine).outcome == "interrupted"
    assert answers(engine) == []
    await engine.session.close()


async def test_a_model_chosen_during_the_wait_makes_the_call_and_its_attempts_count_anew(
    root: Path,
) -> None:
    first = ScriptedProvider(ENDPOINT, in_order([broken(retry_after_s=60.0)]), no_pause)
    spare = Endpoint(name="other", api="scripted", base_url="", needs_key=False)
    second = ScriptedProvider(spare, in_order([broken(), says("from the spare")]), no_pause)
    engine = started(root, [], providers=FakeRegistry([first, second]))
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await engine.until(RetryScheduled)
        engine.session.select_model(OTHER)
    assert last_turn(engine).text == "from the spare"
    assert [each.attempt for each in retries(engine)] == [2, 2]
    assert len(first.requests) == 1
    await engine.session.close()


async def no_pause() -> None:
    return None


async def test_a_delay_beyond_the_cap_ends_the_turn_and_says_until_when(root: Path) -> None:
    engine = started(root, [broken(retry_after_s=720.0)])
    await engine.session.submit("go")
    end = last_turn(engine)
    assert retries(engine) == []
    assert "It will answer again in 12 min, at 14:32:00." in end.hint
    assert "/retry" in end.hint
    await engine.session.close()


async def test_exhausted_retries_end_the_turn_with_the_last_reason(root: Path) -> None:
    policy = RetryPolicy(max_retries=2, first_delay_s=0.0)
    engine = started(root, [broken()] * 3, retry=policy)
    await engine.session.submit("go")
    assert [each.counted for each in retries(engine)] == ["attempt 2 of 3", "attempt 3 of 3"]
    assert (last_turn(engine).outcome, last_turn(engine).message) == ("failed", "Busy.")
    await engine.session.close()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(stop=StopReason.CONTEXT), "context_window"),
        (Reply(stop=StopReason.LENGTH), "context_window"),
        (Reply(stop=StopReason.REFUSAL, detail="bio: not this"), "refusal"),
        (Reply(stop=StopReason.FILTER), "filter"),
        (Reply(parts=(TextPart(text="To"),), stop=StopReason.FILTER), "filter"),
        (Reply(parts=(TextPart(text="To"),), stop=StopReason.CONTEXT), "context_window"),
    ],
)
async def test_an_answer_that_is_none_is_a_fault_of_its_kind(
    root: Path, reply: Reply, kind: str
) -> None:
    engine = started(root, [reply] * 3)
    await engine.session.submit("go")
    end = last_turn(engine)
    assert (end.outcome, end.error_kind) == ("failed", kind)
    assert end.hint
    assert [each.text for each in answers(engine)] == (["To"] if reply.parts else [])
    await engine.session.close()


async def test_a_prompt_larger_than_the_window_that_is_answered_with_nothing_is_too_long(
    root: Path,
) -> None:
    silent = Reply(usage=Usage(input_tokens=1_000_000_000, output_tokens=0))
    registry = FakeRegistry([ScriptedProvider(ENDPOINT, in_order([silent] * 3), no_pause)])
    registry.describe = lambda ref: ModelInfo(ref=ref, context_window=1_000)
    engine = started(root, [], providers=registry)
    await engine.session.submit("go")
    assert last_turn(engine).error_kind == "context_window"
    await engine.session.close()


async def test_calls_of_an_answer_that_was_declined_are_not_run(root: Path) -> None:
    declined = Reply(
        parts=(call("write_file", '{"path": "n.txt", "text": "x"}'),), stop=StopReason.REFUSAL
    )
    engine = started(root, [declined])
    await engine.session.submit("go")
    assert files(root) == []
    calls = [part for each in answers(engine) for part in each.parts if isinstance(part, ToolCall)]
    results = [each for each in engine.session.messages if isinstance(each, ToolResultMessage)]
    assert [each.call_id for each in results] == [each.id for each in calls]
    await engine.session.close()


def told(error: ProviderError, model: str = "gpt-6.1-soll", **fields: Any) -> str:
    known = [ModelInfo(ref=ModelRef("fake", name)) for name in ("gpt-6.1-sol", "gpt-6.1-luna", "x")]
    known.append(ModelInfo(ref=ModelRef("other", "gpt-6.1-soll")))
    values = {"kept": False, "known": known, "now": NOON, **fields}
    return advice(error, model=ModelInfo(ref=ModelRef("fake", model)), **values)


def test_words_that_are_kept_can_be_gone_on_with_where_that_may_help() -> None:
    assert told(fault(), kept=True) == (
        "What was said so far is kept. Say “go on” to continue it. Ask again with /retry."
    )
    refused = fault("filter", retryable=False)
    assert told(refused, kept=True) == "What was said so far is kept. Ask again with /retry."


def test_a_model_that_is_not_there_has_its_neighbours_named() -> None:
    assert told(fault("not_found")) == ("It has: gpt-6.1-sol, gpt-6.1-luna. Ask again with /retry.")
    assert told(fault("not_found"), model="claude") == "Ask again with /retry."
    assert told(fault("permission")) == "Ask again with /retry."


@pytest.mark.parametrize(
    ("delay_s", "words"),
    [
        (20.0, "in 20 s, at 12:00:20."),
        (720.0, "in 12 min, at 12:12:00."),
        (7200.0, "in 2 h, at 14:00:00."),
        (86_400.0, "in 24 h, at 12:00:00 on 2026-01-03."),
    ],
)
def test_the_moment_a_server_answers_again_is_told(delay_s: float, words: str) -> None:
    assert f"It will answer again {words}" in told(fault(retry_after_s=delay_s))
