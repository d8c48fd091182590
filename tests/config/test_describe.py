from __future__ import annotations

from codex_tui.config.describe import describe
from codex_tui.config.schema import Settings
from codex_tui.config.settings import TABLES, Loaded
from tests.config.home import Home


def rows(loaded: Loaded) -> tuple[tuple[str, str, str], ...]:
    return tuple((line.key, line.text, line.source) for line in describe(loaded))


def test_every_setting_with_value_and_source(home: Home):
    home.write_user(
        'model = "a/b"\n[providers.openai]\nbase_url = "http://h/v1"\nmodels = ["x", "y"]\n'
        "needs_key = false\n"
    )
    listed = rows(home.load({"CODEX_TUI_MAX_STEPS": "9"}))
    plain = [name for name in Settings.model_fields if name not in TABLES]
    assert [key for key, _, _ in listed][: len(plain)] == plain
    assert {
        ("default_provider", "–", "default"),
        ("model", "a/b", f"{home.user_file}:1"),
        ("approval_mode", "suggest", "default"),
        ("effort", "–", "default"),
        ("max_steps", "9", "environment variable CODEX_TUI_MAX_STEPS"),
        ("footer", "true", "default"),
        ("trusted_folders", "–", "default"),
    } <= set(listed)
    assert listed[len(plain) :] == (
        ("providers.openai.base_url", "http://h/v1", f"{home.user_file}:3"),
        ("providers.openai.models", "x, y", f"{home.user_file}:4"),
        ("providers.openai.needs_key", "false", f"{home.user_file}:5"),
    )


def test_secrets_are_hidden(home: Home):
    home.write_user('[providers.openai.headers]\nX-Gate = "hush-hush"')
    lines = rows(home.load({"OPENAI_BASE_URL": "http://me:hush@h/v1", "OPENAI_API_KEY": "hush"}))
    assert "hush" not in repr(lines)
    assert ("providers.openai.headers.X-Gate", "(hidden)", f"{home.user_file}:2") in lines
