"""What servers say they serve: asked once a day, kept on the disk, never in anybody's way."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.config.kept_texts import KeptTexts
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import UserMessage
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, Price
from codex_tui.providers.base import Endpoint, ModelRequest
from codex_tui.providers.openai_chat.compat import with_compat
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.served import ServedLists
from tests.servers.anthropic_wire import AnthropicWire
from tests.servers.chat_wire import ChatWire, answer, http_error, text
from tests.servers.loopback import LoopbackServer, Plain, Stall, Stream
from tests.servers.openai_wire import OpenAIWire
from tests.support.pictures import image

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROUTED: dict[str, Any] = {
    "id": "house/large",
    "name": "House: Large",
    "context_length": 64_000,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.000001", "completion": "0.000003"},
    "top_provider": {"max_completion_tokens": 8_000},
}


class Wall:
    """A clock on the wall that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def registry_of(tmp_path: Path, wall: Wall) -> AsyncIterator[Callable[..., ProviderRegistry]]:
    made: list[ProviderRegistry] = []

    def make(*endpoints: Endpoint, folder: Path = tmp_path / "models", **options: Any):
        served = ServedLists(KeptTexts(folder), wall)
        made.append(ProviderRegistry(endpoints, served=served, **options))
        return made[-1]

    yield make
    for registry in made:
        await registry.aclose()


def endpoint_at(base_url: str, **fields: Any) -> Endpoint:
    values = {"name": "house", "api": "openai-chat", "api_key": "test-key", "title": "House"}
    return Endpoint(**{**values, "base_url": base_url, **fields})


def names(models: tuple[ModelInfo, ...]) -> list[str]:
    return [info.ref.model for info in models]


def asked(server: LoopbackServer) -> int:
    return sum(request.path.split("?")[0] == "/v1/models" for request in server.requests)


async def test_responses_wire_is_asked_once_a_day_and_by_the_next_process_not_at_all(
    registry_of, wall
):
    async with OpenAIWire([], models=["gpt-6.1-sol", "gpt-9-house"]) as wire:
        endpoint = endpoint_at(wire.base_url, name="openai", api="openai-responses")
        registry = registry_of(endpoint)
        assert registry.served_at("openai") is None
        first, second = await asyncio.gather(
            registry.refresh_models("openai"), registry.refresh_models("openai")
        )
        assert first == second
        assert names(first)[0] == "gpt-6.1-sol"
        assert names(first)[-1] == "gpt-9-house"
        assert registry.served_at("openai") == NOON
        again = registry_of(endpoint)
        assert names(again.models_of("openai")) == names(first)
        wall.now = NOON + timedelta(hours=23, minutes=59)
        await again.refresh_models("openai")
        assert (asked(wire.server), again.outdated()) == (1, ())
        wall.now = NOON + timedelta(hours=24)
        assert again.outdated() == ("openai",)
        await again.refresh_models("openai")
        assert (asked(wire.server), again.served_at("openai")) == (2, wall.now)
        await again.refresh_models("openai", force=True)
        assert asked(wire.server) == 3


async def test_messages_wire_tells_windows_and_efforts_that_the_next_process_knows(registry_of):
    async with AnthropicWire([], key="test-key") as wire:
        endpoint = endpoint_at(wire.base_url, name="anthropic", api="anthropic-messages")
        await registry_of(endpoint).refresh_models("anthropic")
        registry = registry_of(endpoint)
        opus = registry.describe(ModelRef("anthropic", "claude-opus-5-5"))
        haiku = registry.describe(ModelRef("anthropic", "claude-haiku-4-5-20251001"))
    assert opus.efforts == (Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.MAX)
    assert opus.default_effort is Effort.HIGH  # ours: the server names none
    assert haiku.note == "deprecated"
    assert haiku.efforts[0] is Effort.OFF  # the table knows that this one can do without


async def test_chat_wire_tells_prices_and_windows_that_stand_over_the_catalogue(registry_of):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        endpoint = endpoint_at(wire.base_url)
        await registry_of(endpoint).refresh_models("house")
        (info,) = registry_of(endpoint).models()
    assert info == ModelInfo(
        ref=ModelRef("house", "house/large"),
        name="House: Large",
        context_window=64_000,
        max_output=8_000,
        image_input=True,
        price=Price(input=1, output=3),
    )


async def test_the_servers_price_beats_the_book_and_the_users_beats_the_server(registry_of):
    entry = {**ROUTED, "id": "anthropic/claude-opus-5.5"}
    async with ChatWire([], models={"data": [entry]}) as wire:
        own = {"anthropic/claude-opus-5.5": Price(input=7, output=8)}
        for prices, expected in (({}, Price(input=1, output=3)), (own, Price(input=7, output=8))):
            endpoint = endpoint_at(wire.base_url, name="openrouter", prices=prices)
            registry = registry_of(endpoint)
            await registry.refresh_models("openrouter", force=True)
            ref = ModelRef("openrouter", "anthropic/claude-opus-5.5")
            assert registry.describe(ref).price == expected


