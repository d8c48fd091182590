"""An approval is resolved exactly once, by an answer or by giving up."""

import asyncio

import pytest

from codex_tui.approvals.broker import ApprovalBroker
from codex_tui.protocol.approvals import AllowOnce, ApprovalRequest, EditSubject, Refuse
from codex_tui.protocol.ids import RequestId


def request(name: str) -> ApprovalRequest:
    return ApprovalRequest(
        id=RequestId(name), call_id="c", tool="t", subject=EditSubject(changes=()), reason="r"
    )


async def test_the_first_answer_counts_and_later_ones_change_nothing():
    broker = ApprovalBroker()
    answers: list[bool] = []

    def announce(asked: ApprovalRequest) -> None:
        answers.append(broker.resolve(asked.id, AllowOnce()))
        answers.append(broker.resolve(asked.id, Refuse()))

    assert await broker.ask(request("a"), announce) == AllowOnce()
    assert answers == [True, False]
    assert not broker.resolve(RequestId("a"), Refuse())


async def test_two_questions_wait_apart():
    broker = ApprovalBroker()
    asked = asyncio.Barrier(3)
    async with asyncio.TaskGroup() as group:

        def announce(_: ApprovalRequest) -> None:
            group.create_task(asked.wait())

        first = group.create_task(broker.ask(request("a"), announce))
        second = group.create_task(broker.ask(request("b"), announce))
        await asked.wait()
        assert broker.resolve(RequestId("b"), Refuse(reason="no"))
        assert broker.resolve(RequestId("a"), AllowOnce())
    assert (first.result(), second.result()) == (AllowOnce(), Refuse(reason="no"))


async def test_a_cancelled_question_is_gone():
    broker = ApprovalBroker()
    async with asyncio.TaskGroup() as group:
        asked = asyncio.Event()
        task = group.create_task(broker.ask(request("a"), lambda _: asked.set()))
        await asked.wait()
        task.cancel()
    assert task.cancelled()
    assert not broker.resolve(RequestId("a"), AllowOnce())


async def test_an_announcement_that_fails_leaves_nothing_waiting():
    broker = ApprovalBroker()

    def fail(_: ApprovalRequest) -> None:
        raise RuntimeError("no screen")

    with pytest.raises(RuntimeError):
        await broker.ask(request("a"), fail)
    assert not broker.resolve(RequestId("a"), AllowOnce())
