"""What `[providers.NAME]` may say, and what is said of a mistake in it."""

from __future__ import annotations

import pytest

from codex_tui.config.describe import describe
from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home

WHOLE = """
[providers.work]
api = "openai-chat"
base_url = "https://llm.example/v1"
api_key_command = "op read op://work/llm/key"
query = { "api-version" = "2026-01-01", sig = "hush-hush" }
models = ["large", "small"]

[providers.work.prices."large-4.1"]
input = 2
output = 8.5
cache_read = 0.2

[providers.lab]
api = "anthropic-messages"
base_url = "http://127.0.0.1:9000"
api_key_command = ["pass", "show", "lab key"]
prices = { tiny = { input = 0, output = 0 } }

[providers.third]
api = "openai-responses"
base_url = "https://third.example/v1"
"""


def test_any_number_of_providers_with_all_they_need(home: Home):
    home.write_user(WHOLE)
    providers = home.load().settings.providers
    assert list(providers) == ["work", "lab", "third"]
    work, lab = providers["work"], providers["lab"]
    assert work.api_key_command == "op read op://work/llm/key"
    assert lab.api_key_command == ("pass", "show", "lab key")
    assert work.query == {"api-version": "2026-01-01", "sig": "hush-hush"}
    assert work.prices["large-4.1"].model_dump() == {
        "input": 2, "output": 8.5, "cache_read": 0.2, "cache_write": None,
    }  # fmt: skip
    assert lab.prices["tiny"].input == 0
    assert "hush" not in repr(home.load())


