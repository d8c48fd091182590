"""Summaries that the vendor signs: kept beside the words, and given back where they are taken."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.agent.branches.pasts import past_of_session
from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import ConversationCompacted, StepFinished, TurnFinished
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.wire import Say
from tests.providers.contract.wires import CHAT, MESSAGES
from tests.servers.anthropic_wire import AnthropicWire, Call, Failure, Reply, Thinking
from tests.support.engine import Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from codex_tui.agent.past import Past
    from codex_tui.providers.base import Endpoint

OPUS, OTHER_OPUS = ModelRef("acme", "claude-opus-5-5"), ModelRef("acme", "claude-opus-4-8")
LONG = "Well, it is a long story. " * 200
WORDS = "## Goal\nA story."
NEVER = CompactionRules(automatic=False)


@asynccontextmanager
async def engine_of(tmp_path: Path, *endpoints: Endpoint, **facts: Any) -> AsyncIterator[Engine]:
    root = tmp_path / "work"
    root.mkdir(exist_ok=True)
    (root / "a.txt").write_text("words and words\n" * 200, encoding="utf-8")
    registry = ProviderRegistry(list(endpoints))
    engine = Engine(root, [], providers=registry, compaction=NEVER, **facts)
    engine.session.start(ApprovalMode.FULL_AUTO)
    engine.session.select_model(OPUS)
    yield engine
    await engine.session.close()
    await registry.aclose()


@asynccontextmanager
async def compacted(
    tmp_path: Path, *script: Any, compacts: Any = "yes"
) -> AsyncIterator[tuple[Engine, AnthropicWire]]:
    """One turn with a tool loop, and its compaction."""
    looks = Reply(Thinking("I look."), Call("read_file", {"path": "a.txt"}))
    items = [looks, Reply(Thinking("I read."), LONG), *script]
    async with AnthropicWire(items) as server:
        server.compacts = compacts
        endpoint = MESSAGES.endpoint(server.base_url, api_key=server.key)
        async with engine_of(tmp_path, endpoint) as engine:
            await engine.session.submit("one")
            await engine.session.compact()
            yield engine, server


async def left(engine: Engine) -> Past:
    """Close a session, and read its file."""
    await engine.session.close()
    with engine.store.open(engine.place.session) as file:
        return past_of_session(file.past.records)


def ends(engine: Engine) -> list[str]:
    engine.take()
    return [event.outcome for event in engine.seen if isinstance(event, TurnFinished)]


def first_block(body: dict[str, Any]) -> dict[str, Any]:
    return body["messages"][0]["content"][0]


def plain(body: dict[str, Any]) -> Any:
    """What is said in a body, without the marks that move."""
    return [
        [{name: each for name, each in block.items() if name != "cache_control"} for block in said]
        for said in (message["content"] for message in body["messages"])
    ]


async def test_one_call_makes_the_block_that_stands_first_from_then_on(tmp_path: Path) -> None:
    summary = Reply(WORDS, usage={"input_tokens": 900, "output_tokens": 30})
    says = [Reply(Thinking("Hm."), "Fine."), Reply("Good.")]
    async with compacted(tmp_path, summary, *says) as (engine, server):
        await engine.session.submit("two")
        await engine.session.submit("three")
        assert (server.refused, server.dropped) == ([], [])
    _, whole, asked, then, later = server.requests
    assert asked["compaction"]["instructions"].startswith("The conversation is about to be")
    assert plain(asked)[: len(plain(whole))] == plain(whole)
    assert asked["messages"][-1]["role"] == "assistant"
    block = first_block(then)
    assert (block["type"], block["content"]) == ("compaction", WORDS)
    assert first_block(later) == block
    assert json.dumps(then).count("A story.") == 1
    assert "the summary at the beginning" in json.dumps(then)
    assert '"one"' in json.dumps(then)
    assert "Hm." in json.dumps(later)
    assert len(json.dumps(then["messages"])) < len(json.dumps(whole["messages"]))
    assert ends(engine) == ["done"] * 3


async def test_the_call_is_counted_once_and_people_are_told_the_words(tmp_path: Path) -> None:
    summary = Reply(WORDS, usage={"input_tokens": 900, "output_tokens": 30})
    async with compacted(tmp_path, summary) as (engine, server):
        engine.take()
        assert engine.session.compactor.active is not None
        assert engine.session.compactor.active.block is not None
    (made,) = [event for event in engine.seen if isinstance(event, ConversationCompacted)]
    assert (made.compaction.summary, made.compaction.block) == (WORDS, None)
    steps = [event for event in engine.seen if isinstance(event, StepFinished)]
    assert len(steps) == len(server.requests) == 3
    assert steps[-1].usage == Usage(aside_input_tokens=900, aside_output_tokens=30)


async def test_others_read_the_words_and_the_maker_its_block_again(tmp_path: Path) -> None:
    chat = CHAT.server([CHAT.reply(Say("Well."))])
    says = [Reply(Thinking(f"Hm {number}."), f"Answer {number}.") for number in range(4)]
    async with chat as elsewhere, compacted(tmp_path, Reply(WORDS), *says) as (first, server):
        past = await left(first)
        here = MESSAGES.endpoint(server.base_url, api_key=server.key)
        other = CHAT.endpoint(elsewhere.base_url, name="other")
        at = {"past": past, "store": tmp_path / "again"}
        async with engine_of(tmp_path, here, other, **at) as engine:
            session = engine.session
            await session.submit("two")
            session.select_model(OTHER_OPUS)
            await session.submit("three")
            session.select_model(ModelRef("other", CHAT.model))
            await session.submit("four")
            session.select_model(OPUS)
            await session.submit("five")
        assert (server.refused, server.dropped, elsewhere.refused) == ([], [], [])
    _, _, _, own, family, back = server.requests
    assert first_block(own)["type"] == first_block(back)["type"] == "compaction"
    for told in (family, elsewhere.requests[0]):
        assert "Summary:\\n## Goal\\nA story." in json.dumps(told)
        assert '"compaction"' not in json.dumps(told)
    assert plain(back)[: len(plain(own)) - 1] == plain(own)[:-1]
    assert "Hm 0." in json.dumps(back)


async def test_edit_is_told_in_words_and_undo_brings_everything_back(tmp_path: Path) -> None:
    says = [Reply(Thinking(f"Hm {number}."), f"Answer {number}.") for number in range(4)]
    async with compacted(tmp_path, Reply(WORDS), *says) as (engine, server):
        session, compactor = engine.session, engine.session.compactor
        compactor.undo(engine.place)
        await session.submit("two")
        compactor.redo(engine.place)
        await session.submit("three")
        compactor.edit("## Goal\nAnother story.", engine.place)
        await session.submit("four")
        assert (server.refused, server.dropped) == ([], [])
    undone, redone, edited = server.requests[3:]
    assert "long story" in json.dumps(undone)
    assert first_block(undone)["type"] == "text"
    assert first_block(redone)["content"] == WORDS
    assert first_block(edited)["type"] == "text"
    assert "Another story." in json.dumps(edited)
    assert '"compaction"' not in json.dumps(edited)


async def test_session_that_is_opened_again_sends_the_same_bytes(tmp_path: Path) -> None:
    says = [Reply(Thinking("Hm."), "Fine."), Reply("Good.")]
    async with compacted(tmp_path, Reply(WORDS), *says) as (engine, server):
        await engine.session.submit("two")
        past = await left(engine)
        endpoint = MESSAGES.endpoint(server.base_url, api_key=server.key)
        at = {"past": past, "store": tmp_path / "again"}
        async with engine_of(tmp_path, endpoint, **at) as again:
            await again.session.submit("three")
        assert (server.refused, server.dropped) == ([], [])
    *_, before, after = server.requests
    assert json.dumps(plain(after)).startswith(json.dumps(plain(before))[:-1])


async def test_next_compaction_takes_the_place_of_the_block(tmp_path: Path) -> None:
    script = [Reply(WORDS), Reply(LONG), Reply("## Goal\nA longer story."), Reply("Good.")]
    async with compacted(tmp_path, *script) as (engine, server):
        await engine.session.submit("two")
        await engine.session.compact()
        await engine.session.submit("three")
        assert server.refused == []
    *_, asked, after = server.requests
    assert first_block(asked)["content"] == WORDS
    assert first_block(after)["content"] == "## Goal\nA longer story."
    assert json.dumps(after).count('"type": "compaction"') == 1


@pytest.mark.parametrize("compacts", ["no", "unheeded", "emptily"])
async def test_server_without_it_is_asked_in_words(tmp_path: Path, compacts: Any) -> None:
    wasted = [] if compacts == "no" else [Reply("I see.")]
    script = [*wasted, Reply(WORDS), Reply(LONG), Reply(WORDS), Reply("Good.")]
    async with compacted(tmp_path, *script, compacts=compacts) as (engine, server):
        await engine.session.submit("two")
        await engine.session.compact()
        await engine.session.submit("three")
    assert ends(engine) == ["done"] * 3
    assert len(server.refused) == (compacts == "no")
    assert [number for number, body in enumerate(server.requests) if "compaction" in body] == [2]
    assert "Summary:\\n## Goal\\nA story." in json.dumps(server.requests[4])
    assert first_block(server.requests[-1])["type"] == "text"


async def test_summary_that_cannot_be_had_at_the_moment_is_asked_for_in_words(
    tmp_path: Path,
) -> None:
    said = "Compaction is unavailable. Retry the request."
    busy = Failure(529, "overloaded_error", said, error_code="compaction_unavailable")
    async with compacted(tmp_path, busy, Reply(WORDS), Reply("Good.")) as (engine, server):
        await engine.session.submit("two")
        assert server.refused == []
    assert ends(engine) == ["done"] * 2
    assert "compaction" not in server.requests[3]
    assert "A story." in json.dumps(server.requests[4])


async def test_block_that_is_refused_is_told_in_words_until_there_is_another(
    tmp_path: Path,
) -> None:
    says = [Reply("Fine."), Reply(LONG * 8), Reply("## Goal\nA new story."), Reply("Good.")]
    async with compacted(tmp_path, Reply(WORDS), *says) as (engine, server):
        server.change_account()
        await engine.session.submit("two")
        await engine.session.submit("three")
        await engine.session.compact()
        await engine.session.submit("four")
    assert ends(engine) == ["done"] * 4
    assert len(server.refused) == 1
    _, _, _, refused, again, later, asked, after = server.requests
    assert first_block(refused)["type"] == "compaction"
    for told in (again, later, asked):
        assert "Summary:\\n## Goal\\nA story." in json.dumps(told)
    assert first_block(after)["content"] == "## Goal\nA new story."


async def test_part_of_the_body_that_is_never_to_be_sent_is_not_sent(tmp_path: Path) -> None:
    script = [Reply(LONG), Reply(WORDS), Reply("Good.")]
    async with AnthropicWire(script) as server:
        endpoint = MESSAGES.endpoint(server.base_url, api_key=server.key)
        quiet = replace(endpoint, leave_out=("compaction",))
        async with engine_of(tmp_path, quiet) as engine:
            await engine.session.submit("one")
            await engine.session.compact()
            await engine.session.submit("two")
        assert server.refused == []
    assert ends(engine) == ["done"] * 2
    assert not any("compaction" in body for body in server.requests)
