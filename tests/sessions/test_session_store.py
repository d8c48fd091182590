from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.ids import BranchId, Place, SessionId, new_session_id
from codex_tui.protocol.messages import UserMessage
from codex_tui.protocol.sessions import MAX_TITLE_CHARS
from codex_tui.sessions.records import MessageAdded, Resumed, SessionOpened, TurnOpened
from codex_tui.sessions.store import SessionBusyError
from tests.sessions.samples import ASKED, OPENED, PLACE, RECORDS, SESSION, STEP

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.sessions.store import SessionStore


def write(store: SessionStore, session: str, directory: str, *texts: str) -> None:
    place = Place(session=SessionId(session))
    with store.create(place.session) as file:
        file.append(SessionOpened(directory=directory, version="1"), place)
        for text in texts:
            file.append(MessageAdded(message=UserMessage(text=text)), place)


def test_what_was_appended_is_loaded(store: SessionStore) -> None:
    with store.create(SESSION) as file:
        for record in RECORDS:
            file.append(record, STEP, sync=True)
    loaded = store.load(SESSION)
    assert tuple(each.record for each in loaded.records) == RECORDS
    assert [each.seq for each in loaded.records] == list(range(1, len(RECORDS) + 1))
    assert {each.place for each in loaded.records} == {STEP}
    assert {each.at for each in loaded.records} == {"2026-01-02T03:04:05.678Z"}
    assert (loaded.skipped, loaded.torn) == (0, 0)


def test_each_record_names_the_one_before_it_on_its_branch(store: SessionStore) -> None:
    other = replace(PLACE, branch=BranchId("other"))
    with store.create(SESSION) as file:
        for place in (PLACE, other, PLACE, other):
            file.append(TurnOpened(), place)
    with store.open(SESSION) as file:
        file.append(Resumed(), PLACE)
    first, side, second, side_2, third = store.load(SESSION).records
    assert (first.parent_id, side.parent_id) == (None, None)
    assert (second.parent_id, third.parent_id) == (first.id, second.id)
    assert side_2.parent_id == side.id
    assert third.seq == 5


def test_opening_again_goes_on_and_knows_the_past(store: SessionStore) -> None:
    with store.create(SESSION) as file:
        assert file.past.records == ()
        file.append(OPENED, PLACE)
    with store.open(SESSION) as file:
        assert [each.record for each in file.past.records] == [OPENED]
        file.append(Resumed(), PLACE)
    assert [each.record for each in store.load(SESSION).records] == [OPENED, Resumed()]


def test_file_and_folder_are_the_users_alone(store: SessionStore, directory: Path) -> None:
    old_umask = os.umask(0)
    try:
        store.create(SESSION).close()
    finally:
        os.umask(old_umask)
    path = directory / f"{SESSION}.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    path.chmod(0o644)
    directory.chmod(0o755)
    store.open(SESSION).close()
    store.create(new_session_id()).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_creating_twice_is_refused(store: SessionStore) -> None:
    store.create(SESSION).close()
    with pytest.raises(SessionError, match=f"Session {SESSION} exists already"):
        store.create(SESSION)


@pytest.mark.parametrize("session", ["../evil", "", "a/b", "a.b", "..", "x\x00y", "ü"])
def test_id_is_no_way_out_of_the_folder(store: SessionStore, session: str) -> None:
    for method in (store.create, store.open, store.load):
        with pytest.raises(SessionError, match="is not a session's id"):
            method(SessionId(session))


def test_missing_session_is_named(store: SessionStore) -> None:
    for method in (store.open, store.load):
        with pytest.raises(SessionError) as caught:
            method(SESSION)
        assert str(caught.value) == (
            f"There is no session {SESSION}\n`codex-tui sessions` lists them."
        )


