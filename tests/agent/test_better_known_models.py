"""A session learns more of its model while it runs: its server's word, and its price."""

from __future__ import annotations

import io
import json

import pytest

from codex_tui import headless
from codex_tui.composition.assembly import Assembly
from codex_tui.config.settings import load
from codex_tui.headless import JsonPrinter
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.events import ModelDescribed, ModelSelected
from codex_tui.protocol.messages import TextPart, Usage, UserMessage
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from tests.servers.anthropic_wire import AnthropicWire
from tests.servers.anthropic_wire import Reply as Streamed

USAGE = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


@pytest.fixture
async def program(isolated_environment, tmp_path, monkeypatch):
    """Return a function that starts the program's parts with a configuration."""
    monkeypatch.setenv("THE_KEY", "test-key")
    (isolated_environment / "config").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    made: list[Assembly] = []

    def start(config: str) -> Assembly:
        (isolated_environment / "config" / "config.toml").write_text(config, encoding="utf-8")
        made.append(Assembly(load(project=work, flags={}), work, interactive=False))
        return made[-1]

    yield start
    for assembly in made:
        await assembly.aclose()


def gateway(address: str, model: str, more: str = "") -> str:
    return (
        f'model = "gate/{model}"\n{more}\n[providers.gate]\napi = "anthropic-messages"\n'
        f'base_url = "{address}"\napi_key_env = "THE_KEY"\n'
    )


def answering(assembly: Assembly, provider: str) -> None:
    """Let a script answer for a vendor."""
    endpoint = assembly.providers.endpoint(provider)
    reply = Reply(parts=(TextPart(text="Hello."),), usage=USAGE)
    assembly._registry._opened.by_name[provider] = ScriptedProvider(
        endpoint, in_order([reply, reply])
    )


async def steps_of_a_run(assembly: Assembly) -> list[dict]:
    out = io.StringIO()
    session = assembly.open_session()
    words = UserMessage(text="hi")
    code = await headless.run(
        session, assembly.bus, lambda: assembly.start(session), words, JsonPrinter(out)
    )
    assert code == 0
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    return [event for event in events if event["type"] == "step_finished"]


async def test_the_servers_word_is_taken_up_by_the_session_that_runs(program):
    async with AnthropicWire([]) as wire:
        assembly = program(gateway(wire.base_url, "claude-opus-5-5", 'effort = "xhigh"'))
        session = assembly.open_session()
        with assembly.bus.subscribe() as events:
            assembly.start(session)
            assert session.effort is Effort.XHIGH
            await session.models.look_up()
            await session.models.look_up()
            seen = [each for each in events.take() if isinstance(each, ModelDescribed)]
        await session.close()
    assert len(wire.received) == 1
    (described,) = seen
    assert session.model == described.model
    assert Effort.XHIGH not in described.model.efforts  # this server knows no such level
    assert (session.effort, described.effort) == (Effort.HIGH, Effort.HIGH)


async def test_the_next_start_knows_what_the_server_said(program):
    async with AnthropicWire([]) as wire:
        config = gateway(wire.base_url, "claude-haiku-4-5-20251001")
        first = program(config).open_session()
        first.select_model(ModelRef("gate", "claude-haiku-4-5-20251001"))
        await first.models.refresh("gate")
        again = program(config)
        session = again.open_session()
        with again.bus.subscribe() as events:
            again.start(session)
            (selected,) = [each for each in events.take() if isinstance(each, ModelSelected)]
    assert selected.model.note == "deprecated"
    assert session.models.outdated() == ()
    assert session.models.served_at("gate") is not None


async def test_a_server_that_cannot_be_asked_is_left_alone_in_the_background(program):
    assembly = program(gateway("http://127.0.0.1:9", "claude-opus-5-5"))
    session = assembly.open_session()
    with assembly.bus.subscribe() as events:
        assembly.start(session)
        events.take()
        await session.models.look_up()
        assert events.take() == []
    with pytest.raises(ProviderError):
        await session.models.refresh("gate")
    await session.close()


async def test_an_effort_that_only_the_server_knows_of_reaches_it(program):
    async with AnthropicWire([Streamed("Hello.")], models=["claude-saga-7"]) as wire:
        assembly = program(gateway(wire.base_url, "claude-saga-7", 'effort = "xhigh"'))
        session = assembly.open_session()
        assembly.start(session)
        assert session.effort is None
        await session.models.refresh("gate")
        assert session.effort is Effort.HIGH
        await session.submit("hi")
        await session.close()
    assert wire.refused == []
    assert wire.requests[0]["output_config"] == {"effort": "high"}


async def test_the_first_step_of_exec_has_a_cost_that_only_the_price_book_knows(
    program, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assembly = program('model = "openai/gpt-4o"\n')
    answering(assembly, "openai")
    (step,) = await steps_of_a_run(assembly)
    assert step["cost_usd"] == pytest.approx(12.5)


async def test_a_price_of_the_users_own_is_the_cost(program):
    config = gateway("http://127.0.0.1:9", "house")
    prices = "[providers.gate.prices]\nhouse = { input = 1.0, output = 2.0 }\n"
    assembly = program(config + prices)
    answering(assembly, "gate")
    (step,) = await steps_of_a_run(assembly)
    assert step["cost_usd"] == pytest.approx(3.0)


async def test_a_model_on_ones_own_machine_costs_nothing_that_is_known(program):
    assembly = program(gateway("http://127.0.0.1:9", "claude-opus-5-5"))
    answering(assembly, "gate")
    (step,) = await steps_of_a_run(assembly)
    assert step["cost_usd"] is None
    assert not assembly._registry._prices.loaded
