"""What all sessions used: read once, and again only where a file changed."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_tui.config.kept_texts import KeptTexts
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import ToolResultMessage, Usage, UserMessage
from codex_tui.sessions.records import FORMAT_VERSION, MessageAdded, SessionOpened, StepClosed
from codex_tui.sessions.store import SessionStore
from codex_tui.sessions.usage_index import INDEX_NAME, Unpriced, UsageIndex, read_usage

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 2, 12, 7, tzinfo=UTC)
QUARTER = int(datetime(2026, 11, 2, 12, 0, tzinfo=UTC).timestamp()) // 900
USED = Usage(input_tokens=100, cache_read_tokens=60, output_tokens=7)
MANY = 2_000


def step(model="a/m", usage=USED, cost_usd: float | None = 0.5, **facts) -> StepClosed:
    return StepClosed(model=model, usage=usage, cost_usd=cost_usd, duration_ms=10, **facts)


class Folder:
    """A folder of sessions with its index; `read` counts how often each file was opened."""

    def __init__(self, root: Path) -> None:
        self.path = root / "sessions"
        self.texts = KeptTexts(root / "cache")
        self.now = NOON
        self.store = SessionStore(self.path, now=lambda: self.now)
        self.read: Counter[str] = Counter()
        self.told: list[int] = []

    def write(self, session: str, *records) -> Path:
        place = Place(session=SessionId(session))
        fresh = not self.store.path(place.session).exists()
        opened = self.store.create(place.session) if fresh else self.store.open(place.session)
        with opened as file:
            for record in records:
                file.append(record, place)
        return file.path

    def sessions(self):
        self.read.clear()

        def counting(session, path):
            self.read[session] += 1
            return read_usage(session, path)

        return UsageIndex(self.path, self.texts, read=counting, busy=self.told.append).sessions()


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def test_of_thousands_of_sessions_only_those_that_changed_are_opened_again(folder):
    line = _line_of(folder)
    folder.path.mkdir(exist_ok=True)
    for number in range(MANY):
        (folder.path / f"s{number}.jsonl").write_bytes(line)
    assert len(folder.sessions()) == MANY + 1
    assert len(folder.read) == MANY + 1
    assert folder.told == [MANY + 1]
    assert len(folder.sessions()) == MANY + 1
    assert not folder.read
    with (folder.path / "s7.jsonl").open("ab") as file:
        file.write(line)
    (folder.path / "s8.jsonl").unlink()
    found = folder.sessions()
    assert folder.read == {"s7": 1}
    assert [row.calls for row in found[SessionId("s7")].rows] == [2]
    assert SessionId("s8") not in found
    assert folder.told == [MANY + 1]


def _line_of(folder: Folder) -> bytes:
    path = folder.write("first", step())
    return path.read_bytes()


def test_calls_are_summed_by_model_and_quarter_of_an_hour(folder):
    folder.write(
        "one",
        SessionOpened(directory="/w", version="0"),
        MessageAdded(message=UserMessage(text="Rename foo")),
        step(),
        step(),
        step("b/n", Usage(input_tokens=1, service_tier="flex"), None),
        step("b/n", Usage(), None),
        step("b/n", Usage(input_tokens=5), 0.25, whole=False),
    )
    folder.now = NOON.replace(minute=15)
    folder.write("one", step())
    usage = folder.sessions()[SessionId("one")]
    assert usage.title == "Rename foo"
    first, other, later = usage.rows
    assert (first.model, first.quarter, first.calls, first.usd) == ("a/m", QUARTER, 2, 1.0)
    assert first.usage == USED + USED
    assert (other.calls, other.usd, other.missing) == (3, 0.25, 2)
    assert other.unpriced == [Unpriced(usage=Usage(input_tokens=1, service_tier="flex"))]
    assert (later.quarter, later.calls) == (QUARTER + 1, 1)
    assert folder.sessions()[SessionId("one")] == usage  # as it comes back from the kept text
    assert not folder.read


def test_damaged_torn_and_newer_lines_cost_only_themselves(folder):
    path = folder.write("one", step(), step())
    good, torn = path.read_bytes().splitlines(keepends=True)
    newer = json.loads(good)
    newer["v"] = FORMAT_VERSION + 1
    newer["record"] = {"new_field": 1, **newer["record"]}
    spoken = MessageAdded(
        message=ToolResultMessage(
            call_id="c", name="n", content='"record":{"type":"step_closed"}}\n' * 3
        )
    )
    later = folder.write("two", spoken).read_bytes()
    path.write_bytes(
        json.dumps(newer, separators=(",", ":")).encode() + b"\n" + b"\x00garbage\n"
        + b'{"record":{"model":"x","type":"step_closed"}}\n' + later + good + torn[:-1]
    )  # fmt: skip
    (row,) = folder.sessions()[SessionId("one")].rows
    assert row.calls == 2


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "noon"]
)
def test_a_time_that_no_calendar_has_is_the_first_there_is(folder, at):
    path = folder.write("one", step())
    text = path.read_text()
    path.write_text(text.replace(json.loads(text)["at"], at))
    (row,) = folder.sessions()[SessionId("one")].rows
    assert (row.quarter, row.calls) == (0, 1)


def test_lines_longer_than_a_block_are_passed_over_and_borders_lose_nothing(folder):
    long = MessageAdded(message=UserMessage(text="x" * 1_200_000))
    folder.write("one", *([step()] * 3_000), long, step(), long, *([step()] * 3_000))
    (row,) = folder.sessions()[SessionId("one")].rows
    assert row.calls == 6_001


def test_a_copy_does_not_count_the_calls_of_its_original_again(folder):
    folder.write("one", step())
    folder.store.fork(SessionId("one"), SessionId("two")).close()
    folder.write("two", step("b/n"))
    found = folder.sessions()
    assert [row.model for row in found[SessionId("one")].rows] == ["a/m"]
    assert [row.model for row in found[SessionId("two")].rows] == ["b/n"]


def test_older_files_without_cost_can_be_priced_later(folder):
    path = folder.write("one", step())
    values = json.loads(path.read_bytes())
    for name in ("cost_usd", "first_token_ms", "whole", "copied_from"):
        del values["record"][name]
    for name in ("cache_write_1h_tokens", "service_tier", "aside_input_tokens", "cost_usd"):
        del values["record"]["usage"][name]
    path.write_text(json.dumps(values, separators=(",", ":")) + "\n")
    (row,) = folder.sessions()[SessionId("one")].rows
    assert row.unpriced == [Unpriced(usage=USED)]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version":1}', '{"version":1,"sessions":{"one":[1]}}'],
)
def test_a_damaged_index_is_made_anew(folder, text):
    folder.write("one", step())
    folder.texts.write(INDEX_NAME, text)
    assert len(folder.sessions()[SessionId("one")].rows) == 1
    folder.sessions()
    assert not folder.read


def test_a_kept_sum_of_a_time_that_no_calendar_has_is_read_anew(folder):
    folder.write("one", step())
    folder.sessions()
    kept = folder.texts.read(INDEX_NAME)
    folder.texts.write(INDEX_NAME, kept.replace(str(QUARTER), str(10**30)))
    (row,) = folder.sessions()[SessionId("one")].rows
    assert row.quarter == QUARTER


def test_no_folder_and_what_is_no_session_are_nothing(folder):
    assert folder.sessions() == {}
    folder.write("one", step())
    (folder.path / "notes.txt").write_text("no session")
    os.mkfifo(folder.path / "pipe.jsonl")
    assert list(folder.sessions()) == ["one"]
