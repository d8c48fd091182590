from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import ImagePart, NoticeMessage, UserMessage
from codex_tui.sessions import preview, summary
from codex_tui.sessions.records import (
    MessageAdded,
    Record,
    SessionOpened,
    SessionRenamed,
    TurnClosed,
    TurnOpened,
)
from codex_tui.sessions.store import SessionBusyError
from tests.sessions.samples import ANSWERED, ASKED, OPENED, RECORDS, SESSION

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.sessions import SessionSummary
    from codex_tui.sessions.store import SessionStore

PLACE = Place(session=SESSION)
NAMED = SessionRenamed(title="My title")
CLOSED = TurnClosed(outcome="done")


def write(store: SessionStore, *records: Record) -> SessionSummary:
    with store.create(SESSION) as file:
        for record in records:
            file.append(record, PLACE)
    return only(store)


def only(store: SessionStore) -> SessionSummary:
    (found,) = store.summaries()
    return found


def test_everything_a_list_tells_is_read(store: SessionStore) -> None:
    opened = SessionOpened(directory="/work", version="1", branch="fix/it")
    found = write(store, opened, TurnOpened(), ASKED, ANSWERED, CLOSED, TurnOpened(), CLOSED)
    assert (found.directory, found.branch, found.title) == ("/work", "fix/it", "rename foo to bär")
    assert (found.turns, found.outcome, found.busy, found.problem) == (2, "done", False, "")


@pytest.mark.parametrize(
    ("records", "outcome"),
    [
        ([OPENED], None),
        ([OPENED, TurnOpened(), ASKED], "interrupted"),
        ([OPENED, TurnOpened(), ASKED, TurnClosed(outcome="failed", message="No key.")], "failed"),
        ([OPENED, TurnOpened(), TurnClosed(outcome="stopped"), TurnOpened()], "interrupted"),
    ],
)
def test_a_turn_without_an_end_was_interrupted(
    store: SessionStore, records: list[Record], outcome: str | None
) -> None:
    assert write(store, *records).outcome == outcome


def test_the_last_title_wins_and_an_empty_one_gives_the_first_words_back(
    store: SessionStore,
) -> None:
    assert write(store, OPENED, NAMED, ASKED, SessionRenamed(title="Better")).title == "Better"
    with store.open(SESSION) as file:
        file.append(SessionRenamed(title=""), PLACE)
    assert only(store).title == "rename foo to bär"


def test_what_was_said_never_looks_like_a_mark(store: SessionStore) -> None:
    line = (
        '{"record":{"title":"evil","type":"session_renamed"}}\n"record":{"type":"turn_opened"}}\n'
    )
    found = write(store, OPENED, ASKED, MessageAdded(message=UserMessage(text=line)), CLOSED)
    assert (found.title, found.turns, found.outcome) == ("rename foo to bär", 0, "done")


