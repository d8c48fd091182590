"""The local model as a provider: it says what it waits for, answers, and tells what died."""

from __future__ import annotations

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import StopReason, TextPart
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.base import PartDelta, PartFinished, StreamFinished, Waiting
from codex_tui.providers.local.adapter import LocalProvider
from codex_tui.providers.local.models import CONTEXT_TOKENS
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints
from tests.providers.local.local_support import (
    ENDPOINT,
    ask,
    child_of,
    host,
    is_left,
    lives,
    request_for,
)


@pytest.fixture
async def open_provider(tmp_path):
    opened = []

    def open_it(words=""):
        provider = LocalProvider(ENDPOINT, host(tmp_path, words))
        opened.append(provider)
        return provider

    yield open_it
    for provider in opened:
        await provider.aclose()
    assert not is_left(tmp_path)


async def test_an_answer_comes_after_the_words_of_the_start(open_provider):
    provider = open_provider()
    events = await ask(provider)
    assert events[:2] == [Waiting(text="starting own-model …"), Waiting(text="")]
    said = [event.part for event in events if isinstance(event, PartFinished)]
    assert said == [TextPart(text="Hello from this machine.")]
    assert isinstance(events[-1], StreamFinished)
    assert events[-1].stop is StopReason.END
    assert (await ask(provider))[0] == Waiting(text="")


async def test_a_proxy_of_the_environment_is_not_asked(open_provider, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    events = await ask(open_provider())
    assert PartFinished(index=0, part=TextPart(text="Hello from this machine.")) in events


async def test_a_server_that_dies_in_the_middle_is_told_and_comes_back(open_provider):
    provider = open_provider("breaks off")
    with pytest.raises(ProviderError, match="server of own-model ended with exit code 1") as caught:
        await ask(provider)
    assert caught.value.kind is ProviderErrorKind.STREAM_INTERRUPTED
    with pytest.raises(ProviderError, match="ended with exit code 1"):
        await ask(provider)


async def test_leaving_a_stream_leaves_the_server_for_the_next(open_provider, tmp_path):
    provider = open_provider("talks on")
    stream = provider.stream(request_for())
    async for event in stream:
        if isinstance(event, PartDelta):
            break
    await stream.aclose()
    child = child_of(tmp_path)
    assert lives(child)
    await provider.aclose()
    assert not lives(child)


async def test_without_a_host_there_is_no_model():
    provider = LocalProvider(ENDPOINT)
    assert await provider.list_models() == ()
    with pytest.raises(ProviderError, match="no local model here"):
        await ask(provider)


async def test_the_registry_knows_this_machines_models_without_asking(tmp_path):
    registry = ProviderRegistry(built_in_endpoints(), local=host(tmp_path))
    (info,) = registry.models_of("local")
    assert info.ref == ModelRef("local", "own-model")
    assert info.context_window == CONTEXT_TOKENS
    assert registry.status("local").ready
    provider = await registry.open("local")
    assert [each.ref for each in await provider.list_models()] == [info.ref]
    assert "local" not in registry.outdated()
    await registry.aclose()


async def test_what_could_be_installed_is_listed_with_sizes_and_the_command(tmp_path):
    bare = host(tmp_path, weights=WeightsStore(tmp_path / "cache", search=()))
    registry = ProviderRegistry(built_in_endpoints(), local=bare)
    status = registry.status("local")
    assert (status.ready, status.takes_key, status.lacks) == (False, False, "not installed")
    assert "pip install" in status.key_hint
    assert [info.name for info in registry.models_of("local")] == [
        "Qwen2.5 Coder 1.5B",
        "Qwen2.5 Coder 0.5B",
    ]
    assert [info.note for info in registry.models_of("local")] == [
        "small local model: 1.1 GB, 2.2 GB memory, about 15 tokens/s",
        "small local model: 491 MB, 820 MB memory, about 30 tokens/s",
    ]
