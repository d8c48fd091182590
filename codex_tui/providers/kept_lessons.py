"""What the servers were found to take, kept between starts of the program.

A lesson belongs to an address and a model, and is believed for a month: servers are upgraded, and a
part of a request that was refused once is tried again. A file that is damaged or of another address
counts as none and is replaced by the next lesson. What a refusal means is the adapters' knowledge.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from codex_tui.providers.base import Flags
from codex_tui.providers.wire_json import as_object, as_text, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.served import Shelf

log = logging.getLogger(__name__)

BELIEVED_FOR: Final = timedelta(days=30)
MAX_MODELS: Final = 100
"""The models of a provider that were learned of last are kept."""
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesson:
    """All flags of a model, and when the first of them was learned."""

    since: datetime
    flags: Flags


class KeptLessons:
    """The lasting lessons of each provider, in memory and on the shelf.

    Without a shelf they last as long as the program. A shelf that fails costs a refused request.
    """

    def __init__(
        self,
        shelf: Shelf | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._shelf = shelf
        self._now = now
        self._known: dict[str, tuple[Mapping[str, str], dict[str, _Lesson]]] = {}

    def of(self, endpoint: Endpoint, model: str) -> Flags:
        """Return what is known of a model; a provider's first question reads the shelf."""
        known = self._of(endpoint).get(model)
        return known.flags if known is not None and self._is_believed(known) else {}

    def keep(self, endpoint: Endpoint, model: str, flags: Flags) -> None:
        """Take what is known of a model by now, all of it; `store` puts it on the shelf."""
        known = self._of(endpoint)
        before = known.pop(model, None)
        since = before.since if before and self._is_believed(before) else self._now()
        if flags:
            known[model] = _Lesson(since=since, flags=dict(flags))

    def store(self, endpoint: Endpoint) -> None:
        """Put a provider's lessons on the shelf; blocks. What another codex-tui has learned of
        other models meanwhile stays there.
        """
        known = dict(self._of(endpoint))
        others = {k: v for k, v in self._read(endpoint).items() if k not in known}
        if others or known:
            self._write(endpoint, {**others, **known})

    def forget(self, endpoint: Endpoint) -> None:
        """Know nothing of a provider's models any more; blocks."""
        if self._of(endpoint):
            self._known[endpoint.name] = (_owner(endpoint), {})
            self._write(endpoint, {})

    def _is_believed(self, lesson: _Lesson) -> bool:
        """Say whether a lesson is of the last month; one from the future is not trusted."""
        return timedelta(0) <= self._now() - lesson.since < BELIEVED_FOR

    def _of(self, endpoint: Endpoint) -> dict[str, _Lesson]:
        owner, known = self._known.get(endpoint.name, ({}, {}))
        if owner != _owner(endpoint):
            known = self._read(endpoint)
            self._known[endpoint.name] = (_owner(endpoint), known)
        return known

    def _write(self, endpoint: Endpoint, known: Mapping[str, _Lesson]) -> None:
        if self._shelf is None:
            return
        models = {
            name: {"since": lesson.since.isoformat(), "flags": dict(lesson.flags)}
            for name, lesson in list(known.items())[-MAX_MODELS:]
        }
        kept = {"version": _VERSION, **_owner(endpoint), "models": models}
        try:
            self._shelf.write(endpoint.name, json.dumps(kept))
        except OSError as error:
            log.warning("what %s takes could not be kept: %s", endpoint.name, error)

    def _read(self, endpoint: Endpoint) -> dict[str, _Lesson]:
        if self._shelf is None:
            return {}
        expected = {"version": _VERSION, **_owner(endpoint)}
        try:
            kept = as_object(parse_json(self._shelf.read(endpoint.name)))
            if {name: kept.get(name) for name in expected} != expected:
                return {}
            models = as_object(kept.get("models"))
            return {name: _lesson_of(as_object(entry)) for name, entry in models.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("what %s takes could not be read: %s", endpoint.name, error)
            return {}


def _owner(endpoint: Endpoint) -> Mapping[str, str]:
    return {"api": endpoint.api, "address": endpoint.address}


def _lesson_of(entry: Mapping[str, object]) -> _Lesson:
    """Read one model's lesson; raises ValueError."""
    since = datetime.fromisoformat(as_text(entry.get("since")))
    flags = cast("Mapping[str, object]", as_object(entry.get("flags")))
    if since.tzinfo is None:
        raise ValueError("it does not say when it was learned")
    return _Lesson(
        since=since,
        flags={name: value for name, value in flags.items() if isinstance(value, str | bool)},
    )
