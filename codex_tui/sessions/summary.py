"""What a list tells of a session file, read from a few of its bytes.

The head gives the folder and the first words, the end how the last turn came out; between them the
bytes are only searched, in blocks, for the marks of turns and titles. A file of 100 MB costs tenths
of a second and no more memory than a block. It is read, not mapped: a mapped file that another
process cuts would take this one down.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from json import JSONDecoder, dumps
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.protocol.ids import MAIN_BRANCH
from codex_tui.protocol.messages import UserMessage
from codex_tui.protocol.sessions import SessionSummary, title_of
from codex_tui.sessions.branch_records import BranchChosen, BranchOpened
from codex_tui.sessions.codec import Decoder
from codex_tui.sessions.reading import open_regular
from codex_tui.sessions.records import (
    FORMAT_VERSION,
    MessageAdded,
    SessionOpened,
    SessionRenamed,
    StoredRecord,
    TurnClosed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_tui.protocol.events import TurnOutcome
    from codex_tui.protocol.ids import SessionId

HEAD_BYTES = 1_000_000
"""How far a summary looks for the user's first words."""
BLOCK_BYTES = 1_000_000
"""So much is searched at a time."""

# A record stands last in its line, and its type last in the record: quotes inside of texts are
# escaped, so nothing that was said can look like one of these.
_TURN_OPENED = b'"record":{"type":"turn_opened"}}\n'
_TURN_CLOSED = b'"type":"turn_closed"}}\n'
_RENAMED = b'"type":"session_renamed"}}\n'
_BRANCHED = b'"type":"branch_opened"}}\n'
_CHOSEN = b'"type":"branch_chosen"}}\n'
_OVERLAP = max(map(len, (_TURN_OPENED, _TURN_CLOSED, _RENAMED, _BRANCHED, _CHOSEN))) - 1
_MAX_LINE_BYTES = 64_000
"""A title's or an ending's line is shorter."""
_FIRST_WORDS = re.compile(r'"record":\{"message":\{"text":(?=".*","images":\[)', re.DOTALL)


class _Head(NamedTuple):
    directory: str = ""
    branch: str = ""
    title: str = ""
    problem: str = ""


class _Marks(NamedTuple):
    """How many turns there are, and where the last mark of each kind ends, 0 without one;
    `branched` is where branches were opened or chosen.
    """

    turns: int
    opened: int
    closed: int
    renamed: int
    branched: tuple[int, ...] = ()


def summarise(session: SessionId, path: Path) -> SessionSummary:
    """Return a file's summary. One that cannot be read has a `problem`; raises `OSError` only
    when it is gone.
    """
    facts = path.lstat()
    changed = datetime.fromtimestamp(facts.st_mtime, UTC)
    bare = SessionSummary(
        session=session, directory="", title="", changed=changed, size_bytes=facts.st_size
    )
    try:
        descriptor = open_regular(path, os.O_RDONLY)
    except FileNotFoundError:
        raise
    except OSError as error:
        return _with_problem(bare, error.strerror or "cannot be read")
    try:
        return _summarise(bare, descriptor)
    except OSError as error:
        return _with_problem(bare, error.strerror or "cannot be read")
    finally:
        os.close(descriptor)


def _summarise(bare: SessionSummary, descriptor: int) -> SessionSummary:
    busy = _is_locked(descriptor)
    size = os.fstat(descriptor).st_size
    head = _read_head(bare.session, os.pread(descriptor, HEAD_BYTES, 0))
    marks = _search(descriptor, size)
    renamed = _record_before(bare.session, descriptor, marks.renamed)
    title = renamed.title if isinstance(renamed, SessionRenamed) else ""
    return SessionSummary(
        session=bare.session,
        directory=head.directory,
        title=title or head.title,
        changed=bare.changed,
        size_bytes=size,
        branch=head.branch,
        turns=_turns(bare.session, descriptor, size, marks),
        outcome=_outcome(bare.session, descriptor, marks),
        busy=busy,
        problem=head.problem,
    )


def _with_problem(bare: SessionSummary, reason: str) -> SessionSummary:
    return SessionSummary(
        session=bare.session,
        directory="",
        title="",
        changed=bare.changed,
        size_bytes=bare.size_bytes,
        turns=None,
        problem=reason[:1].lower() + reason[1:],
    )


