"""Packages of pieces as pip installs them, and a host with a runtime that stands in."""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from codex_tui.protocol.messages import UserMessage
from codex_tui.providers.base import Endpoint, ModelRequest
from codex_tui.providers.local.host import LocalHost
from codex_tui.providers.local.models import LocalModel
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.sandbox.helper_server import start_helper

if TYPE_CHECKING:
    from codex_tui.providers.base import LLMProvider, StreamEvent

RUNTIME = Path(__file__).parent / "runtime"
PIECES = (b"GGUF" + b"a" * 3_000_000, b"b" * 2_500_000, b"c" * 10)
WHOLE = b"".join(PIECES)
MODEL = LocalModel(
    name="small-model",
    title="Small Model",
    extra="local",
    packages=("weights-part1", "weights-part2", "weights-part3"),
    size_bytes=len(WHOLE),
    sha256=hashlib.sha256(WHOLE).hexdigest(),
    download_bytes=5_000_000,
    memory_bytes=1_000_000,
    tokens_per_s=20,
)
ENDPOINT = Endpoint(name="local", api="local", base_url="", title="Local model", needs_key=False)


def install(site: Path, pieces: tuple[bytes, ...] = PIECES) -> str:
    """Lay packages out as pip does; importing any of them is an error."""
    for number, piece in enumerate(pieces, 1):
        package = site / f"weights_part{number}"
        package.joinpath("data").mkdir(parents=True)
        package.joinpath("__init__.py").write_text("raise SystemExit('imported')\n")
        package.joinpath("data", f"part{number:02}.bin").write_bytes(piece)
        info = site / f"weights_part{number}-1.0.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: weights-part{number}\nVersion: 1.0\n"
        )
        info.joinpath("RECORD").write_text(
            f"weights_part{number}/__init__.py,,\n"
            f"weights_part{number}/data/part{number:02}.bin,,{len(piece)}\n"
        )
    return str(site)


def host(folder: Path, words: str = "", **changes) -> LocalHost:
    """Return a host whose one model is the user's own file, which tells the runtime what to do."""
    file = folder / "own-model.gguf"
    file.write_bytes(b"GGUF" + words.encode())
    fields = {
        "launch": start_helper,
        "weights": WeightsStore(folder / "cache", own_file=file, search=()),
        "log": folder / "state" / "log" / "local-model.log",
        "runtime": lambda: RUNTIME,
        "memory": lambda: 8_000_000_000,
    }
    return LocalHost(**{**fields, **changes})


def child_of(folder: Path) -> psutil.Process:
    """Return the process that the runtime ran in last; raises `psutil.NoSuchProcess`."""
    return psutil.Process(int((folder / "own-model.gguf.pid").read_text()))


def lives(process: psutil.Process) -> bool:
    """Say whether a process runs; one that nobody has asked about since its end does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_left(folder: Path) -> bool:
    """Say whether the process that the runtime ran in last still runs."""
    try:
        return lives(child_of(folder))
    except psutil.NoSuchProcess:
        return False


def request_for(model: str = "own-model") -> ModelRequest:
    """Return a short question to a model."""
    return ModelRequest(model=model, system="", messages=(UserMessage(text="Hello?"),))


async def ask(provider: LLMProvider) -> list[StreamEvent]:
    """Make one call and return its events."""
    async with aclosing(provider.stream(request_for())) as events:
        return [event async for event in events]
