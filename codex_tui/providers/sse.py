"""Server-sent events from bytes, as the WHATWG specification has them: UTF-8, any line end,
comments ignored.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its name ("" when the server gave none) and its data lines joined by newlines."""

    event: str
    data: str


async def decode_events(chunks: AsyncIterable[bytes]) -> AsyncIterator[ServerSentEvent]:
    """Cut a byte stream, split anywhere, into events. Bytes after the last blank line are not an
    event.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    pending = ""
    event, data = "", list[str]()
    async for chunk in chunks:
        pending += decoder.decode(chunk)
        lines, pending = _complete_lines(pending)
        for line in lines:
            if line:
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "data":
                    data.append(value)
                elif name == "event":
                    event = value
            else:
                if data:
                    yield ServerSentEvent(event, "\n".join(data))
                event, data = "", []


def _complete_lines(text: str) -> tuple[list[str], str]:
    """Split at LF, CRLF and CR; a CR at the very end waits, since its LF may still come."""
    if "\r" in text:
        held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n") + held
    lines = text.split("\n")
    return lines[:-1], lines[-1]