async def test_configured_models_limit_the_list_and_are_described_by_the_server(registry_of):
    async with ChatWire([], models={"data": [ROUTED, {"id": "small"}]}) as wire:
        endpoint = endpoint_at(wire.base_url, models=("house/large", "elsewhere"))
        models = await registry_of(endpoint).refresh_models("house")
    assert [(info.ref.model, info.context_window) for info in models] == [
        ("house/large", 64_000),
        ("elsewhere", None),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"api_key": "another-key"},
        {"base_url": "http://127.0.0.1:9/v1"},
        {"headers": {"X-Org": "blue"}},
        {"query": {"api-version": "2"}},
        {"api": "openai-responses"},
    ],
)
async def test_a_list_belongs_to_one_address_and_one_key(registry_of, changed):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        endpoint = endpoint_at(wire.base_url)
        await registry_of(endpoint).refresh_models("house")
        assert registry_of(endpoint).served_at("house") == NOON
        other = registry_of(endpoint_at(**{"base_url": wire.base_url, **changed}))
        assert other.served_at("house") is None
        assert other.outdated() == ("house",)


async def test_the_file_is_private_and_holds_no_secret(registry_of, tmp_path):
    async with LoopbackServer(lambda _: Plain.of_json({"data": [ROUTED]})) as server:
        secret = server.base_url.replace("http://", "http://user:password@") + "/v1"
        endpoint = endpoint_at(secret, headers={"X-Gate": "gate-secret"}, query={"t": "q-secret"})
        await registry_of(endpoint).refresh_models("house")
    file = tmp_path / "models" / "house.json"
    text = file.read_text(encoding="utf-8")
    assert not any(word in text for word in ("test-key", "password", "gate-secret", "q-secret"))
    assert json.loads(text)["asked_at"] == NOON.isoformat()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "NaN",
        lambda text: "[" * 100_000,
        lambda text: text.replace('"models": [', '"models": [{}, '),
        lambda text: text.replace('"models": [', '"models": ["m", '),
        lambda text: text.replace("2026-11-20T12:00:00+00:00", "2026-11-20T12:00:00"),
        lambda text: text.replace("2026-11-20", "yesterday"),
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: "\udc80",
    ],
)
async def test_a_damaged_file_counts_as_none_and_is_replaced(registry_of, tmp_path, damage):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        endpoint = endpoint_at(wire.base_url)
        await registry_of(endpoint).refresh_models("house")
        file = tmp_path / "models" / "house.json"
        whole = file.read_bytes()
        file.write_bytes(damage(whole.decode()).encode("utf-8", "surrogateescape"))
        registry = registry_of(endpoint)
        assert registry.models_of("house") == ()
        assert names(await registry.refresh_models("house")) == ["house/large"]
        assert file.read_bytes() == whole


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context_window", "big"), ("context_window", -1), ("max_output", True),
        ("image_input", 3), ("price", {"input": "1"}), ("price", [1]), ("note", 5), ("name", None),
        ("context_window", 10**400), ("price", {"input": 10**400, "output": 1}), ("efforts", 3),
        ("efforts", {"low": 1}),
    ],
)  # fmt: skip
async def test_an_odd_field_is_an_unknown_one(registry_of, tmp_path, field, value):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        endpoint = endpoint_at(wire.base_url)
        await registry_of(endpoint).refresh_models("house")
    file = tmp_path / "models" / "house.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    kept["models"][0][field] = value
    file.write_text(json.dumps(kept), encoding="utf-8")
    (info,) = registry_of(endpoint).models()
    assert not getattr(info, field)


async def test_a_folder_that_cannot_be_written_costs_the_cache_only(registry_of, tmp_path, caplog):
    (tmp_path / "in-the-way").write_text("a file", encoding="utf-8")
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        registry = registry_of(
            endpoint_at(wire.base_url), folder=tmp_path / "in-the-way" / "models"
        )
        assert names(await registry.refresh_models("house")) == ["house/large"]
        assert registry.served_at("house") == NOON
    assert "could not be kept" in caplog.text


async def test_a_list_from_the_future_is_shown_and_asked_for_again(registry_of, wall):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        registry = registry_of(endpoint_at(wire.base_url))
        await registry.refresh_models("house")
        wall.now = NOON - timedelta(hours=1)
        assert registry.outdated() == ("house",)
        assert names(registry.models_of("house")) == ["house/large"]