def _is_locked(descriptor: int) -> bool:
    """Say whether the file is open somewhere. Looking holds it for a moment: see `store._lock`."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _read_head(session: SessionId, content: bytes) -> _Head:
    """Read up to the user's first words; a line that is longer than the head is read as far as it
    goes, for the words stand at its beginning and pictures behind them.
    """
    decoder = Decoder(session)
    found = _Head()
    known = False
    for stored in _decoded(decoder, content):
        known = True
        match stored.record:
            case SessionOpened(directory=directory, branch=branch) if not found.directory:
                found = found._replace(directory=directory, branch=branch)
            case MessageAdded(message=UserMessage(text=text)):
                found = found._replace(title=title_of(text))
                break
            case _:
                continue
    else:
        found = found._replace(title=title_of(_cut_words(content)))
    return found._replace(problem=_problem(decoder, content, known=known))


def _problem(decoder: Decoder, content: bytes, *, known: bool) -> str:
    if decoder.version > FORMAT_VERSION:
        return f"written by a newer codex-tui (format {decoder.version})"
    if not known and content:
        return "damaged: no record in it can be read"
    return "" if content else "the file is empty"


def _decoded(decoder: Decoder, content: bytes) -> Iterator[StoredRecord]:
    """Decode line by line, so that a summary stops at what it needs."""
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        stored = decoder.decode(content[start:end])
        if stored is not None:
            yield stored
        start = end + 1


def _cut_words(content: bytes) -> str:
    """Return the user's words from a line whose end is not in `content`."""
    tail = content[content.rfind(b"\n") + 1 :].decode("utf-8", "replace")
    found = _FIRST_WORDS.search(tail)
    if found is None:
        return ""
    with suppress(ValueError):
        words: object = JSONDecoder().raw_decode(tail, found.end())[0]
        return words if isinstance(words, str) else ""
    return ""


def _search(descriptor: int, size: int) -> _Marks:
    """Search the whole file for marks, block by block."""
    turns = opened = closed = renamed = 0
    branched: list[int] = []
    start, carried = 0, b""
    while start < size and (block := os.pread(descriptor, BLOCK_BYTES, start)):
        held = carried + block
        base = start - len(carried)
        turns += held.count(_TURN_OPENED)
        opened = _last_end(held, _TURN_OPENED, base) or opened
        closed = _last_end(held, _TURN_CLOSED, base) or closed
        renamed = _last_end(held, _RENAMED, base) or renamed
        branched += sorted(base + end for mark in (_BRANCHED, _CHOSEN) for end in _ends(held, mark))
        start += len(block)
        # A mark that the blocks' border cuts in two is found with the next block. One that is
        # whole was counted; it ends in a line end, and nothing up to that is carried.
        carried = held[-_OVERLAP:].rpartition(b"\n")[2]
    return _Marks(turns, opened, closed, renamed, tuple(branched))


def _ends(held: bytes, mark: bytes) -> Iterator[int]:
    place = held.find(mark)
    while place >= 0:
        yield place + len(mark)
        place = held.find(mark, place + len(mark))


def _turns(session: SessionId, descriptor: int, size: int, marks: _Marks) -> int:
    """Count the turns of the branch the session went on with last: those it shares, which its
    first record tells, and its own.
    """
    if not marks.branched:
        return marks.turns
    shared: dict[str, int] = {MAIN_BRANCH: 0}
    last: str = MAIN_BRANCH
    for end in marks.branched:
        stored = _stored_before(session, descriptor, end)
        match stored and stored.record:
            case BranchOpened(turns=turns) if stored:
                last = stored.place.branch
                shared.setdefault(last, turns)
            case BranchChosen() if stored and stored.place.branch in shared:
                last = stored.place.branch
            case _:
                continue
    return shared[last] + _own_turns(descriptor, size, last)


def _own_turns(descriptor: int, size: int, branch: str) -> int:
    """Count the turns that began on a branch."""
    mark = re.compile(
        rb'"branch":%b,"turn":[^,]*,"step":[^,]*,%b'
        % (
            re.escape(dumps(branch, ensure_ascii=False).encode()),
            re.escape(_TURN_OPENED),
        )
    )
    count, start, carried = 0, 0, b""
    while start < size and (block := os.pread(descriptor, BLOCK_BYTES, start)):
        held = carried + block
        count += sum(1 for _ in mark.finditer(held))
        start += len(block)
        carried = held[-_MAX_LINE_BYTES:].rpartition(b"\n")[2]
    return count


def _last_end(held: bytes, mark: bytes, base: int) -> int:
    """Return where in the file the last `mark` of a block ends, 0 when there is none."""
    place = held.rfind(mark)
    return 0 if place < 0 else base + place + len(mark)


def _outcome(session: SessionId, descriptor: int, marks: _Marks) -> TurnOutcome | None:
    """Return how the last turn ended; one that was opened and not closed was interrupted."""
    if marks.opened > marks.closed:
        return "interrupted"
    record = _record_before(session, descriptor, marks.closed)
    return record.outcome if isinstance(record, TurnClosed) else None


def _record_before(session: SessionId, descriptor: int, end: int) -> object:
    """Return the record of the line that ends at `end`, None when there is none."""
    stored = _stored_before(session, descriptor, end)
    return stored and stored.record


def _stored_before(session: SessionId, descriptor: int, end: int) -> StoredRecord | None:
    start = max(0, end - _MAX_LINE_BYTES)
    line = os.pread(descriptor, end - start, start).rstrip(b"\n").rpartition(b"\n")[2]
    return Decoder(session).decode(line)
