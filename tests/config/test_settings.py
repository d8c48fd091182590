from __future__ import annotations

import pytest

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort
from tests.config.home import Home


def refusal(
    home: Home, *, env: dict[str, str] | None = None, flags: dict[str, object] | None = None
) -> str:
    with pytest.raises(ConfigError) as caught:
        home.load(env, flags)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_defaults(home: Home):
    loaded = home.load()
    settings = loaded.settings
    assert settings.model is None
    assert settings.approval_mode is ApprovalMode.SUGGEST
    assert settings.effort is None
    assert (settings.max_steps, settings.max_retries) == (100, 5)
    assert settings.theme == "codex-dark"
    assert settings.providers == {}
    assert settings.trusted_folders == ()
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.notices == ()
    assert loaded.paths == home.paths


def test_each_layer_wins_over_the_ones_below(home: Home):
    flags = {"model": "flag/m"}
    env = {"CODEX_TUI_MODEL": "env/m", "CODEX_TUI_MAX_STEPS": "4"}
    home.write_project('model = "project/m"\nmax_steps = 3\neffort = "low"\n')
    home.trust('model = "user/m"\nmax_steps = 2\neffort = "high"\ntheme = "codex-light"\n')
    loaded = home.load(env, flags)
    assert loaded.settings.model == "flag/m"
    assert loaded.settings.max_steps == 4
    assert loaded.settings.effort is Effort.LOW
    assert loaded.settings.theme == "codex-light"
    assert loaded.settings.max_retries == 5
    assert {key: loaded.sources[key] for key in ("model", "max_steps", "effort", "theme")} == {
        "model": "command line",
        "max_steps": "environment variable CODEX_TUI_MAX_STEPS",
        "effort": f"{home.project_file}:3",
        "theme": f"{home.user_file}:5",
    }
    assert loaded.sources["max_retries"] == "default"


def test_each_layer_can_win(home: Home):
    home.write_user('model = "user/m"')
    assert home.load().settings.model == "user/m"
    home.write_project('model = "project/m"')
    home.trust('model = "user/m"')
    assert home.load().settings.model == "project/m"
    env = {"CODEX_TUI_MODEL": "env/m"}
    assert home.load(env).settings.model == "env/m"
    assert home.load(env, {"model": "flag/m"}).settings.model == "flag/m"


def test_flag_that_was_not_given_changes_nothing(home: Home):
    home.write_user('model = "user/m"')
    loaded = home.load(flags={"model": None, "approval_mode": "full-auto"})
    assert loaded.settings.model == "user/m"
    assert loaded.settings.approval_mode is ApprovalMode.FULL_AUTO


def test_provider_tables_are_joined_key_by_key(home: Home):
    home.write_user(
        "[providers.openai]\n"
        'base_url = "https://gate.example/v1"\n'
        'models = ["a", "b"]\n'
        "[providers.openai.headers]\n"
        'X-Team = "blue"\n'
    )
    loaded = home.load({"CODEX_TUI_PROVIDERS__OPENAI__TIMEOUT_S": "12.5"})
    openai = loaded.settings.providers["openai"]
    assert openai.base_url == "https://gate.example/v1"
    assert openai.timeout_s == 12.5
    assert openai.models == ("a", "b")
    assert openai.headers == {"X-Team": "blue"}
    assert openai.api is None
    assert loaded.sources["providers.openai.base_url"] == f"{home.user_file}:2"
    assert loaded.sources["providers.openai.headers.X-Team"] == f"{home.user_file}:5"
    assert loaded.sources["providers.openai.timeout_s"] == (
        "environment variable CODEX_TUI_PROVIDERS__OPENAI__TIMEOUT_S"
    )


def test_own_provider(home: Home):
    home.write_user(
        "[providers.mine]\n"
        'api = "openai-responses"\n'
        'base_url = "http://127.0.0.1:9/v1"\n'
        'api_key_env = "MINE_KEY"\n'
        'title = "My server"\n'
        "needs_key = false\n"
    )
    mine = home.load().settings.providers["mine"]
    assert (mine.api, mine.api_key_env, mine.title, mine.needs_key) == (
        "openai-responses",
        "MINE_KEY",
        "My server",
        False,
    )


