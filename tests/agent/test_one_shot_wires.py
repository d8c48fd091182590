"""Models without tools over the three wires: every history makes a request the servers accept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tui.agent.history import History
from codex_tui.agent.one_shot.provider import compose
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import TurnFinished
from codex_tui.protocol.messages import FilePart, Message, UserMessage
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.providers.base import ModelRequest
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.histories import HISTORIES
from tests.providers.contract.renderers import NARROWER, RENDERERS, Renderer
from tests.providers.contract.support import over_wires
from tests.providers.contract.wire import Say, Wire
from tests.servers.chat_rules import Rules
from tests.servers.chat_wire import ChatWire
from tests.sessions.strategies import of
from tests.support.engine import Engine

EVERY = pytest.mark.parametrize("renderer", (*RENDERERS, *NARROWER), ids=str)


def accepted(renderer: Renderer, messages: tuple[Message, ...], window: int | None) -> None:
    model = ModelInfo(ref=ModelRef("acme", renderer.wire.model), context_window=window)
    request = ModelRequest(model=renderer.wire.model, system="", messages=messages)
    shot = compose(request, model)
    assert shot == compose(request, model)
    body = renderer.body(shot.request)
    assert "tools" not in body
    assert renderer.problems(body) == []


@EVERY
@pytest.mark.parametrize("name", HISTORIES)
def test_histories_of_all_kinds_make_a_request(renderer: Renderer, name: str) -> None:
    messages = tuple(HISTORIES[name][0])
    accepted(renderer, messages, None)
    accepted(renderer, (*messages, UserMessage(text="Fix it.", files=(FILE, NEW))), 400)


FILE, NEW = FilePart(path="a.py", text="x = 1\n" * 900), FilePart(path="b.py", text=None)


@settings(max_examples=40, deadline=None)
@given(st.lists(of(Message), max_size=6), st.sampled_from((None, 0, 300, 8_192)))
def test_any_history_makes_a_request(messages: list[Any], window: int | None) -> None:
    history = History()
    for message in messages:
        if isinstance(message, UserMessage):
            paths = {file.path: file for file in message.files}
            message = replace(message, files=tuple(paths.values()), images=())  # noqa: PLW2901
        if history.accepts(message):
            history.append(message)
    for renderer in (*RENDERERS, *NARROWER):
        accepted(renderer, history.messages, window)


def engine_on(root: Any, wire: Wire, base_url: str) -> Engine:
    endpoint = wire.endpoint(base_url, tools=False)
    root.mkdir(exist_ok=True)
    engine = Engine(root, [], providers=ProviderRegistry([endpoint]))
    engine.session.start(ApprovalMode.AUTO_EDIT)
    engine.session.select_model(ModelRef(endpoint.name, wire.model))
    return engine


def says(wire: Wire, **action: str) -> Any:
    return wire.reply(Say(json.dumps({"answer": action})))


async def ended(engine: Engine, words: str) -> TurnFinished:
    await engine.session.submit(words)
    engine.take()
    return [event for event in engine.seen if isinstance(event, TurnFinished)][-1]


@over_wires
async def test_file_is_made_changed_and_asked_about(wire: Wire, tmp_path: Any) -> None:
    script = [
        says(wire, write="a.py", content="foo = 1\nprint(foo)\n"),
        says(wire, edit="a.py", old="foo", new="bar"),
        says(wire, reply="It prints 1."),
    ]
    async with wire.server(script) as server:
        engine = engine_on(tmp_path / "work", wire, server.base_url)
        ends = [
            await ended(engine, words)
            for words in ("Make a.py", "Rename foo in a.py", "What does a.py do?")
        ]
        await engine.session.models._providers.aclose()
        assert server.refused == []
        assert len(server.requests) == 3
        assert not any("tools" in body for body in server.requests)
    assert [end.outcome for end in ends] == ["done"] * 3, ends
    assert ends[-1].text == "It prints 1."
    assert (tmp_path / "work" / "a.py").read_text(encoding="utf-8") == "bar = 1\nprint(bar)\n"


async def test_server_that_takes_no_schema_is_told_it_in_words(tmp_path: Any) -> None:
    wire = RENDERERS[-1].wire
    fenced = f"```json\n{json.dumps({'answer': {'reply': 'Well.'}})}\n```"
    script = [wire.reply(Say(fenced)), wire.reply(Say(fenced))]
    rules = Rules(refused=frozenset({"response_format"}))
    key = wire.endpoint("http://host").api_key
    async with ChatWire(script, rules=rules, key=key) as server:
        engine = engine_on(tmp_path / "work", wire, server.base_url)
        assert (await ended(engine, "What?")).text == "Well."
        assert (await ended(engine, "What else?")).text == "Well."
        await engine.session.models._providers.aclose()
    formats = ["response_format" in body for body in server.requests]
    assert formats == [True, False, False]
    assert '"reply": {"type": "string"}' in server.requests[-1]["messages"][0]["content"]
