"""`/effort` on the main screen: at any time, also while a turn runs."""

from __future__ import annotations

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.scripted import Reply
from tests.ui.support import CONFIG, Desk, says

ONE = ModelRef("alpha", "one")
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


async def test_an_effort_set_while_another_model_stands_in_is_the_choices_own(tmp_path):
    config = f"""auto_fallback = true
fallbacks = ["beta/three"]
max_retries = 0
{CONFIG}
[models."alpha/one"]
effort = "low"
"""
    overloaded = ProviderError(
        "Busy.", kind=ProviderErrorKind.OVERLOADED, provider="alpha", retryable=True
    )
    desk = Desk(tmp_path, [Reply(error=overloaded), says("Two."), says("Three.")], config=config)
    async with desk.running() as pilot:
        await desk.ask(pilot, "first")
        assert "beta/three" in desk.status
        await desk.send(pilot, "/effort max")
        assert desk.session.models.choice == (ONE, Effort.MAX)
        assert desk.toasts[-1] == "Effort is max."
        assert desk.memory.recent_models[0] == ONE
        await desk.ask(pilot, "second")
        assert [request.effort for request in desk.requests] == ["low", None, None]
    later = Desk(tmp_path, [], config=config, go_on=True)
    async with later.running() as pilot:
        assert (later.session.model.ref, later.session.effort) == (ONE, Effort.MAX)


async def test_a_new_conversation_begins_with_the_choice_not_with_what_stands_in_for_it(tmp_path):
    config = f'auto_fallback = true\nfallbacks = ["beta/three"]\nmax_retries = 0\n{CONFIG}'
    overloaded = ProviderError(
        "Busy.", kind=ProviderErrorKind.OVERLOADED, provider="alpha", retryable=True
    )
    desk = Desk(tmp_path, [Reply(error=overloaded), says("Two.")], config=config)
    async with desk.running() as pilot:
        await desk.ask(pilot, "first")
        assert "beta/three" in desk.status
        await desk.send(pilot, "/clear")
        await desk.settle(pilot, lambda: "alpha/one" in desk.status)
        assert desk.session.models.choice == (ONE, None)
