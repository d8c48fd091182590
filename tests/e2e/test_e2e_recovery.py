"""Going on when something is in the way, in a real terminal: a model that is out of reach, a kill
while the last turn runs again, a conversation that has become too long, a budget that is used up.
"""

from __future__ import annotations

import contextlib
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.e2e.wires import ANTHROPIC, OPENAI, VENDORS, Answer, dumped
from tests.servers.loopback import Plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.e2e.wires import Scripted, Vendor, Wire
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

OVERLOADED = Plain.of_json({"error": {"type": "overloaded_error", "message": "Busy."}}, status=503)
PAIRS = pytest.mark.parametrize(
    ("failing", "other"),
    [(ANTHROPIC, OPENAI), (OPENAI, ANTHROPIC)],
    ids=lambda each: each.name,
)
LONG = Answer("\n\n".join(f"Paragraph {number}. " + "Many words. " * 20 for number in range(40)))
SUMMARY = Answer("The user asked for long stories and got them.")


@contextlib.contextmanager
def served(
    scripts: Sequence[tuple[Vendor, Sequence[Scripted]]],
) -> Iterator[tuple[list[Wire], Mapping[str, str]]]:
    """Run several vendors' servers; gives them and the environment that names them all."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(vendor.serve(script)) for vendor, script in scripts]
        env: dict[str, str] = {}
        for wire in wires:
            env |= wire.env
        yield wires, env


@PAIRS
def test_one_key_has_another_vendors_model_go_on_in_the_middle_of_the_work(
    world: World, failing: Vendor, other: Vendor
) -> None:
    world.configure(f'fallbacks = ["{other.ref}"]\n')
    with served([(failing, [work.LOOK, OVERLOADED]), (other, [work.CLOSE])]) as (wires, env):
        terminal = world.open("-m", failing.ref, env=env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for(("waiting for your decision", "Ctrl+S other model  Ctrl+L models"))
        terminal.paste("and words for later")
        terminal.wait_for("❯ and words for later")
        terminal.press("ctrl+s")
        shown = terminal.wait_for((work.CLOSING, f"{other.ref} ▾", "❯ and words for later"))
        assert f"{failing.ref} rests for" in " ".join(shown.split())
        assert [wire.refusals() for wire in wires] == [[], []]
        assert work.PROMPT in dumped(wires[1].requests[-1])
        assert "EXIT_USAGE" in wires[1].tool_results()[-1]
        terminal.press("ctrl+c")
        assert work.quit_by_command(terminal) == 0
        assert_restored(terminal)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda each: each.name)
def test_an_answer_that_breaks_off_is_gone_on_with_and_is_marked_there_from_then_on(
    world: World, vendor: Vendor
) -> None:
    half, rest = "The first half of the answer,", "and the second half of it."
    script = [work.broken_off(Answer(half, thinking="Hm.")), Answer(rest), work.CLOSE]
    with vendor.serve(script) as wire:
        env = {**wire.env, "CODEX_TUI_MAX_RETRIES": "5"}
        terminal = world.open("-m", wire.ref, env=env)
        work.ask(terminal, "The only question")
        shown = terminal.wait_for((half, "from here: attempt 2 of 6.", rest))
        assert shown.index(half) < shown.index("attempt 2 of 6.") < shown.index(rest)
        assert half in dumped(wire.requests[1])
        assert work.quit_by_command(terminal) == 0

        again = world.open("--continue", env=env)
        shown = again.wait_for((half, "The answer broke off here", rest))
        assert shown.index(half) < shown.index("broke off here") < shown.index(rest)
        work.ask(again, "Go on.")
        again.wait_for(work.CLOSING)
        assert wire.refusals() == []
        assert work.quit_by_command(again) == 0
        assert_restored(again)


def test_a_kill_while_the_last_turn_runs_again_leaves_its_branch_on_the_screen(
    world: World,
) -> None:
    first, second = Answer("The first answer."), Answer("Another answer, and no end to it.")
    script = [(OPENAI, [first]), (ANTHROPIC, [work.stalled(second), work.CLOSE])]
    with served(script) as (wires, env):
        terminal = world.open("-m", OPENAI.ref, env=env)
        work.ask(terminal, "The only question")
        terminal.wait_for("The first answer.")
        work.ask(terminal, f"/retry {ANTHROPIC.ref}")
        shown = terminal.wait_for(("Branch 2: the last turn again", "Another answer"))
        assert "The first answer." not in shown
        terminal.signal(signal.SIGKILL)
        assert terminal.exit_code() == -signal.SIGKILL

        again = world.open("--continue", env=env)
        shown = again.wait_for(("The only question", "This turn was interrupted."))
        assert "The first answer." not in shown
        assert f"{ANTHROPIC.ref} ▾" in shown
        work.ask(again, "Go on.")
        again.wait_for(work.CLOSING)
        assert "The first answer." not in dumped(wires[1].requests[-1])
        work.ask(again, "/branches 1")
        shown = again.wait_for(("The first answer.", "This is branch 1 of 2."))
        assert work.CLOSING not in shown
        assert [wire.refusals() for wire in wires] == [[], []]
        assert work.quit_by_command(again) == 0


def test_a_conversation_that_was_compacted_by_itself_is_gone_on_with_as_it_is_read(
    world: World,
) -> None:
    world.configure("compact_at = 3000\n")
    with OPENAI.serve([LONG, SUMMARY, work.CLOSE, Answer("Still here.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Tell me a long story")
        terminal.wait_for("Paragraph 39.")
        work.ask(terminal, "And what was it about?")
        terminal.wait_for(("Conversation compacted:", work.CLOSING))
        sent = dumped(wire.requests[-1])
        assert "Tell me a long story" in sent
        assert "got them" in sent
        assert "Paragraph 5." not in sent
        assert work.quit_by_command(terminal) == 0

        again = world.open("--continue", env=wire.env)
        again.wait_for(("Conversation compacted:", work.CLOSING))
        work.ask(again, "Are you still there?")
        again.wait_for("Still here.")
        sent = dumped(wire.requests[-1])
        assert "got them" in sent
        assert "Paragraph 5." not in sent
        assert wire.refusals() == []
        assert work.quit_by_command(again) == 0


def test_a_budget_that_is_used_up_stops_the_work_until_the_user_says_go_on(
    world: World,
) -> None:
    world.configure("budget_tokens = 10\n")
    with ANTHROPIC.serve([work.LOOK, work.CLOSE, Answer("Once more.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for(("10 tokens used up", "y go on"))
        assert len(wire.requests) == 1
        work.press_in_review(terminal, "y", re.compile(re.escape(work.CLOSING)))
        assert len(wire.requests) == 2
        work.ask(terminal, "And again")
        terminal.wait_for(("10 tokens used up", "y go on"))
        work.press_in_review(terminal, "n", re.compile(r"Stopped: the budget is used up"))
        assert len(wire.requests) == 2
        work.ask(terminal, "/budget off")
        terminal.wait_for("nothing stops this session")
        work.ask(terminal, "And once more")
        terminal.wait_for("Once more.")
        assert wire.refusals() == []
        assert work.quit_by_command(terminal) == 0
        assert_restored(terminal)
