"""The life of the model's server: started at its first use, ended with the program.

    stopped → assembling → starting → ready
       ↑__________failed______________|     a server that died counts as stopped

`prepare` says in words what it does, so that whoever waits can show it, and is over when the server
is ready. It may be given up at any moment: what was begun is ended then. Several callers share one
start; when the one who began it gives up, the next begins anew. Nothing here survives the program:
`child` sees to that from its side.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
import threading
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2

from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.local.faults import unavailable
from codex_tui.providers.local.models import CONTEXT_TOKENS, size_words
from codex_tui.providers.local.weights import Progress, Stopped
from codex_tui.providers.wire_json import as_count, as_object, as_text, parse_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_tui.providers.local.host import Child, LocalHost

log = logging.getLogger(__name__)

MAX_LOG_BYTES: Final = 1_000_000
STOP_GRACE_S: Final = 1.0
START_LIMIT_S: Final = 60.0
START_LIMIT_S_PER_GB: Final = 30.0
_STEP_S: Final = 0.2
_DEATH_LIMIT_S: Final = 0.5
_DEATH_STEP_S: Final = 0.02
_HEALTH_TIMEOUT_S: Final = 5.0
_OWN_FILE_MEMORY_FACTOR: Final = 1.25  # weights, and a context that grows with the model's size
_OWN_FILE_MEMORY_BYTES: Final = 300_000_000


class ServerState(StrEnum):
    """How far the server is."""

    STOPPED = "stopped"
    ASSEMBLING = "assembling"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ready server is, and the key to it."""

    base_url: str
    key: str = field(repr=False)


