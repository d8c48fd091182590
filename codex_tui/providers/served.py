"""What the servers say they serve: the lists, and the files that keep them between starts.

A list holds the server's own facts and nothing else, so that what is known from elsewhere can be
better next time. It belongs to an address and a key; a file that is damaged or belongs to others
counts as none and is replaced by the next list. Who asks, and when, is the registry's business.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, Price
from codex_tui.providers.listed import MAX_MODELS, listable
from codex_tui.providers.wire_json import as_amount, as_count, as_object, as_text, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from codex_tui.providers.base import Endpoint

log = logging.getLogger(__name__)

FRESH_FOR: Final = timedelta(hours=24)
_VERSION: Final = 1


class Shelf(Protocol):
    """Keeps texts by name from one start to the next, for the user alone. Both raise `OSError`."""

    def read(self, name: str) -> str:
        """Return a kept text; `FileNotFoundError` when there is none, ValueError for no text."""
        ...

    def write(self, name: str, text: str) -> None:
        """Keep a text in the place of the old one, whole or not at all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedList:
    """A server's models by name, in its order, and when it was asked; with `more` it serves others,
    too.
    """

    asked_at: datetime
    models: Mapping[str, ModelInfo]
    more: bool = False


class ServedLists:
    """The newest list of each provider, in memory and on the shelf."""

    def __init__(
        self,
        shelf: Shelf | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without a shelf, lists last as long as the program."""
        self._shelf = shelf
        self._now = now
        self._known: dict[str, tuple[Endpoint, ServedList | None]] = {}

    def of(self, endpoint: Endpoint) -> ServedList | None:
        """Return the newest list; the first question reads the shelf."""
        known = self._known.get(endpoint.name)
        if known is None or known[0] is not endpoint:
            known = self._known[endpoint.name] = (endpoint, self._read(endpoint))
        return known[1]

    def is_fresh(self, endpoint: Endpoint) -> bool:
        """Say whether there is a list of the last day; one from the future is not trusted."""
        listed = self.of(endpoint)
        return listed is not None and timedelta(0) <= self._now() - listed.asked_at < FRESH_FOR

    def keep(self, endpoint: Endpoint, models: Iterable[ModelInfo]) -> None:
        """Take a server's list of this moment; `store` puts it on the shelf."""
        self._known[endpoint.name] = (endpoint, _list_of(models, self._now()))

    def forget(self, endpoint: Endpoint) -> None:
        """Know nothing of a provider whose place or key changed, whatever the shelf holds."""
        self._known[endpoint.name] = (endpoint, None)

    def store(self, endpoint: Endpoint) -> None:
        """Put the list on the shelf; blocks. A shelf that fails costs the next start a question."""
        listed = self.of(endpoint)
        if self._shelf is None or listed is None:
            return
        kept = {
            **_owner(endpoint),
            "asked_at": listed.asked_at.isoformat(),
            "models": [_entry(info) for info in listed.models.values()],
            "more": listed.more,
        }
        try:
            self._shelf.write(endpoint.name, json.dumps(kept))
        except OSError as error:
            log.warning("the models of %s could not be kept: %s", endpoint.name, error)

    def _read(self, endpoint: Endpoint) -> ServedList | None:
        if self._shelf is None:
            return None
        try:
            kept = as_object(parse_json(self._shelf.read(endpoint.name)))
            if {name: kept.get(name) for name in _owner(endpoint)} != _owner(endpoint):
                return None
            return _kept_list(endpoint.name, kept)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("the kept models of %s could not be read: %s", endpoint.name, error)
            return None


def _owner(endpoint: Endpoint) -> Mapping[str, object]:
    """Say whose list it is. What may be secret is only in the hash, which is too short to search
    for anything by.
    """
    secret = [endpoint.api_key, sorted(endpoint.headers.items()), sorted(endpoint.query.items())]
    digest = hashlib.blake2b(json.dumps(secret).encode(), digest_size=6)
    return {
        "version": _VERSION,
        "api": endpoint.api,
        "address": endpoint.address,
        "key": digest.hexdigest(),
    }


def _list_of(models: Iterable[ModelInfo], asked_at: datetime, *, more: bool = False) -> ServedList:
    first = listable(models)
    by_name = {info.ref.model: info for info in first[:MAX_MODELS]}
    return ServedList(asked_at=asked_at, models=by_name, more=more or len(first) > MAX_MODELS)


def _kept_list(provider: str, kept: Mapping[str, Any]) -> ServedList:
    """Read a kept list; raises ValueError when it is none."""
    models = kept.get("models")
    asked_at = datetime.fromisoformat(as_text(kept.get("asked_at")))
    if not isinstance(models, list) or asked_at.tzinfo is None:
        raise ValueError("it is no list of models")
    infos = (_model_of(provider, as_object(entry)) for entry in cast("list[object]", models))
    return _list_of(infos, asked_at, more=kept.get("more") is True)


def _entry(info: ModelInfo) -> Mapping[str, object]:
    """Write down what is known of a model; the rest is left out."""
    fields = asdict(info) | {"id": info.ref.model}
    del fields["ref"]
    return {name: value for name, value in fields.items() if value not in (None, "", ())}


def _model_of(provider: str, entry: Mapping[str, Any]) -> ModelInfo:
    """Read one model; raises ValueError."""
    name, sees = as_text(entry.get("id")), entry.get("image_input")
    if not name:
        raise ValueError("a model has no name")
    told = entry.get("efforts")
    efforts = cast("list[object]", told) if isinstance(told, list) else []
    return ModelInfo(
        ref=ModelRef(provider, name),
        name=as_text(entry.get("name")),
        context_window=as_count(entry.get("context_window")),
        max_output=as_count(entry.get("max_output")),
        image_input=sees if isinstance(sees, bool) else None,
        efforts=tuple(each for each in Effort if each in efforts),
        price=_price_of(as_object(entry.get("price"))),
        note=as_text(entry.get("note")),
    )


def _price_of(fields: Mapping[str, Any]) -> Price | None:
    names = ("input", "output", "cache_read", "cache_write")
    usd = [as_amount(fields.get(name)) for name in names]
    if usd[0] is None or usd[1] is None:
        return None
    return Price(input=usd[0], output=usd[1], cache_read=usd[2], cache_write=usd[3])
