"""`codex-tui usage`: what all sessions used, by day and model, as a table or JSON, a line each.

A call costs what it cost when it was made. Where that was not known, it is priced by what is known
by now, and the sum has a "~"; where nothing is known it is "–", and a sum with a part missing "≥".
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, Literal, TextIO

from codex_tui.commands.starting import assemble, run_and_close
from codex_tui.protocol.costs import Cost
from codex_tui.protocol.display import in_columns, one_line
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.figures import format_count
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.prices import cost_usd
from codex_tui.sessions.usage_index import QUARTER_S, UsedRow

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from codex_tui.providers.registry import ProviderRegistry
    from codex_tui.sessions.usage_index import UsageIndex

By = Literal["", "day", "model", "session"]
"""What a line is about; "" is a day and a model."""
_MAX_CHARS: Final = 60
_HEADINGS: Final = ("calls", "in", "cached", "out", "cost")


def run(options: Namespace) -> int:
    """Write what was used."""
    assembly, _ = assemble(options, interactive=False)
    index = assembly.usage_index(sys.stderr)
    command = UsageCommand(index, assembly.providers, sys.stdout, sys.stderr)
    days, by = options.days, options.by
    work = command.run(since=options.since, days=days, by=by, as_json=options.json)
    run_and_close(assembly, work)
    return 0


@dataclass(slots=True)
class Sum:
    """What the calls of one line come to."""

    usage: Usage = field(default_factory=Usage)
    cost: Cost = field(default_factory=Cost)
    duration_ms: int = 0

    def add(self, row: UsedRow, cost: Cost) -> None:
        """Add the calls of a row."""
        self.usage += row.usage
        self.cost += cost
        self.duration_ms += row.duration_ms


class UsageCommand:
    """Writes the sums to `out`, and what else there is to say to `err`."""

    def __init__(
        self,
        index: UsageIndex,
        registry: ProviderRegistry,
        out: TextIO,
        err: TextIO,
        *,
        zone: tzinfo | None = None,
    ) -> None:
        """Days are those of `zone`, None for this machine's."""
        self._index = index
        self._registry = registry
        self._out = out
        self._err = err
        self._zone = zone

    async def run(self, *, since: date | None, days: int, by: By, as_json: bool) -> None:
        """Write what was used on `since` and later, or in the last `days` days, today included."""
        if since is None:
            since = datetime.now(self._zone or UTC).astimezone(self._zone).date()
            since -= timedelta(days=days - 1)
        found = [
            ((self._day(row), row.model, one_line(f"{session} {usage.title}", _MAX_CHARS)), row)
            for session, usage in self._index.sessions().items()
            for row in usage.rows
        ]
        found = [(key, row) for key, row in found if key[0] >= since]
        await self._load_prices(row for _, row in found)
        total, sums = Sum(), dict[tuple[str, ...], Sum]()
        for (day, model, session), row in sorted(found, key=lambda each: each[0]):
            key = {"": (str(day), model), "day": (str(day),), "model": (model,)}.get(by, (session,))
            cost = self._cost(row)
            sums.setdefault(key, Sum()).add(row, cost)
            total.add(row, cost)
        names = {"": ("day", "model")}.get(by, (by,))
        if as_json:
            self._write_objects(names, sums, total, since)
        elif sums:
            self._out.writelines(f"{line}\n" for line in _table(names, sums, total))
        else:
            self._err.write(f"No model call since {since}; --days and --since look further back.\n")

    def _day(self, row: UsedRow) -> date:
        return datetime.fromtimestamp(row.quarter * QUARTER_S, UTC).astimezone(self._zone).date()

    async def _load_prices(self, rows: Iterable[UsedRow]) -> None:
        for provider in {row.model.partition("/")[0] for row in rows if row.unpriced}:
            try:
                await self._registry.load_prices(provider)
            except ConfigError:  # it is configured no more: what it charged stays unknown
                continue

    def _cost(self, row: UsedRow) -> Cost:
        recorded = row.calls - len(row.unpriced)
        cost = Cost(usd=row.usd, calls=recorded, missing=row.missing)
        try:
            info = self._registry.describe(ModelRef.parse(row.model)) if row.unpriced else None
        except ConfigError:
            info = None
        for each in row.unpriced:
            usd = None if info is None else cost_usd(info, each.usage)
            cost += Cost.of(usd, whole=each.whole, late=usd is not None)
        return cost

    def _write_objects(
        self,
        names: Sequence[str],
        sums: dict[tuple[str, ...], Sum],
        total: Sum,
        since: date,
    ) -> None:
        for key, each in sums.items():
            line = {"type": "usage", **dict(zip(names, key, strict=True)), **_facts(each)}
            self._out.write(json.dumps(line) + "\n")
        line = {"type": "total", "since": str(since), **_facts(total)}
        self._out.write(json.dumps(line) + "\n")


def _facts(each: Sum) -> dict[str, object]:
    usage = asdict(each.usage)
    tokens = {name: count for name, count in usage.items() if name.endswith("_tokens")}
    cost = each.cost
    known = cost.calls > cost.missing or cost.usd > 0
    return {
        "calls": cost.calls,
        **tokens,
        "duration_ms": each.duration_ms,
        "cost_usd": cost.usd if known else None,
        "cost_missing": cost.missing,
        "cost_late": cost.late,
    }


def _table(names: Sequence[str], sums: dict[tuple[str, ...], Sum], total: Sum) -> list[str]:
    rows: list[tuple[str, ...]] = [(*names, *_HEADINGS)]
    before: tuple[str, ...] = ()
    for key, each in sums.items():
        repeated = len(key) > 1 and key[:1] == before[:1]
        rows.append((("", *key[1:]) if repeated else key) + _cells(each))
        before = key
    rows.append(("total", *("" for _ in names[1:]), *_cells(total)))
    rows = [tuple(one_line(cell, _MAX_CHARS) if cell else "" for cell in row) for row in rows]
    return in_columns(rows, right=range(len(names), len(names) + len(_HEADINGS)))


def _cells(each: Sum) -> tuple[str, ...]:
    usage = each.usage
    cached = usage.cache_read_tokens and 100 * usage.cache_read_tokens // usage.input_tokens
    return (
        f"{each.cost.calls:,}",
        format_count(usage.input_tokens + usage.aside_input_tokens),
        f"{cached} %" if cached else "",
        format_count(usage.output_tokens + usage.aside_output_tokens),
        each.cost.text(),
    )
