"""`codex-tui sessions`, and `exec resume` without an id."""

import io
import json
import os
from pathlib import Path

import pytest

from codex_tui.cli import main
from codex_tui.config.paths import find_paths
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import NoticeMessage, UserMessage
from codex_tui.sessions.records import MessageAdded, SessionOpened, TurnClosed, TurnOpened
from codex_tui.sessions.store import SessionStore

HERE, THERE = "20260101-000000-aaaaaaaa", "20260202-000000-bbbbbbbb"
EMPTY = "20260404-000000-dddddddd"
CUT = "20260303-000000-cccccccc"


class Keyboard(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def work(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    keep(HERE, str(folder), "日本語の題名", done=True)
    keep(THERE, "/else\x1bwhere", "look \x1b[31maround", done=True)
    keep(CUT, str(folder), "cut off", done=False)
    return folder


def folder_of_sessions() -> Path:
    return find_paths().sessions_dir


def keep(session, directory, words, *, done):
    place = Place(session=SessionId(session))
    with SessionStore(folder_of_sessions()).create(place.session) as file:
        for record in (
            SessionOpened(directory=directory, version="1"),
            TurnOpened(),
            MessageAdded(message=UserMessage(text=words)),
            *([TurnClosed(outcome="done")] if done else []),
        ):
            file.append(record, place)
    day = int(session[5:6] + session[4:6])
    os.utime(folder_of_sessions() / f"{session}.jsonl", (86_400 * day, 86_400 * day))


def at_a_terminal(monkeypatch, answer):
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)


def kept() -> set[str]:
    return {each.stem for each in folder_of_sessions().glob("*.jsonl")}


def test_the_list_shows_this_folders_sessions_and_says_that_there_are_more(work, capsys):
    assert main(["sessions"]) == 0
    shown = capsys.readouterr()
    rows = shown.out.splitlines()
    assert [row.split()[0] for row in rows] == [CUT, HERE]
    assert "1 turn  interrupted  cut off" in rows[0]
    assert rows[1].endswith("1 turn  done         日本語の題名")
    assert shown.err == "--all lists 1 more session, of other folders.\n"


def test_all_folders_are_shown_clean_and_aligned(work, capsys):
    keep("20260404-000000-dddddddd", "/日本語の長い名前のフォルダ", "wide", done=True)
    assert main(["sessions", "--all"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 4
    assert any("/else␛where" in row and "look ␛[31maround" in row for row in rows)
    assert "\x1b" not in "".join(rows)
    (wide,) = [row for row in rows if row.endswith("wide")]
    (plain,) = [row for row in rows if row.endswith("cut off")]
    assert wide.index("/") == plain.index("/")
    folder = str(work)
    gap = max(len(folder), 27) - 27
    assert wide.endswith("フォルダ" + " " * (gap + 2) + "wide")


def test_json_has_one_object_a_line(work, capsys):
    assert main(["sessions", "--json", "--all"]) == 0
    facts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["session"] for each in facts] == [CUT, THERE, HERE]
    assert facts[0] == {
        "session": CUT,
        "title": "cut off",
        "directory": str(work),
        "branch": "",
        "changed": facts[0]["changed"],
        "turns": 1,
        "outcome": "interrupted",
        "busy": False,
        "size_bytes": (folder_of_sessions() / f"{CUT}.jsonl").stat().st_size,
        "problem": "",
    }


def test_nothing_kept_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["sessions"]) == 0
    assert capsys.readouterr().err.startswith("There is no session yet;")


def test_a_broken_file_is_listed_with_what_is_wrong(work, capsys):
    (folder_of_sessions() / "20260505-000000-eeeeeeee.jsonl").write_bytes(b"\x00\xff" * 99)
    assert main(["sessions", "--all"]) == 0
    assert "unreadable" in capsys.readouterr().out


def test_a_file_with_nothing_in_it_is_not_gone_on_with(work, capsys):
    (folder_of_sessions() / "20260505-000000-eeeeeeee.jsonl").write_bytes(b"\x00\xff\n" * 99)
    assert main(["exec", "resume", "20260505", "go on"]) == 1
    assert "there is nothing to go on with" in capsys.readouterr().err


def test_a_session_is_renamed_by_the_beginning_of_its_id(work, capsys):
    assert main(["sessions", "rename", "20260101", "A better  title"]) == 0
    assert capsys.readouterr().out == f"{HERE} is called “A better title”.\n"
    main(["sessions"])
    assert "A better title" in capsys.readouterr().out
    assert main(["sessions", "rename", HERE, ""]) == 0
    assert capsys.readouterr().out == f"{HERE} is called “日本語の題名”.\n"
    assert main(["sessions", "rename", "2026", "x"]) == 1
    assert "Several sessions begin with" in capsys.readouterr().err


@pytest.mark.parametrize("session", ["../../etc/passwd", "/tmp/x", "nothing"])
def test_a_path_is_no_id(work, capsys, session):
    for command in (["rename", session, "x"], ["delete", session, "--yes"]):
        assert main(["sessions", *command]) == 1
        assert "No session begins with" in capsys.readouterr().err
    assert len(kept()) == 3


def test_deleting_asks_and_takes_only_a_yes(work, capsys, monkeypatch):
    for answer in ("", "\n", "n\n", "delete\n"):
        at_a_terminal(monkeypatch, answer)
        assert main(["sessions", "delete", HERE]) != 0
        assert f"Delete {HERE} “日本語の題名” for good? [y/N]" in capsys.readouterr().err
    assert HERE in kept()
    at_a_terminal(monkeypatch, "y\n")
    assert main(["sessions", "delete", HERE]) == 0
    assert kept() == {THERE, CUT}


def test_deleting_without_anybody_to_ask_needs_a_word_for_it(work, capsys):
    assert main(["sessions", "delete", HERE]) == 2
    assert "--yes" in capsys.readouterr().err
    assert main(["sessions", "delete", HERE, "--yes"]) == 0
    assert kept() == {THERE, CUT}


def test_exec_resume_asks_which_and_says_that_the_last_turn_was_interrupted(
    work, capsys, monkeypatch
):
    at_a_terminal(monkeypatch, "1\n")
    assert main(["exec", "resume", "-m", "demo/walkthrough", "go on"]) in {0, 1}
    shown = capsys.readouterr().err
    assert f"  1  {CUT}" in shown
    assert f"  2  {HERE}" in shown
    assert THERE not in shown, "there are some of this folder"
    assert "The last turn of this session was interrupted.\n" in shown
    records = SessionStore(folder_of_sessions()).load(SessionId(CUT)).records
    said = [each.record.message for each in records if isinstance(each.record, MessageAdded)]
    assert [each.text for each in said if isinstance(each, UserMessage)] == ["cut off", "go on"]


@pytest.mark.parametrize("named", [True, False], ids=["an id", "the last"])
def test_exec_resume_runs_the_last_turn_again_on_a_branch_of_its_own(work, capsys, named):
    before = kept()
    assert main(["exec", "-m", "demo/walkthrough", "look around"]) in {0, 1}
    (session,) = kept() - before
    which = [session] if named else ["--last"]
    assert main(["exec", "resume", *which, "--retry"]) in {0, 1}
    assert kept() - before == {session}
    records = SessionStore(folder_of_sessions()).load(SessionId(session)).records
    (first, words), (second, again) = [
        (each.place.branch, each.record.message.text)
        for each in records
        if isinstance(each.record, MessageAdded) and isinstance(each.record.message, UserMessage)
    ]
    assert words == again == "look around"
    assert first != second
    ended = [each.place.branch for each in records if isinstance(each.record, TurnClosed)]
    assert ended == [first, second]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([CUT, "go on", "--retry"], "as it was asked"),
        (["--last", "go on", "--retry"], "as it was asked"),
        (["--last", "--retry", "-i", "a.png"], "as it was asked"),
        (["--last"], "There is no prompt."),
        ([], "There is no prompt."),
    ],
)
def test_exec_resume_takes_either_a_prompt_or_a_retry(work, capsys, words, said):
    assert main(["exec", "resume", "-m", "demo/walkthrough", *words]) == 2
    assert said in capsys.readouterr().err


