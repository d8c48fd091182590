"""The user's keys reach neither the model, nor an event, nor the session, whatever a tool says."""

from __future__ import annotations

import asyncio
import json

import pytest

from codex_tui.protocol.approvals import AllowOnce, ApprovalMode
from codex_tui.protocol.events import ApprovalRequested, CommandOutputDelta, ToolCallFinished
from codex_tui.protocol.messages import TextPart, ToolResultMessage
from codex_tui.providers.scripted import Reply
from tests.support.engine import REF, Engine, call

KEY = "sk-test-0123456789abcdefghij"
DONE = Reply(parts=(TextPart(text="Done."),))


@pytest.fixture
def root(root):
    (root / "notes.txt").write_text(f"first\nkey = {KEY}\nlast\n")
    return root


async def run(root, name: str, *, keys=(KEY,), asks: bool = False, **arguments) -> Engine:
    engine = Engine(root, [Reply(parts=(call(name, json.dumps(arguments)),)), DONE], keys=keys)
    engine.session.start(ApprovalMode.SUGGEST)
    engine.session.select_model(REF)
    submitted = engine.session.submit("go")
    if asks:
        async with asyncio.TaskGroup() as group:
            group.create_task(submitted)
            event = await engine.until(ApprovalRequested)
            engine.session.decide(event.request.id, AllowOnce())
    else:
        await submitted
    engine.take()
    await engine.session.close()
    return engine


def result(engine: Engine) -> str:
    (found,) = [each for each in engine.session.messages if isinstance(each, ToolResultMessage)]
    return found.content


def everything(engine: Engine) -> str:
    stored = engine.store.load(engine.place.session)
    records = [each.record for each in stored.records]
    seen = [each for each in engine.seen if isinstance(each, ToolCallFinished | CommandOutputDelta)]
    return f"{engine.sent} {seen} {engine.session.messages} {records}"


async def test_a_file_that_is_read(root):
    engine = await run(root, "read_file", path="notes.txt")
    assert "key = [redacted]" in result(engine)
    assert "last" in result(engine)
    assert KEY not in everything(engine)


async def test_a_file_is_left_as_it_is_where_no_key_is_known(root):
    engine = await run(root, "read_file", keys=(), path="notes.txt")
    assert f"key = {KEY}" in result(engine)


async def test_a_search_that_finds_it(root):
    engine = await run(root, "search", pattern="key = ")
    assert "key = [redacted]" in result(engine)
    assert KEY not in everything(engine)


async def test_a_command_that_prints_it_at_once(root):
    engine = await run(root, "shell", asks=True, command="cat notes.txt; cat notes.txt >&2")
    assert result(engine).count("[redacted]") == 2
    assert KEY not in everything(engine)


async def test_a_command_that_prints_it_piece_by_piece(root):
    pieces = "sk-te st-0123 456789abc defghij"
    slowly = f"for piece in {pieces}; do printf $piece; sleep 0.12; done; echo"
    engine = await run(root, "shell", asks=True, command=slowly)
    live = "".join(each.text for each in engine.seen if isinstance(each, CommandOutputDelta))
    assert live == "[redacted]\n"
    assert result(engine) == "exit 0\n[redacted]"


async def test_a_failure_that_names_it(root):
    engine = await run(root, "read_file", path=f"{KEY}.txt")
    assert "[redacted].txt" in result(engine)
    (ended,) = [each for each in engine.seen if isinstance(each, ToolCallFinished)]
    assert KEY not in ended.summary + ended.output
