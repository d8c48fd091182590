"""The list of kept sessions on the screen: choosing, renaming, deleting, and what goes wrong."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import UserMessage
from codex_tui.sessions.records import MessageAdded, SessionOpened, TurnClosed, TurnOpened
from codex_tui.sessions.store import SessionStore
from codex_tui.ui.screens import branching
from tests.ui.support import Desk, calls, says, words_of

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "20260101-000000-aaaaaaaa", "20260102-000000-bbbbbbbb", "20260103-000000-cccccccc"


def sessions_of(home: Path) -> Path:
    return home / "state" / "sessions"


def keep(home: Path, session: str, words: str, *, directory: Path | None = None, done=True) -> None:
    place = Place(session=SessionId(session))
    with SessionStore(sessions_of(home)).create(place.session) as file:
        file.append(SessionOpened(directory=str(directory or home / "work"), version="1"), place)
        file.append(TurnOpened(), place)
        file.append(MessageAdded(message=UserMessage(text=words)), place)
        if done:
            file.append(TurnClosed(outcome="done"), place)
    day = datetime.strptime(session[:8], "%Y%m%d").replace(tzinfo=UTC).timestamp()
    os.utime(sessions_of(home) / f"{session}.jsonl", (day, day))


def titles(home: Path) -> dict[str, str]:
    return {each.session: each.title for each in SessionStore(sessions_of(home)).summaries()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    keep(tmp_path, A, "the first thing")
    keep(tmp_path, B, "the second thing", done=False)
    keep(tmp_path, C, "a thing elsewhere", directory=tmp_path / "other")
    return tmp_path


def listed(desk: Desk) -> list[str]:
    """What the pane's rows are called, headings as they are."""
    rows = desk.screen.sessions._list.rows
    return [row if isinstance(row, str) else row.name for row in rows]


async def open_list(desk: Desk, pilot, command="/resume") -> None:
    await desk.send(pilot, command)
    await loaded(desk, pilot)


async def loaded(desk: Desk, pilot) -> None:
    pane = desk.screen.sessions
    await desk.settle(pilot, lambda: pane.display and not pane._loading)


