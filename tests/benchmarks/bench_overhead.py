"""The loop's own time over the length of a session: `python -m tests.benchmarks.bench_overhead`.

The real engine with the real adapters and a real session file speaks to a loopback server on each
of the three wires, with 10, 300 and 1,500 turns behind it. Prints, in milliseconds, median and 95th
percentile

- request: from the last tool result of a step until the next request's first byte is handed to the
  connection; and the CPU time of the whole process meanwhile, which other load on the machine does
  not lengthen;
- event: from bytes of an answer coming out of the connection until what they mean is published;
- durable: from the tool result until it is on the disk, which the request does not wait for.

Garbage collection is on, as it is in the program. The first request after a session was opened
renders all of it, in a thread, and is not counted.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.past import Past
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import TextDelta, ToolCallFinished, TurnFinished
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.wire import Say, Use, Wire
from tests.providers.contract.wires import WIRES
from tests.servers import chat_wire
from tests.servers.loopback import LoopbackServer, Recorded, Stream
from tests.support.engine import Engine
from tests.support.long_past import long_past

if TYPE_CHECKING:
    from codex_tui.protocol.events import AgentEvent

TURNS = (10, 300, 1_500)
STEPS = 20
TARGETS_MS = {10: 5.0, 300: 10.0, 1_500: 20.0}
EVENT_TARGET_MS = 1.0
WORDS = "A sentence of an answer, as it comes. " * 20


@dataclass
class Marks:
    """Moments, in seconds of `time.perf_counter`, and the milliseconds between them."""

    result_at: float = 0.0
    cpu_at: float = 0.0
    arrived_at: float = 0.0
    request_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    event_ms: list[float] = field(default_factory=list)
    durable_ms: list[float] = field(default_factory=list)

    def note_event(self, event: AgentEvent) -> None:
        match event:
            case ToolCallFinished():
                self.result_at, self.cpu_at = time.perf_counter(), time.process_time()
            case TextDelta():
                self.event_ms.append((time.perf_counter() - self.arrived_at) * 1000)
            case _:
                pass

    def note_request(self) -> None:
        if self.result_at:
            self.request_ms.append((time.perf_counter() - self.result_at) * 1000)
            self.cpu_ms.append((time.process_time() - self.cpu_at) * 1000)

    def note_durable(self) -> None:
        if self.result_at:
            self.durable_ms.append((time.perf_counter() - self.result_at) * 1000)


class TimedStream(httpx2.AsyncByteStream):
    """A reply's bytes; each time some come out of the connection is noted."""

    def __init__(self, stream: Any, marks: Marks) -> None:
        self._stream = stream
        self._marks = marks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._marks.arrived_at = time.perf_counter()
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class TimedConnection(httpx2.AsyncBaseTransport):
    """The client's own connection, watched."""

    def __init__(self, connection: httpx2.AsyncBaseTransport, marks: Marks) -> None:
        self._connection = connection
        self._marks = marks

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._marks.note_request()
        response = await self._connection.handle_async_request(request)
        response.stream = TimedStream(response.stream, self._marks)
        return response

    async def aclose(self) -> None:
        await self._connection.aclose()


def frames_of(wire: Wire, reply: Any) -> Sequence[bytes]:
    """The bytes of an answer as the wire's strict server sends them."""
    server: Any = wire.server([])
    body = {"model": wire.model, "messages": [], "stream": True}
    match wire.api:
        case "anthropic-messages":
            return list(server._frames(reply, body))
        case "openai-responses":
            return list(server._encode(reply, body))
        case _:
            return list(chat_wire._encode(reply, {"id": "c", "model": wire.model}))


def server_for(wire: Wire, replies: Iterator[Any]) -> LoopbackServer:
    def answer(_request: Recorded) -> Stream:
        return Stream(frames_of(wire, next(replies)))

    return LoopbackServer(answer)


@contextmanager
def watched(engine: Engine, marks: Marks) -> Iterator[None]:
    """Note what the engine publishes and when its session file is on the disk."""
    publish, journal = engine.bus.publish, engine.session._conversation.journal
    settle = journal._write_and_sync

    def published(event: AgentEvent) -> None:
        publish(event)
        marks.note_event(event)

    def settled(file: Any) -> None:
        settle(file)
        marks.note_durable()

    engine.bus.publish, journal._write_and_sync = published, settled
    yield


async def measure(wire: Wire, turns: int, folder: Path) -> Marks:
    marks = Marks()
    root = folder / f"{wire.name}-{turns}".replace(" ", "-")
    root.mkdir()
    (root / "a.py").write_text("x = 1\n" * 50, encoding="utf-8")
    replies = [
        wire.reply(Say(WORDS, 20), Use("read_file", {"path": "a.py", "start": 1 + number}))
        for number in range(STEPS)
    ]
    async with server_for(wire, iter([*replies, wire.reply(Say("Done."))])) as server:
        base_url = server.base_url + ("" if wire.api == "anthropic-messages" else "/v1")
        endpoint = wire.endpoint(base_url)
        past = Past(messages=long_past(turns, endpoint.origin(wire.model)))
        registry = ProviderRegistry([endpoint])
        provider: Any = await registry.open(endpoint.name)
        client = provider._client._client
        client._transport = TimedConnection(client._transport, marks)
        engine = Engine(
            root,
            [],
            providers=registry,
            past=past,
            max_steps=STEPS + 2,
            compaction=CompactionRules(automatic=False),
        )
        engine.session.start(ApprovalMode.AUTO_EDIT)
        engine.session.select_model(ModelRef(endpoint.name, wire.model))
        with watched(engine, marks):
            await engine.session.submit("Look at a.py.")
        ends = [event for event in engine.take() if isinstance(event, TurnFinished)]
        assert [end.outcome for end in ends] == ["done"], ends
        await engine.session.close()
        await registry.aclose()
    return marks


def shown(times_ms: Sequence[float]) -> str:
    p95 = statistics.quantiles(times_ms, n=20)[-1]
    return f"{statistics.median(times_ms):6.2f} {p95:6.2f}"


async def run() -> None:
    columns = ("request", "its CPU", "event", "durable")
    print(f"{'wire':10} {'turns':>6}  {''.join(f'{each:17}' for each in columns)}targets")
    with tempfile.TemporaryDirectory() as name:
        for wire in WIRES:
            for turns in TURNS:
                marks = await measure(wire, turns, Path(name))
                print(
                    f"{wire.name:10} {turns:6}  {shown(marks.request_ms[1:]):17}"
                    f"{shown(marks.cpu_ms[1:]):17}{shown(marks.event_ms):17}"
                    f"{shown(marks.durable_ms):17}"
                    f"{TARGETS_MS[turns]:g} and {EVENT_TARGET_MS:g} ms"
                )


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