def test_file_with_byte_order_mark_and_crlf_is_read(home: Home):
    home.write_user('\ufeffmodel = "a/b"\r\ntheme = "codex-light"\r\n')
    assert home.load().settings.model == "a/b"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('modle = "a/b"', "{file}:1: unknown key 'modle'; did you mean 'model'?"),
        ("zzzzzz = 1", "{file}:1: unknown key 'zzzzzz'"),
        ("\n\nmax_steps = 0", "{file}:3: max_steps = 0 cannot be used; it must be at least 1"),
        (
            'max_steps = "many"',
            "{file}:1: max_steps = 'many' cannot be used; it must be a whole number",
        ),
        ("max_steps = 1.5", "{file}:1: max_steps = 1.5 cannot be used; it must be a whole number"),
        ("max_steps = true", "{file}:1: max_steps = true cannot be used; it must be a number"),
        (
            "max_retries = -1",
            "{file}:1: max_retries = -1 cannot be used; it must be at least 0",
        ),
        (
            'effort = "hihg"',
            "{file}:1: effort = 'hihg' cannot be used; it must be one of off, minimal, low,"
            " medium, high, xhigh, max",
        ),
        (
            'approval_mode = "yolo"',
            "{file}:1: approval_mode = 'yolo' cannot be used; it must be one of suggest,"
            " auto-edit, full-auto",
        ),
        ("model = 5", "{file}:1: model = 5 cannot be used; it must be text"),
        (
            'model = "a b"',
            "{file}:1: model = 'a b' cannot be used; it must be a model, written as provider/model",
        ),
        (
            'theme = ""',
            "{file}:1: theme = '' cannot be used; it must be one of codex-dark, codex-light",
        ),
        ("providers = 3", "{file}:1: providers = 3 cannot be used; it must be a table"),
        ("[[providers]]\na = 1", "{file}:1: providers cannot be used; it must be a table"),
        (
            "[providers]\nopenai = 3",
            "{file}:2: providers.openai = 3 cannot be used; it must be a table",
        ),
        (
            '[providers."a b"]\napi = "scripted"',
            '{file}:1: providers."a b" cannot be used; a provider\'s name is made of letters,'
            " digits, - and _",
        ),
        (
            '[providers.x]\napi = "open-ai"',
            "{file}:2: providers.x.api = 'open-ai' cannot be used; it must be one of"
            " openai-responses, openai-chat, anthropic-messages, scripted",
        ),
        (
            "[providers.groq.compat]\nstream_tool = false",
            "{file}:2: unknown key 'providers.groq.compat.stream_tool'; did you mean"
            " 'providers.groq.compat.stream_tools'?",
        ),
        (
            "[providers.openai.compat]\nstream_tools = false",
            "{file}:2: providers.openai.compat.stream_tools has no effect on openai-responses; it"
            " is for openai-chat alone",
        ),
        (
            '[providers.openai.compat]\nleave_out = ["reasoning.", "x"]',
            "{file}:2: providers.openai.compat.leave_out.0 = 'reasoning.' cannot be used; it must"
            " be a name, or names with dots between them",
        ),
        (
            '[providers.anthropic.compat]\nleave_out = ["messages"]',
            "{file}:2: providers.anthropic.compat.leave_out.0 = 'messages' cannot be used; there"
            " is no request without it",
        ),
        (
            '[providers.groq.compat]\ntool_id = "short"',
            "{file}:2: providers.groq.compat.tool_id = 'short' cannot be used; it must be one of"
            " plain, mistral9",
        ),
        (
            '[providers.openai]\nbase_ulr = "http://h"',
            "{file}:2: unknown key 'providers.openai.base_ulr'; did you mean"
            " 'providers.openai.base_url'?",
        ),
        (
            '[providers.openai]\nbase_url = "localhost:80"',
            "{file}:2: providers.openai.base_url = 'localhost:80' cannot be used; it must be a web"
            " address such as https://host/v1",
        ),
        (
            '[providers.openai]\nbase_url = "http://h:99999/"',
            "{file}:2: providers.openai.base_url = 'http://h:99999/' cannot be used; it must be a"
            " web address such as https://host/v1",
        ),
        (
            "[providers.openai]\ntimeout_s = 0",
            "{file}:2: providers.openai.timeout_s = 0 cannot be used; it must be more than 0",
        ),
        (
            "[providers.openai]\ntimeout_s = inf",
            "{file}:2: providers.openai.timeout_s = inf cannot be used; it must be a finite number",
        ),
        (
            "[providers.openai]\nneeds_key = 3",
            "{file}:2: providers.openai.needs_key = 3 cannot be used; it must be true or false",
        ),
        (
            "[providers.openai]\nmodels = 'a'",
            "{file}:2: providers.openai.models = 'a' cannot be used; it must be a list",
        ),
        (
            '[providers.openai.headers]\n"a b" = "1"',
            "{file}:1: providers.openai.headers cannot be used; 'a b' is not a header's name",
        ),
        (
            '[providers.openai.headers]\nA = "1\\n2"',
            "{file}:1: providers.openai.headers cannot be used; the value of A must be one line of"
            " ASCII characters",
        ),
        (
            'trusted_folders = ["here"]',
            "{file}:1: trusted_folders.0 = 'here' cannot be used; it must be a whole path, or begin"
            " with ~",
        ),
        (
            '[providers.x]\nbase_url = "http://h"',
            "{file}:2: providers.x does not say which api it speaks\n"
            "Add its api, one of openai-responses, openai-chat, anthropic-messages, scripted.",
        ),
        (
            "[providers.antropic]",
            "{file}:1: providers.antropic does not say which api it speaks\n"
            "Add its api, or write 'anthropic' if you mean the built-in provider.",
        ),
        (
            '[providers.x]\napi = "openai-responses"',
            "{file}:2: providers.x has no base_url",
        ),
        (
            'default_provider = "opnai"',
            "{file}:1: default_provider = 'opnai' cannot be used; there is no such provider\n"
            "Known are openai, anthropic, openrouter, deepseek, mistral, gemini, groq, xai, ollama,"
            " lmstudio, llamacpp, vllm, azure, bedrock, vertex, demo, local.",
        ),
        (
            'model = "gpt-5"',
            "{file}:1: model = 'gpt-5' cannot be used; it names no provider\n"
            "Write it as provider/model, or set default_provider.",
        ),
        ("a = \n", "{file}:1: not valid TOML: Invalid value (column 5)"),
        ('_env_file = ".env"', "{file}:1: unknown key '_env_file'"),
    ],
)
def test_bad_line_is_named(home: Home, text: str, words: str):
    home.write_user(text)
    assert refusal(home) == words.format(file=home.user_file)


