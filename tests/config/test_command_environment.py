from __future__ import annotations

import pytest

from codex_tui.config.command_environment import command_environment

PLAIN = {
    "PATH": "/usr/bin",
    "HOME": "/home/ada",
    "LANG": "de_DE.UTF-8",
    "LC_ALL": "C",
    "TZ": "UTC",
    "VIRTUAL_ENV": "/home/ada/venv",
    "HTTPS_PROXY": "http://proxy:3128",
}


def test_ordinary_variables_pass() -> None:
    assert command_environment((), (), PLAIN) == PLAIN


@pytest.mark.parametrize(
    "name",
    [
        *("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "WORK_LLM_KEY", "GITHUB_TOKEN", "AWS_SECRET"),
        *("DB_PASSWORD", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DOCKER_HOST", "LD_PRELOAD"),
        *("PYTHONPATH", "BASH_ENV", "ENV", "PROMPT_COMMAND", "GIT_DIR", "CODEX_TUI_MODEL"),
        *("LC_API_KEY", "LC_MY_TOKEN", "LC_PASSWORD", "XDG_RUNTIME_DIR", "TMPDIR", "TERM"),
    ],
)
def test_keys_sockets_and_hooks_stay_behind(name: str) -> None:
    assert command_environment((), (), {**PLAIN, name: "x"}) == PLAIN


@pytest.mark.parametrize(
    "value",
    [
        "http://ada:pass@proxy:3128",
        "sk-ant-api03-aaaaaaaaaaaaaaaa",
        "prefix-the-known-key-suffix",
    ],
)
def test_a_value_that_holds_a_secret_stays_behind(value: str) -> None:
    given = {**PLAIN, "HTTPS_PROXY": value}
    assert "HTTPS_PROXY" not in command_environment(["the-known-key"], (), given)


def test_a_variable_that_is_configured_to_hold_a_key_stays_behind() -> None:
    assert "GOPROXY" not in command_environment((), {"GOPROXY"}, {**PLAIN, "GOPROXY": "k"})


def test_it_reads_the_process_environment_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_CODEX", "there")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    found = command_environment((), ())
    assert found["LC_CODEX"] == "there"
    assert "OPENAI_API_KEY" not in found
