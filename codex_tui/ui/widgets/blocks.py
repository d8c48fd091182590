"""The kinds of block a conversation is made of: frozen values that lay themselves out as rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.code import code_rows
from codex_tui.ui.widgets.line_cuts import cut_text
from codex_tui.ui.widgets.markdown import MARGIN, MAX_PROSE_CELLS, markdown_rows
from codex_tui.ui.widgets.markdown_stream import Piece
from codex_tui.ui.widgets.rows import Block, Row, Run, estimate_rows
from codex_tui.ui.widgets.wrapping import flat, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.widgets.rows import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock(Block):
    """A block of plain words."""

    text: str

    @property
    def source(self) -> str:
        """The words, cleaned."""
        return display_safe(self.text)

    def estimate(self, frame: Frame) -> int:
        """Guess from the lengths of the lines."""
        return estimate_rows(self.text.split("\n"), max(frame.width - MARGIN, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBlock(TextBlock):
    """The user's words, set off by a bar; `steering` when they joined a running turn. `images` are
    the names of the pictures that went along, a line each. `joint` stood between the words of the
    block before and these, where both are parts of one message.
    """

    steering: bool = False
    images: tuple[str, ...] = ()
    joint: str | None = None

    @property
    def joined(self) -> bool:
        """Part of a long message, and not the first."""
        return self.joint is not None

    def estimate(self, frame: Frame) -> int:
        """Count a row for each picture besides those of the words."""
        return TextBlock.estimate(self, frame) + len(self.images)

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Wrap the words as they were typed: no markdown in them."""
        bar = Run(f"{frame.symbols.bar} ", "user-bar")
        runs = [Run(flat(self.text))]
        if self.steering:
            runs.append(Run(" (steering)", "faint"))
        rows = text_rows(runs, frame, bar)
        for image in self.images:
            line = Run(f"{frame.symbols.image} image {flat(image)}", "faint")
            rows += text_rows([line], frame, bar)
        return rows if self.joint is None else [replace(rows[0], joint=self.joint), *rows[1:]]


def user_blocks(text: str, *, steering: bool, images: tuple[str, ...]) -> list[UserBlock]:
    """Return a message as blocks of which none takes long to lay out; mostly it is one."""
    parts = list(cut_text(text))
    blocks = [
        UserBlock(text=part, joint=joint if number else None)
        for number, (joint, part) in enumerate(parts)
    ]
    blocks[-1] = replace(blocks[-1], steering=steering, images=images)
    return blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeBlock(TextBlock):
    """A remark of the program, outside of the conversation."""

    level: Literal["info", "warning", "error"] = "info"

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the text in the colour of its level."""
        symbols = frame.symbols
        sign, role = {
            "info": (symbols.bullet, "muted"),
            "warning": (symbols.warning, "warning"),
            "error": (symbols.failed, "error"),
        }[self.level]
        return marked_rows([Run(flat(self.text), role)], frame, Run(f"{sign} ", role))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeBlock(TextBlock):
    """Why a turn ended other than well, and what to do next."""

    hint: str = ""

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the message in red and the hint muted below it."""
        sign = Run(f"{frame.symbols.failed} ", "error")
        rows = marked_rows([Run(flat(self.text), "error")], frame, sign)
        if self.hint:
            rows += text_rows([Run(flat(self.hint), "muted")], frame, Run(" " * MARGIN))
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownBlock(Block):
    """A piece of an answer."""

    piece: Piece

    @property
    def source(self) -> str:
        """The markdown, cleaned."""
        return self.piece.source

    @property
    def joined(self) -> bool:
        """Part of the fence or the list before it."""
        return self.piece.joined

    def estimate(self, frame: Frame) -> int:
        """Guess from the lengths of the lines."""
        lines = self.piece.code or self.piece.source.split("\n")
        return estimate_rows(lines, max(frame.width - MARGIN, 1))

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw code as wide as the frame and everything else at a readable width."""
        return piece_rows(self.piece, frame)


def piece_rows(piece: Piece, frame: Frame, *, role: str = "") -> list[Row]:
    """Lay out a piece of markdown, the first row joined to the piece before it.

    `role` lies under the words: "muted" for thinking.
    """
    if piece.code is not None:
        rows = code_rows(piece.code, frame, language=piece.language)
    else:
        rows = markdown_rows(piece.source, frame, role=role)
    return [replace(rows[0], joint=piece.joint), *rows[1:]]


def text_rows(runs: Sequence[Run], frame: Frame, lead: Run) -> list[Row]:
    """Wrap plain words at a readable width with `lead` at the left of each row."""
    width = max(min(frame.width - len(lead.text), MAX_PROSE_CELLS), 2)
    return [
        Row((lead, *line.runs), margin=len(lead.text), joint=line.joint)
        for line in wrap(runs, width)
    ]


def marked_rows(runs: Sequence[Run], frame: Frame, mark: Run) -> list[Row]:
    """Wrap plain words with `mark` before the first row and blanks before the others."""
    blank = Run(" " * len(mark.text))
    first, *others = text_rows(runs, frame, blank)
    return [replace(first, runs=(mark, *first.runs[1:])), *others]


def indented(rows: Sequence[Row]) -> list[Row]:
    """Move rows two cells to the right."""
    left = Run(" " * MARGIN)
    return [replace(row, runs=(left, *row.runs), margin=row.margin + MARGIN) for row in rows]


def output_rows(lines: Sequence[str], frame: Frame) -> list[Row]:
    """Draw lines of a tool's output, faint and indented."""
    return code_rows(lines, frame, role="muted", margin=MARGIN + 1)
