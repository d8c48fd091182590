"""The real runtime with the small weights: a cold start, an answer, and all three wires of it."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager

import httpx2
import psutil
import pytest

from codex_tui.agent.history import CRASHED_RESULT, History
from codex_tui.protocol.compaction import Compaction
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    Opaque,
    Origin,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.providers.base import (
    Endpoint,
    HostLearned,
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
from tests.providers.contract.support import message_of, request_of
from tests.providers.local.local_support import ENDPOINT
from tests.support.pictures import image
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


@asynccontextmanager
async def started_server(host):
    server = LocalServer(SMALL.name, host)
    try:
        async with aclosing(server.prepare()) as words:
            async for _ in words:
                pass
        yield server.place
    finally:
        await server.aclose()


@asynccontextmanager
async def opened_wires(place):
    wires = {
        "openai-chat": place.base_url,
        "openai-responses": place.base_url,
        "anthropic-messages": place.base_url.removesuffix("/v1"),
    }
    registry = ProviderRegistry(
        Endpoint(name=api, api=api, base_url=url, api_key=place.key) for api, url in wires.items()
    )
    try:
        yield [await registry.open(api) for api in wires]
    finally:
        await registry.aclose()


async def test_the_real_server_speaks_all_three_wires_and_to_nobody_without_the_key(host):
    async with started_server(host) as place:
        async with httpx2.AsyncClient(trust_env=False) as client:
            unknown = await client.get(f"{place.base_url}/props", headers={"Origin": "http://a.b"})
        assert unknown.status_code in {401, 404}
        assert unknown.headers.get("access-control-allow-origin", "") == ""
        async with opened_wires(place) as providers:
            for provider in providers:
                assert_answered(await ask(provider, SMALL.name))


def foreign(api, *calls, stop=StopReason.TOOL_USE, kind, state):
    """An answer of a vendor: signed thinking, words and calls."""
    origin = Origin(api=api, provider="vendor", base_url="https://vendor.example", model="large")
    sealed = Opaque(origin=origin, kind=kind, data=json.dumps({"type": kind, **state}))
    thought = ThinkingPart(text="Which file?", opaque=sealed)
    return AssistantMessage(
        parts=(thought, TextPart(text="I look."), *calls), origin=origin, stop=stop
    )


def call_of(call_id, arguments='{"path": "a.py"}', *, complete=True):
    return ToolCall(id=call_id, name="read_file", arguments=arguments, complete=complete)


def result_of(call_id, content="a = 1", **fields):
    return ToolResultMessage(call_id=call_id, name="read_file", content=content, **fields)


SIGNED = {"thinking": "Which file?", "signature": "sig_1"}
SEALED = {"id": "rs_1", "summary": [], "encrypted_content": "sealed-1"}

WORDS = [UserMessage(text="Say hello.")]
THINKING_AND_CALLS = [
    UserMessage(text="What is in both?"),
    foreign(
        "anthropic-messages", call_of("toolu_1"), call_of("toolu_2"), kind="thinking", state=SIGNED
    ),
    result_of("toolu_2"),
    result_of("toolu_1"),
]
ORPHANS = [
    UserMessage(text="Again."),
    foreign(
        "openai-responses",
        call_of("call_1"),
        call_of("call_cut", '{"pa', complete=False),
        stop=StopReason.INTERRUPTED,
        kind="reasoning",
        state=SEALED,
    ),
    result_of("call_1"),
    result_of("call_cut", CRASHED_RESULT, status=ToolStatus.INTERRUPTED),
    NoticeMessage(text="The mode changed."),
    UserMessage(text="Go on."),
]
PICTURES = [
    UserMessage(text="See.", images=(image("a.png"),)),
    foreign("openai-chat", call_of("read:0"), kind="reasoning", state={"reasoning": "Hm."}),
    result_of("read:0", "", images=(image("b.png"),)),
]
COMPACTED = [
    Compaction(id="c1", summary="a.py was read.", kept=2, max_word_chars=1_000),
    UserMessage(text="And then?"),
]


async def answer_of(provider, history):
    request = request_of(
        *history.view.messages, model=SMALL.name, max_output_tokens=8, sees_images=False
    )
    async with aclosing(provider.stream(request)) as stream:
        events = [event async for event in stream]
    learned = [event for event in events if isinstance(event, HostLearned)]
    assert learned == [], "what is learned was refused before"
    return message_of(events, provider.endpoint.origin(SMALL.name))


async def test_the_real_server_refuses_nothing_of_a_session_that_changes_wires(host):
    history = History()
    async with started_server(host) as place, opened_wires(place) as providers:
        turns = [
            *zip((WORDS, THINKING_AND_CALLS, ORPHANS), ([each] for each in providers), strict=True),
            (PICTURES, providers),
            (COMPACTED, providers),
        ]
        for turn, asked in turns:
            for said in turn:
                take = history.view.compact if isinstance(said, Compaction) else history.append
                take(said)
            for provider in asked:
                answer = await answer_of(provider, history)
                assert answer.parts
                history.append(answer)
                for call in history.open_calls:
                    history.append(result_of(call.id))
                history.append(UserMessage(text="Go on."))
    answers = [each for each in history.messages if isinstance(each, AssistantMessage)]
    speakers = [each.endpoint.name for each in providers]
    assert [each.origin.provider for each in answers].count("vendor") == 3
    assert [each.origin.provider for each in answers[-3:]] == speakers


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