@pytest.mark.parametrize("kind", ["directory", "pipe", "device"])
def test_what_is_no_file_is_refused_at_once(
    store: SessionStore, directory: Path, kind: str
) -> None:
    directory.mkdir(parents=True)
    path = directory / f"{SESSION}.jsonl"
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to("/dev/zero")
    for method in (store.open, store.load):
        with pytest.raises(SessionError, match="cannot be"):
            method(SESSION)
    (summary,) = store.summaries()
    assert summary.problem == "not a regular file"
    assert store.latest("") is None


def test_folder_that_cannot_be_made_is_named(store: SessionStore, directory: Path) -> None:
    directory.parent.parent.joinpath("state").write_text("in the way")
    with pytest.raises(SessionError) as caught:
        store.create(SESSION)
    assert str(caught.value).startswith(f"The session file {directory / SESSION}.jsonl cannot")
    assert list(store.summaries()) == []
    assert store.latest("/x") is None


def test_closed_file_takes_nothing_more(store: SessionStore) -> None:
    file = store.create(SESSION)
    file.close()
    file.close()
    with pytest.raises(SessionError, match="is closed"):
        file.append(OPENED, PLACE)
    with pytest.raises(SessionError, match="is closed"):
        file.sync()


def test_deleted_file_is_told(store: SessionStore) -> None:
    with store.create(SESSION) as file:
        file.append(OPENED, PLACE)
        file.path.unlink()
        with pytest.raises(SessionError, match="was deleted; nothing is saved"):
            file.append(ASKED, PLACE, sync=True)


def test_find_by_prefix(store: SessionStore) -> None:
    for session in ("20260101-a", "20260101-ab", "20260202-c"):
        write(store, session, "/x")
    assert store.find("20260202") == "20260202-c"
    assert store.find("20260101-a") == "20260101-a"
    assert store.find("20260101-ab") == "20260101-ab"
    with pytest.raises(SessionError) as caught:
        store.find("20260101")
    assert str(caught.value) == ("Several sessions begin with '20260101': 20260101-a, 20260101-ab")
    with pytest.raises(SessionError, match="No session begins with 'zz'"):
        store.find("zz")


def test_many_candidates_are_not_all_named(store: SessionStore) -> None:
    for number in range(9):
        write(store, f"s{number}", "/x")
    with pytest.raises(SessionError) as caught:
        store.find("s")
    assert str(caught.value) == "Several sessions begin with 's': s4, s5, s6, s7, s8 and 4 more"


def test_a_long_id_is_shortened_where_it_is_not_found(store: SessionStore) -> None:
    for look_up in (store.find, store.path):
        with pytest.raises(SessionError) as caught:
            look_up(SessionId("no such " * 400))
        assert len(str(caught.value)) < 120


def test_find_in_nothing(store: SessionStore) -> None:
    with pytest.raises(SessionError, match="No session begins with ''"):
        store.find("")


def set_changed(directory: Path, session: str, seconds: int) -> None:
    os.utime(directory / f"{session}.jsonl", (seconds, seconds))


def test_latest_is_the_newest_of_this_workspace_with_words_in_it(
    store: SessionStore, directory: Path
) -> None:
    write(store, "old", "/mine", "hello")
    write(store, "newer", "/mine", "hello again")
    write(store, "empty", "/mine")
    write(store, "elsewhere", "/other", "hi")
    for seconds, session in enumerate(("old", "newer", "empty", "elsewhere"), start=1000):
        set_changed(directory, session, seconds)
    assert store.latest("/mine") == "newer"
    assert store.latest("/other") == "elsewhere"
    assert store.latest("/nowhere") is None
    set_changed(directory, "old", 2000)
    assert store.latest("/mine") == "old"


