from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path

from codex_tui.protocol.messages import UserMessage
from codex_tui.sessions.file import IN_MEMORY_HINT, LOST_HINT
from codex_tui.sessions.records import MessageAdded
from codex_tui.sessions.store import SessionStore
from tests.sessions.samples import OPENED, PLACE, RECORDS, SESSION

CHECKOUT = Path(__file__).parents[2]

# The kernel refuses to let a file grow beyond RLIMIT_FSIZE: it takes what fits, then fails, as a
# full disk does. The limit binds a whole process, hence one of its own.
_FULL_DISK = """
import json, resource, sys
from pathlib import Path
from codex_tui.protocol.errors import SessionError
from codex_tui.sessions.store import SessionStore
from tests.sessions.samples import ASKED, OPENED, PLACE, SESSION

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def attempt(action):
    try:
        action()
    except SessionError as error:
        return str(error)
    return None

report = []
file = SessionStore(Path(sys.argv[1])).create(SESSION)
file.append(OPENED, PLACE)
good = file.path.stat().st_size
def note(error):
    report.append([error, file.path.stat().st_size - good])

limit(good + 50)                                      # half of a line fits
note(attempt(lambda: file.append(ASKED, PLACE)))
note(attempt(lambda: file.append(ASKED, PLACE, sync=True)))
note(attempt(file.sync))
limit(resource.RLIM_INFINITY)
mode = sys.argv[2]
if mode == "append":
    note(attempt(lambda: file.append(ASKED, PLACE)))
    file.close()
elif mode == "sync":
    note(attempt(file.sync))
    file.close()
elif mode == "close":
    file.close()
else:
    limit(good + 50)
    report.append(attempt(file.close))
    report.append(attempt(file.close))
print(json.dumps(report))
"""


def fill(folder: Path, mode: str) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(folder), mode],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def refusal(folder: Path, hint: str = IN_MEMORY_HINT) -> str:
    return f"The session file {folder / SESSION}.jsonl cannot be written: File too large.\n{hint}"


def test_full_disk_refuses_each_record_and_leaves_no_half_line(tmp_path: Path) -> None:
    words = refusal(tmp_path)
    first, second, third, _ = fill(tmp_path, "append")
    assert first == second == third == [words, 0]


def test_later_append_writes_what_waited_in_order(tmp_path: Path) -> None:
    error, size = fill(tmp_path, "append")[-1]
    assert error is None
    assert size > 0
    loaded = SessionStore(tmp_path).load(SESSION)
    assert [each.seq for each in loaded.records] == [1, 2, 3, 4]
    assert [each.parent_id for each in loaded.records][1:] == [each.id for each in loaded.records][
        :-1
    ]
    assert (loaded.skipped, loaded.torn) == (0, 0)


def test_sync_and_close_write_what_waited(tmp_path: Path) -> None:
    for mode in ("sync", "close"):
        fill(tmp_path / mode, mode)
        loaded = SessionStore(tmp_path / mode).load(SESSION)
        assert [each.seq for each in loaded.records] == [1, 2, 3]


def test_close_tells_what_is_lost_and_releases_the_file(tmp_path: Path) -> None:
    *_, error, again = fill(tmp_path, "lose")
    assert error == refusal(tmp_path, LOST_HINT)
    assert again is None
    loaded = SessionStore(tmp_path).load(SESSION)
    assert [each.record for each in loaded.records] == [OPENED]
    assert loaded.torn == 0


async def test_appending_while_threads_force_to_the_disk_keeps_the_order(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    with store.create(SESSION) as file:
        async with asyncio.TaskGroup() as group:
            for number in range(100):
                record = MessageAdded(message=UserMessage(text=str(number)))
                file.append(record, PLACE)
                if number % 10 == 0:
                    group.create_task(asyncio.to_thread(file.sync))
                await asyncio.sleep(0)
    texts = [each.record.message.text for each in store.load(SESSION).records]
    assert texts == [str(number) for number in range(100)]


def test_appending_from_several_threads_mixes_no_lines(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    with store.create(SESSION) as file:

        def work() -> None:
            for record in RECORDS * 20:
                file.append(record, PLACE)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    loaded = store.load(SESSION)
    assert [each.seq for each in loaded.records] == list(range(1, 641))
    assert loaded.skipped == 0
