from __future__ import annotations

import asyncio
import logging
import subprocess
import sys

import pytest

from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import ProviderStatus
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_responses.adapter import OpenAIResponses
from codex_tui.providers.opened import ADAPTERS
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints
from tests.providers.openai_support import endpoint_at, fails

OPENAI = endpoint_at("http://127.0.0.1:9/v1")
ODD = Endpoint(name="odd", api="carrier-pigeon", base_url="", needs_key=False)

LISTING = """
import sys
from codex_tui.providers.catalog import default_model, known_models
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints

registry = ProviderRegistry(built_in_endpoints())
print(*(status.name for status in registry.statuses()))
print(*(default_model(registry.endpoint(name)) for name in registry.names()))
print(sum(len(known_models(registry.endpoint(name))) for name in registry.names()) > 10)
heavy = {"openai", "anthropic", "httpx2", "pydantic", "textual"}
names = ("openai_responses", "anthropic_messages", "scripted")
adapters = {f"codex_tui.providers.{name}" for name in names}
print(sorted((heavy | adapters) & sys.modules.keys()))
"""


def test_listing_imports_no_adapter_and_no_sdk() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTING], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "openai anthropic demo local",
        "openai/gpt-6.1-sol anthropic/claude-opus-5-5 demo/walkthrough None",
        "True",
        "[]",
    ]


def test_built_in_endpoints_have_an_adapter_and_no_key() -> None:
    for endpoint in built_in_endpoints():
        assert endpoint.api in ADAPTERS
        assert endpoint.api_key is None


def test_unknown_provider_names_the_nearest() -> None:
    registry = ProviderRegistry(built_in_endpoints())
    with pytest.raises(ConfigError, match="antropic") as caught:
        registry.endpoint("antropic")
    assert caught.value.hint == "Did you mean 'anthropic'?"
    with pytest.raises(ConfigError) as caught:
        registry.endpoint("zzz")
    assert caught.value.hint == "Known providers: openai, anthropic, demo, local."


def test_statuses_say_what_is_ready_and_how_to_get_there() -> None:
    endpoints = (
        OPENAI,
        endpoint_at(
            "http://127.0.0.1:9", name="bare", title="", api_key=None, key_hint="Set BARE."
        ),
        endpoint_at("http://127.0.0.1:9", name="empty", api_key=""),
        ODD,
    )
    assert ProviderRegistry(endpoints).statuses() == (
        ProviderStatus(name="openai", title="OpenAI", base_url=OPENAI.base_url, ready=True),
        ProviderStatus(
            name="bare",
            title="bare",
            base_url="http://127.0.0.1:9",
            ready=False,
            key_hint="Set BARE.",
        ),
        ProviderStatus(
            name="empty",
            title="OpenAI",
            base_url="http://127.0.0.1:9",
            ready=False,
            key_hint="No key is set for empty.",
        ),
        ProviderStatus(name="odd", title="odd", base_url="", ready=True),
    )


async def test_provider_is_created_once_however_many_ask() -> None:
    registry = ProviderRegistry([OPENAI])
    first, second, _ = await asyncio.gather(
        registry.open("openai"), registry.open("openai"), registry.warm_up("openai")
    )
    assert first is second
    assert isinstance(first, OpenAIResponses)
    assert first.endpoint is OPENAI
    await registry.aclose()


async def test_closing_lets_the_next_opening_start_afresh() -> None:
    registry = ProviderRegistry([OPENAI])
    first = await registry.open("openai")
    await registry.aclose()
    second = await registry.open("openai")
    assert second is not first
    await registry.aclose()


async def test_api_without_an_adapter_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="carrier-pigeon") as caught:
        await ProviderRegistry([ODD]).open("odd")
    assert caught.value.hint is not None
    assert all(api in caught.value.hint for api in ADAPTERS)


async def test_warm_up_logs_what_goes_wrong(caplog: pytest.LogCaptureFixture) -> None:
    registry = ProviderRegistry([ODD])
    with caplog.at_level(logging.ERROR):
        await registry.warm_up("odd")
        await registry.warm_up("missing")
    assert [record.getMessage() for record in caplog.records] == [
        "provider odd could not be opened ahead of its use",
        "provider missing could not be opened ahead of its use",
    ]


async def test_provider_without_a_key_opens_and_says_so_when_used() -> None:
    endpoint = endpoint_at("http://127.0.0.1:9/v1", api_key=None, key_hint="Set KEY.")
    registry = ProviderRegistry([endpoint])
    assert await registry.open("openai")
    await registry.aclose()
    assert (await fails(endpoint)).hint == "Set KEY."


@pytest.mark.parametrize("api", list(ADAPTERS))
async def test_every_adapter_of_the_table_can_be_opened(api: str) -> None:
    endpoint = Endpoint(name="x", api=api, base_url="http://127.0.0.1:9", api_key="k")
    registry = ProviderRegistry([endpoint])
    provider = await registry.open("x")
    assert provider.endpoint is endpoint
    await registry.aclose()
