from __future__ import annotations

import logging
import stat
import warnings
from collections.abc import Iterator

import pytest

from codex_tui.config.logs import MAX_LOG_BYTES, set_up_logging
from tests.config.home import Home

log = logging.getLogger("codex_tui.some.module")


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), logging.getLogger("codex_tui").level
    yield
    for handler in [each for each in root.handlers if each not in before]:
        root.removeHandler(handler)
        handler.close()
    logging.getLogger("codex_tui").setLevel(level)
    logging.captureWarnings(capture=False)


def text_of(home: Home) -> str:
    return home.paths.log_file.read_text(encoding="utf-8")


def test_lines_go_to_a_private_file_and_not_to_the_terminal(
    home: Home, capfd: pytest.CaptureFixture[str]
):
    assert set_up_logging(home.paths, ()) is None
    log.info("hello %s", "there")
    logging.getLogger("vendor").warning("careful")
    logging.getLogger("vendor").info("chatter")
    assert "INFO codex_tui.some.module: hello there\n" in text_of(home)
    assert "WARNING vendor: careful\n" in text_of(home)
    assert "chatter" not in text_of(home)
    assert stat.S_IMODE(home.paths.log_file.stat().st_mode) == 0o600
    assert capfd.readouterr() == ("", "")


def test_keys_are_taken_out_also_of_tracebacks(home: Home):
    known: set[str] = set()
    set_up_logging(home.paths, known)
    known.add("open-sesame")
    try:
        raise ValueError("refused: open-sesame and sk-ant-api03-abcdefgh")
    except ValueError:
        log.exception("failed with %s", "open-sesame")
    text = text_of(home)
    assert "ValueError: refused: [redacted] and [redacted]" in text
    assert "sesame" not in text
    assert "sk-ant" not in text


def test_control_characters_are_made_visible(home: Home):
    set_up_logging(home.paths, ())
    log.warning("a\x1b[2J\x9b\x07b\x00 ünïcode \ud800")
    assert r"a\x1b[2J\x9b\x07b\x00 ünïcode \ud800" in text_of(home)


def test_warnings_go_to_the_file(home: Home, capfd: pytest.CaptureFixture[str]):
    set_up_logging(home.paths, ())
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old fashioned", stacklevel=1)
    assert "old fashioned" in text_of(home)
    assert capfd.readouterr().err == ""


def test_second_call_replaces_the_first(home: Home):
    set_up_logging(home.paths, ())
    set_up_logging(home.paths, ())
    log.warning("once")
    assert text_of(home).count("once") == 1


def test_file_rotates_and_old_ones_are_private_too(home: Home):
    set_up_logging(home.paths, ())
    for _ in range(5):
        log.warning("x" * (MAX_LOG_BYTES - 1000))
    folder = home.paths.log_file.parent
    names = sorted(each.name for each in folder.iterdir())
    assert names == ["codex-tui.log", "codex-tui.log.1", "codex-tui.log.2"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_place_that_cannot_be_written_is_told_and_the_program_goes_on(
    home: Home, capfd: pytest.CaptureFixture[str]
):
    home.paths.state.write_text("in the way")
    notice = set_up_logging(home.paths, ())
    assert notice is not None
    assert notice.startswith(f"{home.paths.log_file}: cannot be written, nothing is logged: ")
    log.warning("into the void")
    assert capfd.readouterr() == ("", "")


def test_disk_that_fails_later_does_not_reach_the_terminal(
    home: Home, capfd: pytest.CaptureFixture[str]
):
    home.paths.log_file.parent.mkdir(parents=True)
    home.paths.log_file.symlink_to("/dev/full")
    assert set_up_logging(home.paths, ()) is None
    log.warning("no room")
    assert capfd.readouterr() == ("", "")
