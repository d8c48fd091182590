"""A key given on the main screen: checked by a real server, kept, and used at once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from widget_host import deliver, paste

from tests.servers import chat_wire, openai_wire
from tests.servers.chat_wire import ChatWire
from tests.servers.loopback import LoopbackServer
from tests.ui.support import LARGE, NO_MODEL, SMALL, Desk

SECRET = "sk-right-0123456789-abcdef"
MODEL = "gpt-6.1-sol"

both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


def config(base_url, *, name="openai"):
    return f'{NO_MODEL}\n[providers.{name}]\nbase_url = "{base_url}"\n'


def kept(tmp_path):
    """What the key file holds."""
    path = tmp_path / "config" / "credentials.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def written(tmp_path):
    """Everything the program wrote except the key file."""
    return b"".join(
        path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "credentials.json"
    )


def forget_scripts(desk):
    """Let the real adapters speak to their servers."""
    desk.assembly._registry._opened.by_name.clear()


def unlisted(desk, name, base_url):
    """Move a preset to another address without naming it in the configuration."""
    forget_scripts(desk)
    registry = desk.assembly._registry
    registry._endpoints[name] = replace(registry.endpoint(name), base_url=base_url)


@both_sizes
async def test_a_pasted_key_is_checked_kept_and_the_model_answers(tmp_path, size):
    reply = openai_wire.answer(openai_wire.text("Good morning."))
    async with openai_wire.OpenAIWire([reply], key=SECRET) as wire:
        desk = Desk(tmp_path, config=config(wire.base_url))
        forget_scripts(desk)
        async with desk.running(size) as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await pilot.press(*"sol", "enter")
            await paste(pilot, f"{SECRET}\n")
            await pilot.press("enter")
            await desk.settle(pilot, lambda: not desk.screen.picker.display)
            assert f"openai/{MODEL}" in desk.status
            await desk.settle(pilot, lambda: "The key for openai is kept in" in desk.text)
            await desk.ask(pilot, "hello")
            assert desk.answers == ["Good morning."]
            assert SECRET not in desk.text
    assert kept(tmp_path) == {"openai": {"api_key": SECRET}}
    assert SECRET.encode() not in written(tmp_path)


async def test_a_refused_key_is_not_kept_and_the_servers_words_are_shown(tmp_path):
    async with openai_wire.OpenAIWire([], key=SECRET) as wire:
        desk = Desk(tmp_path, config=config(wire.base_url))
        forget_scripts(desk)
        async with desk.running() as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await pilot.press(*"sol", "enter", *"wrong-key", "enter")
            await desk.settle(pilot, lambda: "✗" in desk.text)
            assert "Incorrect API key provided." in desk.text
            assert "Check it, and paste it again." in desk.text
            assert desk.session.model is None
            assert kept(tmp_path) == {}
            await paste(pilot, SECRET)
            await pilot.press("enter")
            await desk.settle(pilot, lambda: not desk.screen.picker.display)
    assert kept(tmp_path) == {"openai": {"api_key": SECRET}}


async def test_a_key_that_cannot_be_checked_is_kept_and_says_so(tmp_path):
    desk = Desk(tmp_path, config=config("http://127.0.0.1:9/v1"))
    forget_scripts(desk)
    async with desk.running(LARGE) as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press(*"sol", "enter")
        await paste(pilot, SECRET)
        await pilot.press("enter")
        await desk.settle(pilot, lambda: "could not be checked" in desk.text)
        assert not desk.screen.picker.display
    assert kept(tmp_path) == {"openai": {"api_key": SECRET}}


async def test_what_is_no_key_is_refused_before_anybody_is_asked(tmp_path):
    desk = Desk(tmp_path, config=config("http://127.0.0.1:9/v1"))
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press(*"sol", "enter")
        await paste(pilot, "two words")
        await pilot.press("enter")
        await desk.settle(pilot, lambda: "✗" in desk.text)
        assert "Copy the key again, alone." in desk.text
    assert kept(tmp_path) == {}


async def test_a_stopped_check_keeps_nothing(tmp_path):
    never = asyncio.Event()

    async def silence(_request):
        await never.wait()

    async with LoopbackServer(silence) as server:
        desk = Desk(tmp_path, config=config(f"{server.base_url}/v1"))
        forget_scripts(desk)
        async with desk.running() as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await pilot.press(*"sol", "enter")
            await paste(pilot, SECRET)
            await pilot.press("enter")
            await desk.settle(pilot, lambda: server.requests)
            assert "Checking with OpenAI" in desk.text
            await pilot.press("escape")
            await desk.settle(pilot, lambda: "The check was stopped." in desk.text)
            await desk.settle(
                pilot, lambda: not [each for each in desk.app.workers if each.group == "login"]
            )
    assert kept(tmp_path) == {}


async def test_words_typed_behind_the_key_are_the_first_prompt(tmp_path):
    reply = openai_wire.answer(openai_wire.text("Good morning."))
    async with openai_wire.OpenAIWire([reply], key=SECRET) as wire:
        desk = Desk(tmp_path, config=config(wire.base_url))
        forget_scripts(desk)
        async with desk.running() as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await deliver(pilot, f"sol\r\x1b[200~{SECRET}\x1b[201~\rhello\rmore")
            await desk.settle(pilot, lambda: desk.answers)
            assert desk.told == ["hello"]
            assert desk.draft == "more"


async def test_the_key_is_in_no_message_no_worker_and_no_history(tmp_path):
    async with openai_wire.OpenAIWire([], key=SECRET) as wire:
        desk = Desk(tmp_path, config=config(wire.base_url))
        forget_scripts(desk)
        async with desk.running() as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await pilot.press(*"sol", "enter")
            await paste(pilot, SECRET)
            seen = []
            desk.screen._log_in, log_in = (
                lambda given: seen.append((repr(given), log_in(given))),
                desk.screen._log_in,
            )
            await pilot.press("enter")
            await desk.settle(pilot, lambda: not desk.screen.picker.display)
            ((message, worker),) = seen
            assert SECRET not in message
            assert SECRET not in worker.description
            assert SECRET not in "".join(desk.memory.prompts)
            assert SECRET not in "".join(repr(each) for each in desk.app.walk_children())


async def test_a_fault_in_the_program_shows_no_key_and_leaves_the_field(tmp_path, monkeypatch):
    async def broken(_provider, key):
        raise RuntimeError(f"cannot keep {len(key)} characters")

    desk = Desk(tmp_path, config=config("http://127.0.0.1:9/v1"))
    monkeypatch.setattr(desk.assembly, "log_in", broken)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press(*"sol", "enter")
        await paste(pilot, SECRET)
        await pilot.press("enter")
        await desk.settle(pilot, lambda: "Something went wrong inside codex-tui." in desk.text)
    assert SECRET.encode() not in written(tmp_path)
    assert b"cannot keep 26 characters" in written(tmp_path)


# -- providers that are not listed ---------------------------------------------------------------


async def test_a_local_server_found_by_its_name_is_asked_and_its_model_used(tmp_path):
    async with ChatWire([chat_wire.answer(chat_wire.text("Hello from here."))], key=None) as wire:
        desk = Desk(tmp_path, config=NO_MODEL)
        unlisted(desk, "ollama", wire.base_url)
        async with desk.running() as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await pilot.press(*"ollama", "enter")
            await desk.settle(pilot, lambda: "ollama/house-model" in desk.text)
            await pilot.press("enter")
            await desk.ask(pilot, "hello")
            assert desk.answers == ["Hello from here."]
            assert "ollama/house-model" in desk.status
        desk = Desk(tmp_path, config=NO_MODEL)
        unlisted(desk, "ollama", wire.base_url)
        async with desk.running():
            assert "ollama/house-model" in desk.status
            assert not desk.screen.picker.display


async def test_a_local_server_that_does_not_run_is_said_to_be_away_and_stays_unlisted(tmp_path):
    desk = Desk(tmp_path, config=NO_MODEL)
    unlisted(desk, "ollama", "http://127.0.0.1:9/v1")
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press(*"ollama", "enter")
        await desk.settle(pilot, lambda: "Nothing answers at http://127.0.0.1:9/v1" in desk.text)
        assert "Start it and press Enter again." in desk.text
        assert "ollama" not in [each.name for each in desk.session.models.statuses()]


async def test_a_provider_of_ones_own_takes_a_key_and_lists_what_it_serves(tmp_path):
    async with ChatWire([chat_wire.answer(chat_wire.text("Hello."))], key=SECRET) as wire:
        own = config(wire.base_url, name="house") + 'api = "openai-chat"\ntitle = "The house"\n'
        desk = Desk(tmp_path, config=own)
        forget_scripts(desk)
        async with desk.running() as pilot:
            await desk.settle(pilot, lambda: desk.screen.picker.display)
            await pilot.press(*"house", "enter")
            await desk.settle(pilot, lambda: "Paste the key for The house" in desk.text)
            await paste(pilot, SECRET)
            await pilot.press("enter")
            await desk.settle(pilot, lambda: "The key for house is kept" in desk.text)
            await desk.settle(pilot, lambda: "› house/house-model" in desk.text)
            await pilot.press("enter")
            await desk.ask(pilot, "hello")
            assert desk.answers == ["Hello."]
    assert kept(tmp_path) == {"house": {"api_key": SECRET}}
