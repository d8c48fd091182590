from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_tui.cli import main
from codex_tui.config.paths import find_paths

Show = Callable[..., list[str]]

CONFIG = """\
effort = "low"

[providers.openai]
timeout_s = 77

[providers.gate]
api = "openai-chat"
base_url = "https://gate.example/v1"
headers = { X-Gate = "hush-hush" }

[models."anthropic/*"]
temperature = 0.2

[models."anthropic/claude-haiku-4-5"]
effort = "max"
max_output_tokens = 100000
"""


@pytest.fixture
def config(isolated_environment: Path) -> Path:
    file = find_paths({"CODEX_TUI_HOME": str(isolated_environment)}).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CONFIG, encoding="utf-8")
    return file


@pytest.fixture
def show(config: Path, capsys: pytest.CaptureFixture[str]) -> Show:
    def run(*words: str, code: int = 0) -> list[str]:
        assert config.exists()
        assert main(["config", "show", *words]) == code
        told = capsys.readouterr()
        return (told.err if code else told.out).splitlines()

    return run


def test_every_setting_with_its_value_and_its_place(show: Show, config: Path) -> None:
    lines = show()
    assert f"effort = low   [{config}:1]" in lines
    assert "max_steps = 100   [default]" in lines
    assert f"providers.openai.timeout_s = 77.0   [{config}:4]" in lines
    assert f'models."anthropic/*".temperature = 0.2   [{config}:12]' in lines
    assert "hush" not in "".join(lines)


def test_settings_as_json_keep_their_types(show: Show, config: Path) -> None:
    told = {each["key"]: each for each in map(json.loads, show("--json"))}
    assert told["max_steps"] == {"key": "max_steps", "value": 100, "source": "default"}
    assert told["footer"]["value"] is True
    assert told["model"]["value"] is None
    assert told["providers.gate.headers.X-Gate"]["value"] == "(hidden)"


def test_a_models_profile_with_the_origin_of_each_field(show: Show, config: Path) -> None:
    assert show("anthropic/claude-haiku-4-5") == [
        "prompt = claude   [shipped default]",
        "edit_tool = edit_file   [shipped default]",
        f"effort = high   [{config}:15]",
        "show_thinking = true   [shipped default]",
        f"max_output_tokens = 64000   [{config}:16]",
        "temperature = –   [left to the vendor]",
        "cache_life = short   [shipped default]",
        "timeout_s = 300.0   [default]",
        "first_token_timeout_s = –   [left to the vendor]",
        "context_window = 200000   [known of the model]",
        "sees_images = true   [known of the model]",
        "tools = –   [left to the vendor]",
        "effort max → high: the model's highest.",
        "max_output_tokens 100,000 → 64,000: anthropic/claude-haiku-4-5 writes no more.",
        "temperature 0.2 is not sent: anthropic/claude-haiku-4-5 takes one only with effort off.",
    ]


def test_what_the_provider_and_the_plain_setting_say_counts(show: Show, config: Path) -> None:
    lines = show("openai/gpt-6.1-sol")
    assert f"timeout_s = 77.0   [{config}:4]" in lines
    assert f"effort = low   [{config}:1]" in lines
    assert "edit_tool = apply_patch   [shipped default]" in lines


def test_a_profile_as_json(show: Show) -> None:
    told = [json.loads(line) for line in show("--json", "openai/gpt-6-luna")]
    assert {"key": "tools", "value": None, "source": "left to the vendor"} in told
    assert {each["key"] for each in told} >= {"prompt", "effort", "cache_life"}


@pytest.mark.parametrize(
    ("model", "complaint"),
    [("gpt-6", "is not a model reference"), ("opnai/gpt-6", "There is no provider 'opnai'")],
)
def test_a_model_that_is_none_is_refused(show: Show, model: str, complaint: str) -> None:
    assert complaint in " ".join(show(model, code=2))
