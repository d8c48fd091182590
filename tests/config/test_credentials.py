from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from codex_tui.config.credentials import Credentials
from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home

OPENAI = {"api": "openai-responses", "api_key_env": None}
ANTHROPIC = {"api": "anthropic-messages", "api_key_env": None}


def write_keys(home: Home, content: object, mode: int = 0o600) -> Path:
    path = home.paths.credentials_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


def test_no_key_anywhere(home: Home):
    assert Credentials(home.paths, {}).key_for("openai", **OPENAI) is None


def test_order_of_places(home: Home):
    write_keys(home, {"openai": {"api_key": "from-file"}})
    env = {"OPENAI_API_KEY": "from-vendor", "MINE": "from-mine"}
    assert Credentials(home.paths, {}).key_for("openai", **OPENAI) == "from-file"
    assert Credentials(home.paths, env).key_for("openai", **OPENAI) == "from-vendor"
    mine = {"api": "openai-responses", "api_key_env": "MINE"}
    assert Credentials(home.paths, env).key_for("openai", **mine) == "from-mine"
    assert Credentials(home.paths, {"MINE": " "}).key_for("openai", **mine) == "from-file"


def test_older_name_is_a_fall_back(home: Home):
    env = {"CLAUDE_API_KEY": "old"}
    assert Credentials(home.paths, env).key_for("anthropic", **ANTHROPIC) == "old"
    env["ANTHROPIC_API_KEY"] = "new"
    assert Credentials(home.paths, env).key_for("anthropic", **ANTHROPIC) == "new"


def test_vendors_key_is_not_given_to_another_provider(home: Home):
    keys = Credentials(home.paths, {"OPENAI_API_KEY": "k-openai", "ANTHROPIC_API_KEY": "k-claude"})
    assert keys.key_for("mine", **OPENAI) is None
    assert keys.key_for("openai", **ANTHROPIC) is None


def test_pasted_line_end_is_taken_off(home: Home):
    keys = Credentials(home.paths, {"OPENAI_API_KEY": " abc\r\n"})
    assert keys.key_for("openai", **OPENAI) == "abc"


@pytest.mark.parametrize(
    "key", ["hush hush", "hush\nhush", "hush\thush", "hüsh", "hush\x00", "“hush”"]
)
def test_key_that_cannot_travel_is_refused_unseen(home: Home, key: str):
    keys = Credentials(home.paths, {"OPENAI_API_KEY": key})
    with pytest.raises(ConfigError) as caught:
        keys.key_for("openai", **OPENAI)
    assert str(caught.value) == (
        "environment variable OPENAI_API_KEY holds blanks, line breaks or characters that no key"
        " has\nCopy the key again, alone."
    )
    with pytest.raises(ConfigError, match="the key for openai holds blanks"):
        keys.store("openai", key)


def test_hint_names_the_variable_and_the_command_that_stores(home: Home):
    keys = Credentials(home.paths, {})
    assert keys.key_hint("anthropic", **ANTHROPIC) == (
        "Set ANTHROPIC_API_KEY, or store it with: codex-tui login anthropic"
    )
    mine = keys.key_hint("mine", api="openai-responses", api_key_env="MINE")
    assert mine == "Set MINE, or store it with: codex-tui login mine"
    assert keys.key_hint("mine", **OPENAI) == "Store it with: codex-tui login mine"


def test_hint_says_why_a_vendors_variable_does_not_count_at_another_address(home: Home):
    keys = Credentials(home.paths, {"DEEPSEEK_API_KEY": "sk-hush"})
    elsewhere = "https://llm.example.com/v1"
    assert keys.key_hint("deepseek", api="openai-chat", base_url=elsewhere) == (
        'DEEPSEEK_API_KEY is for api.deepseek.com alone; api_key_env = "DEEPSEEK_API_KEY" sends it'
        " here, too. Store it with: codex-tui login deepseek"
    )
    unset = Credentials(home.paths, {})
    hint = unset.key_hint("deepseek", api="openai-chat", base_url=elsewhere)
    assert hint == "Store it with: codex-tui login deepseek"


def test_what_is_wrong_with_the_file_is_a_sentence_before_the_hint(home: Home):
    write_keys(home, {}, 0o644)
    hint = Credentials(home.paths, {}).key_hint("mine", **OPENAI)
    assert hint.endswith("makes it yours alone. Store it with: codex-tui login mine")


def test_stored_key_is_found_and_private(home: Home):
    keys = Credentials(home.paths, {})
    old_umask = os.umask(0)
    try:
        keys.store("mine", "abc\n")
    finally:
        os.umask(old_umask)
    path = home.paths.credentials_file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["credentials.json"]
    assert keys.key_for("mine", **OPENAI) == "abc"
    assert Credentials(home.paths, {}).key_for("mine", **OPENAI) == "abc"


