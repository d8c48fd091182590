from __future__ import annotations

from pathlib import Path

import pytest

from codex_tui.config.paths import expand_home, find_paths
from codex_tui.protocol.errors import ConfigError


def test_one_variable_moves_everything_into_one_folder(tmp_path: Path):
    paths = find_paths({"CODEX_TUI_HOME": str(tmp_path)})
    assert paths.config_file == tmp_path / "config" / "config.toml"
    assert paths.credentials_file == tmp_path / "config" / "credentials.json"
    assert paths.sessions_dir == tmp_path / "state" / "sessions"
    assert paths.state_file == tmp_path / "state" / "state.json"
    assert paths.log_file == tmp_path / "state" / "log" / "codex-tui.log"
    assert paths.history_file == tmp_path / "state" / "history.jsonl"
    assert paths.drafts_dir == tmp_path / "state" / "drafts"
    assert paths.cache == tmp_path / "cache"


def test_finding_paths_creates_nothing(tmp_path: Path):
    find_paths({"CODEX_TUI_HOME": str(tmp_path / "new")})
    assert not (tmp_path / "new").exists()


def test_without_the_variable_the_platform_decides():
    paths = find_paths({})
    assert paths.config.name == "codex-tui"
    assert paths.config.is_absolute()


def test_blank_home_counts_as_not_set():
    assert find_paths({"CODEX_TUI_HOME": "  "}) == find_paths({})


def test_home_may_begin_with_a_tilde():
    assert find_paths({"CODEX_TUI_HOME": "~/x"}).config == Path.home() / "x" / "config"


@pytest.mark.parametrize("value", ["here", "./here", "~nobody-of-that-name/x"])
def test_relative_home_is_refused(value: str):
    with pytest.raises(ConfigError) as caught:
        find_paths({"CODEX_TUI_HOME": value})
    assert str(caught.value) == (
        f"environment variable CODEX_TUI_HOME: {value!r} is not an absolute path\n"
        "Give the whole path, or begin it with ~."
    )


def test_unknown_user_stays_as_written():
    assert expand_home("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")
