"""What servers say they serve, in the picker and the status bar, without anybody waiting for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from codex_tui.config.kept_texts import KeptTexts
from codex_tui.providers.served import ServedLists
from tests.servers.chat_wire import ChatWire, answer, http_error, text, usage
from tests.servers.loopback import LoopbackServer, Plain, Stall, Stream
from tests.support.pictures import image
from tests.ui.support import LARGE, SMALL, Desk

LISTED = {"data": [{"id": "one", "context_length": 10_000}, {"id": "brand-new"}]}
NOBODY = "http://127.0.0.1:9"


def desk_at(tmp_path, **addresses: str) -> Desk:
    """A desk with the real adapter for each address."""
    config = 'model = "house/one"\n' + "".join(
        f'[providers.{name}]\napi = "openai-chat"\ntitle = "{name.title()}"\n'
        f'base_url = "{address}"\napi_key_env = "THE_KEY"\n'
        for name, address in addresses.items()
    )
    desk = Desk(tmp_path, config=config, env={"THE_KEY": "test-key"})
    for name in addresses:
        desk.assembly._registry._opened.by_name.pop(name)
    return desk


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")


async def keep_list(desk: Desk, tmp_path, *, hours_ago: int) -> None:
    """Leave a list behind as an earlier start of the program would."""
    asked_at = datetime.now(UTC) - timedelta(hours=hours_ago)
    registry = desk.assembly._registry
    lists = ServedLists(KeptTexts(tmp_path / "cache" / "models"), lambda: asked_at)
    endpoint = registry.endpoint("house")
    lists.keep(endpoint, await (await registry.open("house")).list_models())
    lists.store(endpoint)


async def test_the_context_gets_its_share_once_the_server_has_said_how_large_it_is(tmp_path):
    script = [answer(text("Hello."), tokens=usage(2_000, 500))]
    async with ChatWire(script, models=LISTED) as wire:
        desk = desk_at(tmp_path, house=wire.base_url)
        async with desk.running(LARGE) as pilot:
            await desk.settle(pilot, lambda: desk.session.model.context_window)
            await desk.ask(pilot, "hi")
            assert "ctx 25 %" in desk.status


async def test_the_picker_lists_what_the_server_names_and_says_when_it_said_so(tmp_path):
    async with ChatWire([], models=LISTED) as wire:
        desk = desk_at(tmp_path, house=wire.base_url)
        async with desk.running(LARGE) as pilot:
            await pilot.press("ctrl+l")
            await desk.settle(pilot, lambda: "brand-new" in desk.text)
            assert "asked just now" in desk.text
            await pilot.press("escape", "ctrl+l")
            await desk.settle(pilot, lambda: desk.screen.picker.display)
    assert sum(request.method == "GET" for request in wire.server.requests) == 1


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_a_silent_server_is_named_and_holds_up_no_other(tmp_path, size):
    async with ChatWire([], models=LISTED) as wire:
        desk = desk_at(tmp_path, house=wire.base_url, other=NOBODY)
        async with desk.running(size) as pilot:
            await pilot.press("ctrl+l")
            await desk.settle(pilot, lambda: "brand-new" in desk.text)
            await desk.settle(
                pilot, lambda: "Could not ask Other (the built-in list)." in desk.text
            )


async def test_an_old_list_is_shown_while_the_server_is_asked_and_when_it_does_not_answer(tmp_path):
    stall = Stall()
    answers = [Plain.of_json(LISTED)]

    def answered(_):
        return answers.pop() if answers else Stream([b"{", stall])

    async with LoopbackServer(answered) as server:
        address = f"{server.base_url}/v1"
        earlier = desk_at(tmp_path, house=address)
        await keep_list(earlier, tmp_path, hours_ago=30)
        await earlier.assembly.aclose()
        desk = desk_at(tmp_path, house=address)
        desk.assembly._registry._list_timeout_s = 0.5
        async with desk.running(LARGE) as pilot:
            assert desk.session.model.context_window == 10_000
            await pilot.press("ctrl+l")
            await desk.settle(pilot, lambda: "brand-new" in desk.text)
            await desk.settle(pilot, lambda: "(the list of 1 day ago)" in desk.text)
            assert "brand-new" in desk.text


async def test_the_picker_says_whose_list_is_not_shown_whole(tmp_path):
    listed = {"data": [f"m-{number}" for number in range(5_001)]}
    async with ChatWire([], models=listed) as wire:
        desk = desk_at(tmp_path, house=wire.base_url)
        async with desk.running(LARGE) as pilot:
            await pilot.press("ctrl+l")
            await desk.settle(pilot, lambda: "Not all models of House are listed." in desk.text)


async def test_a_session_knows_of_refused_pictures_once_the_turn_is_over(tmp_path):
    script = [http_error(400, "image input is not supported"), answer(text("Nothing."))]
    async with ChatWire(script, models=LISTED) as wire:
        desk = desk_at(tmp_path, house=wire.base_url)
        async with desk.running(LARGE) as pilot:
            await desk.settle(pilot, lambda: desk.session.model.context_window)
            assert desk.session.model.image_input is None
            await desk.session.submit("look", (image(),))
            assert desk.session.model.image_input is False
