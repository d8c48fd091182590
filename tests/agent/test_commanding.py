"""Commands of a model: asked for in every mode, run once, told as they ended."""

from __future__ import annotations

import asyncio
import json
import os

import psutil
import pytest

from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import (
    AllowForSession,
    AllowOnce,
    ApprovalMode,
    CommandSubject,
    Refuse,
)
from codex_tui.protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandOutputDelta,
    ToolCallFinished,
    TurnFinished,
)
from codex_tui.protocol.messages import TextPart, ToolResultMessage, ToolStatus
from codex_tui.providers.scripted import Reply
from codex_tui.sandbox.execution import CommandLimits
from codex_tui.sessions.records import ToolApproved
from tests.support.engine import REF, Engine, call, results, trace

QUICK = CommandLimits(linger_s=0.2, grace_s=0.3)
NAP = f"sleep 8{os.getpid()}"


@pytest.fixture
def root(root):
    (root / "src").mkdir()
    return root


def wants(command: str, number: int = 1, **arguments) -> Reply:
    text = json.dumps({"command": command, **arguments})
    return Reply(parts=(call("shell", text, number),))


DONE = Reply(parts=(TextPart(text="Done."),))


def started(root, replies, *, mode=ApprovalMode.SUGGEST, **options) -> Engine:
    engine = Engine(root, replies, command_limits=QUICK, **options)
    engine.session.start(mode)
    engine.session.select_model(REF)
    return engine


async def answered(engine: Engine, *decisions) -> list[CommandSubject]:
    """Run a turn and answer its questions in order; returns what was asked."""
    asked = []
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        for decision in decisions:
            event = await engine.until(ApprovalRequested)
            asked.append(event.request.subject)
            assert engine.session.decide(event.request.id, decision)
    engine.take()
    return asked


def seen(engine: Engine, kind: type) -> list:
    engine.take()
    return [each for each in engine.seen if isinstance(each, kind)]


def approvals(engine: Engine) -> list[ToolApproved]:
    stored = engine.store.load(engine.place.session)
    records = [each.record for each in stored.records]
    return [record for record in records if isinstance(record, ToolApproved)]


async def test_a_call_takes_the_time_it_works_not_the_time_it_waits_for_the_user(root):
    times = [0.0]
    engine = started(root, [wants("true"), DONE], clock=lambda: times[0])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        times[0] += 3600.0
        engine.session.decide(asked.request.id, AllowOnce())
    [finished] = seen(engine, ToolCallFinished)
    assert finished.duration_ms == 0


def running() -> bool:
    return any(
        NAP in " ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])
    )


async def test_asked_run_and_told_as_a_whole_list_of_events(root):
    engine = started(root, [wants("echo hello; echo > made; exit 3"), DONE])
    await answered(engine, AllowOnce())
    lines = [line.split(" request_id=")[0] for line in trace(engine.seen)]
    assert lines[2:] == [
        "turn_started",
        "user_spoke text=go",
        "step_started model=fake/model",
        "tool_call_started call_id=call_1 name=shell",
        "step_finished model=fake/model stop=tool_use",
        "tool_call_ready call_id=call_1 name=shell title=echo hello; echo > made; exit 3",
        "approval_requested",
        "approval_resolved",
        "command_output_delta call_id=call_1 text=hello\n",
        "tool_call_finished call_id=call_1 name=shell status=error summary=exit 3",
        "step_started model=fake/model",
        "text_delta text=Done.",
        "step_finished model=fake/model stop=end",
        "turn_finished outcome=done text=Done.",
    ]
    assert (root / "made").exists()
    (result,) = results(engine)
    assert (result.status, result.content) == (ToolStatus.ERROR, "exit 3\nhello")
    assert [each.decision for each in approvals(engine)] == [AllowOnce()]
    await engine.session.close()


@pytest.mark.parametrize("mode", ApprovalMode)
async def test_every_mode_asks_and_shows_the_whole_command(root, mode):
    command = "true " + "x" * 5_000 + "\n# \u202eend"
    engine = started(
        root, [wants(command, workdir="src", timeout_s=7, description="why"), DONE], mode=mode
    )
    (subject,) = await answered(engine, Refuse(reason="not that"))
    assert subject == CommandSubject(command=command, workdir="src", timeout_s=7, description="why")
    (request,) = [each.request for each in seen(engine, ApprovalRequested)]
    assert "no sandbox" in request.reason
    assert request.way_out
    await engine.session.close()


async def test_a_refused_command_does_not_run_and_the_model_reads_why(root):
    engine = started(root, [wants("touch made"), DONE])
    await answered(engine, Refuse(reason="use make"))
    assert not (root / "made").exists()
    (result,) = results(engine)
    assert result.status is ToolStatus.DENIED
    assert "use make" in result.content
    assert approvals(engine) == []
    await engine.session.close()


