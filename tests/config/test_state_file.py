from __future__ import annotations

import json
import stat

import pytest

from codex_tui.config.state import MAX_RECENT, State, StateFile
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelRef
from tests.config.home import Home

A, B = ModelRef("x", "a"), ModelRef("y", "b/c")


def write_state(home: Home, text: str):
    home.paths.state.mkdir(parents=True, exist_ok=True)
    home.paths.state_file.write_text(text)


def test_nothing_is_remembered_at_first(home: Home):
    file = StateFile(home.paths)
    assert file.state == State()
    assert file.notices == ()


def test_choice_survives_a_start(home: Home):
    StateFile(home.paths).remember_model(A, Effort.HIGH)
    StateFile(home.paths).remember_model(B, None)
    assert StateFile(home.paths).state == State(model=B, effort=None, recent=(B, A))
    assert stat.S_IMODE(home.paths.state_file.stat().st_mode) == 0o600


def test_recents_are_bounded_and_each_stands_once(home: Home):
    file = StateFile(home.paths)
    refs = [ModelRef("p", f"m{n}") for n in range(MAX_RECENT + 3)]
    for ref in (*refs, refs[-2]):
        file.remember_model(ref, None)
    assert len(file.state.recent) == MAX_RECENT
    assert file.state.recent[:3] == (refs[-2], refs[-1], refs[-3])


def test_favourites_come_and_go(home: Home):
    file = StateFile(home.paths)
    file.toggle_favourite(A)
    file.toggle_favourite(B)
    file.toggle_favourite(A)
    assert StateFile(home.paths).state.favourites == (B,)


def test_two_processes_do_not_forget_each_others_choices(home: Home):
    first, second = StateFile(home.paths), StateFile(home.paths)
    first.remember_model(A, None)
    second.toggle_favourite(B)
    assert StateFile(home.paths).state == State(model=A, recent=(A,), favourites=(B,))


def test_fields_of_a_newer_version_survive(home: Home):
    write_state(home, '{"model": "x/a", "tomorrow": [1]}')
    StateFile(home.paths).remember_model(B, None)
    assert json.loads(home.paths.state_file.read_text())["tomorrow"] == [1]


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00" * 40, "[" * 100_000])
def test_damaged_file_is_kept_aside_and_told(home: Home, text: str):
    write_state(home, text)
    file = StateFile(home.paths)
    aside = home.paths.state / "state.json.bad"
    assert file.state == State()
    assert file.notices == (
        f"{home.paths.state_file} was damaged and is not used; it is kept as {aside}.",
    )
    assert aside.read_text() == text
    file.remember_model(A, None)
    assert StateFile(home.paths).state.model == A


@pytest.mark.parametrize(
    "content",
    [
        {"model": 5, "effort": "much", "recent": "x/a", "favourites": [1, "noslash"]},
        {"model": None, "effort": None, "recent": None},
        {},
    ],
)
def test_odd_values_are_passed_over(home: Home, content: object):
    write_state(home, json.dumps(content))
    file = StateFile(home.paths)
    assert file.state == State()
    assert file.notices == ()


def test_refusing_disk_is_told_and_the_choice_holds(home: Home):
    home.paths.state.write_text("in the way")
    file = StateFile(home.paths)
    with pytest.raises(ConfigError, match="The choice holds until codex-tui is left"):
        file.remember_model(A, Effort.LOW)
    assert file.state.model == A
