"""The system's key store, through backends registered with `keyring` itself."""

from __future__ import annotations

import json
import stat
import sys
import threading
from typing import TYPE_CHECKING

import keyring
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked

from codex_tui.config.credentials import Credentials
from codex_tui.config.system_keys import SystemKeys
from codex_tui.protocol.errors import ConfigError
from tests.support.key_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.config.home import Home

OPENAI = {"api": "openai-responses", "api_key_env": None}


class LockedStore(MemoryStore):
    """Nobody types the password."""

    def get_password(self, service, username):
        raise KeyringLocked("Failed to unlock the collection!\x1b[2J sk-ant-api03-hush-123456")

    set_password = delete_password = get_password


class HangingStore(MemoryStore):
    """A dialog that nobody answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service, username):
        self.answered.wait(50)


@pytest.fixture
def store(system_key_store: MemoryStore) -> MemoryStore:
    return system_key_store


@pytest.fixture
def hanging(system_key_store: MemoryStore) -> Iterator[HangingStore]:
    store = HangingStore()
    keyring.set_keyring(store)
    yield store
    store.answered.set()


def noted(home: Home) -> object:
    return json.loads(home.paths.credentials_file.read_text())


def test_a_key_goes_into_the_store_and_the_file_has_a_note_of_it(home: Home, store: MemoryStore):
    keys = Credentials(home.paths, {})
    assert keys.store("mine", "k-mine\n") == "the system's key store"
    assert store.kept == {("codex-tui", "mine"): "k-mine"}
    assert noted(home) == {"mine": {"keyring": True}}
    assert stat.S_IMODE(home.paths.credentials_file.stat().st_mode) == 0o600
    later = Credentials(home.paths, {})
    assert later.key_for("mine", **OPENAI) is None
    assert later.comes_later("mine")
    assert store.asked == 0
    assert later.fetch("mine") == "k-mine"
    assert later.keys == later.known_secrets == {"k-mine"}


def test_a_variable_goes_before_the_store(home: Home, store: MemoryStore):
    Credentials(home.paths, {}).store("openai", "k-kept")
    keys = Credentials(home.paths, {"OPENAI_API_KEY": "k-variable"})
    assert keys.key_for("openai", **OPENAI) == "k-variable"


def test_the_file_can_be_chosen_and_then_the_store_has_nothing(home: Home, store: MemoryStore):
    keys = Credentials(home.paths, {})
    keys.store("mine", "k-old")
    assert keys.store("mine", "k-new", in_file=True) == str(home.paths.credentials_file)
    assert store.kept == {}
    assert noted(home) == {"mine": {"api_key": "k-new"}}
    keys.store("mine", "k-newest")
    assert noted(home) == {"mine": {"keyring": True}}


def test_forgetting_removes_it_from_both(home: Home, store: MemoryStore):
    keys = Credentials(home.paths, {})
    keys.store("mine", "k-mine")
    keys.store("other", "k-other", in_file=True)
    assert keys.forget("mine")
    assert keys.forget("other")
    assert (store.kept, noted(home)) == ({}, {})
    assert not keys.forget("mine")


def test_a_key_without_a_note_is_forgotten_too(home: Home, store: MemoryStore):
    store.kept["codex-tui", "mine"] = "k-mine"
    assert Credentials(home.paths, {}).forget("mine")
    assert store.kept == {}


def test_a_note_without_a_key_says_what_to_do(home: Home, store: MemoryStore):
    keys = Credentials(home.paths, {})
    keys.store("mine", "k-mine")
    store.kept.clear()
    with pytest.raises(ConfigError) as caught:
        keys.fetch("mine")
    assert str(caught.value) == (
        "the system's key store has no key for mine any more\nStore it again: codex-tui login mine."
    )
    home.paths.credentials_file.write_text('{"mine": {"keyring": true, "api_key": "k-file"}}')
    assert keys.fetch("mine") == "k-file"


def test_a_locked_store_is_named_and_loses_nothing(home: Home, store: MemoryStore):
    keys = Credentials(home.paths, {})
    keys.store("mine", "k-mine")
    keyring.set_keyring(LockedStore())
    words = (
        "the system's key store cannot be used: Failed to unlock the collection!␛[2J [redacted]\n"
        "Unlock it, or keep the key in a file: codex-tui login PROVIDER --file."
    )
    for ask in (lambda: keys.fetch("mine"), lambda: keys.forget("mine")):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert str(caught.value) == words
    with pytest.raises(ConfigError):
        keys.store("other", "k-other")
    assert noted(home) == {"mine": {"keyring": True}}
    assert keys.store("mine", "k-new", in_file=True) == str(home.paths.credentials_file)
    assert noted(home) == {"mine": {"api_key": "k-new"}}


def test_a_store_that_does_not_answer_is_given_up(home: Home, hanging: HangingStore):
    keys = SystemKeys(time_limit_s=0.1)
    with pytest.raises(ConfigError, match=r"cannot be used: it did not answer within 0\.1 s"):
        keys.get("mine")


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_a_backend_that_refuses_or_forgets_is_none(home: Home, store, backend):
    keyring.set_keyring(backend())
    keys = Credentials(home.paths, {})
    assert not SystemKeys().available()
    assert keys.store("mine", "k-mine") == str(home.paths.credentials_file)
    assert keys.key_for("mine", **OPENAI) == "k-mine"
    assert keys.forget("mine")


def test_a_backend_that_writes_plain_text_is_none(store):
    kind = type("PlaintextKeyring", (MemoryStore,), {"__module__": "keyrings.alt.file"})
    keyring.set_keyring(kind())
    assert not SystemKeys().available()
    KeyringBackend._classes.discard(kind)


@pytest.mark.parametrize("real", [True, False])
def test_of_a_chain_the_first_real_store_counts(store: MemoryStore, real: bool):
    class Chain(ChainerBackend):
        backends = (null.Keyring(), fail.Keyring(), *([store] if real else []))

    keyring.set_keyring(Chain())
    keys = SystemKeys()
    assert keys.available() is real
    if real:
        keys.put("mine", "k-mine")
        assert store.kept == {("codex-tui", "mine"): "k-mine"}
    KeyringBackend._classes.discard(Chain)


def test_without_the_package_keys_go_into_the_file(home: Home, store: MemoryStore, monkeypatch):
    keys = Credentials(home.paths, {})
    keys.store("mine", "k-mine")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert keys.store("other", "k-other") == str(home.paths.credentials_file)
    with pytest.raises(ConfigError, match="the Python package keyring is not installed"):
        keys.fetch("mine")
