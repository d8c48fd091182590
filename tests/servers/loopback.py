"""A small HTTP/1.1 server on 127.0.0.1 that answers as a test tells it, faults included.

    async def handler(request: Recorded) -> Answer:
        return Stream([b"data: 1\n\n", Cut()])

    async with LoopbackServer(handler) as server:
        ...  # speak to server.base_url, look at server.requests

The handler may be a plain or an `async` function. It gets the whole request and returns either

- `Plain(status=…, headers=…, body=…)`: an ordinary response with a length, or
- `Stream(pieces)`: a chunked response, `text/event-stream` unless told otherwise. Each `bytes`
  piece is one HTTP chunk, flushed before the next one (`bytewise()` and `cut_into()` make small
  ones). Between the bytes stand the faults, in the order they are to happen:

      Stall()   nothing more until `stall.release()`; `stall.reached` says the server is there
      Cut()     the connection closes without the terminating chunk (the client reads a clean EOF)
      Reset()   the connection is torn down with a TCP reset

  A stream without `Cut` or `Reset` ends properly, whatever its bytes said. `pieces` may also be an
  async iterable, for answers that are made while they are sent.

Every request is kept in `server.requests`, in order of arrival, also those the handler refuses.
`await request.client_left.wait()` returns as soon as the client has closed its side while it was
being answered, which is how a test proves that a cancelled call lets go of its connection.

One request a connection (`Connection: close`). Bounds: 64 KiB of headers, 64 MiB of body, 30 s for
a client to send its request; leaving the context ends every connection, a stalled one too. An
exception in the handler is answered with 500 and raised again when the context is left.

`in_thread(server)` runs any of these servers on a loop of its own in a thread, for tests that start
the real program. Only `stall.release()` and reading are safe from outside that thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import queue
import socket
import struct
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024
REQUEST_TIMEOUT_S = 30.0
THREAD_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A request as it arrived; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    client_left: asyncio.Event = field(default_factory=asyncio.Event)

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def route(self) -> str:
        """The path without the query."""
        return self.path.partition("?")[0]

    @property
    def query(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))


class Stall:
    """Silence in the middle of a stream until somebody calls `release()` (from any thread)."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._released = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def release(self) -> None:
        if self._loop is None:
            self._released.set()
        else:
            self._loop.call_soon_threadsafe(self._released.set)

    async def wait(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.reached.set()
        await self._released.wait()


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection closes here, cleanly for TCP and far too early for HTTP."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset here (RST)."""


Piece = bytes | Stall | Cut | Reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A whole response; `Content-Length` is added."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of_json(cls, value: Any, *, status: int = 200, **headers: str) -> Self:
        """Make a JSON response; header names are written with `_` for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(
            status=status,
            headers={"content-type": "application/json", **named},
            body=json.dumps(value).encode(),
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """A chunked response made of bytes and faults."""

    pieces: Iterable[Piece] | AsyncIterable[Piece]
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"content-type": "text/event-stream; charset=utf-8"}
    )


Answer = Plain | Stream
Handler = Callable[[Recorded], Answer | Awaitable[Answer]]


def bytewise(data: bytes) -> list[Piece]:
    """Cut into single bytes."""
    return cut_into(data, 1)


def cut_into(data: bytes, size: int) -> list[Piece]:
    """Cut into pieces of `size` bytes, wherever that falls."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def in_pieces(words: str, count: int) -> list[str]:
    """Cut into about `count` pieces of one length."""
    size = max(1, -(-len(words) // count))
    return [words[start : start + size] for start in range(0, len(words), size)]


class LoopbackServer:
    """The server; see the top of this module."""

    def __init__(self, handler: Handler) -> None:
        self.requests: list[Recorded] = []
        self._handler = handler
        self._transports: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[Any]] = set()
        self._failure: Exception | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        # Who has been accepted just now is made a connection in the loop's next turn, which asyncio
        # does only while the server is open: closed at once, it would drop the socket unclosed.
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        await _turn()
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        for transport in list(self._transports):
            transport.abort()
        await _turn()
        if self._failure is not None:
            raise self._failure

    def _protocol(self) -> asyncio.Protocol:
        reader = asyncio.StreamReader(limit=MAX_HEADER_BYTES)
        return _Connection(reader, self._serve, self._transports)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the client left or never finished its request: there is nobody to answer
        except asyncio.CancelledError:
            # The server is being closed; ending normally keeps the stream protocol's own callback,
            # which asks a finished task for its exception, from reporting the cancellation.
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            request = await _read_request(reader)
        self.requests.append(request)
        try:
            answer = self._handler(request)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:  # noqa: BLE001 - raised again in __aexit__
            self._failure = self._failure or error
            answer = Plain(status=500, body=f"the test's handler failed: {error!r}".encode())
        sending = asyncio.create_task(_send(answer, writer))
        watching = asyncio.create_task(_watch(reader, request.client_left))
        try:
            await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            watching.cancel()
            outcomes = await asyncio.gather(sending, watching, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


class _Connection(asyncio.StreamReaderProtocol):
    """A client's connection, among `transports` as long as it is open."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
        transports: set[asyncio.Transport],
    ) -> None:
        super().__init__(reader, serve)
        self._transports = transports

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._made = transport
        self._transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transports.discard(self._made)
        super().connection_lost(exc)


async def _turn() -> None:
    """Let the loop do what it is about to do."""
    for _ in range(10):
        await asyncio.sleep(0)


async def _read_request(reader: asyncio.StreamReader) -> Recorded:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    method, path, _version = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    if "transfer-encoding" in headers:
        body = await _read_chunked(reader)
    else:
        body = await reader.readexactly(_within(int(headers.get("content-length", "0"))))
    return Recorded(method=method, path=path, headers=headers, body=body)


async def _read_chunked(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        _within(len(body) + size)
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return bytes(body)


def _within(size: int) -> int:
    if size > MAX_BODY_BYTES:
        raise ConnectionError(f"a request body of {size} bytes is over the server's bound")
    return size


async def _watch(reader: asyncio.StreamReader, left: asyncio.Event) -> None:
    """Return when the client closes its side; what it still sends is ignored."""
    try:
        while await reader.read(4096):
            continue
    finally:
        if reader.at_eof() or reader.exception() is not None:
            left.set()


async def _send(answer: Answer, writer: asyncio.StreamWriter) -> None:
    if isinstance(answer, Plain):
        _write_head(writer, answer, f"content-length: {len(answer.body)}")
        writer.write(answer.body)
        await writer.drain()
        return
    _write_head(writer, answer, "transfer-encoding: chunked")
    await writer.drain()
    async for piece in _pieces(answer):
        match piece:
            case bytes():
                if piece:  # an empty chunk would end the response
                    writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                    await writer.drain()
            case Stall():
                await piece.wait()
            case Cut():
                return
            case Reset():
                _reset(writer)
                return
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _pieces(answer: Stream) -> AsyncIterator[Piece]:
    if isinstance(answer.pieces, AsyncIterable):
        async for piece in answer.pieces:
            yield piece
    else:
        for piece in answer.pieces:
            yield piece


def _write_head(writer: asyncio.StreamWriter, answer: Answer, framing: str) -> None:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unassigned"  # 529 is a vendor's own
    lines = [f"HTTP/1.1 {answer.status} {reason}", "connection: close", framing]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with linger time 0, which makes the kernel send RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


S = TypeVar("S")


class Served:
    """What answers on a server of its own, from when it is entered until it is left."""

    __slots__ = ()

    server: LoopbackServer

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def received(self) -> list[Recorded]:
        """The requests as they came over the wire, with their headers."""
        return self.server.requests

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.server.__aexit__(*failure)


@contextlib.contextmanager
def in_thread(server: AbstractAsyncContextManager[S]) -> Iterator[S]:
    """Run a server on an event loop of its own in a thread; leaving stops both.

    What the server raises on its way in or out is raised here.
    """
    entered: queue.Queue[S | BaseException] = queue.Queue()
    left: list[BaseException] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with server as running:
            entered.put(running)
            await stop.wait()

    def work() -> None:
        try:
            loop.run_until_complete(run())
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread
            left.append(error)
            entered.put(error)
        finally:
            loop.close()

    thread = threading.Thread(target=work, name="loopback-server", daemon=True)
    thread.start()
    started = entered.get(timeout=THREAD_TIMEOUT_S)
    if isinstance(started, BaseException):
        raise started
    try:
        yield started
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed already when the server died
            loop.call_soon_threadsafe(stop.set)
        thread.join(THREAD_TIMEOUT_S)
    if left:
        raise left[0]
