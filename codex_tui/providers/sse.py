"""Server-sent events from bytes, as the WHATWG specification has them: UTF-8, any line end,
comments ignored.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its name ("" when the server gave none) and its data lines joined by newlines."""

    event: str
    data: str


async def decode_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[ServerSentEvent]:
    """Cut a byte stream, split anywhere, into events; what follows the last blank line is none."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    reader = _LineReader()
    async for chunk in chunks:
        for event in reader.feed(decoder.decode(chunk)):
            yield event
    for event in reader.end():
        yield event


class _LineReader:
    """Collects lines into events."""

    def __init__(self) -> None:
        self._pending: list[str] = []  # joined once a line ends: lines may be megabytes
        self._event = ""
        self._data: list[str] = []

    def feed(self, text: str) -> list[ServerSentEvent]:
        """Take more text; return the events it completes."""
        if not text:
            return []
        held = bool(self._pending) and self._pending[-1].endswith("\r")
        self._pending.append(text)
        if not (held or "\n" in text or "\r" in text):
            return []
        lines, rest = _complete_lines("".join(self._pending))
        self._pending = [rest]
        return [event for line in lines if (event := self._take(line)) is not None]

    def end(self) -> list[ServerSentEvent]:
        """Return the event that a CR at the very end completes: it has waited for its LF."""
        return self.feed("\n") if self._pending and self._pending[-1].endswith("\r") else []

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            done = ServerSentEvent(self._event, "\n".join(self._data)) if self._data else None
            self._event, self._data = "", []
            return done
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        return None


def _complete_lines(text: str) -> tuple[list[str], str]:
    """Split at LF, CRLF and CR; a CR at the very end waits, since its LF may still come."""
    if "\r" in text:
        held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n") + held
    lines = text.split("\n")
    return lines[:-1], lines[-1]
