"""`codex-tui models`: what can be chosen, as a table by provider or as one JSON object a line.

Listing asks nobody unless it is told to; then all servers are asked at once. What a server cannot
say goes to standard error. Unknown is "–", never 0.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TextIO

from codex_tui.protocol.display import cell_width, in_columns, one_line
from codex_tui.protocol.errors import EXIT_FAILED, CodexError
from codex_tui.protocol.figures import (
    UNKNOWN,
    format_age,
    format_dollars,
    format_efforts,
    format_tokens,
)
from codex_tui.providers.listed import MAX_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codex_tui.protocol.models import ModelInfo, ProviderStatus
    from codex_tui.providers.registry import ProviderRegistry

_HEADINGS: Final = ("model", "context", "output", "in", "out", "images", "effort", "note")
_NUMBERS: Final = frozenset({1, 2, 3, 4})
_SEES: Final = {True: "yes", False: "no", None: UNKNOWN}
_MAX_NAME_CELLS: Final = 48
_MAX_LENGTH: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be listed: one provider or all, after asking the servers or not."""

    provider: str | None = None
    refresh: bool = False
    as_json: bool = False


class ModelListing:
    """Writes the list to `out` and what went wrong to `err`."""

    def __init__(
        self,
        registry: ProviderRegistry,
        out: TextIO,
        err: TextIO,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._registry = registry
        self._out = out
        self._err = err
        self._now = now
        self._refreshed = False

    async def run(self, wanted: Wanted) -> int:
        """Write what is wanted and return the exit code: 1 when the one named provider failed.

        Raises `ConfigError`: no such provider.
        """
        one = wanted.provider
        statuses = self._registry.statuses() if one is None else (self._registry.status(one),)
        failed, self._refreshed = False, wanted.refresh
        if wanted.refresh:
            asked = [each for each in statuses if each.base_url and (one or each.ready)]
            failed = not all(await asyncio.gather(*map(self._refresh, asked)))
        await self._registry.load_prices(one)
        for status in statuses:
            (self._write_objects if wanted.as_json else self._write_table)(status)
        return EXIT_FAILED if failed and one else 0

    async def _refresh(self, status: ProviderStatus) -> bool:
        try:
            await self._registry.refresh_models(status.name, force=True)
        except CodexError as error:
            self._err.write(one_line(f"{status.name}: {error.sentences}", _MAX_LENGTH) + "\n")
            return False
        return True

    def _write_objects(self, status: ProviderStatus) -> None:
        served_at = self._registry.served_at(status.name)
        provider = {
            "type": "provider",
            **dataclasses.asdict(status),
            "served_at": served_at and served_at.isoformat(),
            "serves_more": self._registry.serves_more(status.name),
        }
        models = (
            {
                "type": "model",
                "id": str(info.ref),
                "ready": status.ready,
                **dataclasses.asdict(info),
            }
            for info in self._registry.models_of(status.name)
        )
        for each in (provider, *models):
            self._out.write(json.dumps(each) + "\n")

    def _write_table(self, status: ProviderStatus) -> None:
        models = self._registry.models_of(status.name)
        title = one_line(status.title, _MAX_LENGTH)
        self._out.write(f"{title} ({status.name}) · {' · '.join(self._state(status))}\n")
        for line in _table(models):
            self._out.write(f"  {line}\n")
        if not models:
            asks = f"; codex-tui models --provider {status.name} --refresh asks the server"
            self._out.write(f"  No models are known{'' if self._refreshed else asks}.\n")
        if status.key_hint:
            for line in status.key_hint.splitlines():
                self._out.write(f"  {one_line(line, _MAX_LENGTH)}\n")
        self._out.write("\n")

    def _state(self, status: ProviderStatus) -> Iterator[str]:
        yield status.lacks or "ready"
        if status.base_url:
            served_at = self._registry.served_at(status.name)
            age_s = served_at and (self._now() - served_at).total_seconds()
            yield "built-in list" if age_s is None else f"asked {format_age(age_s)}"
        if self._registry.serves_more(status.name):
            yield f"only its first {MAX_MODELS:,} models are listed"


def _table(models: Sequence[ModelInfo]) -> Iterator[str]:
    """Yield lines of equal columns; a name wider than its column has a line of its own."""
    if not models:
        return
    rows = [_HEADINGS, *map(_row, models)]
    wide = [cell_width(name) > _MAX_NAME_CELLS for name, *_ in rows]
    beside = [("" if alone else row[0], *row[1:]) for alone, row in zip(wide, rows, strict=True)]
    for alone, row, line in zip(wide, rows, in_columns(beside, right=_NUMBERS), strict=True):
        if alone:
            yield row[0]
        yield line


def _row(info: ModelInfo) -> tuple[str, ...]:
    price = info.price
    return (
        one_line(str(info.ref), _MAX_LENGTH),
        format_tokens(info.context_window),
        format_tokens(info.max_output),
        format_dollars(price.input if price else None),
        format_dollars(price.output if price else None),
        _SEES[info.image_input],
        format_efforts(info.efforts) or UNKNOWN,
        one_line(info.note, _MAX_NAME_CELLS) if info.note else "",
    )
