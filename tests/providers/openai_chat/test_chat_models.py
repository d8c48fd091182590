"""Lists of models, as different as the servers that give them."""

from __future__ import annotations

from typing import Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.models import ModelInfo, ModelRef, Price
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_chat.compat import with_compat
from codex_tui.providers.openai_chat.models import read_models
from tests.providers.chat_support import endpoint_at, opened
from tests.servers.chat_wire import ChatWire
from tests.servers.loopback import LoopbackServer, Plain

HOUSE = endpoint_at("https://house.example/v1")


def named(*names: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({"id": "m", "max_model_len": 32768, "root": "/models/m"}, {"context_window": 32768}),
        ({"id": "m", "meta": {"n_ctx": 8192, "n_ctx_train": 131072}}, {"context_window": 8192}),
        ({"id": "m", "meta": {"n_ctx_train": 131072}}, {"context_window": 131072}),
        ({"id": "m", "meta": None}, {}),
        (
            {"id": "m", "max_context_length": 131072, "loaded_context_length": 4096, "type": "llm"},
            {"context_window": 4096},
        ),
        (
            {"id": "m", "context_window": 131072, "max_completion_tokens": 65536, "active": True},
            {"context_window": 131072, "max_output": 65536},
        ),
        (
            {
                "id": "m",
                "name": "House: Model",
                "context_length": 1000,
                "architecture": {
                    "input_modalities": ["text", "image"],
                    "output_modalities": ["text"],
                },
                "pricing": {
                    "prompt": "0.0000004",
                    "completion": "0.000002",
                    "input_cache_read": "0",
                },
                "top_provider": {"max_completion_tokens": None},
            },
            {
                "name": "House: Model",
                "context_window": 1000,
                "image_input": True,
                "price": Price(input=0.4, output=2, cache_read=0),
            },
        ),
        ({"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}}, {}),
        ({"id": "m", "pricing": {"prompt": "much", "completion": None}}, {}),
        ({"id": "m", "pricing": {"prompt": 10**400, "completion": 1}}, {}),
        ({"id": "m", "pricing": {"prompt": "1e305", "completion": "nan"}}, {}),
        ({"id": "m", "context_length": 10**400}, {}),
        (
            {"id": "m", "capabilities": {"completion_chat": True, "vision": False}},
            {"image_input": False},
        ),
        ({"name": "m", "size": 5}, {}),
        ("m", {}),
        ({"id": "models/m", "object": "model"}, {}),
    ],
)
def test_what_servers_add_is_understood(entry: Any, fields: dict[str, Any]) -> None:
    assert read_models({"data": [entry]}, HOUSE) == (
        ModelInfo(ref=ModelRef("house", "m"), **fields),
    )


@pytest.mark.parametrize("reply", [named("m"), {"models": [{"name": "m"}]}, [{"id": "m"}], ["m"]])
def test_list_may_stand_anywhere(reply: Any) -> None:
    assert [str(info.ref) for info in read_models(reply, HOUSE)] == ["house/m"]


def test_models_that_do_not_converse_are_left_out() -> None:
    reply = named("bge-embed", "whisper-large-v3", "llama-guard-4", "qwen3", "", "qwen3")
    reply["data"] += [
        {"id": "dall", "architecture": {"output_modalities": ["image"]}},
        {"id": "ocr-but-chats", "capabilities": {"completion_chat": True}},
        None,
        3,
        {},
    ]
    assert [info.ref.model for info in read_models(reply, HOUSE)] == ["qwen3", "ocr-but-chats"]


async def test_models_come_in_the_servers_order_with_nothing_added() -> None:
    models = named("deepseek-old", "deepseek-v4-flash", "deepseek-v4-pro")
    async with (
        ChatWire([], models=models) as wire,
        opened(endpoint_at(wire.base_url, name="deepseek")) as provider,
    ):
        found = await provider.list_models()
    assert [info.ref.model for info in found] == [
        "deepseek-old",
        "deepseek-v4-flash",
        "deepseek-v4-pro",
    ]
    assert (found[2].context_window, found[2].price) == (None, None)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_server_without_a_list_says_so_clearly(status: int) -> None:
    async with (
        LoopbackServer(lambda _: Plain(status=status, body=b"nope")) as server,
        opened(endpoint_at(f"{server.base_url}/v1")) as provider,
    ):
        with pytest.raises(ProviderError, match="does not say which models") as caught:
            await provider.list_models()
    assert caught.value.hint is not None
    assert "models = [" in caught.value.hint
    assert caught.value.status == status


async def test_server_known_to_have_no_list_is_not_asked() -> None:
    bare = endpoint_at("http://127.0.0.1:9/v1", models=("one", "two"))
    endpoint: Endpoint = with_compat(bare, {"lists_models": False})
    async with opened(endpoint) as provider:
        assert [info.ref.model for info in await provider.list_models()] == ["one", "two"]
