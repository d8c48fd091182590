"""The standard streams of a program that may be started without some of them, or lose them."""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Give a stream that was closed before the start a place to go, and keep a character that the
    locale or a pipe's other end cannot carry from ending the program.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper) and name != "stderr":
            stream.reconfigure(errors="replace")


def silence_standard_output() -> None:
    """Keep the interpreter from failing again when it flushes a closed pipe at the end."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def silence_standard_error() -> None:
    """Keep the interpreter from failing at the end where complaints cannot be written."""
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