class LocalServer:
    """One model's server. `aclose` ends it; until then it is started again when it is needed."""

    def __init__(self, name: str, host: LocalHost, *, start_limit_s: float | None = None) -> None:
        """`start_limit_s` is how long the model may take to load; by its size when None."""
        self._name = name
        self._host = host
        self._start_limit_s = start_limit_s
        self._starting = asyncio.Lock()
        self._state = ServerState.STOPPED
        self._child: Child | None = None
        self._place: Place | None = None

    @property
    def state(self) -> ServerState:
        """How far the server is at this moment."""
        if self._state is ServerState.READY and self.died is not None:
            return ServerState.STOPPED
        return self._state

    @property
    def died(self) -> int | None:
        """The exit code of a server that ended by itself; None when it runs or was never there."""
        return self._child.exit_code if self._child is not None else None

    @property
    def place(self) -> Place:
        """Where the ready server is."""
        if self._place is None:
            raise RuntimeError("the server was not prepared")
        return self._place

    async def prepare(self) -> AsyncGenerator[str]:
        """Have the server ready when this ends; yields what is being done.

        Raises:
            ProviderError: it cannot be started; says what is missing and what to do.
        """
        if self._starting.locked():
            yield f"waiting for {self._name}, which is {self._state}"
        async with self._starting:
            if self.state is ServerState.READY:
                return
            self._forget()
            outcome = ServerState.STOPPED
            try:
                async with aclosing(self._start()) as words:
                    async for text in words:
                        yield text
                outcome = ServerState.READY
            except ProviderError:
                outcome = ServerState.FAILED
                raise
            finally:
                self._state = outcome
                if outcome is not ServerState.READY:
                    self._forget()

    async def death(self) -> int | None:
        """Return `died` of a server that broke a connection and may be about to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DEATH_LIMIT_S):
                while self._child is not None and self.died is None:  # noqa: ASYNC110
                    await asyncio.sleep(_DEATH_STEP_S)
        return self.died

    async def aclose(self) -> None:
        """End the server, by force if need be; a start that is under way is given up by whoever
        waits for it.
        """
        child, self._child, self._place = self._child, None, None
        self._state = ServerState.STOPPED
        if child is not None:
            await child.stop(STOP_GRACE_S)

    def _forget(self) -> None:
        if self._child is not None:
            self._child.kill()
        self._child = self._place = None

    async def _start(self) -> AsyncGenerator[str]:
        runtime = self._host.runtime()
        if runtime is None:
            raise self._not_installed("The program that runs local models is not installed.")
        self._state = ServerState.ASSEMBLING
        file: list[Path] = []
        async with aclosing(self._assemble(file)) as words:
            async for text in words:
                yield text
        self._require_memory()
        self._state = ServerState.STARTING
        yield f"starting {self._name} …"
        await self._launch(file[0], runtime)

    async def _assemble(self, found: list[Path]) -> AsyncGenerator[str]:
        """Put the model's checked file into `found`; yields how far it is."""
        stop = threading.Event()
        progress: list[Progress] = []
        work = asyncio.get_running_loop().run_in_executor(
            None, self._host.weights.prepare, self._name, progress.append, stop
        )
        try:
            while not (await asyncio.wait([work], timeout=_STEP_S))[0]:
                if progress:
                    yield self._share(progress[-1])
                    progress.clear()
            file = work.result()
        finally:
            stop.set()
            if not work.done():
                work.add_done_callback(_note_end)
        if file is None:
            raise self._not_installed(f"The weights of {self._name} are not installed.")
        found.append(file)

    def _share(self, progress: Progress) -> str:
        percent = 100 * progress.done_bytes // max(1, progress.of_bytes)
        size = size_words(progress.of_bytes)
        return f"preparing {self._name}, once: {percent} % of {size}"

    def _require_memory(self) -> None:
        model, free = self._host.weights.model(self._name), self._host.memory()
        size = self._host.weights.size_bytes(self._name)
        needed = (
            model.memory_bytes
            if model is not None
            else int(size * _OWN_FILE_MEMORY_FACTOR) + _OWN_FILE_MEMORY_BYTES
        )
        if free is not None and free < needed:
            raise unavailable(
                f"{self._name} needs about {size_words(needed)} of memory; "
                f"{size_words(free)} are free.",
                "Close other programs, or choose a smaller model (Ctrl+L).",
            )

    async def _launch(self, file: Path, runtime: Path) -> None:
        key = secrets.token_urlsafe(32)
        orders = {
            "model": str(file),
            "key": key,
            "context_tokens": CONTEXT_TOKENS,
            "runtime": str(runtime),
            "parent": os.getpid(),
            "max_log_bytes": MAX_LOG_BYTES,
        }
        argv = (sys.executable, "-I", "-S", str(Path(__file__).with_name("child.py")))
        line = json.dumps(orders).encode() + b"\n"
        try:
            self._child = self._host.launch(argv, line=line, log=self._host.log)
        except OSError as error:
            raise self._unstarted(f"{error.strerror or error}.") from None
        limit_s = self._limit_s()
        try:
            async with asyncio.timeout(limit_s):
                line = await self._child.read_line()
                if not line:
                    await self.death()
                port = self._port_in(line)
                self._place = Place(f"http://127.0.0.1:{port}/v1", key)
                await self._until_healthy(self._child, port)
        except TimeoutError:
            raise unavailable(
                f"{self._name} was not ready after {limit_s:.0f} s.",
                f"Is the machine busy? Try again. Its log is {self._host.log}.",
                ProviderErrorKind.TIMEOUT,
            ) from None

    def _limit_s(self) -> float:
        if self._start_limit_s is not None:
            return self._start_limit_s
        gigabytes = self._host.weights.size_bytes(self._name) / 1e9
        return START_LIMIT_S + START_LIMIT_S_PER_GB * gigabytes

    def _port_in(self, line: bytes) -> int:
        try:
            answer = as_object(parse_json(line.decode(errors="replace")))
        except ValueError:
            answer = {}
        port = as_count(answer.get("port"))
        if port:
            return port
        told = as_text(answer.get("error"))
        if not told and not line:
            told = self._ended()
        raise self._unstarted(one_line(told or "it did not say where it listens.", 400))

    async def _until_healthy(self, child: Child, port: int) -> None:
        """Ask the server until it is well. No proxy stands between us and this machine."""
        async with httpx2.AsyncClient(trust_env=False, timeout=_HEALTH_TIMEOUT_S) as client:
            while True:
                if child.exit_code is not None:
                    raise self._unstarted(self._ended())
                try:
                    reply = await client.get(f"http://127.0.0.1:{port}/health")
                except httpx2.TransportError:
                    reply = None
                if reply is not None and reply.is_success:
                    return
                await asyncio.sleep(_STEP_S)

    def _ended(self) -> str:
        return f"it ended {how(self._child.exit_code if self._child else None)}."

    def _unstarted(self, why: str) -> Exception:
        return unavailable(
            f"{self._name} could not be started: {why}",
            f"Try again; its log is {self._host.log}.",
        )

    def _not_installed(self, message: str) -> Exception:
        hint = self._host.missing() or f"There are: {', '.join(self._host.weights.names())}."
        return unavailable(message, hint)


def how(exit_code: int | None) -> str:
    """Say how a process ended."""
    if exit_code is None:
        return "by itself"
    if exit_code == -9:
        return "by force, which the system does when memory runs out"
    return f"with exit code {exit_code}" if exit_code >= 0 else f"by signal {-exit_code}"


def _note_end(work: asyncio.Future[Path | None]) -> None:
    """Take the outcome of work that nobody waits for any more."""
    error = None if work.cancelled() else work.exception()
    if error is not None and not isinstance(error, Stopped):
        log.warning("a model's file could not be made: %s", error)