def test_all_bad_lines_are_named_at_once(home: Home):
    home.write_user('max_steps = 0\ntheme = ""\n')
    assert len(refusal(home).splitlines()) == 2


def test_wrong_line_is_named_even_where_a_higher_layer_overrides_it(home: Home):
    home.write_user("max_steps = 0")
    assert refusal(home, flags={"max_steps": 5}).startswith(f"{home.user_file}:1: max_steps = 0")


def test_unfinished_file_is_named(home: Home):
    home.write_user("[providers")
    assert refusal(home).startswith(f"{home.user_file}: not valid TOML: ")


def test_file_that_is_not_text_is_named(home: Home):
    home.write_user("")
    home.user_file.write_bytes(b"\xff\xfe")
    assert refusal(home) == f"{home.user_file}: is not UTF-8 text"


def test_folder_in_place_of_the_file_is_named(home: Home):
    home.user_file.mkdir(parents=True)
    assert refusal(home) == f"{home.user_file}: cannot be read: Is a directory"


def test_control_characters_in_a_value_are_shown_not_sent(home: Home):
    home.write_user('effort = "\\u001b[2J"')
    assert "\x1b" not in refusal(home)


def test_flag_is_named(home: Home):
    assert refusal(home, flags={"max_steps": 0}) == (
        "command line: max_steps = 0 cannot be used; it must be at least 1"
    )


def test_default_provider_completes_a_model(home: Home):
    home.write_user('default_provider = "anthropic"\nmodel = "some-model"')
    loaded = home.load()
    assert loaded.settings.model == "anthropic/some-model"
    assert home.load(flags={"model": "openai/x"}).settings.model == "openai/x"


SECRET = "sk-ant-api03-abcdefghijklmnop1234"


@pytest.mark.parametrize(
    "text",
    [
        f'api_key = "{SECRET}"',
        f'[providers.openai]\napi_key = "{SECRET}"',
        f'[providers.openai]\ntitle = "{SECRET}"',
        f'OPENAI_API_KEY = "{SECRET}"',
        f'model = "{SECRET}"',
        f'[providers.openai]\nmodels = "{SECRET}"',
        f'[providers.openai]\nbase_url = "https://me:{SECRET}@host/v1"',
        f'[providers.openai]\napi_key_env = "{SECRET}"',
        f'[providers.openai.headers]\n"{SECRET} " = "x"\napi = 3',
        f'theme = "{SECRET}',
    ],
)
def test_no_message_repeats_a_key(home: Home, text: str):
    home.write_user(text)
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)


def test_key_in_the_file_is_sent_elsewhere(home: Home):
    home.write_user(f'[providers.openai]\napi_key = "{SECRET}"')
    assert refusal(home) == (
        f"{home.user_file}:2: providers.openai.api_key holds what looks like a key; settings are"
        " no place for keys\n"
        "Store it with codex-tui login openai, or put it into an environment variable and name that"
        " in api_key_env, or let api_key_command print it."
    )


def test_key_given_for_its_variable_is_not_shown(home: Home):
    home.write_user('[providers.openai]\napi_key_env = "not a name"')
    assert refusal(home) == (
        f"{home.user_file}:2: providers.openai.api_key_env cannot be used; it must be the name of"
        " an environment variable, not the key itself"
    )


def test_headers_are_in_no_repr(home: Home):
    home.write_user('[providers.openai.headers]\nAuthorization = "Bearer hush-hush"')
    loaded = home.load()
    assert loaded.settings.providers["openai"].headers == {"Authorization": "Bearer hush-hush"}
    assert "hush" not in repr(loaded)
    assert "hush" not in str(loaded.settings)
