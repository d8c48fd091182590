"""The engine without a screen: whole event lists, valid history, exactly one result a call."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from codex_tui.agent.past import Past
from codex_tui.agent.resume import past_of
from codex_tui.composition.session_maker import EditWriter
from codex_tui.protocol.approvals import (
    AcceptHunk,
    AllowOnce,
    ApprovalMode,
    EditDecision,
    FileDecision,
    Refuse,
    RejectHunk,
    ReplaceHunk,
)
from codex_tui.protocol.errors import ConfigError, EditError, ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    ApprovalRequested,
    ChangesApplied,
    NoticeShown,
    RetryScheduled,
    TextDelta,
    ToolCallFinished,
    TurnFinished,
)
from codex_tui.protocol.ids import MAIN_BRANCH
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    Usage,
    UserMessage,
)
from codex_tui.protocol.spending import Budget
from codex_tui.providers.scripted import Reply
from tests.support.engine import REF, Engine, call, last_turn, results, says, trace

NUMBERS = "".join(f"line {number}\n" for number in range(1, 31))
TWO_EDITS = json.dumps(
    {
        "path": "a.txt",
        "edits": [
            {"old": "line 2\n", "new": "line two\n"},
            {"old": "line 25\n", "new": "line twenty-five\n"},
        ],
    }
)


@pytest.fixture
def root(root):
    (root / "a.txt").write_text(NUMBERS, encoding="utf-8")
    (root / "b.txt").write_text("bee\n", encoding="utf-8")
    return root


def started(root, replies, *, mode=ApprovalMode.SUGGEST, **options) -> Engine:
    engine = Engine(root, replies, **options)
    engine.session.start(mode)
    engine.session.select_model(REF)
    return engine


async def test_a_turn_with_parallel_reads_as_a_whole_list_of_events(root):
    reading = Reply(
        parts=(
            ThinkingPart(text="two files"),
            call("read_file", '{"path": "a.txt", "limit": 1}', 1),
            call("read_file", '{"path": "b.txt"}', 2),
        ),
        usage=Usage(input_tokens=10, output_tokens=5),
    )
    engine = started(root, [reading, says("Both are short.")])
    await engine.session.submit("look")
    lines = trace(engine.take())
    finished = [
        line for line in lines if line.startswith(("tool_call_finished", "tool_call_ready"))
    ]
    rest = [line for line in lines if line not in finished]
    assert rest == [
        "session_started mode=suggest",
        "model_selected",
        "turn_started",
        "user_spoke text=look",
        "step_started model=fake/model",
        "thinking_delta text=two files",
        "thinking_finished",
        "tool_call_started call_id=call_1 name=read_file",
        "tool_call_started call_id=call_2 name=read_file",
        "step_finished model=fake/model stop=tool_use",
        "step_started model=fake/model",
        "text_delta text=Both are short.",
        "step_finished model=fake/model stop=end",
        "turn_finished outcome=done text=Both are short.",
    ]
    assert (
        sorted(line.split()[1] for line in finished)
        == ["call_id=call_1"] * 2 + ["call_id=call_2"] * 2
    )
    assert [each.status for each in results(engine)] == [ToolStatus.OK] * 2
    await engine.session.close()


async def test_the_conversation_opens_with_its_surroundings_and_the_prefix_never_changes(root):
    engine = started(root, [Reply(parts=(call("list_files", "{}"),)), says("one"), says("two")])
    await engine.session.submit("first")
    await engine.session.submit("second")
    opening = engine.sent[0].messages[0]
    assert isinstance(opening, NoticeMessage)
    assert str(root) in opening.text
    assert "2026-01-02" in opening.text
    for earlier, later in zip(engine.sent, engine.sent[1:], strict=False):
        assert later.messages[: len(earlier.messages)] == earlier.messages
        assert later.system == earlier.system
        assert later.tools == earlier.tools
    await engine.session.close()


async def test_one_hunk_accepted_and_one_refused_is_what_is_on_disk_and_what_the_model_reads(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),)), says("understood")])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("change two lines"))
        asked = await engine.until(ApprovalRequested)
        (change,) = asked.request.subject.changes
        first, second = change.hunks
        decision = EditDecision(
            files=(
                FileDecision(
                    path="a.txt",
                    hunks=((first.id, AcceptHunk()), (second.id, RejectHunk(reason="keep 25"))),
                ),
            )
        )
        assert engine.session.decide(asked.request.id, decision)
        assert not engine.session.decide(asked.request.id, AllowOnce())
    expected = NUMBERS.replace("line 2\n", "line two\n")
    assert (root / "a.txt").read_text(encoding="utf-8") == expected
    (result,) = results(engine)
    assert result in engine.sent[1].messages
    assert "1 of 2 hunks written" in result.content
    assert "keep 25" in result.content
    engine.take()
    (applied,) = [each for each in engine.seen if isinstance(each, ChangesApplied)]
    assert (applied.changes[0].hunks_applied, applied.changes[0].hunks_proposed) == (1, 2)
    await engine.session.close()


async def test_a_replaced_hunk_is_written_as_the_user_wrote_it(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),)), says("ok")])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        first, second = asked.request.subject.changes[0].hunks
        hunks = ((first.id, ReplaceHunk(text="my own line\n")), (second.id, AcceptHunk()))
        engine.session.decide(
            asked.request.id, EditDecision(files=(FileDecision(path="a.txt", hunks=hunks),))
        )
    text = (root / "a.txt").read_text(encoding="utf-8")
    assert "my own line\n" in text
    assert "line twenty-five\n" in text
    assert "my own line" in results(engine)[0].content
    await engine.session.close()


async def test_a_file_that_changed_while_the_user_decided_is_not_written(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),)), says("ok")])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        (root / "a.txt").write_text("somebody else\n", encoding="utf-8")
        engine.session.decide(asked.request.id, AllowOnce())
    assert (root / "a.txt").read_text(encoding="utf-8") == "somebody else\n"
    (result,) = results(engine)
    assert result.status is ToolStatus.ERROR
    assert "a.txt" in result.content
    assert "changed" in result.content
    await engine.session.close()


async def test_auto_edit_applies_without_asking_and_says_so(root):
    replies = [Reply(parts=(call("edit_file", TWO_EDITS),)), says("done")]
    engine = started(root, replies, mode=ApprovalMode.AUTO_EDIT)
    await engine.session.submit("go")
    engine.take()
    assert not [each for each in engine.seen if isinstance(each, ApprovalRequested)]
    assert "line twenty-five\n" in (root / "a.txt").read_text(encoding="utf-8")
    await engine.session.close()


async def test_without_anybody_to_ask_an_edit_is_refused_and_counted(root):
    replies = [Reply(parts=(call("edit_file", TWO_EDITS),)), says("sorry")]
    engine = started(root, replies, interactive=False)
    await engine.session.submit("go")
    assert (root / "a.txt").read_text(encoding="utf-8") == NUMBERS
    assert results(engine)[0].status is ToolStatus.DENIED
    assert last_turn(engine).refused == 1
    await engine.session.close()


async def test_reading_a_secret_file_asks_and_a_refusal_is_told(root):
    (root / ".env").write_text("TOKEN=1\n", encoding="utf-8")
    replies = [Reply(parts=(call("read_file", '{"path": ".env"}'),)), says("fine")]
    engine = started(root, replies)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.decide(asked.request.id, Refuse(reason="private"))
    (result,) = results(engine)
    assert result.status is ToolStatus.DENIED
    assert "private" in result.content
    assert "TOKEN" not in result.content
    await engine.session.close()


async def test_an_edit_outside_the_workspace_is_denied_unasked(root, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine\n", encoding="utf-8")
    arguments = json.dumps({"path": str(outside), "edits": [{"old": "mine", "new": "yours"}]})
    engine = started(root, [Reply(parts=(call("edit_file", arguments),)), says("fine")])
    await engine.session.submit("go")
    assert outside.read_text(encoding="utf-8") == "mine\n"
    assert results(engine)[0].status in {ToolStatus.DENIED, ToolStatus.ERROR}
    await engine.session.close()


async def test_interrupting_while_a_decision_is_awaited_leaves_a_valid_history(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),)), says("later")])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        assert engine.session.interrupt()
    assert last_turn(engine).outcome == "interrupted"
    assert [each.status for each in results(engine)] == [ToolStatus.INTERRUPTED]
    assert not engine.session.decide(asked.request.id, AllowOnce())
    assert (root / "a.txt").read_text(encoding="utf-8") == NUMBERS
    await engine.session.submit("again")
    assert last_turn(engine).text == "later"
    await engine.session.close()


async def test_interrupting_a_stream_keeps_the_words_that_were_shown(root):
    arrived = asyncio.Event()
    pauses = 0

    async def stall_after_two_pieces() -> None:
        nonlocal pauses
        pauses += 1
        if pauses > 2:
            arrived.set()
            await asyncio.Event().wait()

    engine = started(root, [says("x" * 100)], pause=stall_after_two_pieces)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await arrived.wait()
        engine.session.interrupt()
    answer = engine.session.messages[-1]
    assert isinstance(answer, AssistantMessage)
    assert (answer.text, answer.stop) == ("x" * 24, StopReason.INTERRUPTED)
    await engine.session.close()


async def test_cancelling_the_caller_settles_the_turn_too(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),))])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(engine.session.submit("go"))
        await engine.until(ApprovalRequested)
        task.cancel()
    assert last_turn(engine).outcome == "interrupted"
    assert len(results(engine)) == 1
    await engine.session.close()


def overloaded(**fields) -> ProviderError:
    return ProviderError(
        "The server is overloaded.",
        kind=ProviderErrorKind.OVERLOADED,
        provider="fake",
        retryable=True,
        **fields,
    )


async def test_a_passing_fault_is_retried_and_what_was_shown_is_void(root):
    broken = Reply(parts=(ThinkingPart(text="Hm, wh"),), error=overloaded(retry_after_s=0.0))
    engine = started(root, [broken, says("a whole answer")], max_retries=2)
    await engine.session.submit("go")
    engine.take()
    (retry,) = [each for each in engine.seen if isinstance(each, RetryScheduled)]
    assert (retry.attempt, retry.of, retry.delay_s) == (2, 3, 0.0)
    assert [
        each.text for each in engine.session.messages if isinstance(each, AssistantMessage)
    ] == ["a whole answer"]
    await engine.session.close()


async def test_a_lasting_fault_ends_the_turn_with_its_words_kept(root):
    engine = started(root, [Reply(parts=(TextPart(text="half"),), error=overloaded(), cut=True)])
    await engine.session.submit("go")
    end = last_turn(engine)
    assert (end.outcome, end.error_kind) == ("failed", "overloaded")
    assert end.message == "The server is overloaded."
    answer = engine.session.messages[-1]
    assert isinstance(answer, AssistantMessage)
    assert answer.stop is StopReason.ERROR
    await engine.session.close()


async def test_a_call_that_was_cut_off_is_never_run_and_the_model_is_told(root):
    cut = Reply(
        parts=(
            ToolCall(id="call_1", name="write_file", arguments='{"path": "n.t', complete=False),
        ),
        stop=StopReason.LENGTH,
    )
    engine = started(root, [cut, says("smaller then")], mode=ApprovalMode.AUTO_EDIT)
    await engine.session.submit("go")
    assert not (root / "n.txt").exists()
    assert [each.status for each in results(engine)] == [ToolStatus.ERROR]
    told = [each.text for each in engine.sent[1].messages if isinstance(each, NoticeMessage)]
    assert any("output limit" in text for text in told)
    await engine.session.close()


async def test_identical_calls_in_a_row_stop_the_turn(root):
    count = 0

    def again(_: object) -> Reply:
        nonlocal count
        count += 1
        return Reply(parts=(call("list_files", '{"path": "."}', count),))

    engine = started(root, again)
    await engine.session.submit("go")
    end = last_turn(engine)
    assert end.outcome == "stopped"
    assert "list_files" in end.message
    assert [each.status for each in results(engine)] == [ToolStatus.OK] * 3 + [
        ToolStatus.INTERRUPTED
    ]
    await engine.session.close()


async def test_the_step_limit_stops_the_turn(root):
    replies = [
        Reply(parts=(call("read_file", f'{{"path": "a.txt", "offset": {n}}}', n),))
        for n in (1, 2, 3)
    ]
    engine = started(root, replies, max_steps=2)
    await engine.session.submit("go")
    end = last_turn(engine)
    assert (end.outcome, end.message) == ("stopped", "Stopped after 2 steps.")
    assert len(results(engine)) == 2
    await engine.session.close()


async def test_an_unknown_tool_and_bad_arguments_are_told_to_the_model(root):
    replies = [
        Reply(parts=(call("read_fil", "{}", 1), call("read_file", '{"pth": 1}', 2))),
        says("sorry"),
    ]
    engine = started(root, replies)
    await engine.session.submit("go")
    first, second = results(engine)
    assert "read_file" in first.content
    assert "pth" in second.content
    assert {first.status, second.status} == {ToolStatus.ERROR}
    await engine.session.close()


async def test_a_refusal_ends_the_turn_with_a_hint(root):
    engine = started(root, [Reply(stop=StopReason.REFUSAL, detail="cyber")])
    await engine.session.submit("go")
    end = last_turn(engine)
    assert (end.outcome, end.error_kind) == ("failed", "refusal")
    assert "cyber" in end.message
    assert "another model" in end.hint
    await engine.session.close()


async def test_steering_reaches_the_model_after_the_running_tools(root):
    replies = [Reply(parts=(call("edit_file", TWO_EDITS),)), says("with that in mind")]
    engine = started(root, replies)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.steer("and be careful")
        engine.session.decide(asked.request.id, AllowOnce())
    assert engine.sent[1].messages[-1] == UserMessage(text="and be careful")
    await engine.session.close()


async def test_queued_words_become_the_next_turn_and_can_be_taken_back(root):
    replies = [Reply(parts=(call("edit_file", TWO_EDITS),)), says("first"), says("second")]
    engine = started(root, replies)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.queue("then this")
        engine.session.queue("not this")
        assert engine.session.take_back() == UserMessage(text="not this")
        engine.session.decide(asked.request.id, AllowOnce())
    engine.take()
    texts = [each.text for each in engine.seen if isinstance(each, TurnFinished)]
    assert texts == ["first", "second"]
    assert UserMessage(text="then this") in engine.session.messages
    assert engine.session.take_back() is None
    await engine.session.close()


async def test_without_a_model_nothing_is_submitted(root):
    engine = Engine(root, [])
    engine.session.start(ApprovalMode.SUGGEST)
    with pytest.raises(ConfigError, match="No model"):
        await engine.session.submit("go")
    assert engine.session.messages == ()
    await engine.session.close()


async def test_a_session_resumes_where_it_was_and_settles_what_a_crash_left_open(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),))])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(engine.session.submit("go"))
        await engine.until(ApprovalRequested)
        crashed = past_of(each.record for each in engine.store.load(engine.place.session).records)
        task.cancel()
    await engine.session.close()
    assert [type(each).__name__ for each in crashed.messages] == [
        "NoticeMessage",
        "UserMessage",
        "AssistantMessage",
    ]
    assert crashed.model == REF
    revived = Engine(root, [says("where were we")], past=crashed)
    revived.session.start(ApprovalMode.AUTO_EDIT)
    assert revived.session.mode is ApprovalMode.SUGGEST
    revived.session.select_model(REF)
    await revived.session.submit("go on")
    assert [each.status for each in results(revived)] == [ToolStatus.INTERRUPTED]
    assert revived.sent[0].messages[: len(crashed.messages)] == crashed.messages
    await revived.session.close()


async def test_everything_said_is_in_the_session_file(root):
    engine = started(root, [Reply(parts=(call("list_files", "{}"),)), says("done")])
    await engine.session.submit("go")
    await engine.session.close()
    past = past_of(each.record for each in engine.store.load(engine.place.session).records)
    assert past.messages == engine.session.messages
    assert isinstance(past, Past)


async def test_a_broken_tool_is_a_bug_told_in_plain_words_and_the_turn_lives(root, caplog):
    engine = started(root, [Reply(parts=(call("list_files", "{}"),)), says("hm")])

    def broken(*_: object) -> None:
        raise RuntimeError("inner detail")

    tool = engine.tools._tools.find("list_files")
    object.__setattr__(tool, "run", broken)
    await engine.session.submit("go")
    (result,) = results(engine)
    assert "inner detail" not in result.content
    assert "inner detail" in caplog.text
    assert last_turn(engine).outcome == "done"
    await engine.session.close()


async def test_deltas_add_up_to_the_answer(root):
    text = "".join(f"word{number} " for number in range(200))
    engine = started(root, [says(text)])
    await engine.session.submit("go")
    engine.take()
    shown = "".join(each.text for each in engine.seen if isinstance(each, TextDelta))
    assert shown == text
    assert not [each for each in engine.seen if isinstance(each, ToolCallFinished)]
    await engine.session.close()


async def test_an_interrupt_during_a_write_is_taken_up_after_it_and_the_result_is_the_truth(root):
    writing, may_finish = threading.Event(), threading.Event()

    class SlowWriter(EditWriter):
        def write(self, folder, changes):
            writing.set()
            assert may_finish.wait(10)
            super().write(folder, changes)

    replies = [Reply(parts=(call("edit_file", TWO_EDITS),)), says("never said")]
    engine = started(root, replies, mode=ApprovalMode.AUTO_EDIT, writer=SlowWriter())
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await asyncio.to_thread(writing.wait, 10)
        assert engine.session.interrupt()
        may_finish.set()
    assert last_turn(engine).outcome == "interrupted"
    assert "line twenty-five\n" in (root / "a.txt").read_text(encoding="utf-8")
    assert [each.status for each in results(engine)] == [ToolStatus.OK]
    assert len(engine.sent) == 1
    await engine.session.close()


async def test_an_interrupt_during_a_write_that_fails_still_ends_the_turn(root):
    writing, may_finish = threading.Event(), threading.Event()

    class FailingWriter(EditWriter):
        def write(self, folder, changes):
            writing.set()
            assert may_finish.wait(10)
            raise EditError("a.txt changed since it was shown")

    replies = [Reply(parts=(call("edit_file", TWO_EDITS),)), says("never said")]
    engine = started(root, replies, mode=ApprovalMode.AUTO_EDIT, writer=FailingWriter())
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        await asyncio.to_thread(writing.wait, 10)
        engine.session.interrupt()
        may_finish.set()
    assert last_turn(engine).outcome == "interrupted"
    assert [each.status for each in results(engine)] == [ToolStatus.ERROR]
    await engine.session.close()


async def test_words_that_come_during_the_last_answer_go_on_in_the_same_turn(root):
    engine = None

    def script(_: object) -> Reply:
        if len(engine.sent) == 1:
            engine.session.steer("one more thing")
            return says("cut off", stop=StopReason.LENGTH)
        return says("that too")

    engine = started(root, script)
    await engine.session.submit("go")
    assert UserMessage(text="one more thing") in engine.sent[1].messages
    assert (last_turn(engine).outcome, last_turn(engine).text) == ("done", "that too")
    await engine.session.close()


async def test_an_answer_of_nothing_is_said(root):
    engine = started(root, [Reply()])
    await engine.session.submit("go")
    assert last_turn(engine).message == "The model answered with nothing."
    await engine.session.close()


async def test_a_retry_as_a_whole_list_of_events(root):
    broken = Reply(
        parts=(ThinkingPart(text="half"),), error=overloaded(retry_after_s=0.0), cut=True
    )
    engine = started(root, [broken, says("whole")], max_retries=1)
    engine.take()
    await engine.session.submit("go")
    assert trace(engine.take()) == [
        "turn_started",
        "user_spoke text=go",
        "step_started model=fake/model",
        "thinking_delta text=ha",
        "step_aborted model=fake/model",
        "retry_scheduled attempt=2 of=2 reason=The server is overloaded.",
        "step_started model=fake/model",
        "text_delta text=whole",
        "step_finished model=fake/model stop=end",
        "turn_finished outcome=done text=whole",
    ]
    await engine.session.close()


async def test_an_approved_edit_as_a_whole_list_of_events(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),)), says("ok")])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.decide(asked.request.id, AllowOnce())
    engine.take()
    request = f"request_id={asked.request.id}"
    assert trace(engine.seen)[2:] == [
        "turn_started",
        "user_spoke text=go",
        "step_started model=fake/model",
        "tool_call_started call_id=call_1 name=edit_file",
        "step_finished model=fake/model stop=tool_use",
        "tool_call_ready call_id=call_1 name=edit_file title=a.txt (2 edits)",
        "approval_requested",
        f"approval_resolved {request} summary=allowed once",
        "changes_applied call_id=call_1",
        "tool_call_finished call_id=call_1 name=edit_file status=ok summary=applied 2 of 2 hunks",
        "step_started model=fake/model",
        "text_delta text=ok",
        "step_finished model=fake/model stop=end",
        "turn_finished outcome=done text=ok",
    ]
    await engine.session.close()


async def test_an_interrupt_as_a_whole_list_of_events(root):
    engine = started(root, [Reply(parts=(call("edit_file", TWO_EDITS),))])
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("go"))
        asked = await engine.until(ApprovalRequested)
        engine.session.interrupt()
    engine.take()
    assert trace(engine.seen)[-3:] == [
        f"approval_resolved request_id={asked.request.id} summary=withdrawn",
        "tool_call_finished call_id=call_1 name=edit_file status=interrupted "
        "summary=Not carried out: the turn ended before it.",
        "turn_finished outcome=interrupted message=Interrupted.",
    ]
    await engine.session.close()


async def test_words_are_kept_when_their_turn_is_stopped_as_it_is_taken(root):
    engine = started(root, [says("Never asked for.")] * 2)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("first words"))
        asyncio.get_running_loop().call_soon(engine.session.interrupt)
    assert last_turn(engine).outcome == "interrupted"
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("last words"))
        group.create_task(engine.session.close())
    said = [each.text for each in engine.session.messages if isinstance(each, UserMessage)]
    assert (said, engine.sent) == (["first words", "last words"], [])


async def test_an_interrupt_before_anything_was_asked_keeps_the_users_words(root, monkeypatch):
    looking, go_on = threading.Event(), threading.Event()

    def slow_disk(*_):
        looking.set()
        go_on.wait(10)
        return "Workspace: somewhere"

    monkeypatch.setattr("codex_tui.agent.hearing.surroundings", slow_disk)
    engine = started(root, [Reply(parts=(TextPart(text="hello"),))])
    turn = asyncio.ensure_future(engine.session.submit("precious words"))
    await asyncio.to_thread(looking.wait, 10)
    engine.session.interrupt()
    go_on.set()
    await turn
    assert engine.session.messages == (UserMessage(text="precious words"),)
    assert [each.outcome for each in engine.take() if isinstance(each, TurnFinished)] == [
        "interrupted"
    ]
    await engine.session.submit("once more")
    kinds = [message.type for message in engine.sent[0].messages]
    assert kinds == ["user", "notice", "user"]


@pytest.mark.parametrize("given", ["", "call_0"])
async def test_calls_with_the_same_id_or_none_each_get_their_own_result(root, given):
    def listing() -> ToolCall:
        return ToolCall(id=given, name="list_files", arguments="{}")

    engine = started(
        root,
        [
            Reply(parts=(listing(), listing())),
            Reply(parts=(listing(),)),
            Reply(parts=(TextPart(text="done"),)),
        ],
    )
    await engine.session.submit("go")
    calls = [
        each.id
        for message in engine.session.messages
        if isinstance(message, AssistantMessage)
        for each in message.tool_calls
    ]
    results = [
        each.call_id for each in engine.session.messages if isinstance(each, ToolResultMessage)
    ]
    assert len(set(calls)) == 3
    assert "" not in calls
    assert sorted(results) == sorted(calls)
    assert [each.outcome for each in engine.take() if isinstance(each, TurnFinished)] == ["done"]


async def test_a_folder_that_became_a_link_while_the_user_decided_is_not_followed(root):
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / "hooks").mkdir()
    arguments = json.dumps({"path": "hooks/pre-commit", "content": "evil\n"})
    engine = started(
        root,
        [Reply(parts=(call("write_file", arguments),)), Reply(parts=(TextPart(text="so be it"),))],
    )
    turn = asyncio.ensure_future(engine.session.submit("go"))
    asked = await engine.until(ApprovalRequested)
    (root / "hooks").rmdir()
    (root / "hooks").symlink_to(".git/hooks")
    engine.session.decide(asked.request.id, AllowOnce())
    await turn
    assert list((root / ".git" / "hooks").iterdir()) == []
    result = next(each for each in engine.session.messages if isinstance(each, ToolResultMessage))
    assert result.status is ToolStatus.ERROR
    assert "symbolic link" in result.content


async def test_what_is_read_is_what_the_user_allowed_though_a_link_was_turned(root, tmp_path):
    for name, text in (("fine", "fine\n"), ("secret", "hunter2\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (root / "link").symlink_to(tmp_path / "fine")
    engine = started(
        root,
        [
            Reply(parts=(call("read_file", '{"path": "link"}'),)),
            Reply(parts=(TextPart(text="so be it"),)),
        ],
    )
    turn = asyncio.ensure_future(engine.session.submit("go"))
    asked = await engine.until(ApprovalRequested)
    (root / "link").unlink()
    (root / "link").symlink_to(tmp_path / "secret")
    engine.session.decide(asked.request.id, AllowOnce())
    await turn
    result = next(each for each in engine.session.messages if isinstance(each, ToolResultMessage))
    assert "hunter2" not in result.content
    assert "no longer leads to" in result.content


async def test_bad_arguments_of_any_length_are_told_in_bounded_words(root):
    arguments = json.dumps({"path": "x" * 1_000_000})
    engine = started(
        root,
        [Reply(parts=(call("read_file", arguments),)), Reply(parts=(TextPart(text="so be it"),))],
    )
    await engine.session.submit("go")
    result = next(each for each in engine.session.messages if isinstance(each, ToolResultMessage))
    assert "more characters are left out" in result.content
    assert len(result.content) < 25_000


async def test_a_session_that_goes_on_in_another_folder_says_so_to_user_and_model(root):
    engine = started(
        root,
        [Reply(parts=(TextPart(text="here now"),))],
        past=Past(directory="/somewhere/else", messages=(UserMessage(text="earlier"),)),
    )
    warned = [each.text for each in engine.take() if isinstance(each, NoticeShown)]
    assert warned == [f"This session began in /somewhere/else; it goes on in {root}."]
    await engine.session.submit("go on")
    notices = [each.text for each in engine.sent[0].messages if isinstance(each, NoticeMessage)]
    assert notices[0].endswith(f"Workspace: {root}")


async def test_the_workspace_a_session_began_in_is_known_again(root):
    engine = started(root, [Reply(parts=(TextPart(text="hello"),))])
    await engine.session.submit("hi")
    await engine.session.close()
    stored = engine.store.load(engine.place.session).records
    assert past_of(each.record for each in stored).directory == str(root)


async def test_a_moved_file_is_known_under_its_new_name(root):
    patch = (
        "*** Begin Patch\n*** Update File: b.txt\n*** Move to: c.txt\n@@\n-bee\n+sea\n*** End Patch"
    )
    again = json.dumps({"path": "c.txt", "content": "ocean\n"})
    replies = [
        Reply(parts=(call("apply_patch", json.dumps({"input": patch}), 1),)),
        Reply(parts=(call("write_file", again, 2),)),
        says("done"),
    ]
    engine = started(root, replies, mode=ApprovalMode.AUTO_EDIT)
    await engine.session.submit("rename it")
    assert not (root / "b.txt").exists()
    assert (root / "c.txt").read_text(encoding="utf-8") == "ocean\n"
    assert results(engine)[0].content == "Moved b.txt → c.txt as proposed."
    await engine.session.close()


async def test_choices_on_another_branch_are_reported_and_recorded_from_there(root):
    engine = Engine(root, [says("One."), says("Two.")])
    engine.session.start(ApprovalMode.SUGGEST)
    engine.session.select_model(REF)
    await engine.session.submit("go")
    await engine.session.retry()
    engine.take()
    engine.session.select_model(REF)
    engine.session.budget.set(Budget(usd=1.0))
    engine.session.queue("later")
    engine.session.notify("a remark")
    branch = engine.session.place.branch
    assert branch != MAIN_BRANCH
    assert {(event.type, event.place.branch) for event in engine.take()} == {
        ("model_selected", branch),
        ("budget_changed", branch),
        ("input_queue_changed", branch),
        ("notice_shown", branch),
    }
    engine.session.take_back()
    await engine.session.close()
    choices = engine.session._conversation.journal.log[-2:]
    assert [noted.place.branch for noted in choices] == [branch, branch]
