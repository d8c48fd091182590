"""The real runtime with the small weights: a cold start, an answer, and all three wires of it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import aclosing

import httpx2
import psutil
import pytest

from codex_tui.protocol.messages import StopReason, TextPart, UserMessage
from codex_tui.providers.base import (
    Endpoint,
    ModelRequest,
    PartDelta,
    PartFinished,
    StreamFinished,
    Waiting,
)
from codex_tui.providers.local.adapter import LocalProvider
from codex_tui.providers.local.host import LocalHost
from codex_tui.providers.local.server import LocalServer
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.sandbox.helper_server import start_helper
from tests.providers.local.local_support import ENDPOINT
from tests.support.small_weights import NEEDS_SMALL_MODEL, SMALL, link_small_weights

pytestmark = [*NEEDS_SMALL_MODEL]


@pytest.fixture
def cache(small_weights_folder, tmp_path):
    return link_small_weights(small_weights_folder, tmp_path / "weights")


@pytest.fixture
def host(cache, tmp_path):
    return LocalHost(
        launch=start_helper,
        weights=WeightsStore(cache, models=[SMALL], search=()),
        log=tmp_path / "log" / "local-model.log",
    )


async def ask(provider, model):
    request = ModelRequest(
        model=model,
        system="You answer in one line.",
        messages=(UserMessage(text="Count from one to five, in digits."),),
        max_output_tokens=40,
    )
    async with aclosing(provider.stream(request)) as events:
        return [event async for event in events]


def assert_answered(events):
    deltas = [event.text for event in events if isinstance(event, PartDelta)]
    whole = [event.part for event in events if isinstance(event, PartFinished)]
    assert len(deltas) > 1
    assert [type(part) for part in whole] == [TextPart]
    assert "".join(deltas) == whole[0].text
    assert "5" in whole[0].text or "five" in whole[0].text.lower()
    finished = events[-1]
    assert isinstance(finished, StreamFinished)
    assert finished.stop is StopReason.END
    assert finished.usage is not None
    assert finished.usage.output_tokens > 0


async def test_a_start_is_told_and_answers(host):
    provider = LocalProvider(ENDPOINT, host)
    try:
        events = await ask(provider, SMALL.name)
    finally:
        await provider.aclose()
    said = [event.text for event in events if isinstance(event, Waiting)]
    assert said == [f"starting {SMALL.name} …", ""]
    assert_answered([event for event in events if not isinstance(event, Waiting)])


async def test_the_real_server_speaks_all_three_wires_and_to_nobody_without_the_key(host):
    server = LocalServer(SMALL.name, host)
    try:
        async with aclosing(server.prepare()) as words:
            async for _ in words:
                pass
        place = server.place
        async with httpx2.AsyncClient(trust_env=False) as client:
            unknown = await client.get(f"{place.base_url}/props", headers={"Origin": "http://a.b"})
        assert unknown.status_code in {401, 404}
        assert unknown.headers.get("access-control-allow-origin", "") == ""
        root = place.base_url.removesuffix("/v1")
        wires = {
            "openai-chat": place.base_url,
            "openai-responses": place.base_url,
            "anthropic-messages": root,
        }
        registry = ProviderRegistry(
            Endpoint(name=api, api=api, base_url=url, api_key=place.key)
            for api, url in wires.items()
        )
        try:
            for api in wires:
                assert_answered(await ask(await registry.open(api), SMALL.name))
        finally:
            await registry.aclose()
    finally:
        await server.aclose()


PARENT = """
import asyncio, sys
from pathlib import Path
from codex_tui.providers.local.host import LocalHost
from codex_tui.providers.local.server import LocalServer
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.sandbox.helper_server import start_helper

async def main(folder):
    host = LocalHost(launch=start_helper, weights=WeightsStore(folder), log=folder / "log")
    async for text in LocalServer(sys.argv[2], host).prepare():
        print(text, flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_server_that_loads_is_gone_when_its_program_is_killed(cache):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(cache), SMALL.name], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert b"starting" in parent.stdout.readline()
        children: list[psutil.Process] = []
        while not children:
            assert parent.poll() is None
            children = psutil.Process(parent.pid).children()
        parent.kill()
    gone, left = psutil.wait_procs(children, timeout=20)
    assert left == [] or all(each.status() == psutil.STATUS_ZOMBIE for each in left)
    assert len(gone) + len(left) == 1
