"""A file's line as a terminal may show it: nothing hidden, nothing executed, wrapped by cells.

Besides what `display_safe` spells out, tabs are made visible (an arrow up to the next stop). Spans
found in the source text are carried over to the shown text.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size

from codex_tui.protocol.display import display_safe

TAB_CELLS = 4
MAX_LINE_CHARACTERS = 20_000
"""A longer line is cut, with a remark: wrapping it must not hold up the screen."""

Span = tuple[int, int]

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayLine:
    """One source line, ready to be shown.

    `offsets[i]` is where source character `i` begins in `text`, None when both are the same.
    `tabs` and `specials` are the spans of `text` that stand for a tab or for something invisible.
    `hidden` says that the line holds characters that can mislead a reader, `left_out` counts
    characters cut at the end.
    """

    text: str
    offsets: tuple[int, ...] | None = None
    tabs: tuple[Span, ...] = ()
    specials: tuple[Span, ...] = ()
    hidden: bool = False
    left_out: int = 0

    def shown(self, span: Span) -> Span:
        """Return where a span of the source is in `text`, as far as it is shown."""
        if self.offsets is None:
            return min(span[0], len(self.text)), min(span[1], len(self.text))
        last = len(self.offsets) - 1
        return self.offsets[min(span[0], last)], self.offsets[min(span[1], last)]


def display_line(source: str, *, mark_carriage_return: bool = False) -> DisplayLine:
    """Return a line of a file, without its line end, ready to be shown.

    Args:
        source: The line, with or without its line end.
        mark_carriage_return: Show the CR of a CRLF line end, because others end differently.
    """
    body = source.removesuffix("\n" if mark_carriage_return else "\r\n").removesuffix("\n")
    left_out = max(0, len(body) - MAX_LINE_CHARACTERS)
    body = body[:MAX_LINE_CHARACTERS]
    safe = display_safe(body)
    if safe == body and "\t" not in body:
        return DisplayLine(text=body, left_out=left_out)
    return _spelled_out(body, safe, left_out)


def left_out_of(source: str) -> int:
    """Count the characters that `display_line` cuts off a line."""
    if len(source) <= MAX_LINE_CHARACTERS:
        return 0
    return max(0, len(source.removesuffix("\n").removesuffix("\r")) - MAX_LINE_CHARACTERS)


def _spelled_out(body: str, safe: str, left_out: int) -> DisplayLine:
    """Walk along the source and its safe form, which differ only where something was replaced."""
    pieces: list[str] = []
    offsets: list[int] = []
    tabs: list[Span] = []
    specials: list[Span] = []
    hidden = False
    at = cells = safe_at = 0
    for index, character in enumerate(body):
        offsets.append(at)
        if character == "\t":
            piece = "→".ljust(TAB_CELLS - cells % TAB_CELLS)
            tabs.append((at, at + len(piece)))
            cells += len(piece)
            safe_at += 1
        elif safe.startswith(character, safe_at):
            piece = character
            cells += 1 if character < "\x7f" else get_character_cell_size(character)
            safe_at += 1
        else:
            piece = display_safe(character)
            specials.append((at, at + len(piece)))
            hidden = hidden or _misleads(body, index)
            cells += len(piece)
            safe_at += len(piece)
        pieces.append(piece)
        at += len(piece)
    return DisplayLine(
        text="".join(pieces),
        offsets=(*offsets, at),
        tabs=tuple(tabs),
        specials=tuple(specials),
        hidden=hidden,
        left_out=left_out,
    )


def _misleads(body: str, index: int) -> bool:
    """Say whether a character made visible deserves a warning: a CR at the end of a line and a
    byte-order mark at its beginning do not.
    """
    if index == len(body) - 1 and body[index] == "\r":
        return False
    return index > 0 or body[index] != _BYTE_ORDER_MARK


def wrap_cells(text: str, width: int) -> list[Span]:
    """Cut `text` into spans of at most `width` cells, at least one; a wide character is never cut
    in half.
    """
    width = max(2, width)
    if text.isascii():
        return [(at, min(at + width, len(text))) for at in range(0, max(1, len(text)), width)]
    if cell_len(text) <= width:
        return [(0, len(text))]
    return _wrap_by_character(text, width)


def _wrap_by_character(text: str, width: int) -> list[Span]:
    spans: list[Span] = []
    start = used = 0
    for index, character in enumerate(text):
        cells = get_character_cell_size(character)
        if used + cells > width:
            spans.append((start, index))
            start, used = index, 0
        used += cells
    return [*spans, (start, len(text))]
