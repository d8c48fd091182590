"""The words around a command that waits for approval: all of it, as it is, before anything else.

Pure functions from a request and room (in cells) to `Content`. A command is cut at the edge, never
at a word and never short: every character of it has its place on the screen, line breaks are rows
with a bar, and what would steer, reorder or hide is an escape.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.protocol.figures import plural
from codex_tui.protocol.lookalikes import lookalike_words
from codex_tui.ui.panes.approval_text import both_ends, reason_asked
from codex_tui.ui.widgets.cell_fit import fit_start
from codex_tui.ui.widgets.wrapping import chop, expand_tabs

if TYPE_CHECKING:
    from codex_tui.protocol.approvals import ApprovalRequest, CommandSubject

_MAX_NAME_CHARACTERS = 1_000
_MAX_WORDS = 5
_MAX_WORD_CHARACTERS = 40
_LINE = ("│ ", "$accent")
_CONTINUED = ("↳ ", "$faint")
_MIN_CELLS = 8
_ESCAPE = re.compile(r"[\u2400-\u2421]|\\(?:x[89][0-9a-f]|u[0-9a-f]{4}|U[0-9a-f]{8})")
"""What stands for a character that would steer, reorder or hide; it is coloured."""
UNCONFINED = "It runs with all your rights, on your files and your network."


def command_title(subject: CommandSubject, note: str, cells: int) -> Content:
    """Return `Command · 3 lines · in src`, with `note` at the right end."""
    lines = subject.command.count("\n") + 1
    folder = fit_start(_folder(subject), max(cells // 3, 1))
    asked = f" · {plural(lines, 'line')} · in {folder}"
    return both_ends(Content.assemble(("Command", "bold"), (asked, "$muted")), note, cells)


def command_body(request: ApprovalRequest, subject: CommandSubject, cells: int) -> Content:
    """Return the whole command, then who says what about it, and the rule that asks."""
    tool = one_line(request.tool, _MAX_NAME_CHARACTERS)
    where, time = _folder(subject), _time(subject.timeout_s)
    question = Content.assemble(
        (tool, "bold"), f" wants to run this in {where}, for at most {time}:"
    )
    parts = [question, Content(""), command_rows(subject.command, cells), Content("")]
    if words := lookalike_words(subject.command):
        parts += [_lookalikes(words), Content("")]
    if subject.description:
        said = one_line(subject.description, _MAX_NAME_CHARACTERS)
        parts += [Content.assemble(("The model says: ", "$muted"), said), Content("")]
    reason = Content.styled(reason_asked(request), "$muted")
    nothing = Content.styled("Nothing is run unless you say so.", "$muted")
    return Content("\n").join([*parts, Content.styled(UNCONFINED, "$warning"), reason, nothing])


def command_rows(command: str, cells: int) -> Content:
    """Return the command's lines, each with a bar, cut at the edge and continued below."""
    width = max(cells - len(_LINE[0]), _MIN_CELLS)
    pieces: list[str | tuple[str, str] | Content] = []
    for line in display_safe(command).split("\n"):
        text, _ = expand_tabs(line)
        shown = Content(text)
        for escape in _ESCAPE.finditer(text):
            shown = shown.stylize("$warning", *escape.span())
        for start, end in chop(text, width):
            lead = _CONTINUED if start else _LINE
            pieces += ["\n" if pieces else "", lead, shown[start:end]]
    return Content.assemble(*pieces)


def _lookalikes(words: tuple[str, ...]) -> Content:
    named = ", ".join(one_line(word, _MAX_WORD_CHARACTERS) for word in words[:_MAX_WORDS])
    more = " …" if len(words) > _MAX_WORDS else ""
    return Content.styled(f"! Some letters of {named}{more} only look Latin.", "$warning")


def _folder(subject: CommandSubject) -> str:
    folder = one_line(subject.workdir, _MAX_NAME_CHARACTERS)
    return "the workspace" if folder == "." else folder


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return plural(seconds, "second")
    return plural(minutes, "minute") + (f" {rest} s" if rest else "")