async def test_the_list_has_this_folders_sessions_first_and_goes_on_with_one(home):
    desk = Desk(home, [says("Here."), says("And here.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "something new")
        await open_list(desk, pilot)
        assert listed(desk) == [
            "something new",
            "the second thing",
            "the first thing",
            "In other folders",
            "a thing elsewhere",
        ]
        assert "this one" in desk.text
        assert "interrupted" in desk.text
        await pilot.press("enter")
        await desk.settle(pilot, lambda: desk.session.place.session == B)
        await desk.settle(pilot, lambda: "the second thing" in desk.text)
        assert "something new" not in desk.text
        assert "This turn was interrupted." in desk.text
        await desk.ask(pilot, "go on")
        assert words_of(desk.requests[-1])[-1] == "go on"
        assert "the second thing" in words_of(desk.requests[-1])
    texts = [
        each.record.message.text
        for each in SessionStore(sessions_of(home)).load(SessionId(B)).records
        if isinstance(each.record, MessageAdded) and isinstance(each.record.message, UserMessage)
    ]
    assert texts == ["the second thing", "go on"]


async def test_at_the_start_the_list_comes_first_and_esc_begins_a_new_session(home):
    desk = Desk(home, choose=True)
    async with desk.running() as pilot:
        await loaded(desk, pilot)
        assert listed(desk)[0] == "the second thing"
        await pilot.press("escape")
        await desk.settle(pilot)
        assert not desk.screen.sessions.display
        assert "What shall we work on?" in desk.text
        await pilot.press(*"hi")
        assert desk.draft == "hi"


async def test_keys_of_one_burst_filter_choose_and_go_on_in_the_composer(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        await pilot.press(*"first", "enter", *"go on")
        await desk.settle(pilot, lambda: desk.session.place.session == A)
        await desk.settle(pilot, lambda: desk.draft)
        assert desk.draft == "go on"
        assert not desk.screen.sessions.display


@pytest.mark.parametrize(
    ("words", "found"),
    [("else", ["In other folders", "a thing elsewhere"]), (A[:8], ["the first thing"])],
)
async def test_words_behind_the_command_filter_and_an_id_goes_on_at_once(home, words, found):
    desk = Desk(home)
    async with desk.running() as pilot:
        await desk.send(pilot, f"/resume {words}")
        if words == A[:8]:
            await desk.settle(pilot, lambda: desk.session.place.session == A)
            assert not desk.screen.sessions.display
        else:
            await loaded(desk, pilot)
            assert listed(desk) == found


async def test_tab_leaves_other_folders_out_and_an_empty_list_says_why(tmp_path):
    keep(tmp_path, C, "a thing elsewhere", directory=tmp_path / "other")
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        await pilot.press("tab")
        assert listed(desk) == []
        await desk.settle(pilot)
        assert "There is no earlier session in this folder." in desk.text
        assert "Tab shows 1 session of other folders." in desk.text
        await pilot.press("tab", *"zzz")
        await desk.settle(pilot)
        assert "No session matches “zzz”." in desk.text


async def test_nothing_kept_is_said(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        assert "There is no earlier session yet." in desk.text


async def test_a_session_of_another_folder_warns_that_it_moves(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot, "/resume elsewhere")
        await pilot.press("enter")
        await desk.settle(pilot, lambda: desk.session.place.session == C)
        await desk.settle(pilot, lambda: "This session began in" in desk.text)


async def test_a_running_turn_is_not_left(home):
    desk = Desk(home, [says("Late.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        await desk.send(pilot, "/resume")
        await desk.settle(pilot)
        assert "A turn is running" in desk.text
        assert not desk.screen.sessions.display
        assert desk.draft == "/resume"
        desk.gate.open()
        await desk.at_rest(pilot)


async def test_there_and_back_again_makes_no_copies(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        for session in (A, B, A, B):
            await desk.send(pilot, f"/resume {session}")
            await desk.settle(pilot, lambda: desk.session.place.session == session)  # noqa: B023
    assert {each.stem for each in sessions_of(home).glob("*.jsonl")} == {A, B, C}


async def test_a_session_that_is_open_elsewhere_goes_on_as_a_copy(home):
    desk = Desk(home)
    with SessionStore(sessions_of(home)).open(SessionId(A)):
        async with desk.running() as pilot:
            await open_list(desk, pilot, "/resume first")
            assert "open elsewhere" in desk.text
            await pilot.press("enter")
            await desk.settle(pilot, lambda: "this is a copy of it" in desk.text)
            assert desk.session.place.session not in {A, B, C}
            assert desk.told == ["the first thing"]


async def test_the_draft_stays_when_another_session_comes(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        desk.write("half a thought")
        await pilot.press("enter")
        await desk.settle(pilot, lambda: desk.session.place.session == B)
        await desk.settle(pilot)
        assert desk.draft == "half a thought"


async def test_renaming_shows_in_the_title_line_and_at_the_next_start(home):
    desk = Desk(home, [says("One.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "hello")
        await desk.send(pilot, "/rename  My \x1b[31mwork ")
        await desk.settle(pilot, lambda: "My" in desk.lines[0])
        assert "My [31mwork" in desk.lines[0]
        await desk.send(pilot, "/rename")
        assert desk.draft == "/rename My [31mwork"
        desk.write("")
    desk = Desk(home, go_on=True)
    async with desk.running():
        assert "My [31mwork" in desk.lines[0]


async def test_a_name_given_to_a_resumed_session_in_which_nothing_more_is_said_is_kept(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await desk.send(pilot, f"/resume {A}")
        await desk.settle(pilot, lambda: desk.session.place.session == A)
        await desk.send(pilot, "/rename Kept")
    assert titles(home)[A] == "Kept"


async def test_a_name_alone_makes_no_file(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.send(pilot, "/rename Nothing yet")
        await desk.settle(pilot)
    assert list(sessions_of(tmp_path).glob("*")) == []


async def test_a_row_is_renamed_in_its_place(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        await pilot.press(*"first", "ctrl+e", "ctrl+u", *"Better", "enter", "escape")
        await desk.settle(pilot, lambda: not desk.screen.sessions.display)
        await desk.settle(pilot, lambda: titles(home)[A] == "Better")
    assert titles(home)[B] == "the second thing"


async def test_leaving_the_title_keeps_it_and_the_filter(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        await pilot.press(*"first", "ctrl+e", *"xyz")
        await desk.settle(pilot)
        assert "first thingxyz" in desk.text
        await pilot.press("escape")
        await desk.settle(pilot)
        assert desk.screen.sessions.display
        assert listed(desk) == ["the first thing"]
        assert desk.screen.sessions._line.value == "first"


async def test_deleting_asks_and_only_y_deletes(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        await pilot.press("down", "ctrl+d")
        await desk.settle(pilot)
        assert "Delete “the first thing”?" in desk.text
        await pilot.press("enter")
        await desk.settle(pilot)
        assert desk.screen.sessions.display
        assert len(listed(desk)) == 4
        await pilot.press("ctrl+d", "y")
        await desk.settle(pilot, lambda: "the first thing" not in listed(desk))
        assert listed(desk) == ["the second thing", "In other folders", "a thing elsewhere"]
    assert {each.stem for each in sessions_of(home).glob("*.jsonl")} == {B, C}


async def test_the_session_on_the_screen_is_not_deleted(home):
    desk = Desk(home, go_on=True)
    async with desk.running() as pilot:
        await open_list(desk, pilot, "/resume second")
        await pilot.press("ctrl+d")
        await desk.settle(pilot)
        assert "cannot be deleted" in desk.text
        await pilot.press("y")
        await desk.settle(pilot)
        assert desk.screen.sessions._line.value == "secondy"
    assert B in {each.stem for each in sessions_of(home).glob("*.jsonl")}


async def test_a_session_that_vanished_is_said_and_the_list_goes_on(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot)
        (sessions_of(home) / f"{B}.jsonl").unlink()
        await pilot.press("enter")
        await desk.settle(pilot, lambda: "There is no session" in desk.text)
        await pilot.press("down", "enter")
        await desk.settle(pilot, lambda: desk.session.place.session == A)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x00\xff" * 500, "no record in it can be read"),
        (b'{"v":7,"seq":1,"record":{"type":"x"}}\n', "newer codex-tui"),
    ],
)
async def test_a_broken_file_is_listed_with_its_reason(home, content, problem):
    broken = "20260301-000000-dddddddd"
    (sessions_of(home) / f"{broken}.jsonl").write_bytes(content)
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot, f"/resume {broken[9:]} dddd")
        assert "unreadable" in desk.text
        assert problem in desk.text
        before = desk.session
        await pilot.press("enter")
        await desk.settle(pilot)
        assert desk.screen.sessions.display
        assert desk.session is before
    assert (sessions_of(home) / f"{broken}.jsonl").read_bytes() == content


async def test_a_newer_files_refusal_leaves_the_session_as_it_was(home):
    newer = "20260301-000000-dddddddd"
    (sessions_of(home) / f"{newer}.jsonl").write_bytes(b'{"v":7,"seq":1,"record":{"type":"x"}}\n')
    desk = Desk(home)
    async with desk.running() as pilot:
        before = desk.session
        await desk.send(pilot, f"/resume {newer}")
        await desk.settle(pilot, lambda: "Update codex-tui" in desk.text)
        assert desk.session is before


async def test_damage_in_the_middle_and_a_torn_end_are_told_once(home):
    path = sessions_of(home) / f"{A}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"\xfe\xfe not json\n", *lines[2:], b'{"v":1,"se']))
    desk = Desk(home)
    async with desk.running() as pilot:
        await desk.send(pilot, f"/resume {A}")
        await desk.settle(pilot, lambda: "1 damaged line of" in desk.text)
        assert desk.told == ["the first thing"]


async def test_a_path_is_no_id(home):
    desk = Desk(home)
    async with desk.running() as pilot:
        await open_list(desk, pilot, "/resume ../../etc/passwd")
        assert "No session matches" in desk.text


async def test_a_folder_that_cannot_be_written_is_told_once_and_recovers(tmp_path):
    folder = sessions_of(tmp_path)
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    desk = Desk(tmp_path, [calls(("list_files", {})), says("One."), says("Two."), says("Three.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "first")
        await desk.ask(pilot, "second")
        assert desk.answers[-1] == "Two."
        assert desk.text.count("cannot be written") == 1
        assert "goes on in memory" in desk.text
        folder.unlink()
        await desk.ask(pilot, "third")
    desk = Desk(tmp_path, go_on=True)
    async with desk.running():
        assert desk.told == ["first", "second", "third"]


async def test_a_model_whose_provider_is_gone_does_not_keep_a_session_from_going_on(tmp_path):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        await desk.send(pilot, "/model beta/three")
        await desk.ask(pilot, "hello")
        session = desk.session.place.session
    config = (tmp_path / "config" / "config.toml").read_text().partition("[providers.beta]")[0]
    desk = Desk(tmp_path, config=config)
    async with desk.running() as pilot:
        await desk.send(pilot, f"/resume {session}")
        await desk.settle(pilot, lambda: desk.session.place.session == session)
        await desk.settle(pilot, lambda: "alpha/one" in desk.status)
        assert desk.told == ["hello"]


async def test_a_long_past_is_shown_in_slices_between_which_the_screen_lives(home, monkeypatch):
    place = Place(session=SessionId(A))
    with SessionStore(sessions_of(home)).open(place.session) as file:
        for number in range(300):
            file.append(MessageAdded(message=UserMessage(text=f"line {number}")), place)
    monkeypatch.setattr(branching, "REPLAY_SLICE_S", 0.0)
    desk = Desk(home)
    async with desk.running() as pilot:
        seen: set[int] = set()
        transcript = desk.screen.chat._transcript

        async def watch() -> None:
            while len(transcript) < 301:
                seen.add(len(transcript))
                await asyncio.sleep(0)

        watching = asyncio.ensure_future(watch())
        await desk.send(pilot, f"/resume {A}")
        await watching
        assert len(seen) > 100
        await desk.settle(pilot, lambda: "line 299" in desk.text)


async def test_a_thousand_sessions_can_be_filtered_while_they_are_read(tmp_path):
    for number in range(1_000):
        keep(tmp_path, f"20250101-000000-{number:08x}", f"thing number {number}")
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.send(pilot, "/resume")
        await pilot.press(*"number 777")
        await desk.settle(pilot, lambda: listed(desk) == ["thing number 777"])
        await loaded(desk, pilot)
        assert listed(desk) == ["thing number 777"]
