from __future__ import annotations

import pytest

from codex_tui.config import environment
from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home


def refusal(home: Home, env: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        home.load(env)
    return str(caught.value)


def test_nested_names_and_json_values(home: Home):
    loaded = home.load(
        {
            "CODEX_TUI_PROVIDERS": '{"mine": {"api": "scripted", "title": "below"}}',
            "CODEX_TUI_PROVIDERS__MINE__TITLE": "above",
            "CODEX_TUI_PROVIDERS__MINE__MODELS": '["a", "b"]',
            "CODEX_TUI_PROVIDERS__MINE__NEEDS_KEY": "no",
        }
    )
    mine = loaded.settings.providers["mine"]
    assert (mine.api, mine.title, mine.models, mine.needs_key) == (
        "scripted",
        "above",
        ("a", "b"),
        False,
    )
    assert loaded.sources["providers.mine.api"] == "environment variable CODEX_TUI_PROVIDERS"
    assert loaded.sources["providers.mine.title"] == (
        "environment variable CODEX_TUI_PROVIDERS__MINE__TITLE"
    )


def test_empty_variable_counts_as_not_set(home: Home):
    assert home.load({"CODEX_TUI_MODEL": "", "CODEX_TUI_MAX_STEPS": " "}).settings.model is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CODEX_TUI_MODLE", "a/b", "unknown key 'modle'; did you mean 'model'?"),
        ("CODEX_TUI_MODEL__X", "a/b", "unknown key 'model__x'; did you mean 'model'?"),
        ("CODEX_TUI_MAX_STEPS", "a", "max_steps = 'a' cannot be used; it must be a whole number"),
        (
            "CODEX_TUI_PROVIDERS__OPENAI__BASE_ULR",
            "http://h",
            "unknown key 'providers.openai.base_ulr'; did you mean 'providers.openai.base_url'?",
        ),
        (
            "OPENAI_BASE_URL",
            "localhost",
            "providers.openai.base_url = 'localhost' cannot be used; it must be a web address such"
            " as https://host/v1",
        ),
        (
            "CODEX_TUI_PROVIDERS",
            "{",
            "is not valid JSON\nTables and lists are written as JSON in a variable.",
        ),
    ],
)
def test_bad_variable_is_named(home: Home, name: str, value: str, words: str):
    assert refusal(home, {name: value}) == f"environment variable {name}: {words}"


def test_folders_are_not_trusted_by_a_variable(home: Home):
    assert refusal(home, {"CODEX_TUI_TRUSTED_FOLDERS": '["/"]'}) == (
        "environment variable CODEX_TUI_TRUSTED_FOLDERS: trusted_folders may only be set in your"
        f" own configuration, {home.user_file}"
    )


def test_key_in_a_variable_of_settings_is_refused_unseen(home: Home):
    words = refusal(home, {"CODEX_TUI_PROVIDERS__OPENAI__API_KEY": "hush-hush"})
    assert "CODEX_TUI_PROVIDERS__OPENAI__API_KEY" in words
    assert "hush" not in words


def test_vendor_address_from_the_environment_is_used_and_told(home: Home):
    loaded = home.load({"OPENAI_BASE_URL": "https://me:pw@gate.example/v1 "})
    assert loaded.settings.providers["openai"].base_url == "https://me:pw@gate.example/v1"
    assert loaded.sources["providers.openai.base_url"] == "environment variable OPENAI_BASE_URL"
    assert loaded.notices == (
        "environment variable OPENAI_BASE_URL sends openai's requests to"
        " https://me:[redacted]@gate.example/v1.",
    )


def test_vendor_address_that_is_the_vendors_own_needs_no_words(home: Home):
    loaded = home.load({"ANTHROPIC_BASE_URL": "https://api.anthropic.com"})
    assert loaded.notices == ()
    assert loaded.settings.providers["anthropic"].base_url == "https://api.anthropic.com"


def test_older_name_is_a_fall_back_only(home: Home):
    old = {"CLAUDE_BASE_URL": "http://old.example"}
    assert home.load(old).settings.providers["anthropic"].base_url == "http://old.example"
    both = {**old, "ANTHROPIC_BASE_URL": "http://new.example"}
    assert home.load(both).settings.providers["anthropic"].base_url == "http://new.example"


def test_our_own_variable_wins_over_the_vendors(home: Home):
    env = {
        "OPENAI_BASE_URL": "http://vendor.example",
        "CODEX_TUI_PROVIDERS__OPENAI__BASE_URL": "http://ours.example",
    }
    assert home.load(env).settings.providers["openai"].base_url == "http://ours.example"


def test_vendor_variable_wins_over_the_file(home: Home):
    home.write_user('[providers.openai]\nbase_url = "http://file.example"')
    loaded = home.load({"OPENAI_BASE_URL": "http://env.example"})
    assert loaded.settings.providers["openai"].base_url == "http://env.example"


def test_ancestors_default_provider(home: Home):
    loaded = home.load({"CODEX_DEFAULT_PROVIDER": "anthropic"}, {"model": "m"})
    assert loaded.settings.model == "anthropic/m"
    assert loaded.sources["default_provider"] == "environment variable CODEX_DEFAULT_PROVIDER"


def test_ancestors_default_provider_that_is_unknown_is_told_and_not_used(home: Home):
    loaded = home.load({"CODEX_DEFAULT_PROVIDER": "cohere"})
    assert loaded.settings.default_provider is None
    assert loaded.sources["default_provider"] == "default"
    assert loaded.notices == (
        "environment variable CODEX_DEFAULT_PROVIDER: there is no provider 'cohere'; the variable"
        " is not used.",
    )


def test_dotenv_of_the_project_is_not_read(home: Home, monkeypatch: pytest.MonkeyPatch):
    (home.project / ".env").write_text("CODEX_TUI_MODEL=evil/m\nOPENAI_BASE_URL=http://evil\n")
    monkeypatch.chdir(home.project)
    loaded = home.load()
    assert loaded.settings.model is None
    assert loaded.settings.providers == {}


def test_process_environment_is_used_when_none_is_given(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    from codex_tui.config.settings import load

    monkeypatch.setenv("CODEX_TUI_HOME", str(home.root))
    monkeypatch.setenv("CODEX_TUI_MODEL", "from/env")
    assert load(project=home.project, flags={}).settings.model == "from/env"


def test_given_environment_replaces_the_process_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CODEX_TUI_MODEL", "from/process")
    assert home.load().settings.model is None


def test_snapshot_cannot_be_written():
    with pytest.raises(TypeError):
        environment.current()["X"] = "1"
