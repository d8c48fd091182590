"""An answer that broke off behind words that were read: kept as it is, and gone on with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.recovery.fail_over import Fallbacks
from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.agent.resume import past_of
from codex_tui.agent.turn_log import BROKEN_CALL, GO_ON
from codex_tui.protocol.approvals import AllowOnce, ApprovalMode
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    ApprovalRequested,
    FailOverOffered,
    ModelFellBack,
    RetryScheduled,
)
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolStatus,
    Usage,
)
from codex_tui.protocol.models import ModelRef
from codex_tui.protocol.spending import Budget
from codex_tui.providers.base import Endpoint
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from tests.agent.one_shot_support import NO_TOOLS
from tests.providers.contract.support import over_wires
from tests.providers.contract.wire import Say, Think, Use
from tests.providers.contract.wires import WIRES
from tests.servers.loopback import Cut
from tests.servers.prompt_caches import CACHES
from tests.support.engine import REF, Engine, FakeRegistry, call, last_turn, results, says

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.providers.base import ModelRequest
    from tests.providers.contract.wire import Wire

OTHER = ModelRef("other", "model")
WRITE = call("write_file", '{"path": "n.txt", "content": "x"}')
AT_ONCE = RetryPolicy(max_retries=2, first_delay_s=0.0, jitter=lambda: 0.0)


def breaks(text: str, *more: Any, kind: str = "overloaded", cut: bool = False) -> Reply:
    """Words, and then a fault."""
    passing = kind != "billing"
    error = ProviderError(
        "Busy.", kind=ProviderErrorKind(kind), provider="fake", hint="Wait.", retryable=passing
    )
    return Reply(parts=(TextPart(text=text), *more), error=error, cut=cut)


def started(root: Path, *replies: Reply, **options: Any) -> Engine:
    engine = Engine(root, replies, **{"retry": AT_ONCE, **options})
    engine.session.start(ApprovalMode.FULL_AUTO)
    engine.session.select_model(REF)
    return engine


def scripted(name: str, *replies: Reply) -> ScriptedProvider:
    async def no_pause() -> None:
        return None

    endpoint = Endpoint(name=name, api="scripted", base_url="", needs_key=False)
    return ScriptedProvider(endpoint, in_order(replies), no_pause)


def seen(engine: Engine, kind: type) -> list[Any]:
    engine.take()
    return [each for each in engine.seen if isinstance(each, kind)]


def answers(engine: Engine) -> list[tuple[str, str]]:
    return [
        (each.text, each.stop.value)
        for each in engine.session.messages
        if isinstance(each, AssistantMessage)
    ]


def told(request: ModelRequest) -> list[str]:
    """What the model reads of the turn."""
    return [each.text for each in request.messages[2:] if hasattr(each, "text")]


async def test_the_model_goes_on_from_the_words_that_were_read(root: Path) -> None:
    engine = started(root, breaks("The first half, "), says("and the second."))
    await engine.session.submit("go")
    assert last_turn(engine).outcome == "done"
    assert answers(engine) == [("The first half, ", "error"), ("and the second.", "end")]
    assert told(engine.sent[1]) == ["The first half, ", GO_ON]
    (retry,) = seen(engine, RetryScheduled)
    assert (retry.counted, retry.kept) == ("attempt 2 of 3", True)
    await engine.session.close()


async def test_all_attempts_share_one_budget_whether_or_not_something_was_said(root: Path) -> None:
    silent = Reply(parts=(ThinkingPart(text="Hm."),), error=breaks("").error)
    engine = started(root, breaks("One. "), silent, breaks("Two. "), says("never asked for"))
    await engine.session.submit("go")
    assert [(each.attempt, each.kept) for each in seen(engine, RetryScheduled)] == [
        (2, True),
        (3, False),
    ]
    assert answers(engine) == [("One. ", "error"), ("Two. ", "error")]
    end = last_turn(engine)
    assert (end.outcome, end.error_kind) == ("failed", "overloaded")
    assert end.hint.startswith("What was said so far is kept.")
    assert [each.text for each in engine.session.messages].count(GO_ON) == 1
    await engine.session.close()


@pytest.mark.parametrize("cut", [True, False], ids=["half a call", "a whole call"])
async def test_calls_of_an_answer_that_broke_off_are_not_run_and_may_be_made_again(
    root: Path, cut: bool
) -> None:
    again = Reply(parts=(call("write_file", '{"path": "m.txt", "content": "x"}', number=2),))
    engine = started(root, breaks("I write it.", WRITE, cut=cut), again, says("Written."))
    await engine.session.submit("go")
    assert [(each.status, each.content) for each in results(engine)][:1] == [
        (ToolStatus.INTERRUPTED, BROKEN_CALL)
    ]
    assert not (root / "n.txt").exists()
    assert (root / "m.txt").exists()
    assert last_turn(engine).text == "Written."
    await engine.session.close()


async def test_an_answer_that_breaks_off_is_not_gone_on_with_beyond_the_budget(root: Path) -> None:
    costly = replace(breaks("The first half, "), usage=Usage(input_tokens=100))
    budget = Budget(tokens=100)
    engine = started(root, costly, says("never asked for"), budget=budget, interactive=False)
    await engine.session.submit("go")
    end = last_turn(engine)
    assert (end.outcome, len(engine.sent)) == ("stopped", 1)
    assert "the budget is used up, 100 of 100 tokens" in end.message
    assert engine.session.messages[-1].text == "The first half, "
    await engine.session.close()


async def test_the_budget_may_be_raised_before_the_model_goes_on(root: Path) -> None:
    costly = replace(breaks("The first half, "), usage=Usage(input_tokens=100))
    engine = started(root, costly, says("and the second."), budget=Budget(tokens=100))
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        assert engine.session.decide(asked.request.id, AllowOnce())
    assert last_turn(engine).outcome == "done"
    assert told(engine.sent[1]) == ["The first half, ", GO_ON]
    await engine.session.close()


async def test_a_model_that_reads_a_summary_of_its_words_is_told_the_last_of_them(
    root: Path,
) -> None:
    story = Reply(
        parts=(TextPart(text=f"{'Once upon a time. ' * 3_000}And the dragon"),),
        stop=StopReason.CONTEXT,
        usage=Usage(input_tokens=100, output_tokens=12_000),
    )
    engine = started(root, story, says("A story of a dragon."), says(" slept."))
    await engine.session.submit("go")
    *_, go_on = engine.sent[2].messages
    assert isinstance(go_on, NoticeMessage)
    assert go_on.text.startswith(GO_ON)
    assert go_on.text.endswith("Once upon a time. And the dragon”")
    assert len(go_on.text) < 1_000
    past = past_of(each.record for each in engine.store.load(engine.place.session).records)
    shown_behind = [each.after for each in past.model_calls]
    assert shown_behind == [3, 3, 5]
    await engine.session.close()


@pytest.mark.parametrize("kind", ["billing"])
async def test_what_does_not_pass_ends_the_turn_and_keeps_the_words(root: Path, kind: str) -> None:
    engine = started(root, breaks("The first half", kind=kind), says("never asked for"))
    await engine.session.submit("go")
    assert (last_turn(engine).error_kind, len(engine.sent)) == (kind, 1)
    assert answers(engine) == [("The first half", "error")]
    assert engine.session.messages[-1].text == "The first half"
    await engine.session.close()


async def test_a_model_that_is_told_the_users_words_alone_is_not_asked_to_go_on(root: Path) -> None:
    says_half = breaks('{"answer": {"reply": "The first half')
    engine = started(root, says_half, says("never asked for"), endpoint=NO_TOOLS)
    await engine.session.submit("go")
    assert (last_turn(engine).outcome, len(engine.sent)) == ("failed", 1)
    assert answers(engine) == [("The first half", "error")]
    await engine.session.close()


async def test_an_interrupt_of_the_wait_leaves_the_words_and_a_conversation_to_go_on_with(
    root: Path,
) -> None:
    slow = RetryPolicy(max_retries=2, first_delay_s=60.0)
    engine = started(root, breaks("The first half"), says("Here."), retry=slow)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await engine.until(RetryScheduled)
        engine.session.interrupt()
    assert last_turn(engine).outcome == "interrupted"
    await engine.session.submit("go on")
    assert told(engine.sent[1]) == ["The first half", "go on"]
    await engine.session.close()


async def test_another_try_begins_the_turn_anew_and_keeps_what_was_put_together(
    root: Path,
) -> None:
    engine = started(root, breaks("One, "), says("two."), says("All at once."))
    await engine.session.submit("go")
    await engine.session.retry()
    assert told(engine.sent[2]) == []
    assert answers(engine) == [("All at once.", "end")]
    await engine.session.choose_branch(1)
    assert answers(engine) == [("One, ", "error"), ("two.", "end")]
    await engine.session.close()


# -- another model -------------------------------------------------------------------------------


def two(root: Path, first: list[Reply], second: list[Reply], **fields: Any) -> Engine:
    providers = [scripted("fake", *first), scripted("other", *second)]
    fallbacks = Fallbacks(**{"chain": (OTHER,), "automatic": True, **fields})
    registry = FakeRegistry(providers)
    engine = started(root, providers=registry, max_retries=0, retry=None, fallbacks=fallbacks)
    engine.provider = providers[1]
    return engine


@pytest.mark.parametrize("kind", ["overloaded", "stream_interrupted"])
async def test_another_model_goes_on_from_the_words_that_were_read(root: Path, kind: str) -> None:
    engine = two(root, [breaks("The first half, ", kind=kind)], [says("and the second.")])
    await engine.session.submit("go")
    assert answers(engine) == [("The first half, ", "error"), ("and the second.", "end")]
    assert told(engine.sent[0]) == ["The first half, ", GO_ON]
    (fell,) = seen(engine, ModelFellBack)
    assert fell.kept
    await engine.session.close()


async def test_the_user_may_have_another_model_go_on(root: Path) -> None:
    broken = [breaks("The first half, ", kind="billing")]
    engine = two(root, broken, [says("and the second.")], automatic=False, asks=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        offer = await engine.until(FailOverOffered)
        assert offer.waits
        assert engine.session.take_fallback()
    assert answers(engine) == [("The first half, ", "error"), ("and the second.", "end")]
    await engine.session.close()


# -- over real wires -----------------------------------------------------------------------------


def cut(wire: Wire, *said: Any) -> Any:
    return wire.reply(*said, sent=lambda frames: [*wire.unended(frames), Cut()])


def over(root: Path, *endpoints: Endpoint, **options: Any) -> Engine:
    values = {"retry": AT_ONCE, "compaction": CompactionRules(automatic=False), **options}
    return Engine(root, [], providers=ProviderRegistry(list(endpoints)), **values)


async def close(engine: Engine) -> None:
    await engine.session.close()
    await engine.session.models._providers.aclose()


def assert_each_begins_with_the_one_before(wire: Wire, bodies: list[Any]) -> None:
    """Check the prompts, which only grow."""
    cache = CACHES[wire.api]()
    prompts = [[piece.text for piece in cache.cut(body)] for body in bodies]
    for before, after in pairwise(prompts):
        assert after[: len(before)] == before
        assert len(after) > len(before)


@over_wires
async def test_what_is_sent_is_accepted_and_begins_with_what_was_sent(
    root: Path, wire: Wire
) -> None:
    use = Use("write_file", {"path": "n.txt", "content": "x"})
    script = [
        cut(wire, Think("Hm."), Say("I am about to ")),
        cut(wire, Think("Hm."), Say("write it."), use),
        wire.reply(Think("Again."), use),
        wire.reply(Say("Written.")),
    ]
    async with wire.server(script) as server:
        engine = over(root, wire.endpoint(server.base_url))
        engine.session.start(ApprovalMode.FULL_AUTO)
        engine.session.select_model(ModelRef("acme", wire.model))
        await engine.session.submit("go")
        assert server.refused == []
        assert len(server.requests) == len(script)
        assert_each_begins_with_the_one_before(wire, server.requests)
        await close(engine)
    assert [text for text, _ in answers(engine)] == [
        "I am about to ",
        "write it.",
        "",
        "Written.",
    ]
    assert last_turn(engine).outcome == "done"
    assert (root / "n.txt").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize(("first", "second"), list(permutations(WIRES, 2)), ids=str)
async def test_another_vendor_goes_on_with_the_words(root: Path, first: Wire, second: Wire) -> None:
    use = Use("write_file", {"path": "n.txt", "content": "x"})
    broken = [cut(first, Think("Hm."), Say("The first half, "), use)]
    async with (
        first.server(broken) as failing,
        second.server([second.reply(Say("and the second."))]) as idle,
    ):
        spare = ModelRef("spare", second.model)
        engine = over(
            root,
            first.endpoint(failing.base_url),
            second.endpoint(idle.base_url, name="spare", title="Spare"),
            retry=RetryPolicy(max_retries=0),
            fallbacks=Fallbacks(chain=(spare,), automatic=True),
        )
        engine.session.start(ApprovalMode.FULL_AUTO)
        engine.session.select_model(ModelRef("acme", first.model))
        await engine.session.submit("go")
        assert (failing.refused, idle.refused) == ([], [])
        await close(engine)
    assert [text for text, _ in answers(engine)] == ["The first half, ", "and the second."]
    assert not (root / "n.txt").exists()


@over_wires
async def test_a_kill_during_the_wait_leaves_the_words_and_a_session_to_go_on_with(
    root: Path, wire: Wire
) -> None:
    use = Use("write_file", {"path": "n.txt", "content": "x"})
    script = [cut(wire, Think("Hm."), Say("The first half"), use), wire.reply(Say("Here."))]
    async with wire.server(script) as server:
        endpoint = wire.endpoint(server.base_url)
        slow = RetryPolicy(max_retries=2, first_delay_s=60.0)
        killed = over(root, endpoint, retry=slow)
        killed.session.start(ApprovalMode.FULL_AUTO)
        killed.session.select_model(ModelRef("acme", wire.model))
        async with asyncio.TaskGroup() as group:
            group.create_task(killed.session.submit("go"))
            await killed.until(RetryScheduled)
            kept = killed.store.load(killed.place.session).records
            killed.session.interrupt()
        past = past_of(each.record for each in kept)
        assert past.cut_off is not None
        await close(killed)

        engine = over(root, endpoint, past=past, store=root.parent / "again")
        engine.session.start(ApprovalMode.FULL_AUTO)
        engine.session.select_model(ModelRef("acme", wire.model))
        await engine.session.submit("go on")
        assert server.refused == []
        assert len(server.requests) == len(script)
        await close(engine)
    assert [text for text, _ in answers(engine)] == ["The first half", "Here."]
    assert not (root / "n.txt").exists()
