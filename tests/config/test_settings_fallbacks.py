"""The chain of models that may take over, as it is configured."""

from __future__ import annotations

import pytest

from codex_tui.config.describe import describe
from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home

CHAIN = ("anthropic/claude-sonnet-5", "mine/a/b")
MINE = '[providers.mine]\napi = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'


def test_without_a_chain_nothing_is_switched(home: Home):
    settings = home.load().settings
    assert (settings.fallbacks, settings.auto_fallback) == ((), False)


def test_the_chain_keeps_its_order_and_is_shown(home: Home):
    home.write_user(f'fallbacks = ["{CHAIN[0]}", "{CHAIN[1]}"]\nauto_fallback = true\n{MINE}')
    loaded = home.load()
    assert (loaded.settings.fallbacks, loaded.settings.auto_fallback) == (CHAIN, True)
    shown = {line.key: (line.text, line.source) for line in describe(loaded)}
    assert shown["fallbacks"] == (", ".join(CHAIN), f"{home.user_file}:1")
    assert shown["auto_fallback"] == ("true", f"{home.user_file}:2")


def test_flags_and_the_environment_win(home: Home):
    home.write_user('fallbacks = ["openai/x"]\n')
    env = {"CODEX_TUI_FALLBACKS": '["openai/y"]'}
    assert home.load(env).settings.fallbacks == ("openai/y",)
    flags: dict[str, object] = {"fallbacks": ["openai/z"], "auto_fallback": True}
    settings = home.load(env, flags).settings
    assert (settings.fallbacks, settings.auto_fallback) == (("openai/z",), True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('fallbacks = ["gpt-6.1-sol"]', "provider/model"),
        ('fallbacks = "openai/gpt-6.1-sol"', "fallbacks"),
        ('fallbacks = ["opnai/gpt-6.1-sol"]', "there is no provider 'opnai'"),
        ('fallbacks = ["opnai/gpt-6.1-sol"]', "Did you mean 'openai'?"),
        ('fallbacks = ["elsewhere/m"]', "Known are openai, anthropic"),
        ('auto_fallback = "often"', "auto_fallback"),
    ],
)
def test_a_model_that_cannot_be_meant_is_named_with_its_line(home: Home, line: str, words: str):
    home.write_user(f"\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert str(home.user_file) in str(caught.value)
    assert words in str(caught.value)


def test_a_project_cannot_set_where_a_conversation_goes_on(home: Home):
    home.write_project('fallbacks = ["openai/x"]\n')
    home.trust("")
    with pytest.raises(ConfigError, match="only be set in your own configuration"):
        home.load()
