"""The command line: what is asked for, exit codes, and words that say what to do next."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codex_tui import __version__
from codex_tui.cli import main
from tests.servers.openai_wire import serve_in_thread


@pytest.fixture
def work(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_version(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"codex-tui {__version__}\n"


@pytest.mark.parametrize("command", [[], ["exec"], ["exec", "resume"], ["models"], ["config"]])
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    assert "usage: codex-tui" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ([], "exec"),
        (["--demo"], "exec"),
        (["--continue"], "exec resume"),
        (["--resume"], "exec resume"),
        (["resume", "2026"], "exec resume"),
    ],
)
def test_without_a_terminal_the_screen_is_refused_with_a_way_out(work, capsys, words, command):
    assert main(words) == 2
    assert capsys.readouterr().err.endswith(f"use: codex-tui {command} PROMPT\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["exec", "-m", "nonsense", "hi"], "provider/model"),
        (["exec", "-m", "opnai/gpt-6.1-sol", "hi"], "openai"),
        (["exec", "-C", "missing", "hi"], "missing"),
        (["exec", "  "], "prompt is empty"),
        (["exec", "-i", "gone.png", "hi"], "--image: gone.png"),
        (["exec", "resume", "--last", "--image", "gone.png", "hi"], "--image: gone.png"),
        (["exec", "-i", ".", "hi"], "is a directory"),
        (["exec", "resume", "--last", "one", "two"], "--last and a prompt"),
        (["exec", "resume", "one", "two", "three"], "an id (or --last) and a prompt"),
        (["exec", "resume", "20260102-030405-abcd1234"], "no prompt behind the id"),
    ],
)
def test_bad_usage_ends_with_code_2_and_a_message(work, capsys, arguments, words):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_nothing_to_resume_is_said(work, capsys):
    assert main(["exec", "resume", "--last", "go on"]) == 1
    assert "no earlier session" in capsys.readouterr().err


def test_no_model_at_all_is_said_with_a_hint(work, capsys):
    assert main(["exec", "hi"]) == 2
    err = capsys.readouterr().err
    assert "No model is chosen." in err
    assert "ANTHROPIC_API_KEY" in err
    assert "OPENAI_API_KEY" in err


def test_models_lists_every_provider_and_how_to_get_a_key(work, capsys):
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert "anthropic/claude-opus-5-5" in out
    assert "openai/gpt-6.1-sol" in out
    assert "ANTHROPIC_API_KEY" in out
    assert main(["models", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"anthropic/claude-opus-5-5", "demo/walkthrough"} <= {row.get("id") for row in rows}


def test_config_show_says_where_values_come_from_and_never_a_key(work, capsys, monkeypatch):
    monkeypatch.setenv("CODEX_TUI_MAX_STEPS", "7")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-do-not-show")
    assert main(["config", "show"]) == 0
    out = capsys.readouterr().out
    assert "max_steps = 7" in out
    assert "CODEX_TUI_MAX_STEPS" in out
    assert "do-not-show" not in out


def test_a_bad_configuration_line_names_file_line_and_nearest_key(
    work, capsys, isolated_environment
):
    folder = isolated_environment / "config"
    folder.mkdir()
    (folder / "config.toml").write_text('\nmodell = "a/b"\n', encoding="utf-8")
    assert main(["exec", "-m", "demo/walkthrough", "hi"]) == 2
    err = capsys.readouterr().err
    assert "config.toml:2" in err
    assert "model" in err


COMMAND = [sys.executable, "-m", "codex_tui"]
DEMO = ["exec", "-m", "demo/walkthrough"]


def in_shell(line: str, **options) -> subprocess.CompletedProcess[str]:
    """Run the program as `$0` of a shell line, for what only a shell can do to its streams."""
    shell = ["sh", "-c", line.replace("$0", " ".join(COMMAND))]
    return subprocess.run(shell, capture_output=True, text=True, check=False, **options)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments", ["models", "exec -m demo/walkthrough hi", "--version", "usage --help"]
)
def test_a_full_disk_behind_the_output_is_said_in_one_line(work, arguments):
    ended = in_shell(f"$0 {arguments} >/dev/full", env={**os.environ, "PYTHONUNBUFFERED": ""})
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last == "codex-tui: The output cannot be written: No space left on device"
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_the_exit_code_tells_what_standard_error_cannot(work):
    assert in_shell("$0 exec one two 2>/dev/full").returncode == 2
    assert in_shell("$0 exec resume --last hi 2>/dev/full").returncode == 1


def test_a_folder_that_cannot_be_read_is_not_taken_for_the_output(
    work, capsys, isolated_environment
):
    folder = isolated_environment / "state" / "sessions"
    folder.parent.mkdir()
    folder.symlink_to(folder)  # nobody can read it, whatever their rights
    for command in ("usage", "sessions"):
        assert main([command]) == 1
        assert capsys.readouterr().err.startswith(f"codex-tui: {folder} cannot be read: ")


def test_a_file_that_fails_where_nobody_expects_it_is_named(work, capsys, monkeypatch):
    def failing(*_, **__):
        raise OSError(errno.EIO, "Input/output error", "/some/file")

    monkeypatch.setattr("codex_tui.headless.run", failing)
    assert main(["exec", "-m", "demo/walkthrough", "hi"]) == 1
    assert capsys.readouterr().err == "codex-tui: /some/file: Input/output error\n"


def test_a_bug_before_there_is_a_log_shows_its_details_on_the_terminal(work):
    broken = "import codex_tui.config.settings as s; s.load = lambda **_: {}['oh no']"
    start = "from codex_tui.cli import main; raise SystemExit(main(['sessions']))"
    ended = subprocess.run(
        [sys.executable, "-c", f"{broken}; {start}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "KeyError: 'oh no'" in ended.stderr
    assert ended.stderr.endswith("inside codex-tui.\nAbove are the details.\n")


def test_streams_closed_before_the_start_are_no_bug(work):
    assert in_shell("$0 exec -m demo/walkthrough hi >&-").returncode == 0
    ended = in_shell("$0 <&-")
    assert ended.returncode == 2
    assert "needs a terminal" in ended.stderr


def test_a_locale_without_our_characters_and_input_that_is_no_text_are_no_bug(work):
    ended = subprocess.run(
        [*COMMAND, *DEMO, "-"],
        input=b"\xff\xfe what is this",
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )
    assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False)
    ended = in_shell("$0 models", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "demo/walkthrough" in ended.stdout


def test_a_bug_is_one_line_on_the_terminal_and_a_traceback_in_the_log(
    work, capsys, monkeypatch, isolated_environment
):
    def broken(*_, **__):
        raise LookupError("oh no")

    monkeypatch.setattr("codex_tui.headless.run", broken)
    assert main(["exec", "-m", "demo/walkthrough", "hi"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("codex-tui: Something went wrong inside codex-tui.")
    assert "Traceback" not in err
    log = isolated_environment / "state" / "log" / "codex-tui.log"
    assert "LookupError: oh no" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words", [["--last", "hi"], ["hi", "--last"], ["--last", "--mode", "suggest", "hi"]]
)
def test_options_of_resume_may_stand_anywhere(work, capsys, words):
    assert main(["exec", "resume", *words]) == 1
    assert "no earlier session" in capsys.readouterr().err
    assert main(["exec", "resume", "20990101", "--json", "hi"]) == 1
    assert "No session begins with" in capsys.readouterr().err


def feed(monkeypatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_login_checks_a_key_and_keeps_it_and_logout_forgets_it(
    work, capsys, monkeypatch, isolated_environment
):
    kept = isolated_environment / "config" / "credentials.json"
    with serve_in_thread([]) as wire:
        monkeypatch.setenv("OPENAI_BASE_URL", wire.base_url)
        feed(monkeypatch, "wrong-key\n")
        assert main(["login", "openai"]) == 1
        assert not kept.exists()
        feed(monkeypatch, f"{wire.key}\n")
        assert main(["login", "openai"]) == 0
    captured = capsys.readouterr()
    assert "openai is kept" in captured.out
    assert wire.key not in captured.out + captured.err
    assert json.loads(kept.read_text())["openai"]["api_key"] == wire.key
    assert kept.stat().st_mode & 0o777 == 0o600
    assert main(["logout", "openai"]) == 0
    assert main(["logout", "openai"]) == 0
    assert "openai" not in json.loads(kept.read_text())
    assert "No key was kept" in capsys.readouterr().out


def test_login_uses_the_systems_key_store_unless_the_file_is_asked_for(
    work, capsys, monkeypatch, isolated_environment, system_key_store
):
    kept = isolated_environment / "config" / "credentials.json"
    with serve_in_thread([]) as wire:
        monkeypatch.setenv("OPENAI_BASE_URL", wire.base_url)
        feed(monkeypatch, f"{wire.key}\n")
        assert main(["login", "openai"]) == 0
        assert "kept in the system's key store" in capsys.readouterr().out
        assert system_key_store.kept == {("codex-tui", "openai"): wire.key}
        assert wire.key not in kept.read_text()
        feed(monkeypatch, f"{wire.key}\n")
        assert main(["login", "--file", "openai"]) == 0
    assert f"kept in {kept}" in capsys.readouterr().out
    assert system_key_store.kept == {}
    assert main(["logout", "openai"]) == 0
    assert json.loads(kept.read_text()) == {}


def test_a_key_that_cannot_be_checked_is_kept_with_a_remark(work, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    feed(monkeypatch, "some-key\n")
    assert main(["login", "openai"]) == 0
    assert "could not be checked" in capsys.readouterr().out
    feed(monkeypatch, "k\n")
    assert main(["login", "opnai"]) == 2
    assert "openai" in capsys.readouterr().err