@pytest.mark.parametrize("block", [*range(40, 60), 97, 1_000])
def test_marks_are_found_wherever_blocks_are_cut(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(summary, "BLOCK_BYTES", block)
    found = write(store, *RECORDS, NAMED, TurnOpened(), ASKED, TurnOpened(), ASKED)
    assert (found.turns, found.title, found.outcome) == (3, "My title", "interrupted")


def test_first_words_in_front_of_pictures_are_read_from_a_line_of_megabytes(
    store: SessionStore,
) -> None:
    picture = ImagePart(
        media_type="image/png", data="A" * 3_000_000, name="a.png", width=1, height=1
    )
    words = UserMessage(text='what is "this"?\n日本', images=(picture,))
    found = write(store, OPENED, TurnOpened(), MessageAdded(message=words), CLOSED)
    assert found.title == 'what is "this"? 日本'
    assert (found.turns, found.outcome) == (1, "done")


def test_a_long_line_that_is_not_the_users_gives_no_title(store: SessionStore) -> None:
    notice = MessageAdded(message=NoticeMessage(text="x" * 2_000_000))
    assert write(store, OPENED, notice).title == ""


def test_titles_are_clean_and_short(store: SessionStore) -> None:
    write(store, OPENED, ASKED)
    assert store.rename(SESSION, "\x1b[31mred\n" + "x" * 200).startswith("␛[31mred xxx")
    assert len(only(store).title) == 80


def test_renaming_leaves_the_session_where_it_is_in_the_list(
    store: SessionStore, directory: Path
) -> None:
    write(store, *RECORDS)
    os.utime(directory / f"{SESSION}.jsonl", (1_000, 1_000))
    assert store.rename(SESSION, "New") == "New"
    found = only(store)
    assert (found.title, found.changed.timestamp()) == ("New", 1_000)
    last = store.load(SESSION).records[-1]
    assert (last.seq, last.record) == (len(RECORDS) + 1, SessionRenamed(title="New"))
    assert last.parent_id == store.load(SESSION).records[-2].id


def test_renaming_a_file_with_a_torn_end_keeps_both(store: SessionStore, directory: Path) -> None:
    write(store, OPENED, ASKED)
    path = directory / f"{SESSION}.jsonl"
    path.write_bytes(path.read_bytes() + b'{"v":1,"seq":3,"rec')
    store.rename(SESSION, "New")
    assert only(store).title == "New"
    assert path.with_name(f"{path.name}.torn").read_bytes() == b'{"v":1,"seq":3,"rec\n'


def test_a_session_that_is_open_is_marked_and_neither_renamed_nor_deleted(
    store: SessionStore,
) -> None:
    with store.create(SESSION) as file:
        file.append(ASKED, PLACE)
        assert only(store).busy
        with pytest.raises(SessionBusyError, match="/rename"):
            store.rename(SESSION, "New")
        with pytest.raises(SessionBusyError, match="Close it there first"):
            store.delete(SESSION)
    assert not only(store).busy


def test_deleting_leaves_nothing_and_a_second_time_says_so(
    store: SessionStore, directory: Path
) -> None:
    write(store, OPENED, ASKED)
    path = directory / f"{SESSION}.jsonl"
    path.with_name(f"{path.name}.torn").write_text("stub")
    store.delete(SESSION)
    assert list(directory.iterdir()) == []
    with pytest.raises(SessionError, match="There is no session"):
        store.delete(SESSION)
    with pytest.raises(SessionError, match="There is no session"):
        store.rename(SESSION, "x")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (bytes(range(256)) * 40, "damaged: no record in it can be read"),
        (b'{"v":2,"seq":1,"record":{"type":"opened_anew"}}\n', "written by a newer codex-tui"),
    ],
)
def test_a_file_that_cannot_be_gone_on_with_is_listed_and_says_why(
    store: SessionStore, directory: Path, content: bytes, problem: str
) -> None:
    directory.mkdir(parents=True)
    (directory / f"{SESSION}.jsonl").write_bytes(content)
    assert only(store).problem.startswith(problem)


def test_a_file_that_may_not_be_read_is_listed(store: SessionStore, directory: Path) -> None:
    directory.mkdir(parents=True)
    (directory / f"{SESSION}.jsonl").symlink_to(directory / "gone")
    (directory / "other.jsonl").symlink_to(directory / "other.jsonl")
    found = {each.session: each.problem for each in store.summaries()}
    assert found == {"other": "too many levels of symbolic links"}


def test_a_session_of_a_newer_format_is_left_as_it_is(store: SessionStore, directory: Path) -> None:
    write(store, *RECORDS)
    path = directory / f"{SESSION}.jsonl"
    newer = path.read_bytes().replace(b'{"v":1,', b'{"v":2,')
    path.write_bytes(newer)
    for change in (
        lambda: store.open(SESSION),
        lambda: store.fork(SESSION, SessionId("copy")),
        lambda: store.rename(SESSION, "x"),
    ):
        with pytest.raises(SessionError, match=r"newer codex-tui \(format 2, this one knows 1\)"):
            change()
    assert path.read_bytes() == newer
    assert [each.name for each in directory.iterdir()] == [path.name]


def test_the_last_words_are_found_near_the_end_only(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, *RECORDS)
    assert store.preview(SESSION) == "I will."
    with store.open(SESSION) as file:
        file.append(MessageAdded(message=UserMessage(text="  go on ")), PLACE)
    assert store.preview(SESSION) == "go on"
    with store.open(SESSION) as file:
        for _ in range(3):
            file.append(CLOSED, PLACE)
    monkeypatch.setattr(preview, "PREVIEW_BYTES", 400)
    assert store.preview(SESSION) == ""


def test_a_preview_of_what_is_gone_is_an_error(store: SessionStore) -> None:
    with pytest.raises(SessionError, match="There is no session"):
        store.preview(SESSION)