async def test_a_hanging_server_is_given_up_and_its_old_list_stays(registry_of):
    stall = Stall()

    def answer(_):
        if len(server.requests) == 1:
            return Plain.of_json({"data": [ROUTED]})
        return Stream([b"{", stall])

    async with LoopbackServer(answer) as server:
        registry = registry_of(endpoint_at(f"{server.base_url}/v1"), list_timeout_s=0.2)
        await registry.refresh_models("house")
        with pytest.raises(ProviderError, match=r"did not say within 0\.2 s") as caught:
            await registry.refresh_models("house", force=True)
        await server.requests[1].client_left.wait()
        assert names(registry.models_of("house")) == ["house/large"]
        assert registry.served_at("house") == NOON
    assert caught.value.kind is ProviderErrorKind.TIMEOUT
    assert "models = [" in caught.value.hint


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Plain(headers={"content-type": "text/html"}, body=b"<html>"), "unexpected_reply"),
        (Plain(status=401, body=b"who?"), "authentication"),
        (Plain(status=503, body=b"busy"), "overloaded"),
    ],
)
async def test_an_answer_that_is_no_list_leaves_everything_as_it_was(registry_of, reply, kind):
    async with LoopbackServer(lambda _: reply) as server:
        registry = registry_of(endpoint_at(f"{server.base_url}/v1"))
        with pytest.raises(ProviderError) as caught:
            await registry.refresh_models("house")
        assert caught.value.kind.value == kind
        assert registry.served_at("house") is None


async def test_offline_the_built_in_list_remains(registry_of):
    endpoint = endpoint_at("http://127.0.0.1:9/v1", name="openai", api="openai-responses")
    registry = registry_of(endpoint)
    before = registry.models_of("openai")
    with pytest.raises(ProviderError) as caught:
        await registry.refresh_models("openai")
    assert caught.value.kind is ProviderErrorKind.CONNECTION
    assert registry.models_of("openai") == before != ()


async def test_a_new_key_makes_the_old_keys_list_unknown(registry_of):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        endpoint = endpoint_at(wire.base_url)
        registry = registry_of(endpoint)
        await registry.refresh_models("house")
        await registry.replace(endpoint_at(wire.base_url))
        assert registry.served_at("house") is None
        assert names(await registry.refresh_models("house")) == ["house/large"]


async def test_a_provider_without_an_address_is_never_asked(registry_of):
    demo = Endpoint(name="demo", api="scripted", base_url="", needs_key=False)
    registry = registry_of(demo)
    assert registry.outdated() == ()
    assert names(await registry.refresh_models("demo", force=True)) == ["walkthrough"]
    assert registry.served_at("demo") is None


async def test_a_list_that_is_too_long_is_cut_and_says_so_in_the_next_process_too(registry_of):
    listed = [f"m-{number}" for number in range(6_000)]
    async with ChatWire([], models={"data": listed}) as wire:
        endpoint = endpoint_at(wire.base_url)
        first = registry_of(endpoint)
        assert names(await first.refresh_models("house")) == listed[:5_000]
        again = registry_of(endpoint)
        assert names(again.models_of("house")) == listed[:5_000]
        assert first.serves_more("house")
        assert again.serves_more("house")
        own = registry_of(endpoint_at(wire.base_url, models=("m-5999",)))
        assert names(await own.refresh_models("house")) == ["m-5999"]
        assert not own.serves_more("house")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
async def test_what_is_no_file_holds_nobody_up(tmp_path, wall, caplog, make):
    make(tmp_path / "house.json")
    registry = ProviderRegistry(
        [endpoint_at("http://127.0.0.1:9/v1")], served=ServedLists(KeptTexts(tmp_path), wall)
    )
    assert registry.served_at("house") is None
    assert registry.outdated() == ("house",)
    assert "could not be read" in caplog.text


async def test_a_model_that_gets_no_pictures_by_the_users_word_sees_none(registry_of):
    async with ChatWire([], models={"data": [ROUTED]}) as wire:
        endpoint = with_compat(endpoint_at(wire.base_url), {"images": False})
        (info,) = await registry_of(endpoint).refresh_models("house")
    assert info.image_input is False


async def test_a_model_whose_pictures_were_refused_is_known_to_see_none(registry_of):
    script = [http_error(400, "image input is not supported"), answer(text("I see nothing."))]
    async with ChatWire(script, models={"data": [ROUTED, {**ROUTED, "id": "other"}]}) as wire:
        registry = registry_of(endpoint_at(wire.base_url))
        before = await registry.refresh_models("house")
        assert [info.image_input for info in before] == [True, True]
        words = UserMessage(text="look", images=(image(),))
        request = ModelRequest(model="house/large", system="", messages=(words,))
        async with aclosing((await registry.open("house")).stream(request)) as events:
            assert [event async for event in events]
    assert [info.image_input for info in registry.models_of("house")] == [False, True]
