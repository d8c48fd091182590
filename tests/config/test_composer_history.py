from __future__ import annotations

import stat

import pytest

from codex_tui.config.history import MAX_ENTRIES, MAX_ENTRY_CHARS, History
from tests.config.home import Home


def test_nothing_at_first(home: Home):
    assert History(home.paths).load() == []


def test_entries_come_back_in_order_exactly(home: Home):
    entries = ["first", "two\nlines\r\n", "ünïcode \u2028 \x1b[2J", "\ud800 lone"]
    for entry in entries:
        assert History(home.paths).add(entry)
    assert History(home.paths).load() == entries
    assert stat.S_IMODE(home.paths.history_file.stat().st_mode) == 0o600


def test_only_the_last_are_loaded(home: Home):
    history = History(home.paths)
    for number in range(MAX_ENTRIES + 5):
        history.add(f"entry {number}")
    loaded = history.load()
    assert len(loaded) == MAX_ENTRIES
    assert (loaded[0], loaded[-1]) == ("entry 5", f"entry {MAX_ENTRIES + 4}")


@pytest.mark.parametrize(
    "text", ["", " \n", "use sk-ant-api03-abcdefgh please", "x" * (MAX_ENTRY_CHARS + 1)]
)
def test_some_texts_are_not_kept(home: Home, text: str):
    assert not History(home.paths).add(text)
    assert not home.paths.history_file.exists()


def test_damaged_lines_are_left_out_once_and_kept_aside(home: Home):
    history = History(home.paths)
    history.add("good")
    with home.paths.history_file.open("ab") as file:
        file.write(b'\xff\xfe\n\x00\x00\n[1]\n"x"\n{"text": 5}\n{"text": "half\n')
    history.add("also good")
    damaged = home.paths.history_file.read_bytes()
    aside = home.paths.history_file.with_name("history.jsonl.bad")
    assert history.load() == ["good", "also good"]
    (notice,) = history.notices
    assert "6 damaged lines" in notice
    assert str(aside) in notice
    assert aside.read_bytes() == damaged
    again = History(home.paths)
    again.add("newer")
    assert again.load() == ["good", "also good", "newer"]
    assert again.notices == ()


def test_garbage_all_through_is_kept_aside(home: Home):
    home.paths.history_file.parent.mkdir(parents=True, exist_ok=True)
    home.paths.history_file.write_bytes(b"\x00\xff garbage")
    history = History(home.paths)
    assert history.load() == []
    assert "1 damaged line left out" in history.notices[0]
    assert stat.S_IMODE(home.paths.history_file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_replaced_is_said_to_be_damaged(home: Home):
    folder = home.paths.history_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    home.paths.history_file.write_bytes(b"garbage\n")
    home.paths.history_file.with_name("history.jsonl.bad").mkdir()
    history = History(home.paths)
    assert history.load() == []
    assert "cannot be replaced" in history.notices[0]
    assert home.paths.history_file.read_bytes() == b"garbage\n"


def test_the_end_of_a_long_file_and_lines_of_a_later_version_are_no_damage(home: Home):
    history = History(home.paths)
    for _ in range(60):
        history.add("x" * 90_000)
    with home.paths.history_file.open("ab") as file:
        file.write(b'\n{"words": 5}\n')
    history.add("last")
    assert history.load()[-1] == "last"
    assert history.notices == ()


def test_wide_permissions_are_taken_back(home: Home):
    history = History(home.paths)
    history.add("a")
    home.paths.history_file.chmod(0o644)
    history.add("b")
    assert stat.S_IMODE(home.paths.history_file.stat().st_mode) == 0o600
