"""One start of a model's child process: its orders, its one line of answer, and that it is well.

Which model and when is `server`'s business, as is the child after it was started; `child` is the
other side of what is said here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2

from codex_tui.protocol.display import one_line
from codex_tui.providers.local.models import CONTEXT_TOKENS
from codex_tui.providers.wire_json import as_count, as_object, as_text, parse_json

if TYPE_CHECKING:
    from codex_tui.providers.local.host import Child, LocalHost

MAX_LOG_BYTES: Final = 1_000_000
_STEP_S: Final = 0.2
_HEALTH_TIMEOUT_S: Final = 5.0
_DEATH_LIMIT_S: Final = 0.5
_DEATH_STEP_S: Final = 0.02
_MAX_TOLD_CHARS: Final = 400
_LAST_WORDS_BYTES: Final = 2_000


class NotStarted(Exception):  # noqa: N818 - a piece of news for `server`, which makes it an error
    """A child said why it cannot serve, or ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ready server is, and the key to it."""

    base_url: str
    key: str = field(repr=False)


def launch(file: Path, runtime: Path, host: LocalHost) -> tuple[Child, str]:
    """Start a child on a model's file; returns it and the key to it. Raises `NotStarted`."""
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
        return host.launch(argv, line=line, log=host.log), key
    except OSError as error:
        raise NotStarted(f"{error.strerror or error}.") from None


async def until_ready(child: Child, key: str) -> Place:
    """Wait until a child serves; returns where. Raises `NotStarted`."""
    line = await child.read_line()
    if not line:
        raise _ended(await death(child))
    port = _port_in(line)
    await _until_healthy(child, port)
    return Place(f"http://127.0.0.1:{port}/v1", key)


async def death(child: Child) -> int | None:
    """Return how a child ended that broke a connection and may be about to end; None if it runs."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DEATH_LIMIT_S):
            while child.exit_code is None:  # noqa: ASYNC110
                await asyncio.sleep(_DEATH_STEP_S)
    return child.exit_code


def _port_in(line: bytes) -> int:
    try:
        answer = as_object(parse_json(line.decode(errors="replace")))
    except ValueError:
        answer = {}
    port = as_count(answer.get("port"))
    if not port:
        told = as_text(answer.get("error")) or "it did not say where it listens."
        raise NotStarted(one_line(told, _MAX_TOLD_CHARS))
    return port


async def _until_healthy(child: Child, port: int) -> None:
    """Ask the server until it is well. No proxy stands between us and this machine."""
    async with httpx2.AsyncClient(trust_env=False, timeout=_HEALTH_TIMEOUT_S) as client:
        while True:
            if child.exit_code is not None:
                raise _ended(child.exit_code)
            try:
                reply = await client.get(f"http://127.0.0.1:{port}/health")
            except httpx2.TransportError:
                reply = None
            if reply is not None and reply.is_success:
                return
            await asyncio.sleep(_STEP_S)


def _ended(exit_code: int | None) -> NotStarted:
    return NotStarted(f"it ended {how(exit_code)}.")


def last_words(log_file: Path) -> str:
    """Return the end of what a child wrote into its log, as one line."""
    try:
        said = log_file.read_bytes()[-_LAST_WORDS_BYTES:].decode(errors="replace")
    except OSError:
        return ""
    return one_line(said, _LAST_WORDS_BYTES)


def how(exit_code: int | None) -> str:
    """Say how a process ended."""
    if exit_code is None:
        return "by itself"
    if exit_code == -9:
        return "by force, which the system does when memory runs out"
    return f"with exit code {exit_code}" if exit_code >= 0 else f"by signal {-exit_code}"
