from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from codex_tui.protocol.ids import SessionId
from codex_tui.sessions.records import Resumed
from codex_tui.sessions.store import SessionStore
from tests.sessions.samples import ASKED, OPENED, PLACE, RECORDS, SESSION

CHECKOUT = Path(__file__).parents[2]


def test_a_kill_at_any_byte_of_a_record_loses_that_record_only(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "all")
    with store.create(SESSION) as file:
        file.append(OPENED, PLACE)
        kept = file.path.stat().st_size
        file.append(ASKED, PLACE)
    whole = (tmp_path / "all" / f"{SESSION}.jsonl").read_bytes()
    for offset in range(len(whole) + 1):
        folder = tmp_path / f"cut{offset}"
        folder.mkdir(mode=0o700)
        path = folder / f"{SESSION}.jsonl"
        path.write_bytes(whole[:offset])
        cut = SessionStore(folder)
        before = [OPENED, ASKED][: whole[:offset].count(b"\n")]
        with cut.open(SESSION) as file:
            assert [each.record for each in file.past.records] == before
            file.append(Resumed(), PLACE)
        loaded = cut.load(SESSION)
        assert [each.record for each in loaded.records] == [*before, Resumed()]
        assert [each.seq for each in loaded.records] == list(range(1, len(before) + 2))
        assert (loaded.skipped, loaded.torn) == (0, 0)
        ends = (0, kept, len(whole))
        stub = whole[max(end for end in ends if end <= offset) : offset]
        torn = folder / f"{SESSION}.jsonl.torn"
        assert torn.read_bytes() == stub + b"\n" if stub else not torn.exists()


def test_stubs_of_several_kills_are_all_kept(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    store.create(SESSION).close()
    path = tmp_path / f"{SESSION}.jsonl"
    for stub in (b"one", b"\x00\x00two"):
        with path.open("ab") as file:
            file.write(stub)
        store.open(SESSION).close()
    torn = tmp_path / f"{SESSION}.jsonl.torn"
    assert torn.read_bytes() == b"one\n\x00\x00two\n"
    assert torn.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b""
    assert [each.session for each in store.summaries()] == [SESSION]


_WRITER = """
import itertools, sys
from pathlib import Path
from codex_tui.sessions.store import SessionStore
from tests.sessions.samples import PLACE, RECORDS, SESSION

with SessionStore(Path(sys.argv[1])).create(SESSION) as file:
    for number, record in enumerate(itertools.cycle(RECORDS)):
        file.append(record, PLACE)
        if number == 200:
            print("going", flush=True)
"""


def test_killed_process_leaves_a_session_that_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "going\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    store = SessionStore(tmp_path)
    with store.open(SessionId(SESSION)) as file:  # the lock went with the process
        count = len(file.past.records)
        file.append(Resumed(), PLACE)
    loaded = store.load(SESSION)
    assert count > 200
    assert [each.seq for each in loaded.records] == list(range(1, count + 2))
    assert loaded.skipped == 0
    assert tuple(each.record for each in loaded.records[:8]) == RECORDS
    assert os.listdir(tmp_path)  # noqa: PTH208 (names are enough)
