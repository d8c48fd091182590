"""Server-sent events from bytes, as the WHATWG specification has them: UTF-8, any line end,
comments ignored.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable


MAX_EVENT_CHARS: Final = 32 * 1024 * 1024
"""The longest event that is put together: the longest answers, told whole, have a tenth of that."""


class EventTooLongError(ValueError):
    """An event does not end."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its name ("" when the server gave none) and its data lines joined by newlines."""

    event: str
    data: str


async def decode_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[ServerSentEvent]:
    """Cut a byte stream, split anywhere, into events; what follows the last blank line is none.
    Raises `EventTooLongError`.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    reader = _LineReader()
    async for chunk in chunks:
        for event in reader.feed(decoder.decode(chunk)):
            yield event
        if reader.held_chars > MAX_EVENT_CHARS:
            raise EventTooLongError(f"an event of more than {MAX_EVENT_CHARS:,} characters")


class _LineReader:
    """Collects lines into events. A line may be megabytes: it is put together once, when it ends,
    and its value is copied once.

    Attributes:
        held_chars: about the length of what is no event yet.
    """

    def __init__(self) -> None:
        self.held_chars = 0
        self._pending: list[str] = []
        self._after_cr = False
        self._event = ""
        self._data: list[str] = []

    def feed(self, text: str) -> list[ServerSentEvent]:
        """Take more text; return the events it completes."""
        *lines, rest = self._with_plain_ends(text).split("\n")
        if lines:
            lines[0] = "".join([*self._pending, lines[0]])
            self._pending.clear()
        if rest:
            self._pending.append(rest)
        self.held_chars += len(text)  # an event that ends below starts the count anew
        return [event for line in lines if (event := self._take(line)) is not None]

    def _with_plain_ends(self, text: str) -> str:
        """Write every line end as LF; the LF of a CRLF may come in the next text."""
        if not text:
            return text
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            done = ServerSentEvent(self._event, "\n".join(self._data)) if self._data else None
            self._event, self._data = "", []
            self.held_chars = 0
            return done
        colon = line.find(":")
        name = line if colon < 0 else line[:colon]
        if name == "data":
            self._data.append(_value(line, colon))
        elif name == "event":
            self._event = _value(line, colon)
        return None


def _value(line: str, colon: int) -> str:
    """Return what follows the colon and one blank; empty without a colon."""
    if colon < 0:
        return ""
    return line[colon + 2 :] if line.startswith(" ", colon + 1) else line[colon + 1 :]
