from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from codex_tui.composition.model_profiles import profiles
from codex_tui.config.describe import describe
from codex_tui.config.model_settings import ModelSettings
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.protocol.profiles import PROFILE_FIELDS, CacheLife, EditWay, ModelProfile
from codex_tui.providers.base import Endpoint
from tests.config.home import Home

OPENAI = Endpoint(name="openai", api="openai-responses", base_url="https://api.openai.com/v1")
SOL = ModelRef("openai", "gpt-6.1-sol")

WHOLE = """\
[models."openai/gpt-6.1-sol"]
prompt = "plain"
edit_tool = "edit_file"
effort = "low"
show_thinking = false
max_output_tokens = 9000
temperature = 0.5
cache_life = "12h"
timeout_s = 44
first_token_timeout_s = 9.5
context_window = 300000
sees_images = false
tools = true
"""


def refusal(home: Home, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        profiles(home.load(env))
    return str(caught.value)


def test_every_field_of_a_profile_can_be_written() -> None:
    assert set(ModelSettings.model_fields) == set(PROFILE_FIELDS)


def test_a_whole_profile_is_read_with_the_place_of_each_field(home: Home) -> None:
    home.write_user(WHOLE)
    wished = profiles(home.load()).wished(SOL, OPENAI)
    assert wished.profile == ModelProfile(
        prompt="plain",
        edit_tool=EditWay.EDIT_FILE,
        effort=Effort.LOW,
        show_thinking=False,
        max_output_tokens=9000,
        temperature=0.5,
        cache_life=CacheLife.LONG,
        timeout_s=44.0,
        first_token_timeout_s=9.5,
        context_window=300_000,
        sees_images=False,
        tools=True,
    )
    assert [wished.origins[name] for name in PROFILE_FIELDS] == [
        f"{home.user_file}:{line}" for line in range(2, 14)
    ]


def test_profiles_are_listed_with_their_lines(home: Home) -> None:
    home.write_user(WHOLE)
    listed = {line.key: line for line in describe(home.load())}
    line = listed['models."openai/gpt-6.1-sol".effort']
    assert (line.text, line.source) == ("low", f"{home.user_file}:4")
    assert listed['models."openai/gpt-6.1-sol".temperature'].value == 0.5


@pytest.mark.parametrize(
    ("name", "life"),
    [("5m", "short"), ("30m", "short"), ("short", "short"), ("1h", "long"), ("long", "long")],
)
def test_a_cache_life_may_be_called_as_the_vendors_call_it(
    home: Home, name: str, life: str
) -> None:
    home.write_user(f'[models."openai/*"]\ncache_life = "{name}"')
    assert profiles(home.load()).wished(SOL, OPENAI).profile.cache_life == life


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('efort = "low"', "unknown key 'models.\"openai/*\".efort'; did you mean"),
        ('effort = "huge"', "it must be one of off, minimal, low, medium, high, xhigh, max"),
        ("temperature = 3", "it must be at most 2"),
        ("temperature = true", "it must be a number"),
        ("max_output_tokens = 3", "it must be at least 16"),
        ("max_output_tokens = 99.5", "it must be a whole number"),
        ("timeout_s = 0", "it must be more than 0"),
        ('cache_life = "2h"', "it must be one of short, long"),
        ('edit_tool = "sed"', "it must be one of edit_file, apply_patch"),
        ('prompt = "gpd"', "it must be one of plain, claude, gpt, or the path of"),
        ('tools = "some"', "it must be true or false"),
    ],
)
def test_a_bad_value_is_named_with_its_line(home: Home, line: str, complaint: str) -> None:
    home.write_user(f'[models."openai/*"]\n{line}')
    said = refusal(home)
    assert said.startswith(f"{home.user_file}:2: ")
    assert complaint in said


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("gpt-6.1-sol", 'written as "provider/model"'),
        ("openai/", 'written as "provider/model"'),
        ("open ai/x", 'written as "provider/model"'),
        ("opnai/x", "there is no provider 'opnai'"),
    ],
)
def test_a_profile_that_can_be_no_models_is_refused(
    home: Home, pattern: str, complaint: str
) -> None:
    home.write_user(f'[models."{pattern}"]\neffort = "low"')
    assert complaint in refusal(home)


