"""Compactions over the three wires: strict servers accept what is sent after each of them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from codex_tui.agent.branches.pasts import past_of_session
from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import TurnFinished
from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.support import over_wires
from tests.providers.contract.wire import Say, Think, Use, Wire
from tests.servers.loopback import Plain
from tests.support.engine import Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

LONG = Say("Well, it is a long story. " * 200, size=500)
SUMMARY = Say("## Goal\nA story.", size=50)
NEVER = CompactionRules(automatic=False)


@asynccontextmanager
async def engine_on(
    tmp_path: Path, wire: Wire, script: Iterable[Any], **facts: Any
) -> AsyncIterator[tuple[Engine, Any]]:
    root = tmp_path / "work"
    root.mkdir(exist_ok=True)
    (root / "a.txt").write_text("words and words\n" * 200, encoding="utf-8")
    async with wire.server(script) as server:
        endpoint = wire.endpoint(server.base_url)
        registry = ProviderRegistry([endpoint])
        engine = Engine(root, [], providers=registry, **{"compaction": NEVER, **facts})
        engine.session.start(ApprovalMode.FULL_AUTO)
        engine.session.select_model(ModelRef(endpoint.name, wire.model))
        yield engine, server
        await engine.session.close()
        await registry.aclose()


def outcomes(engine: Engine) -> list[str]:
    engine.take()
    return [event.outcome for event in engine.seen if isinstance(event, TurnFinished)]


def looks(wire: Wire, number: int, **facts: Any) -> Any:
    think = (Think(f"I look, {number}."),) if StopReason.TOOL_USE in wire.stops else ()
    return wire.reply(*think, Use("read_file", {"path": "a.txt"}), **facts)


@over_wires
async def test_turns_go_on_after_compacting_editing_undoing_and_redoing(
    wire: Wire, tmp_path: Path
) -> None:
    says = [wire.reply(Think("Hm."), Say(f"Answer {number}.")) for number in range(6)]
    script = [looks(wire, 1), wire.reply(LONG), wire.reply(SUMMARY), looks(wire, 2), *says]
    async with engine_on(tmp_path, wire, script) as (engine, server):
        session, compactor = engine.session, engine.session.compactor
        await session.submit("one")
        await session.compact()
        await session.submit("two")
        compactor.undo(engine.place)
        await session.submit("three")
        compactor.redo(engine.place)
        await session.submit("four")
        compactor.edit("## Goal\nAnother story.", engine.place)
        await session.submit("five")
        assert server.refused == []
    assert outcomes(engine) == ["done"] * 5
    whole, short, edited = (json.dumps(server.requests[at]) for at in (5, 6, 7))
    assert "long story" in whole
    assert "long story" not in short
    assert "A story." in short
    assert "Another story." in edited


@over_wires
async def test_request_that_is_refused_as_too_long_is_made_again_shorter(
    wire: Wire, tmp_path: Path
) -> None:
    body = wire.error_body("context_length_exceeded", "prompt is too long: 9 tokens > 8 maximum")
    refused = Plain(status=400, body=json.dumps(body).encode())
    script = [wire.reply(LONG), refused, wire.reply(SUMMARY), wire.reply(Say("On it."))]
    async with engine_on(tmp_path, wire, script, compaction=CompactionRules()) as (engine, server):
        await engine.session.submit("one")
        await engine.session.submit("two")
        assert server.refused == []
    assert outcomes(engine) == ["done", "done"]
    assert len(json.dumps(server.requests[-1])) < len(json.dumps(server.requests[1]))
    assert "long story" not in json.dumps(server.requests[-1])


@over_wires
async def test_in_the_middle_of_a_tool_loop_and_after_a_reload(wire: Wire, tmp_path: Path) -> None:
    full = Usage(input_tokens=990_000, output_tokens=30)
    script = [
        looks(wire, 1),
        looks(wire, 2, usage=full),
        wire.reply(SUMMARY),
        looks(wire, 3),
        wire.reply(Say("Done.")),
    ]
    rules = CompactionRules(at=8_000)
    async with engine_on(tmp_path, wire, script, compaction=rules) as (engine, server):
        await engine.session.submit("look three times")
        assert server.refused == []
        with_all = server.requests[1:]
    assert outcomes(engine) == ["done"]
    assert "about to be shortened" in json.dumps(with_all[1])
    assert "A story." in json.dumps(with_all[2])
    with engine.store.open(engine.place.session) as file:
        past = past_of_session(file.past.records)
    script = [wire.reply(Say("Yes."))]
    async with engine_on(tmp_path, wire, script, past=past, store=tmp_path / "b") as (again, then):
        await again.session.submit("is it done?")
        assert then.refused == []
    assert outcomes(again) == ["done"]
    assert "Summary:" in json.dumps(then.requests[0])
