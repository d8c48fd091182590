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


def test_damaged_lines_are_passed_over(home: Home):
    history = History(home.paths)
    history.add("good")
    with home.paths.history_file.open("ab") as file:
        file.write(b'\xff\xfe\n\x00\x00\n[1]\n"x"\n{"text": 5}\n{"text": "half\n')
    history.add("also good")
    assert history.load() == ["good", "also good"]


def test_wide_permissions_are_taken_back(home: Home):
    history = History(home.paths)
    history.add("a")
    home.paths.history_file.chmod(0o644)
    history.add("b")
    assert stat.S_IMODE(home.paths.history_file.stat().st_mode) == 0o600
