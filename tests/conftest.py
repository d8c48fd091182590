"""Shields every test from the machine it runs on: its keys, settings, terminal and clock."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.support import key_store, small_weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.key_store import MemoryStore

# Names, and beginnings of names, that the program, the SDKs or the screen listen to.
_FOREIGN = (
    *("CODEX_TUI_", "CODEX_DEFAULT_", "OPENAI_", "ANTHROPIC_", "CLAUDE_", "AZURE_OPENAI_"),
    *("AWS_", "CLOUD_ML_", "CLOUDSDK_"),
    *("OPENROUTER_", "DEEPSEEK_", "MISTRAL_", "GEMINI_", "GOOGLE_", "GROQ_", "XAI_"),
    *("NO_COLOR", "FORCE_COLOR", "COLORFGBG", "TEXTUAL", "COLUMNS", "LINES"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)
_SNAPSHOT_PLUGIN = "TEXTUAL_SNAPSHOT_"


@pytest.fixture(scope="session", autouse=True)
def utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def isolated_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Remove what the user's environment says; returns the program's home for this test."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) and not name.startswith(_SNAPSHOT_PLUGIN):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("codex-tui-home")
    monkeypatch.setenv("CODEX_TUI_HOME", str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    # Child processes read the variable; this process has read it already, as the snapshot plugin
    # imports textual before any test file.
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    return home


@pytest.fixture
def system_key_store() -> Iterator[MemoryStore]:
    """Give the program a real key store for this test; without it there is none."""
    yield from key_store.in_use()


@pytest.fixture
def small_weights_folder(pytestconfig: pytest.Config) -> Iterator[Path]:
    """Where the real small model's file is, for a test that may run it as long as it lasts."""
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("small-weights")
    small_weights.make_small_weights(folder)
    with small_weights.turn_with_small_model(folder):
        yield folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Lone surrogates that a test logs on purpose cannot cross to the process that reports."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report
