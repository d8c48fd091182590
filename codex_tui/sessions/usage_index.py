"""What the model calls of all sessions used, without reading again what did not change.

Of each file only the lines about calls are decoded; what they come to, by model and quarter of an
hour (every time zone's days begin at one), is kept with the file's size and time. The kept text is
a convenience: lost, damaged or of another version, everything is read anew. A call in a copied
session was made in the other one and counts there.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol, cast

from codex_tui.protocol.ids import SessionId
from codex_tui.protocol.messages import Usage
from codex_tui.sessions.codec import Decoder
from codex_tui.sessions.faults import unreadable
from codex_tui.sessions.reading import open_regular
from codex_tui.sessions.records import StepClosed
from codex_tui.sessions.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from codex_tui.sessions.records import StoredRecord

INDEX_NAME: Final = "usage"
INDEX_VERSION: Final = 1
QUARTER_S: Final = 900
END_QUARTER: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) // QUARTER_S
"""Where calendars end, with a year for the time zones."""
BLOCK_BYTES: Final = 1_000_000
MANY_FILES: Final = 300
"""So many changed files take about a second to read."""

# The type stands last in a record, and quotes inside of texts are escaped: see `summary`.
_CLOSED: Final = b'"type":"step_closed"}}\n'
_MAX_LINE_BYTES: Final = 64_000
_SUMS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "aside_input_tokens",
    "aside_output_tokens",
)


class Texts(Protocol):
    """Keeps texts by name."""

    def read(self, name: str) -> str:
        """Return a text; raises `OSError`, and ValueError for what is no text."""
        ...

    def write(self, name: str, text: str) -> None:
        """Keep a text; raises `OSError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced:
    """A call whose cost was not known when it was made; `whole` as in `StepClosed`."""

    usage: Usage
    whole: bool = True


@dataclass(slots=True, kw_only=True)
class UsedRow:
    """The calls of one model in one quarter of an hour, counted from 1970 (UTC).

    `usage` is all they used, `usd` what those with a known cost cost; of `missing` calls something
    is not in it for good, and those in `unpriced` could be priced by what is known by now.
    """

    quarter: int
    model: str
    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    duration_ms: int = 0
    usd: float = 0.0
    missing: int = 0
    unpriced: list[Unpriced] = field(default_factory=list[Unpriced])

    def take(self, step: StepClosed) -> None:
        """Add a call."""
        self.calls += 1
        self.usage += step.usage
        self.duration_ms += step.duration_ms
        if step.cost_usd is not None:
            self.usd += step.cost_usd
            self.missing += not step.whole
        elif step.usage == Usage():
            self.missing += 1
        else:
            self.unpriced.append(Unpriced(usage=step.usage, whole=step.whole))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUsage:
    """What is kept of one file."""

    size: int
    mtime_ns: int
    title: str
    rows: tuple[UsedRow, ...]


def read_usage(session: SessionId, path: Path) -> SessionUsage:
    """Read a session's file; damaged and unknown lines are passed over. Raises `OSError`."""
    title = summarise(session, path).title
    descriptor = open_regular(path, os.O_RDONLY)
    try:
        facts = os.fstat(descriptor)
        found = tuple(_rows(_closed(session, descriptor)))
    finally:
        os.close(descriptor)
    return SessionUsage(size=facts.st_size, mtime_ns=facts.st_mtime_ns, title=title, rows=found)


class UsageIndex:
    """All sessions of a folder. `texts` keeps what was read; `read` reads one file."""

    def __init__(
        self,
        directory: Path,
        texts: Texts,
        *,
        read: Callable[[SessionId, Path], SessionUsage] = read_usage,
        busy: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`busy` is told of a number of files that takes a moment to read."""
        self._directory = directory
        self._texts = texts
        self._read = read
        self._busy = busy

    def sessions(self) -> Mapping[SessionId, SessionUsage]:
        """Return what each session used; a file that cannot be read is left out.

        Raises:
            SessionError: the folder cannot be read.
        """
        known = self._load()
        files = dict(self._files())
        current = {
            session: kept
            for session, facts in files.items()
            if (kept := known.get(session))
            and (kept.size, kept.mtime_ns) == (facts.st_size, facts.st_mtime_ns)
        }
        changed = sorted(files.keys() - current.keys())
        if len(changed) > MANY_FILES:
            self._busy(len(changed))
        for session in changed:
            try:
                current[session] = self._read(session, self._path(session))
            except OSError:
                continue  # deleted meanwhile, or not for this user
        if changed or known.keys() != current.keys():
            self._keep(current)
        return current

    def _path(self, session: SessionId) -> Path:
        return self._directory / f"{session}.jsonl"

    def _files(self) -> Iterator[tuple[SessionId, os.stat_result]]:
        try:
            entries = list(os.scandir(self._directory))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise unreadable(self._directory, error) from error
        for entry in entries:
            name, suffix = os.path.splitext(entry.name)  # noqa: PTH122 - thousands of names
            if suffix == ".jsonl" and entry.is_file(follow_symlinks=False):
                try:
                    yield SessionId(name), entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue

    def _load(self) -> dict[SessionId, SessionUsage]:
        try:
            values = _mapping(json.loads(self._texts.read(INDEX_NAME)))
            if values.get("version") != INDEX_VERSION:
                return {}
            kept = _mapping(values["sessions"])
            return {SessionId(name): _session_from(entry) for name, entry in kept.items()}
        except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
            return {}

    def _keep(self, sessions: Mapping[SessionId, SessionUsage]) -> None:
        content = {
            "version": INDEX_VERSION,
            "sessions": {name: _to_json(usage) for name, usage in sessions.items()},
        }
        try:
            self._texts.write(INDEX_NAME, json.dumps(content, separators=(",", ":")))
        except OSError:
            return  # the next time everything is read once more


def _closed(session: SessionId, descriptor: int) -> Iterator[StoredRecord]:
    """Decode the lines about calls, block by block; what follows the last line end is none yet."""
    decoder = Decoder(session)
    start, carried = 0, b""
    while block := os.pread(descriptor, BLOCK_BYTES, start):
        held, done = carried + block, 0
        while (found := held.find(_CLOSED, done)) >= 0:
            end = found + len(_CLOSED)
            stored = decoder.decode(held[held.rfind(b"\n", done, found) + 1 or done : end])
            if stored is not None:
                yield stored
            done = end
        carried = held[max(done, len(held) - _MAX_LINE_BYTES) :]
        start += len(block)


def _rows(stored: Iterator[StoredRecord]) -> Iterator[UsedRow]:
    rows: dict[tuple[int, str], UsedRow] = {}
    for each in stored:
        step = each.record
        if isinstance(step, StepClosed) and not step.copied_from:
            key = (_quarter(each.at), step.model)
            row = rows.get(key) or rows.setdefault(key, UsedRow(quarter=key[0], model=key[1]))
            row.take(step)
    yield from rows.values()


def _quarter(stamp: str) -> int:
    """Return the quarter of an hour of a record's time; 0 for a line that does not tell one."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return 0
    quarter = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) // QUARTER_S
    return quarter if 0 <= quarter < END_QUARTER else 0


def _to_json(kept: SessionUsage) -> list[object]:
    rows = [
        [
            row.quarter,
            row.model,
            row.calls,
            _counts(row.usage),
            row.duration_ms,
            row.usd,
            row.missing,
            [[*_counts(each.usage), each.usage.service_tier, each.whole] for each in row.unpriced],
        ]
        for row in kept.rows
    ]
    return [kept.size, kept.mtime_ns, kept.title, rows]


def _counts(usage: Usage) -> list[int]:
    return [getattr(usage, name) for name in _SUMS]


def _session_from(entry: object) -> SessionUsage:
    size, mtime_ns, title, rows = cast("tuple[int, int, str, list[object]]", entry)
    return SessionUsage(
        size=int(size),
        mtime_ns=int(mtime_ns),
        title=str(title),
        rows=tuple(map(_row_from, rows)),
    )


def _row_from(values: object) -> UsedRow:
    quarter, model, calls, counts, duration_ms, usd, missing, unpriced = cast(
        "tuple[int, str, int, list[int], int, float, int, list[list[int | str | bool]]]", values
    )
    if not 0 <= int(quarter) < END_QUARTER:
        raise ValueError("no quarter of an hour")
    return UsedRow(
        quarter=int(quarter),
        model=str(model),
        calls=int(calls),
        usage=_usage_from(counts),
        duration_ms=int(duration_ms),
        usd=float(usd),
        missing=int(missing),
        unpriced=[
            Unpriced(usage=_usage_from(each[:-2], str(each[-2])), whole=bool(each[-1]))
            for each in unpriced
        ],
    )


def _usage_from(counts: list[int] | list[int | str | bool], service_tier: str = "") -> Usage:
    named = {name: int(count) for name, count in zip(_SUMS, counts, strict=True)}
    return Usage(**named, service_tier=service_tier)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return cast("Mapping[str, object]", value)
