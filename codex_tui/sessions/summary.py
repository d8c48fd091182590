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
from json import JSONDecoder
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.protocol.messages import AssistantMessage, UserMessage
from codex_tui.protocol.sessions import SessionSummary, title_of
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
PREVIEW_BYTES = 256_000
"""How far back a preview looks for the last words."""
MAX_PREVIEW_CHARS = 2_000

# A record stands last in its line, and its type last in the record: quotes inside of texts are
# escaped, so nothing that was said can look like one of these.
_TURN_OPENED = b'"record":{"type":"turn_opened"}}\n'
_TURN_CLOSED = b'"type":"turn_closed"}}\n'
_RENAMED = b'"type":"session_renamed"}}\n'
_OVERLAP = max(map(len, (_TURN_OPENED, _TURN_CLOSED, _RENAMED))) - 1
_MAX_LINE_BYTES = 64_000
"""A title's or an ending's line is shorter."""
_FIRST_WORDS = re.compile(r'"record":\{"message":\{"text":(?=".*","images":\[)', re.DOTALL)


class _Head(NamedTuple):
    directory: str = ""
    branch: str = ""
    title: str = ""
    problem: str = ""


class _Marks(NamedTuple):
    """How many turns there are, and where the last mark of each kind ends, 0 without one."""

    turns: int
    opened: int
    closed: int
    renamed: int


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


def preview(session: SessionId, path: Path) -> str:
    """Return the last words in a file, the user's or the model's, empty when there are none near
    its end; raises `OSError`.
    """
    descriptor = open_regular(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        start = max(0, size - PREVIEW_BYTES)
        lines = os.pread(descriptor, PREVIEW_BYTES, start).split(b"\n")[1 if start else 0 :]
    finally:
        os.close(descriptor)
    decoder = Decoder(session)
    for line in reversed(lines):
        stored = decoder.decode(line)
        match stored and stored.record:
            case MessageAdded(message=UserMessage() | AssistantMessage() as message):
                if message.text.strip():
                    return message.text.strip()[-MAX_PREVIEW_CHARS:]
            case _:
                continue
    return ""


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
        turns=marks.turns,
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
    start, carried = 0, b""
    while start < size and (block := os.pread(descriptor, BLOCK_BYTES, start)):
        held = carried + block
        base = start - len(carried)
        turns += held.count(_TURN_OPENED)
        opened = _last_end(held, _TURN_OPENED, base) or opened
        closed = _last_end(held, _TURN_CLOSED, base) or closed
        renamed = _last_end(held, _RENAMED, base) or renamed
        start += len(block)
        # A mark that the blocks' border cuts in two is found with the next block. One that is
        # whole was counted; it ends in a line end, and nothing up to that is carried.
        carried = held[-_OVERLAP:].rpartition(b"\n")[2]
    return _Marks(turns, opened, closed, renamed)


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
    start = max(0, end - _MAX_LINE_BYTES)
    line = os.pread(descriptor, end - start, start).rstrip(b"\n").rpartition(b"\n")[2]
    stored = Decoder(session).decode(line)
    return stored and stored.record
