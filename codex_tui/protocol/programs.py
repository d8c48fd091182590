"""Helper programs: who may run them, and how they ended. Never a command of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a helper program ended. `exit_code` is negative for a signal, as `subprocess` counts;
    `truncated` and `timed_out` say why it was killed.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    truncated: bool = False
    timed_out: bool = False


class Programs(Protocol):
    """Whoever may start helper programs; handed in by the composition root."""

    def find(self, name: str) -> Path | None:
        """Look a program up in the system's directories."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        timeout_s: float,
        max_output_bytes: int,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a program to its end, without input and with a cap on time and output; `env` adds to
        its small environment. Raises `OSError` when it does not start.
        """
        ...
