"""What the program remembers by itself: the last model, recent and favourite ones.

The user's own configuration is never rewritten for this. A damaged file costs these memories and
nothing else: it is kept aside and the program goes on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from codex_tui.config.private_files import exclusive, replace_private
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codex_tui.config.paths import Paths

MAX_RECENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The memories; `recent` is newest first and has at most `MAX_RECENT` models."""

    model: ModelRef | None = None
    effort: Effort | None = None
    recent: tuple[ModelRef, ...] = ()
    favourites: tuple[ModelRef, ...] = ()


class StateFile:
    """Reads and changes the state file; `state` is what this process knows, `notices` what went
    wrong while reading.
    """

    def __init__(self, paths: Paths) -> None:
        self._path = paths.state_file
        self.notices: tuple[str, ...] = ()
        self._others: Mapping[str, object] = {}
        self.state = self._read() or State()

    def remember_model(self, model: ModelRef, effort: Effort | None) -> None:
        """Note the choice of a model; raises `ConfigError` when the disk refuses it."""

        def chosen(state: State) -> State:
            rest = (each for each in state.recent if each != model)
            recent = (model, *rest)[:MAX_RECENT]
            return replace(state, model=model, effort=effort, recent=recent)

        self._change(chosen)

    def toggle_favourite(self, model: ModelRef) -> None:
        """Make a model a favourite or stop it being one; raises `ConfigError` when the disk
        refuses.
        """

        def toggled(state: State) -> State:
            rest = tuple(each for each in state.favourites if each != model)
            favourites = rest if model in state.favourites else (*rest, model)
            return replace(state, favourites=favourites)

        self._change(toggled)

    def _change(self, change: Callable[[State], State]) -> None:
        """Change what is on the disk now: another codex-tui may have written meanwhile."""
        known = self.state
        self.state = change(known)  # holds for this process even if the disk refuses
        try:
            with exclusive(self._path.parent):
                self.state = change(self._read() or known)
                replace_private(self._path, json.dumps(self._to_json(), indent=2) + "\n")
        except OSError as error:
            raise ConfigError(
                f"{self._path}: cannot be written: {error.strerror}",
                hint="The choice holds until codex-tui is left.",
            ) from error

    def _to_json(self) -> Mapping[str, object]:
        state = self.state
        return {
            **self._others,
            "model": None if state.model is None else str(state.model),
            "effort": state.effort,
            "recent": [str(each) for each in state.recent],
            "favourites": [str(each) for each in state.favourites],
        }

    def _read(self) -> State | None:
        """Return what is on the disk, None when nothing is or it cannot be read."""
        try:
            content: object = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self.notices = (f"{self._path}: cannot be read: {error.strerror}",)
            return None
        except (ValueError, RecursionError):
            return self._put_aside()
        if not isinstance(content, dict):
            return self._put_aside()
        values = cast("Mapping[str, object]", content)
        self._others = values  # fields of a newer version survive being written by this one
        return State(
            model=next(iter(_refs([values.get("model")])), None),
            effort=_effort(values.get("effort")),
            recent=_refs(values.get("recent"))[:MAX_RECENT],
            favourites=_refs(values.get("favourites")),
        )

    def _put_aside(self) -> None:
        aside: Path = self._path.with_name(f"{self._path.name}.bad")
        try:
            self._path.replace(aside)
        except OSError as error:
            self.notices = (f"{self._path}: is damaged and not used: {error.strerror}",)
        else:
            self.notices = (f"{self._path} was damaged and is not used; it is kept as {aside}.",)


def _refs(values: object) -> tuple[ModelRef, ...]:
    """Return what is a model among `values`, each once."""
    found: dict[ModelRef, None] = {}
    for value in cast("Sequence[object]", values) if isinstance(values, list) else ():
        try:
            found[ModelRef.parse(str(value))] = None
        except ConfigError:
            continue
    return tuple(found)


def _effort(value: object) -> Effort | None:
    return next((each for each in Effort if each == value), None)
