"""Keys of the running program: fetched late, fetched again, checked and put to use at once."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from codex_tui.composition.accounts import Accounts
from codex_tui.composition.assembly import Assembly
from codex_tui.composition.endpoints import endpoints
from codex_tui.config.credentials import Credentials
from codex_tui.config.key_command import KeyCommands
from codex_tui.config.settings import load
from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.events import TurnFinished
from codex_tui.protocol.models import ModelRef, Price
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.sandbox.unconfined import Unconfined
from tests.servers.chat_wire import ChatWire, answer, text
from tests.servers.loopback import LoopbackServer, Stall, Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REF = ModelRef("house", "house-model")


@pytest.fixture
def home(isolated_environment: Path) -> Path:
    (isolated_environment / "config").mkdir()
    return isolated_environment


def configure(home: Path, base_url: str, more: str = "") -> None:
    (home / "config" / "config.toml").write_text(
        f'[providers.house]\napi = "openai-chat"\nbase_url = "{base_url}"\n{more}\n'
    )


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Assembly]:
    assembly = Assembly(load(project=folder, flags={}), folder, interactive=True)
    try:
        yield assembly
    finally:
        await assembly.aclose()


async def say(assembly: Assembly, session, words: str) -> TurnFinished:
    events = assembly.subscribe()
    await session.submit(words)
    (ended,) = [each for each in events.take() if isinstance(each, TurnFinished)]
    return ended


def ready(assembly: Assembly, provider: str = "house") -> bool:
    return {each.name: each.ready for each in assembly.providers.statuses()}[provider]


def printing(folder: Path) -> tuple[Path, Path, str]:
    """A command that prints the key in a file, the file, and a file that counts the runs."""
    key, runs = folder / "key", folder / "runs"
    runs.write_text("")
    return key, runs, f"api_key_command = \"echo run >> '{runs}'; cat '{key}'\""


async def test_a_key_command_runs_at_the_first_use_and_again_when_the_key_is_refused(
    tmp_path, home
):
    key, runs, setting = printing(tmp_path)
    async with ChatWire([answer(text("Hello.")), answer(text("Again."))]) as wire:
        configure(home, wire.base_url, setting)
        async with started(tmp_path) as assembly:
            session = assembly.new_session()
            assembly.start(session)
            session.select_model(REF)
            assert ready(assembly)
            await session.models.warm_up()
            await session.models.look_up()
            assert session.models.outdated() == ()
            assert runs.read_text() == ""
            key.write_text("expired-key\n")
            ended = await say(assembly, session, "hi")
            assert (ended.outcome, ended.error_kind) == ("failed", "authentication")
            assert "is run again next time" in ended.hint
            key.write_text(f"  {wire.key}\n")
            assert (await say(assembly, session, "hi")).text == "Hello."
            assert (await say(assembly, session, "once more")).text == "Again."
            assert runs.read_text() == "run\n" * 2
            await session.close()
        log = (home / "state" / "log" / "codex-tui.log").read_text()
        assert "expired-key" not in log + repr(assembly.providers.endpoint("house"))


async def test_a_key_command_that_fails_ends_the_turn_with_what_it_said(tmp_path, home):
    configure(home, "http://127.0.0.1:9/v1", "api_key_command = 'echo locked >&2; exit 1'")
    async with started(tmp_path) as assembly:
        session = assembly.new_session()
        assembly.start(session)
        session.select_model(REF)
        ended = await say(assembly, session, "hi")
        assert ended.message == "the api_key_command of house failed (exit 1): locked"
        assert ended.hint == "Run it by hand to see more: echo locked >&2; exit 1"
        await session.close()


async def test_a_variable_goes_before_the_command(tmp_path, home, monkeypatch):
    monkeypatch.setenv("HOUSE_KEY", "test-key")
    configure(home, "http://127.0.0.1:9/v1", 'api_key_env = "HOUSE_KEY"\napi_key_command = "x"')
    async with started(tmp_path) as assembly:
        endpoint = assembly.providers.endpoint("house")
        assert (endpoint.api_key, endpoint.key_later) == ("test-key", False)


async def test_no_key_is_fetched_once_the_program_ends(tmp_path, home):
    _, runs, setting = printing(tmp_path)
    configure(home, "http://127.0.0.1:9/v1", setting)
    async with started(tmp_path) as assembly:
        pass
    with pytest.raises(ConfigError, match="codex-tui is ending"):
        await assembly.providers.open("house")
    assert runs.read_text() == ""


async def test_settings_reach_the_endpoint(tmp_path, home):
    configure(
        home,
        "http://127.0.0.1:9/v1",
        'query = { v = "1" }\nprices = { m = { input = 1, output = 2, cache_read = 0.1 } }\n'
        'models = ["b", "a"]',
    )
    loaded = load(project=tmp_path, flags={})
    made = {each.name: each for each in endpoints(loaded.settings, Credentials(loaded.paths))}
    assert made["house"].query == {"v": "1"}
    assert made["house"].prices == {"m": Price(input=1, output=2, cache_read=0.1)}
    assert made["house"].models == ("b", "a")


async def test_only_secrets_of_headers_and_queries_are_kept_out_of_tool_results(tmp_path, home):
    configure(
        home,
        "http://127.0.0.1:9/v1",
        'query = { "api-version" = "2026-01-01-preview", sig = "sig-0123456789" }\n'
        'headers = { "X-Title" = "my-project-2026", "X-Auth" = "Bearer gate-0123456789" }',
    )
    loaded = load(project=tmp_path, flags={})
    credentials = Credentials(loaded.paths)
    endpoints(loaded.settings, credentials)
    assert credentials.keys == {"sig-0123456789", "gate-0123456789", "Bearer gate-0123456789"}
    assert credentials.known_secrets == credentials.keys | {
        "2026-01-01-preview",
        "my-project-2026",
    }


async def test_a_login_is_checked_and_can_be_used_at_once(tmp_path, home):
    async with ChatWire([answer(text("Hello."))]) as wire:
        configure(home, wire.base_url)
        async with started(tmp_path) as assembly:
            session = assembly.new_session()
            assembly.start(session)
            session.select_model(REF)
            assert not ready(assembly)
            assert (await say(assembly, session, "hi")).error_kind == "authentication"
            with pytest.raises(ProviderError) as caught:
                await assembly.log_in("house", "wrong-key")
            assert caught.value.kind is ProviderErrorKind.AUTHENTICATION
            assert "wrong-key" not in str(caught.value)
            assert not (home / "config" / "credentials.json").exists()
            assert not ready(assembly)
            kept = home / "config" / "credentials.json"
            said = await assembly.log_in("house", f"{wire.key}\r\n")
            assert said == f"The key for house is kept in {kept}."
            assert ready(assembly)
            assert (await say(assembly, session, "hi")).text == "Hello."
            assert await assembly.log_out("house") == "The key for house is forgotten."
            assert not ready(assembly)
            assert await assembly.log_out("house") == "No key was kept for house."
            await session.close()


async def test_a_login_goes_into_the_systems_store_where_there_is_one(
    tmp_path, home, system_key_store
):
    kept = home / "config" / "credentials.json"
    async with ChatWire([answer(text("Hello."))]) as wire:
        configure(home, wire.base_url)
        async with started(tmp_path) as assembly:
            said = await assembly.log_in("house", wire.key)
            assert said == "The key for house is kept in the system's key store."
            assert system_key_store.asked == 0
        assert json.loads(kept.read_text()) == {"house": {"keyring": True}}
        async with started(tmp_path) as assembly:
            session = assembly.new_session()
            assembly.start(session)
            session.select_model(REF)
            assert ready(assembly)
            assert system_key_store.asked == 0
            assert (await say(assembly, session, "hi")).text == "Hello."
            await session.close()
            assert await assembly.log_in("house", wire.key, in_file=True)
            assert system_key_store.kept == {}
            assert json.loads(kept.read_text()) == {"house": {"api_key": wire.key}}


async def test_what_goes_before_a_stored_key_is_named(tmp_path, home, monkeypatch):
    monkeypatch.setenv("HOUSE_KEY", "older-key")
    async with ChatWire([answer(text("Hello."))]) as wire:
        configure(home, wire.base_url, 'api_key_env = "HOUSE_KEY"')
        async with started(tmp_path) as assembly:
            said = await assembly.log_in("house", wire.key)
            assert said.endswith(" HOUSE_KEY goes before it from the next start on.")
            assert assembly.providers.endpoint("house").api_key == wire.key
            said = await assembly.log_out("house")
            assert said == "The key for house is forgotten. HOUSE_KEY still supplies one."
            assert assembly.providers.endpoint("house").api_key == "older-key"


async def test_a_server_that_hangs_does_not_hold_up_a_login(tmp_path, home):
    stall = Stall()
    async with LoopbackServer(lambda _: Stream([stall])) as server:
        configure(home, server.base_url)
        loaded = load(project=tmp_path, flags={})
        credentials = Credentials(loaded.paths)
        accounts = Accounts(
            loaded.settings, credentials, KeyCommands(Unconfined(), {}), check_timeout_s=0.1
        )
        registry = ProviderRegistry(endpoints(loaded.settings, credentials))
        said = await accounts.log_in(registry, "house", "test-key")
        assert said.endswith(" It could not be checked: no answer within 0.1 s.")
        assert registry.endpoint("house").api_key == "test-key"


async def test_a_server_that_lists_its_models_for_anybody_has_checked_nothing(tmp_path, home):
    async with ChatWire([], key=None) as wire:
        configure(home, wire.base_url)
        async with started(tmp_path) as assembly:
            said = await assembly.log_in("house", "any-key")
    assert said.endswith(" It could not be checked: it lists its models for anybody.")


async def test_a_key_command_ends_with_the_program(tmp_path, home):
    fifo, nap = tmp_path / "started", f"sleep 6{os.getpid()}"
    os.mkfifo(fifo)
    configure(home, "http://127.0.0.1:9/v1", f"api_key_command = \"echo > '{fifo}'; {nap}\"")
    async with started(tmp_path) as assembly, asyncio.TaskGroup() as group:
        opening = group.create_task(assembly.providers.open("house"))
        await asyncio.to_thread(fifo.read_text)  # waits for the command
        opening.cancel()
    await asyncio.get_running_loop().shutdown_default_executor()  # the thread that waited for it
    lines = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    assert nap not in lines


@pytest.mark.parametrize(
    ("provider", "key", "words"),
    [
        ("hous", "k", "There is no provider 'hous'"),
        ("demo", "k", "demo takes no key"),
        ("house", " \n", "The key for house is empty"),
        ("house", "two words", "the key for house holds blanks"),
    ],
)
async def test_what_cannot_be_logged_in_is_named(tmp_path, home, provider, key, words):
    configure(home, "http://127.0.0.1:9/v1")
    async with started(tmp_path) as assembly:
        with pytest.raises(ConfigError, match=words):
            await assembly.log_in(provider, key)
    assert not (home / "config" / "credentials.json").exists()


@pytest.mark.parametrize("in_system", [True, False])
@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [("{}", 0o644, "chmod 600"), ("{", 0o600, "not valid JSON"), ("[]", 0o600, "one JSON object")],
)
async def test_a_file_that_cannot_note_the_key_is_told_before_the_server_is_asked(
    tmp_path, home, request, in_system, content, mode, words
):
    if in_system:
        request.getfixturevalue("system_key_store")
    kept = home / "config" / "credentials.json"
    kept.write_text(content)
    kept.chmod(mode)
    async with ChatWire([]) as wire:
        configure(home, wire.base_url)
        async with started(tmp_path) as assembly:
            with pytest.raises(ConfigError, match=words):
                await assembly.log_in("house", wire.key)
        assert wire.server.requests == []
    assert kept.read_text() == content