def test_summaries_are_newest_first(store: SessionStore, directory: Path) -> None:
    write(store, "a", "/one", "first\n words  here", "second")
    write(store, "b", "/two", "x" * 200)
    write(store, "c", "/three")
    (directory / "notes.txt").write_text("not a session")
    (directory / "odd name.jsonl").write_text("not one either")
    for seconds, session in enumerate("abc", start=1000):
        set_changed(directory, session, seconds)
    summaries = list(store.summaries())
    assert [each.session for each in summaries] == ["c", "b", "a"]
    assert [each.directory for each in summaries] == ["/three", "/two", "/one"]
    assert [each.title for each in summaries] == [
        "",
        "x" * (MAX_TITLE_CHARS - 1) + "…",
        "first words here",
    ]
    assert [each.changed.timestamp() for each in summaries] == [1002, 1001, 1000]
    assert summaries[2].size_bytes == (directory / "a.jsonl").stat().st_size


def test_summary_of_a_damaged_file_tells_what_it_can(store: SessionStore, directory: Path) -> None:
    write(store, "a", "/one", "hello")
    path = directory / "a.jsonl"
    path.write_bytes(b"\xff\xfe garbage\n\x00\x00\n" + path.read_bytes())
    (directory / "b.jsonl").write_bytes(b"\x00" * 100)
    assert sorted((each.session, each.directory, each.title) for each in store.summaries()) == [
        ("a", "/one", "hello"),
        ("b", "", ""),
    ]


def test_reading_changes_nothing_and_needs_no_lock(store: SessionStore, directory: Path) -> None:
    with store.create(SESSION) as file:
        for record in RECORDS:
            file.append(record, PLACE)
        path = directory / f"{SESSION}.jsonl"
        damaged = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n", 2) + b"torn"
        path.write_bytes(damaged)
        loaded = store.load(SESSION)
        assert tuple(each.record for each in loaded.records) == RECORDS
        assert (loaded.skipped, loaded.torn) == (0, 4)
        assert path.read_bytes() == damaged
        assert sorted(each.name for each in directory.iterdir()) == [path.name]


def test_damage_in_the_middle_does_not_stop_the_reader(
    store: SessionStore, directory: Path
) -> None:
    with store.create(SESSION) as file:
        for record in RECORDS:
            file.append(record, PLACE)
    path = directory / f"{SESSION}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = b"\x00" * len(lines[3])  # a lost block takes the line end with it
    lines.insert(6, b'{"v":9,"seq":6,"record":{"type":"from_the_future"}}\n')
    path.write_bytes(b"".join(lines))
    with store.open(SESSION) as file:
        assert file.past.skipped == 1
        kept = tuple(each.record for each in file.past.records)
        assert kept == RECORDS[:3] + RECORDS[4:]
        file.append(Resumed(), PLACE)
    assert store.load(SESSION).records[-1].record == Resumed()
    assert store.load(SESSION).records[-1].seq == len(RECORDS) + 1


def test_a_long_session_is_read_whole(store: SessionStore) -> None:
    with store.create(SESSION) as file:
        for record in RECORDS * 1000:
            file.append(record, PLACE)
    assert len(store.load(SESSION).records) == 8000
    assert next(store.summaries()).title == "rename foo to bär"


def test_a_file_whose_name_the_disk_did_not_take_can_be_made_later(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(SessionError, match="Input/output error"):
            store.create(SESSION)
    with store.create(SESSION) as file:
        assert file.session == SESSION


def test_a_session_that_is_open_elsewhere_can_be_copied_and_both_go_on(store: SessionStore) -> None:
    copy = SessionId("copy")
    with store.create(SESSION) as first:
        first.append(OPENED, PLACE)
        first.append(ASKED, PLACE)
        with pytest.raises(SessionBusyError):
            store.open(SESSION)
        with store.fork(SESSION, copy) as second:
            assert [each.record for each in second.past.records] == [OPENED, ASKED]
            assert second.session == copy
            second.append(TurnOpened(), replace(PLACE, session=copy))
        first.append(Resumed(), PLACE)
    assert [each.record for each in store.load(SESSION).records] == [OPENED, ASKED, Resumed()]
    copied = store.load(copy).records
    assert [each.record for each in copied] == [OPENED, ASKED, TurnOpened()]
    assert [each.seq for each in copied] == [1, 2, 3]
    assert {each.place.session for each in copied} == {copy}