def test_they_are_listed_with_their_lines_and_without_secrets(home: Home):
    home.write_user(WHOLE)
    described = (line for line in describe(home.load()) if line.key.startswith("providers."))
    lines = [(line.key, line.text, line.source) for line in described]
    assert "hush" not in repr(lines)
    file = home.user_file
    assert lines == [
        ("providers.work.api", "openai-chat", f"{file}:3"),
        ("providers.work.base_url", "https://llm.example/v1", f"{file}:4"),
        ("providers.work.api_key_command", "op read op://work/llm/key", f"{file}:5"),
        ("providers.work.query.api-version", "(hidden)", f"{file}:6"),
        ("providers.work.query.sig", "(hidden)", f"{file}:6"),
        ("providers.work.models", "large, small", f"{file}:7"),
        ('providers.work.prices."large-4.1".input', "2.0", f"{file}:10"),
        ('providers.work.prices."large-4.1".output', "8.5", f"{file}:11"),
        ('providers.work.prices."large-4.1".cache_read', "0.2", f"{file}:12"),
        ("providers.lab.api", "anthropic-messages", f"{file}:15"),
        ("providers.lab.base_url", "http://127.0.0.1:9000", f"{file}:16"),
        ("providers.lab.api_key_command", '["pass", "show", "lab key"]', f"{file}:17"),
        ("providers.lab.prices.tiny.input", "0.0", f"{file}:18"),
        ("providers.lab.prices.tiny.output", "0.0", f"{file}:18"),
        ("providers.third.api", "openai-responses", f"{file}:21"),
        ("providers.third.base_url", "https://third.example/v1", f"{file}:22"),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "api_key_comand = 'x'",
            "unknown key 'providers.openai.api_key_comand'; did you mean"
            " 'providers.openai.api_key_command'?",
        ),
        (
            "price = {}",
            "unknown key 'providers.openai.price'; did you mean 'providers.openai.prices'?",
        ),
        (
            "prices = { m = { inputs = 1, output = 1 } }",
            "providers.openai.prices.m.input is missing; a price has input and output, in US"
            " dollars per million tokens",
        ),
        (
            "prices = { m = { input = 1, output = 1, cacheread = 1 } }",
            "unknown key 'providers.openai.prices.m.cacheread'; did you mean"
            " 'providers.openai.prices.m.cache_read'?",
        ),
        (
            "prices = { m = { input = -1, output = 1 } }",
            "providers.openai.prices.m.input = -1 cannot be used; it must be at least 0",
        ),
        (
            "prices = { m = { input = true, output = 1 } }",
            "providers.openai.prices.m.input = true cannot be used; it must be a number",
        ),
        (
            "prices = { m = { input = inf, output = 1 } }",
            "providers.openai.prices.m.input = inf cannot be used; it must be a finite number",
        ),
        (
            "prices = { m = 3 }",
            "providers.openai.prices.m = 3 cannot be used; it must be a table",
        ),
        (
            "prices = { '' = { input = 1, output = 1 } }",
            'providers.openai.prices."" cannot be used; a model\'s name must not be empty',
        ),
        (
            "models = ['m', '']",
            "providers.openai.models.1 = '' cannot be used; a model's name must not be empty",
        ),
        (
            "compat = { stream_tool = true }",
            "unknown key 'providers.openai.compat.stream_tool'; did you mean"
            " 'providers.openai.compat.stream_tools'?",
        ),
        (
            "query = { a = 3 }",
            "providers.openai.query.a cannot be used; it must be text",
        ),
        (
            'query = { a = "hush\\nhush" }',
            "providers.openai.query cannot be used; the value of a must be one line of text",
        ),
        (
            'query = { "" = "hush" }',
            "providers.openai.query cannot be used; '' is not the name of a query parameter",
        ),
        (
            "api_key_command = []",
            "providers.openai.api_key_command cannot be used; it must be a command that prints the"
            " key, as one text for the shell or as a list of words",
        ),
        (
            'api_key_command = ["op", 3]',
            "providers.openai.api_key_command cannot be used; it must be a command that prints the"
            " key, as one text for the shell or as a list of words",
        ),
        (
            "api_key_command = ' '",
            "providers.openai.api_key_command = ' ' cannot be used; it must be a command that"
            " prints the key, as one text for the shell or as a list of words",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(home: Home, line: str, words: str):
    home.write_user(f"[providers.openai]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert str(caught.value).splitlines()[0] == f"{home.user_file}:2: {words}"
    assert "hush" not in str(caught.value)


def test_a_key_among_the_settings_is_refused_and_the_better_places_are_named(home: Home):
    home.write_user('[providers.openai]\napi_key = "hush-hush"\n')
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert str(caught.value) == (
        f"{home.user_file}:2: providers.openai.api_key holds what looks like a key; settings are no"
        " place for keys\n"
        "Store it with codex-tui login openai, or put it into an environment variable and name that"
        " in api_key_env, or let api_key_command print it."
    )


def test_a_key_inside_the_command_is_refused_but_a_variable_is_not(home: Home):
    home.write_user(
        "[providers.openai]\n"
        "api_key_command = 'curl -H \"Authorization: Bearer $TOKEN\" https://vault.example/key'\n"
    )
    assert home.load().settings.providers["openai"].api_key_command
    home.write_user('[providers.openai]\napi_key_command = "echo sk-ant-api03-0123456789abc"\n')
    with pytest.raises(ConfigError, match="holds what looks like a key") as caught:
        home.load()
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    ["api_key_command = 'x'", 'query = { a = "b" }', "prices = { m = { input = 0, output = 0 } }"],
)
def test_only_the_users_own_file_may_set_them(home: Home, line: str):
    home.trust()
    home.write_project(f"[providers.openai]\n{line}\n")
    with pytest.raises(ConfigError, match="providers may only be set in your own configuration"):
        home.load()


def test_they_can_come_from_the_environment(home: Home):
    providers = home.load(
        {
            "CODEX_TUI_PROVIDERS__OPENAI__API_KEY_COMMAND": "pass show openai",
            "CODEX_TUI_PROVIDERS__ANTHROPIC__API_KEY_COMMAND": '["pass", "show", "anthropic"]',
            "CODEX_TUI_PROVIDERS__OPENAI__QUERY": '{"v": "1"}',
            "CODEX_TUI_PROVIDERS__OPENAI__PRICES": '{"m": {"input": 1, "output": 2}}',
        }
    ).settings.providers
    assert providers["openai"].api_key_command == "pass show openai"
    assert providers["anthropic"].api_key_command == ("pass", "show", "anthropic")
    assert providers["openai"].query == {"v": "1"}
    assert providers["openai"].prices["m"].output == 2


def test_the_local_model_may_be_a_file_of_the_users_own(home: Home):
    home.write_user('[providers.local]\nmodel_file = "~/models/mine.gguf"\n')
    given = home.load().settings.providers["local"].model_file
    assert given is not None
    assert given.startswith("/")
    assert given.endswith("/models/mine.gguf")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            '[providers.local]\nmodel_file = "mine.gguf"\n',
            "it must be a whole path, or begin with ~",
        ),
        (
            '[providers.ollama]\nmodel_file = "/m.gguf"\n',
            "providers.ollama.model_file has no effect; it is for the built-in provider local",
        ),
        (
            '[providers.local]\nbase_url = "http://127.0.0.1:8080/v1"\n',
            "this provider starts its own server; add an api for one that runs",
        ),
    ],
)
def test_a_model_file_is_for_the_provider_that_loads_it(home: Home, text: str, complaint: str):
    home.write_user(text)
    with pytest.raises(ConfigError, match=complaint) as caught:
        home.load()
    assert str(home.user_file) in str(caught.value)


def test_a_server_of_ones_own_may_be_called_local(home: Home):
    home.write_user(
        '[providers.local]\napi = "openai-chat"\nbase_url = "http://127.0.0.1:8080/v1"\n'
    )
    assert home.load().settings.providers["local"].api == "openai-chat"
