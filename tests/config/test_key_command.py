"""Commands that print a key: what they get, what they may print, how they fail."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import psutil
import pytest

from codex_tui.config.key_command import KeyCommand, KeyCommands
from codex_tui.protocol.errors import ConfigError
from codex_tui.sandbox.unconfined import Unconfined

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "OPENAI_API_KEY": "hush-vendor",
    "COPY": "it is hush-known-1 too",
    "SSH_AUTH_SOCK": "/run/agent",
}


def run(command: KeyCommand, *, env: dict[str, str] = ENV, time_limit_s: float = 20) -> str:
    return KeyCommands(Unconfined(), env, time_limit_s=time_limit_s).run(
        "mine", command, secrets={"hush-known-1", "x"}, key_variables={"OPENAI_API_KEY"}
    )


def refusal(command: KeyCommand, *, env: dict[str, str] = ENV, time_limit_s: float = 20) -> str:
    with pytest.raises(ConfigError) as caught:
        run(command, env=env, time_limit_s=time_limit_s)
    assert "hush" not in str(caught.value)
    return str(caught.value)


def script(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "get-key"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def test_one_text_is_for_the_shell_and_a_list_for_nobody():
    assert run("printf ' %s \\n' k-$((40 + 2)); true") == "k-42"
    assert run(("printf", "%s", "$HOME")) == "$HOME"


def test_it_gets_the_users_environment_without_keys(tmp_path: Path):
    file = script(tmp_path, 'echo "$SSH_AUTH_SOCK,$OPENAI_API_KEY,$COPY,$HOME"')
    assert run((str(file),)) == f"/run/agent,,,{ENV['HOME']}"


def test_it_starts_at_home_without_input():
    assert run("pwd -P") == str(Path.home().resolve())
    assert refusal("read line || exit 7").startswith("the api_key_command of mine failed (exit 7)")


def test_the_folder_one_stands_in_cannot_supply_the_program(tmp_path, monkeypatch):
    script(tmp_path / "bin", "echo k-own")
    script(tmp_path / "project", "echo k-foreign")
    monkeypatch.chdir(tmp_path / "project")
    path = f".::project:{tmp_path / 'bin'}"
    assert run(("get-key",), env={"PATH": path}) == "k-own"
    assert run("get-key", env={"PATH": path}) == "k-own"
    words = refusal(("./get-key",), env={"PATH": path})
    assert "./get-key must be a name, a whole path or begin with ~" in words


def test_failure_names_exit_code_and_first_line_without_secrets():
    words = refusal(
        "echo 'no session for sk-ant-api03-hush-123456\x1b[2J' >&2; echo more >&2; exit 3"
    )
    assert words.splitlines() == [
        "the api_key_command of mine failed (exit 3): no session for [redacted]␛[2J",
        "Run it by hand to see more: echo 'no session for [redacted]␛[2J' >&2; echo more >&2;"
        " exit 3",
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("true", "printed nothing"),
        ("echo hu''sh; echo hu''sh", "printed 2 lines; a key is one"),
        ("exit 4", "failed (exit 4) and said nothing"),
        ("kill -9 $$", "failed (killed by signal 9) and said nothing"),
        ("yes hu''sh", "printed far more than a key"),
        (("no-such-program-here",), "cannot be run: there is no program no-such-program-here"),
    ],
)
def test_what_is_no_key_is_named(command: KeyCommand, words: str):
    assert refusal(command).splitlines()[0] == f"the api_key_command of mine {words}"


def test_one_that_hangs_is_ended_with_all_it_started():
    nap = f"sleep 7{os.getpid()}"
    words = refusal(f"{nap} & {nap}", time_limit_s=0.5)
    assert "took longer than 0.5 s and was ended" in words
    assert not [
        each
        for each in psutil.process_iter(["cmdline", "status"])
        if " ".join(each.info["cmdline"] or ()) == nap
        and each.info["status"] != psutil.STATUS_ZOMBIE
    ]


def test_stopping_the_programs_ends_the_wait(tmp_path: Path):
    programs, fifo = Unconfined(), tmp_path / "started"
    os.mkfifo(fifo)
    faults: list[str] = []

    def fetch() -> None:
        try:
            KeyCommands(programs, ENV).run(
                "mine", f"echo > '{fifo}'; sleep 60", secrets=(), key_variables=()
            )
        except ConfigError as error:
            faults.append(error.message)

    thread = threading.Thread(target=fetch)
    thread.start()
    fifo.read_text()  # waits for the command
    programs.stop()
    thread.join()
    assert faults == ["the api_key_command of mine failed (killed by signal 9) and said nothing"]
