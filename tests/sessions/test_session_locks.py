from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codex_tui.protocol.errors import SessionError
from codex_tui.sessions.records import Resumed
from codex_tui.sessions.store import SessionStore
from tests.sessions.samples import OPENED, PLACE, SESSION

CHECKOUT = Path(__file__).parents[2]

_HOLDER = """
import sys
from pathlib import Path
from codex_tui.sessions.store import SessionStore
from tests.sessions.samples import OPENED, PLACE, SESSION

with SessionStore(Path(sys.argv[1])).create(SESSION) as file:
    file.append(OPENED, PLACE)
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_second_process_may_read_but_not_append(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SessionError) as caught:
            store.open(SESSION)
        assert str(caught.value) == (
            f"Session {SESSION} is open in another codex-tui\n"
            "Close it there, or start a new session here."
        )
        assert [each.record for each in store.load(SESSION).records] == [OPENED]
        holder.communicate("go\n")
        assert holder.returncode == 0
    with store.open(SESSION) as file:
        file.append(Resumed(), PLACE)
    assert [each.record for each in store.load(SESSION).records] == [OPENED, Resumed()]


def test_same_process_cannot_open_twice_either(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    with store.create(SESSION), pytest.raises(SessionError, match="is open in another"):
        store.open(SESSION)
    store.open(SESSION).close()


def test_refused_opening_repairs_nothing(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    with store.create(SESSION) as file:
        file.append(OPENED, PLACE)
        with file.path.open("ab") as other:
            other.write(b"half")
        with pytest.raises(SessionError):
            store.open(SESSION)
        assert file.path.read_bytes().endswith(b"half")