def test_exec_resume_has_nothing_to_retry_where_nothing_was_asked(work, capsys):
    with SessionStore(folder_of_sessions()).create(SessionId(EMPTY)) as file:
        place = Place(session=SessionId(EMPTY))
        file.append(SessionOpened(directory=str(Path.cwd()), version="1"), place)
        file.append(MessageAdded(message=NoticeMessage(text="The folder is /w.")), place)
    command = ["exec", "resume", EMPTY, "--retry", "-m", "demo/walkthrough"]
    assert main(command) == 2
    assert "There is no turn to run again yet." in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["0\n", "3\n", "x\n", ""])
def test_exec_resume_starts_nothing_without_a_number(work, capsys, monkeypatch, answer):
    at_a_terminal(monkeypatch, answer)
    assert main(["exec", "resume", "go on"]) == 2
    assert "nothing was" in capsys.readouterr().err


def test_exec_resume_without_a_terminal_names_the_last_ones(work, capsys):
    assert main(["exec", "resume", "go on"]) == 2
    shown = capsys.readouterr().err
    assert "--last" in shown
    assert CUT in shown
    assert HERE in shown


def test_exec_resume_with_nothing_kept_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["exec", "resume", "go on"]) == 1
    assert "no earlier session" in capsys.readouterr().err


def test_a_turn_that_ended_well_is_not_mentioned(work, capsys):
    assert main(["exec", "resume", HERE, "-m", "demo/walkthrough", "go on"]) in {0, 1}
    assert "interrupted" not in capsys.readouterr().err
