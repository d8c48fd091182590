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
import logging
import threading
from contextlib import aclosing
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.local.faults import unavailable
from codex_tui.providers.local.made_file import Progress, Stopped
from codex_tui.providers.local.models import size_words
from codex_tui.providers.local.start import (
    NotStarted,
    Place,
    death,
    last_words,
    launch,
    until_ready,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_tui.providers.local.host import Child, LocalHost

log = logging.getLogger(__name__)

STOP_GRACE_S: Final = 1.0
START_LIMIT_S: Final = 60.0
START_LIMIT_S_PER_GB: Final = 30.0
_STEP_S: Final = 0.2
_OWN_FILE_MEMORY_FACTOR: Final = 1.25  # weights, and a context that grows with the model's size
_OWN_FILE_MEMORY_BYTES: Final = 300_000_000


class ServerState(StrEnum):
    """How far the server is."""

    STOPPED = "stopped"
    ASSEMBLING = "assembling"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


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
        return await death(self._child) if self._child is not None else None

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
        limit_s = self._limit_s()
        try:
            async with asyncio.timeout(limit_s):
                self._child, key = launch(file, runtime, self._host)
                self._place = await until_ready(self._child, key)
        except NotStarted as failed:
            # The next start empties the child's own log.
            log.warning("%s: %s It said: %s", self._name, failed, last_words(self._host.log))
            raise unavailable(
                f"{self._name} could not be started: {failed}",
                f"Try again; its log is {self._host.log}.",
            ) from None
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

    def _not_installed(self, message: str) -> Exception:
        hint = self._host.missing() or f"There are: {', '.join(self._host.weights.names())}."
        return unavailable(message, hint)


def _note_end(work: asyncio.Future[Path | None]) -> None:
    """Take the outcome of work that nobody waits for any more."""
    error = None if work.cancelled() else work.exception()
    if error is not None and not isinstance(error, Stopped):
        log.warning("a model's file could not be made: %s", error)
