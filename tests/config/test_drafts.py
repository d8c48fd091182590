from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codex_tui.config.drafts import Drafts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.config.home import Home

TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def folder(home: Home) -> Path:
    return home.paths.drafts_dir


def kept(folder: Path) -> list[str]:
    return sorted(path.read_text(encoding="utf-8") for path in folder.glob("*.txt"))


def next_start(folder: Path) -> str:
    """What the next start finds; it leaves it where it is."""
    drafts = Drafts(folder)
    found = drafts.take()
    drafts.leave(found)
    return found


def test_a_draft_that_was_left_is_there_at_the_next_start_for_the_user_alone(folder: Path) -> None:
    assert Drafts(folder).take() == ""
    Drafts(folder).leave("half a thou\nght")
    (file,) = folder.glob("*.txt")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert next_start(folder) == "half a thou\nght"
    assert next_start(folder) == "half a thou\nght"


def test_what_was_sent_is_gone_with_all_its_files(folder: Path) -> None:
    drafts = Drafts(folder)
    drafts.keep("words")
    drafts.keep("words and more")
    assert kept(folder) == ["words and more"]
    drafts.keep(" \n")
    assert list(folder.iterdir()) == []
    drafts.keep("new words")
    assert kept(folder) == ["new words"]
    drafts.leave("")
    assert list(folder.iterdir()) == []


def test_a_draft_that_is_being_written_belongs_to_its_writer(folder: Path) -> None:
    writer, other = Drafts(folder), Drafts(folder)
    writer.keep("mine")
    assert other.take() == ""
    other.keep("of another window")
    assert kept(folder) == ["mine", "of another window"]
    writer.leave("mine")
    other.leave("of another window")
    assert next_start(folder) == "of another window"


def test_of_several_left_the_newest_comes_first_and_none_is_lost(folder: Path) -> None:
    for age_s, text in ((30, "old"), (10, "new"), (20, "middle")):
        drafts = Drafts(folder)
        drafts.keep(text)
        (file,) = (path for path in folder.glob("*.txt") if path.read_text() == text)
        os.utime(file, (1_000_000_000 - age_s, 1_000_000_000 - age_s))
        drafts._release()
    found: list[str] = []
    for _ in range(3):
        drafts = Drafts(folder)
        found.append(drafts.take())
        drafts.leave("")
    assert found == ["new", "middle", "old"]


def test_a_writer_that_was_killed_leaves_its_draft(folder: Path) -> None:
    code = (
        "import pathlib, sys; from codex_tui.config.drafts import Drafts;"
        "Drafts(pathlib.Path(sys.argv[1])).keep('half a thought'); print('kept', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "kept\n"
        assert Drafts(folder).take() == ""
        writer.kill()
        writer.wait()
        assert Drafts(folder).take() == "half a thought"


def test_a_write_that_comes_after_leaving_changes_nothing(folder: Path) -> None:
    drafts = Drafts(folder)
    drafts.keep("wor")
    drafts.leave("words")
    drafts.keep("wor")
    assert kept(folder) == ["words"]
    assert next_start(folder) == "words"


def test_a_secret_draft_replaces_the_old_one_by_nothing(folder: Path) -> None:
    drafts = Drafts(folder)
    drafts.keep("before")
    drafts.keep(f"key: {TOKEN}")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("at", [10, 31_990, 32_000, 100_000, 200_000])
def test_a_secret_is_found_wherever_it_stands_in_a_huge_draft(folder: Path, at: int) -> None:
    words = "words " * 40_000
    drafts = Drafts(folder)
    drafts.keep(f"{words[:at]} {TOKEN} {words[at:]}")
    assert kept(folder) == []
    drafts.keep(words)
    assert kept(folder) == [words]


def test_a_lone_surrogate_is_kept_as_far_as_possible(folder: Path) -> None:
    Drafts(folder).leave("a\ud800b")
    assert next_start(folder) == "a?b"


def test_a_disk_that_refuses_says_so_and_the_draft_before_stays(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        Drafts(folder).keep("words")
    assert Drafts(folder).take() == ""
