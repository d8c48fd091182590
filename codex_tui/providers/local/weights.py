"""Finds the weights there are, and makes one checked file of those that come in pieces.

Best first: the file the user names, the file made before, the pieces in installed packages. Those
packages are data: their files are read, nothing of them is ever imported. A file made here is taken
only with the known SHA-256; it is hashed again whenever its size or time of change is not what was
noted beside it. The user's own file is the user's business: it must be a GGUF file, no more.

All of it blocks; `WeightsStore.prepare` belongs in a thread and ends soon after `stop` is set.
Other running programs make the same file only one after the other.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Final, cast

from codex_tui.providers.local.faults import unavailable, unwritable
from codex_tui.providers.local.models import MODELS, LocalModel, size_words

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path
    from typing import BinaryIO

MAGIC: Final = b"GGUF"
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


class WeightsStore:
    """The weights on this machine, by the model's name.

    `cache` is a folder of the program's own; `search` are the folders in which packages are looked
    for, as in `sys.path`, which it is when None.
    """

    def __init__(
        self,
        cache: Path,
        *,
        own_file: Path | None = None,
        models: Sequence[LocalModel] = MODELS,
        search: Sequence[str] | None = None,
    ) -> None:
        self._cache = cache
        self._own_file = own_file
        self._models = {model.name: model for model in models}
        self._search = search
        self._at_hand: tuple[str, ...] | None = None

    def names(self) -> tuple[str, ...]:
        """Return the models that can be used, best first. What is installed later counts from the
        next start on.
        """
        if self._at_hand is None:
            own = () if self._own_file is None else (self._own_file.stem,)
            known = (
                model.name
                for model in self._models.values()
                if self._file(model).exists() or self._pieces(model)
            )
            self._at_hand = tuple(dict.fromkeys((*own, *known)))
        return self._at_hand

    def model(self, name: str) -> LocalModel | None:
        """Return what is known of a model; None for the user's own file and for strangers."""
        return None if self._is_own(name) else self._models.get(name)

    def size_bytes(self, name: str) -> int:
        """Return the size of a model's file, made or not; 0 for one that is not there."""
        model = self.model(name)
        if model is not None:
            return model.size_bytes
        if self._own_file is None or not self._is_own(name):
            return 0
        with contextlib.suppress(OSError):
            return self._own_file.stat().st_size
        return 0

    def prepare(
        self, name: str, tell: Callable[[Progress], None], stop: threading.Event
    ) -> Path | None:
        """Return a model's checked file, made of its pieces if need be; None when it is not here.

        Raises:
            ProviderError: the file cannot be made, or is not what it should be.
            Stopped: `stop` was set.
        """
        if self._own_file is not None and self._is_own(name):
            return _checked_own(self._own_file)
        model = self._models.get(name)
        if model is None:
            return None
        file = self._file(model)
        try:
            if _is_noted(file, model):
                return file
            pieces = self._pieces(model)
            if not file.exists() and not pieces:
                return None
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self._cache, stop):
                if not _is_noted(file, model) and not _is_whole(file, model, tell, stop):
                    if not pieces:
                        raise _wrong(model, "the kept file")
                    _make(file, model, pieces, tell, stop)
        except OSError as error:
            raise unwritable(self._cache, error) from None
        return file

    def _is_own(self, name: str) -> bool:
        return self._own_file is not None and self._own_file.stem == name

    def _file(self, model: LocalModel) -> Path:
        return self._cache / f"{model.name}.gguf"

    def _pieces(self, model: LocalModel) -> tuple[Path, ...]:
        """Return the files of the installed packages in order; none unless all are there."""
        pieces: list[Path] = []
        for package in model.packages:
            found = self._piece(package)
            if found is None:
                return ()
            pieces.append(found)
        return tuple(pieces)

    def _piece(self, package: str) -> Path | None:
        path = list(sys.path if self._search is None else self._search)
        for installed in distributions(name=package, path=path):
            for file in installed.files or ():
                if file.suffix == ".bin" and ".." not in file.parts:
                    place = cast("Path", installed.locate_file(file))
                    return place if place.is_file() else None
        return None


def _checked_own(file: Path) -> Path:
    try:
        with file.open("rb") as opened:
            found = opened.read(len(MAGIC))
    except OSError as error:
        raise unavailable(
            f"The model file {file} cannot be read: {error.strerror or error}.",
            "Correct model_file under [providers.local].",
        ) from None
    if found != MAGIC:
        raise unavailable(
            f"{file} is no GGUF file.",
            "model_file under [providers.local] names one file of weights in llama.cpp's format.",
        )
    return file


# -- the file made of pieces ---------------------------------------------------------------------


def _make(
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
            raise _wrong(model, "what the installed packages hold")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    _note(file, model)


def _chunks(source: BinaryIO, stop: threading.Event) -> Generator[bytes]:
    while chunk := source.read(CHUNK_BYTES):
        if stop.is_set():
            raise Stopped
        yield chunk


def _is_whole(
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


def _is_noted(file: Path, model: LocalModel) -> bool:
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


def _wrong(model: LocalModel, what: str) -> Exception:
    return unavailable(
        f"{what[0].upper()}{what[1:]} is not {model.title}: the SHA-256 is another. "
        "It was not used.",
        f'Install the extra "{model.extra}" anew, or name a GGUF file of your own: '
        "model_file under [providers.local].",
    )


@contextlib.contextmanager
def _alone(folder: Path, stop: threading.Event) -> Generator[None]:
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
