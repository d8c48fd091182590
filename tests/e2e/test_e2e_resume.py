"""Going on with earlier sessions in a real terminal: after a crash, on a full disk."""

from __future__ import annotations

import re
import resource
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.e2e.wires import OPENAI, Answer, dumped

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e


def test_a_turn_that_was_killed_is_chosen_from_the_list_marked_and_gone_on_with(
    world: World,
) -> None:
    with work.killed_in_the_second_turn(world, OPENAI) as wire:
        again = world.open(command=["resume"], env=wire.env)
        again.wait_for(("type to filter sessions", "The first question", "2 turns", "interrupted"))
        again.wait_for("› just now")
        again.press("enter")
        shown = again.wait_for(("The second question", "This turn was interrupted.", "go on"))
        assert shown.index("The second question") < shown.index("This turn was interrupted.")
        assert re.search(r"read_file protocol/errors.py — \d+ lines", shown)
        work.ask(again, "The third question")
        again.wait_for(work.CLOSING)
        assert wire.refusals() == []
        assert "The second question" in dumped(wire.requests[-1])
        assert len(world.sessions()) == 1
        assert work.quit_by_command(again) == 0
        assert_restored(again)


def test_a_full_disk_is_told_once_and_all_is_kept_when_there_is_room(world: World) -> None:
    if not hasattr(resource, "prlimit"):
        pytest.skip("this system cannot limit the files of a process that runs")
    long = Answer("A long answer. " + "words " * 2_000)
    with OPENAI.serve(
        [Answer("The first answer."), long, Answer("Still here."), work.CLOSE]
    ) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env, columns=120, rows=40)
        work.ask(terminal, "The first question")
        terminal.wait_for("The first answer.")
        (path,) = world.sessions()
        _limit(terminal.process.pid, path.stat().st_size + 100)
        work.ask(terminal, "The second question")
        terminal.wait_for("words words")
        work.ask(terminal, "The third question")
        terminal.wait_for("Still here.")
        raw = terminal.raw.decode("utf-8", "replace")
        assert "cannot be written" in raw
        assert "The second question" not in path.read_text(encoding="utf-8")
        _limit(terminal.process.pid, resource.RLIM_INFINITY)
        work.ask(terminal, "The fourth question")
        terminal.wait_for(work.CLOSING)
        assert work.quit_by_command(terminal) == 0
        kept = path.read_text(encoding="utf-8")
        places = [kept.index(f"The {each} question") for each in ("second", "third", "fourth")]
        assert places == sorted(places)


def _limit(process: int, size_bytes: int) -> None:
    """Let no file of a process grow beyond `size_bytes`, as a full disk would not."""
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))