async def test_with_nobody_to_ask_nothing_runs(root):
    engine = started(root, [wants("touch made"), DONE], interactive=False)
    await engine.session.submit("go")
    assert not (root / "made").exists()
    (finished,) = seen(engine, TurnFinished)
    assert (finished.outcome, finished.refused) == ("done", 1)
    assert results(engine)[0].status is ToolStatus.DENIED
    await engine.session.close()


async def test_allowed_for_the_session_holds_for_the_same_words_and_folder_only(root):
    replies = [
        wants("echo a", 1),
        wants("echo a", 2, timeout_s=9, description="again"),
        wants("echo a ", 3),
        wants("echo a", 4, workdir="src"),
        DONE,
    ]
    engine = started(root, replies)
    asked = await answered(engine, AllowForSession(), AllowOnce(), AllowOnce())
    assert [(each.command, each.workdir) for each in asked] == [
        ("echo a", "."),
        ("echo a ", "."),
        ("echo a", "src"),
    ]
    assert [each.content for each in results(engine)] == ["exit 0\na"] * 4
    assert [each.decision for each in approvals(engine)] == [
        AllowForSession(),
        AllowForSession(),
        AllowOnce(),
        AllowOnce(),
    ]
    assert seen(engine, ApprovalResolved)[0].summary == "allowed for the session"
    await engine.session.close()


async def test_a_resumed_session_runs_nothing_again_and_asks_anew(root):
    engine = started(root, [wants("echo a >> made"), DONE])
    await answered(engine, AllowForSession())
    await engine.session.close()
    past = past_of(each.record for each in engine.store.load(engine.place.session).records)
    again = started(root, [wants("echo a >> made", 2), DONE], past=past)
    await answered(again, Refuse())
    assert (root / "made").read_text() == "a\n"
    await again.session.close()


async def test_an_interrupted_command_is_gone_and_told_as_interrupted(root):
    engine = started(root, [wants(f"echo before; {NAP} & {NAP}"), DONE])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.decide(asked.request.id, AllowOnce())
        await engine.until(CommandOutputDelta)
        assert running()
        assert engine.session.interrupt()
    assert not running()
    kinds = [each.type for each in engine.take()]
    assert kinds == ["tool_call_finished", "turn_finished"]
    (finished,) = seen(engine, ToolCallFinished)
    assert (finished.status, finished.summary) == (ToolStatus.INTERRUPTED, "interrupted, killed")
    (result,) = results(engine)
    assert result.status is ToolStatus.INTERRUPTED
    assert result.content.endswith("\nbefore")
    assert seen(engine, TurnFinished)[0].outcome == "interrupted"
    await engine.session.close()


async def test_an_interrupt_while_the_question_waits_runs_nothing(root):
    engine = started(root, [wants("touch made"), DONE])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await engine.until(ApprovalRequested)
        engine.session.interrupt()
    assert not (root / "made").exists()
    (result,) = results(engine)
    assert (result.status, result.content) == (
        ToolStatus.INTERRUPTED,
        "Not carried out: the turn ended before it.",
    )
    await engine.session.close()


async def test_closing_the_session_ends_the_command(root):
    engine = started(root, [wants(f"echo on; {NAP}"), DONE])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.decide(asked.request.id, AllowOnce())
        await engine.until(CommandOutputDelta)
        await engine.session.close()
        assert not running()
    stored = past_of(each.record for each in engine.store.load(engine.place.session).records)
    assert [each.status for each in stored.messages if isinstance(each, ToolResultMessage)] == [
        ToolStatus.INTERRUPTED
    ]


async def test_a_folder_that_is_turned_while_the_user_decides_is_not_entered(root, tmp_path):
    (tmp_path / "else").mkdir()
    engine = started(root, [wants("touch made", workdir="src"), DONE])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        (root / "src").rename(root / "before")
        (root / "src").symlink_to(root / "before")
        engine.session.decide(asked.request.id, AllowOnce())
    (result,) = results(engine)
    assert "nothing was run" in result.content
    assert list((root / "before").iterdir()) == []
    await engine.session.close()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"command": ""}, "empty"),
        ({"command": "ls", "workdir": "/"}, "outside the workspace"),
        ({"command": "ls", "timeout_s": 10_000}, "timeout_s"),
    ],
)
async def test_what_cannot_be_run_is_not_asked_for(root, arguments, complaint):
    reply = Reply(parts=(call("shell", json.dumps(arguments)),))
    engine = started(root, [reply, DONE])
    await engine.session.submit("go")
    assert complaint in results(engine)[0].content
    assert seen(engine, ApprovalRequested) == []
    await engine.session.close()


async def test_commands_of_one_answer_run_one_after_another(root):
    both = Reply(
        parts=(
            call("shell", json.dumps({"command": "sleep 0.2; echo first >> made"}), 1),
            call("shell", json.dumps({"command": "echo second >> made"}), 2),
        )
    )
    engine = started(root, [both, DONE])
    await answered(engine, AllowOnce(), AllowOnce())
    assert (root / "made").read_text() == "first\nsecond\n"
    await engine.session.close()