def test_storing_keeps_the_others_and_their_fields(home: Home):
    write_keys(home, {"a": {"api_key": "1"}, "b": {"api_key": "2", "note": "n"}})
    Credentials(home.paths, {}).store("b", "3")
    assert json.loads(home.paths.credentials_file.read_text()) == {
        "a": {"api_key": "1"},
        "b": {"api_key": "3", "note": "n"},
    }


def test_storing_through_a_link_keeps_the_link(home: Home, tmp_path: Path):
    real = tmp_path / "dotfiles" / "keys.json"
    real.parent.mkdir(mode=0o755)
    home.paths.config.mkdir(parents=True)
    home.paths.credentials_file.symlink_to(real)
    Credentials(home.paths, {}).store("a", "1")
    assert home.paths.credentials_file.is_symlink()
    assert stat.S_IMODE(real.parent.stat().st_mode) == 0o755
    assert json.loads(real.read_text()) == {"a": {"api_key": "1"}}


def test_empty_key_is_not_stored(home: Home):
    with pytest.raises(ConfigError, match="The key for mine is empty"):
        Credentials(home.paths, {}).store("mine", " \n")
    assert not home.paths.credentials_file.exists()


def test_two_writers_lose_nothing(home: Home):
    def write(name: str):
        Credentials(home.paths, {}).store(name, f"key-{name}")

    threads = [threading.Thread(target=write, args=(f"p{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(home.paths.credentials_file.read_text())) == 12


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_file_open_to_others_is_not_used_and_the_remedy_is_named(home: Home, mode: int):
    path = write_keys(home, {"mine": {"api_key": "hush"}}, mode)
    keys = Credentials(home.paths, {})
    words = (
        f"{path} is open to other users and is not used; `chmod 600 {path}` makes it yours alone."
    )
    assert keys.key_for("mine", **OPENAI) is None
    assert keys.notices() == (words,)
    assert keys.key_hint("mine", **OPENAI).startswith(words)
    with pytest.raises(ConfigError) as caught:
        keys.store("mine", "new")
    assert str(caught.value) == words
    path.chmod(0o600)
    assert keys.key_for("mine", **OPENAI) == "hush"
    assert keys.notices() == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"mine": {"api_key": "hush"', "is not valid JSON"),
        ("[" * 200_000, "is not valid JSON"),
        ('["hush"]', "must hold one JSON object, an entry a provider"),
    ],
)
def test_broken_file_is_named_and_not_echoed(home: Home, content: str, words: str):
    path = write_keys(home, content)
    with pytest.raises(ConfigError) as caught:
        Credentials(home.paths, {}).key_for("mine", **OPENAI)
    assert caught.value.message == f"{path}: {words}"
    assert caught.value.hint == (
        "Repair it, or remove it and give the keys again with codex-tui login."
    )


@pytest.mark.parametrize("entry", ["hush", {}, {"api_key": 5}, {"api_key": ""}, None])
def test_broken_entry_is_named(home: Home, entry: object):
    path = write_keys(home, {"mine": entry})
    if entry is None:
        assert Credentials(home.paths, {}).key_for("mine", **OPENAI) is None
        return
    with pytest.raises(ConfigError) as caught:
        Credentials(home.paths, {}).key_for("mine", **OPENAI)
    assert str(caught.value) == f'{path}: mine must be {{"api_key": "…"}}'


def test_broken_entry_hurts_nobody_else(home: Home):
    write_keys(home, {"mine": 3, "other": {"api_key": "k"}})
    assert Credentials(home.paths, {}).key_for("other", **OPENAI) == "k"


def test_file_that_is_not_text(home: Home):
    path = write_keys(home, "")
    path.write_bytes(b"\xff\xff")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        Credentials(home.paths, {}).key_for("mine", **OPENAI)


def test_empty_file_holds_no_keys(home: Home):
    write_keys(home, "\n")
    assert Credentials(home.paths, {}).key_for("mine", **OPENAI) is None


def test_folder_in_place_of_the_file(home: Home):
    home.paths.credentials_file.mkdir(parents=True, mode=0o700)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        Credentials(home.paths, {}).key_for("mine", **OPENAI)


def test_place_that_cannot_be_written_is_named(home: Home):
    home.paths.config.write_text("in the way")
    with pytest.raises(ConfigError) as caught:
        Credentials(home.paths, {}).store("mine", "hush-hush")
    assert str(home.paths.credentials_file) in str(caught.value)
    assert "hush" not in str(caught.value)


def test_no_repr_shows_a_key(home: Home):
    keys = Credentials(home.paths, {"OPENAI_API_KEY": "hush-hush"})
    assert keys.key_for("openai", **OPENAI) == "hush-hush"
    assert "hush" not in repr(keys)
    assert keys.known_secrets == {"hush-hush"}
