"""`/effort` on the main screen: at any time, also while a turn runs."""

from __future__ import annotations

from tests.ui.support import CONFIG, Desk, says

TAKES_EFFORTS = f'{CONFIG}\n[models."*/*"]\neffort = "low"\n'


async def test_effort_is_set_for_the_next_call_and_remembered(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Two.")], config=TAKES_EFFORTS)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: "effort low" in desk.status)
        await desk.ask(pilot, "first")
        await desk.send(pilot, "/effort xhigh")
        await desk.settle(pilot, lambda: "effort xhigh" in desk.status)
        assert desk.toasts == ["Effort is xhigh."]
        await desk.ask(pilot, "second")
        assert [request.effort for request in desk.requests] == ["low", "xhigh"]


async def test_effort_without_a_word_says_what_the_model_takes(tmp_path):
    desk = Desk(tmp_path, config=TAKES_EFFORTS)
    async with desk.running() as pilot:
        await desk.send(pilot, "/effort")
        await desk.settle(pilot, lambda: "effort low;" in desk.text)
        assert "takes off, minimal, low, medium, high, xhigh, max." in " ".join(desk.text.split())


async def test_effort_for_a_model_that_takes_none_says_so_and_keeps_the_words(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.send(pilot, "/effort high")
        await desk.settle(pilot, lambda: "is not known to take an effort" in desk.text)
        assert desk.draft == "/effort high"
