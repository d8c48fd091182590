"""Finds the weights there are, and has one checked file made of those that come in pieces.

Best first: the file the user names, the file made before, the pieces in installed packages. Those
packages are data: their files are read, nothing of them is ever imported. What makes a file right
is in `made_file`; the user's own is the user's business: it must be a GGUF file, no more.

All of it blocks; `WeightsStore.prepare` belongs in a thread and ends soon after `stop` is set.
Other running programs make the same file only one after the other.
"""

from __future__ import annotations

import contextlib
import sys
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Final, cast

from codex_tui.providers.local.faults import unavailable, unwritable
from codex_tui.providers.local.made_file import alone, is_noted, is_whole, make, wrong
from codex_tui.providers.local.models import MODELS, LocalModel

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codex_tui.providers.local.made_file import Progress

MAGIC: Final = b"GGUF"


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
            if is_noted(file, model):
                return file
            pieces = self._pieces(model)
            if not file.exists() and not pieces:
                return None
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            with alone(self._cache, stop):
                if not is_noted(file, model) and not is_whole(file, model, tell, stop):
                    if not pieces:
                        raise wrong(model, "the kept file")
                    make(file, model, pieces, tell, stop)
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
