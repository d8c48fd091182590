"""What is learned of a server is told once, kept with the session, and the same after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import NoticeShown, TurnFinished
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.sessions.records import HostLearned
from tests.providers.contract.wire import Say
from tests.providers.contract.wires import CHAT
from tests.servers.chat_rules import Rules
from tests.servers.chat_wire import ChatWire
from tests.support.engine import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.agent.past import Past


def engine_on(root: Path, base_url: str, **options: Any) -> Engine:
    endpoint = CHAT.endpoint(base_url)
    root.mkdir(exist_ok=True)
    engine = Engine(root, [], providers=ProviderRegistry([endpoint]), **options)
    engine.session.start(ApprovalMode.AUTO_EDIT)
    engine.session.select_model(ModelRef(endpoint.name, CHAT.model))
    return engine


async def speak(engine: Engine, words: str) -> list[str]:
    """Have a turn; return the remarks that were made in it."""
    await engine.session.submit(words)
    events = engine.take()
    (end,) = [each for each in events if isinstance(each, TurnFinished)]
    assert end.outcome == "done", end.message
    return [each.text for each in events if isinstance(each, NoticeShown)]


async def past_in(engine: Engine) -> tuple[Past, list[HostLearned]]:
    await engine.session.close()
    records = [each.record for each in engine.store.load(engine.place.session).records]
    return past_of(records), [each for each in records if isinstance(each, HostLearned)]


async def test_lesson_is_told_once_and_kept_with_the_session(tmp_path: Path) -> None:
    rules = Rules(refused=frozenset({"stream_options"}))
    async with ChatWire([CHAT.reply(Say("ok"))] * 5, key="geheim-0123456789", rules=rules) as wire:
        engine = engine_on(tmp_path / "one", wire.base_url)
        told = [await speak(engine, words) for words in ("hi", "go on")]
        assert told == [
            ["Acme refused a request; from now on, for house-model, it is not asked to count its"
             " tokens."],
            [],
        ]  # fmt: skip
        assert len(wire.requests) == 3
        past, records = await past_in(engine)
        assert [record.flags for record in records] == [{"include_usage": False}]

        resumed = engine_on(tmp_path / "one", wire.base_url, past=past)
        assert await speak(resumed, "and on") == []
        assert len(wire.requests) == 4, "what is on the record is not refused again"
        messages = wire.requests[3]["messages"]
        assert messages[: len(wire.requests[2]["messages"])] == wire.requests[2]["messages"]
        _, records = await past_in(resumed)
        assert records == [], "the same is not recorded twice"


async def test_second_session_of_the_program_writes_down_what_the_first_learned(
    tmp_path: Path,
) -> None:
    rules = Rules(refused=frozenset({"stream_options"}))
    async with ChatWire([CHAT.reply(Say("ok"))] * 5, key="geheim-0123456789", rules=rules) as wire:
        registry = ProviderRegistry([CHAT.endpoint(wire.base_url)])
        first, second = tmp_path / "one", tmp_path / "two"
        for root in (first, second):
            root.mkdir()
            engine = Engine(root, [], providers=registry)
            engine.session.start(ApprovalMode.AUTO_EDIT)
            engine.session.select_model(ModelRef("acme", CHAT.model))
            told = await speak(engine, "hi")
            assert len(told) == (root is first)
            _, records = await past_in(engine)
            assert [record.flags for record in records] == [{"include_usage": False}]
        assert len(wire.requests) == 3
        await registry.aclose()
