"""Pictures from the command line, from a drop on the terminal and from the model's own reading."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.e2e.wires import ANTHROPIC, Answer, dumped
from tests.e2e.world import READY
from tests.support.pictures import image, jpeg, png

if TYPE_CHECKING:
    from tests.e2e.wires import Vendor
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

GIVEN, DROPPED, READ = image("x", 30, 20), image("x", 31, 20), image("x", 32, 20)


def test_pictures_go_to_the_model_and_only_their_names_to_the_output(
    world: World, vendor: Vendor
) -> None:
    (world.home / "given.png").write_bytes(png(30, 20))
    (world.repo / "read.png").write_bytes(png(32, 20))
    script = [Answer(call=("read_file", {"path": "read.png"})), Answer("Three."), Answer("Four.")]
    with vendor.serve(script) as wire:
        ran = world.run(
            *("exec", "--json", "-i", str(world.home / "given.png"), "-m", wire.ref, "What?"),
            env=wire.env,
        )
        assert ran.returncode == 0, ran.stderr
        assert GIVEN.data in dumped(wire.requests[0])
        assert READ.data in dumped(wire.requests[1])
        assert GIVEN.data not in ran.stdout
        spoken = next(
            event
            for event in map(json.loads, ran.stdout.splitlines())
            if event["type"] == "user_spoke"
        )
        assert spoken["images"] == [f"{world.home}/given.png 30×20"]

        (world.repo / "later.jpg").write_bytes(jpeg(5, 5))
        ran = world.run("exec", "resume", "--last", "And later.jpg?", env=wire.env)
        assert (ran.returncode, ran.stdout) == (0, "Four.\n"), ran.stderr
        assert "image later.jpg 5×5\n" in ran.stderr
        last = dumped(wire.requests[2])
        assert GIVEN.data in last
        assert READ.data in last
        assert "image/jpeg" in last
        assert wire.refusals() == []


def test_a_picture_that_is_none_stops_the_program_before_it_starts(world: World) -> None:
    with ANTHROPIC.serve([]) as wire:
        ran = world.run("exec", "-i", "gone.png", "-m", wire.ref, "What?", env=wire.env)
        assert wire.requests == []
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--image: " in ran.stderr
    assert "gone.png does not exist" in ran.stderr
    assert world.sessions() == []


def test_a_picture_dropped_on_the_terminal_goes_with_the_words(world: World) -> None:
    folder = world.home / "My Shots"
    folder.mkdir()
    (folder / "one.png").write_bytes(png(31, 20))
    (world.home / "given.png").write_bytes(png(30, 20))
    with ANTHROPIC.serve([Answer("Two of them.")]) as wire:
        terminal = world.open("-m", wire.ref, "-i", "given.png", env=wire.env)
        terminal.wait_for((READY, "▫ image given.png 30×20 · with the next message"))
        terminal.type("What is")
        terminal.send(" ")
        terminal.paste(str(folder / "one.png").replace(" ", "\\ "))
        terminal.wait_for("one.png")
        terminal.press("enter")
        terminal.wait_for(("Two of them.", "▫ image given.png 30×20", "one.png 31×20"))
        body = dumped(wire.requests[0])
        assert GIVEN.data in body
        assert DROPPED.data in body
        assert wire.refusals() == []
        assert work.quit_by_command(terminal) == 0
    assert_restored(terminal)