def test_layers_join_in_one_profile(home: Home) -> None:
    home.write_project('[models."openai/*"]\neffort = "high"\n')
    home.trust('[models."openai/*"]\neffort = "low"\ntimeout_s = 9\n')
    env = {"CODEX_TUI_MODELS": json.dumps({"openai/*": {"max_output_tokens": 500}})}
    wished = profiles(home.load(env)).wished(SOL, OPENAI)
    assert (wished.profile.effort, wished.profile.timeout_s) == (Effort.HIGH, 9)
    assert wished.profile.max_output_tokens == 500
    assert wished.origins["effort"] == f"{home.project_file}:2"
    assert wished.origins["max_output_tokens"] == "environment variable CODEX_TUI_MODELS"


def test_a_prompt_file_is_read_from_beside_the_configuration(home: Home) -> None:
    home.write_user('[models."openai/*"]\nprompt = "prompts/mine.md"')
    file = home.user_file.parent / "prompts" / "mine.md"
    file.parent.mkdir()
    file.write_text("Speak plainly.\n", encoding="utf-8")
    profile = profiles(home.load()).wished(SOL, OPENAI).profile
    assert profile.prompt is not None
    assert (Path(profile.prompt), profile.prompt_text) == (file.resolve(), "Speak plainly.")
    assert "Speak" not in repr(profile)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read: No such file or directory"),
        (b" \n", "is empty"),
        (b"\xff", "is not UTF-8 text"),
        (b"x" * 200_001, "is longer than 200 kB"),
    ],
)
def test_a_prompt_file_that_is_none_is_named(
    home: Home, content: bytes | None, complaint: str
) -> None:
    home.write_user('[models."openai/*"]\nprompt = "mine.md"')
    if content is not None:
        (home.user_file.parent / "mine.md").write_bytes(content)
    said = refusal(home)
    assert said.startswith(f"{home.user_file}:2: the prompt ")
    assert complaint in said


@pytest.mark.parametrize("path", ["pipe.md", "/dev/zero", "folder.md"])
def test_a_prompt_that_is_no_file_neither_blocks_nor_fills_the_memory(
    home: Home, path: str
) -> None:
    home.write_user(f'[models."openai/*"]\nprompt = "{path}"')
    os.mkfifo(home.user_file.parent / "pipe.md")
    (home.user_file.parent / "folder.md").mkdir()
    assert "cannot be read: " in refusal(home)


def test_a_prompt_in_the_environment_is_a_whole_path(home: Home) -> None:
    models = json.dumps({"openai/*": {"prompt": "./mine.md"}})
    assert "is no whole path" in refusal(home, {"CODEX_TUI_MODELS": models})


def test_a_trusted_projects_prompt_is_the_projects_own(home: Home, tmp_path: Path) -> None:
    (home.root / "secret.md").write_text("the user's")
    home.write_project('[models."openai/*"]\nprompt = "house.md"')
    home.trust()
    (home.project_file.parent / "house.md").write_text("House rules.")
    wished = profiles(home.load()).wished(SOL, OPENAI)
    assert wished.profile.prompt_text == "House rules."
    home.write_project('[models."openai/*"]\nprompt = "../../secret.md"')
    assert "is not inside the project" in refusal(home)
    (home.project_file.parent / "house.md").unlink()
    (home.project_file.parent / "house.md").symlink_to(home.root / "secret.md")
    home.write_project('[models."openai/*"]\nprompt = "house.md"')
    assert "is not inside the project" in refusal(home)


def test_a_project_that_is_not_trusted_has_no_say(home: Home) -> None:
    home.write_project('[models."openai/*"]\neffort = "max"\nprompt = "house.md"')
    assert profiles(home.load()).wished(SOL, OPENAI).profile.effort is None
