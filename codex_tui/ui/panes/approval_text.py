"""The words around a review: title, file list, why it asks, and what an access request asks.

Pure functions from state and room (in cells) to `Content`; everything untrusted is cleaned here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.protocol.figures import plural
from codex_tui.ui.widgets.cell_fit import fit_end, fit_start

if TYPE_CHECKING:
    from codex_tui.protocol.approvals import AccessSubject, ApprovalRequest
    from codex_tui.protocol.tools import PathAccess
    from codex_tui.ui.review import Review

_MAX_NAME_CELLS = 40
_MAX_MARKS = 12
_MAX_PATH_CHARACTERS = 1_000
_GAP = "  "


def edit_title(review: Review, note: str, cells: int) -> Content:
    """Return `Review · 3 files · 5 hunks  +9 −4`, with `note` at the right end.

    A single file has no list below: the marks of its hunks stand here.
    """
    changes = review.changes
    counts = f"{plural(len(changes), 'file')} · {plural(len(review.refs), 'hunk')}"
    added = sum(change.added for change in changes)
    removed = sum(change.removed for change in changes)
    left = Content.assemble(
        ("Review", "bold"),
        (f" · {counts} ", "$muted"),
        (f" +{added}" if added else "", "$success"),
        (f" −{removed}" if removed else "", "$error"),
    )
    if len(changes) == 1 < len(review.refs):
        left = Content.assemble(left, "  ", *_marks(review.marks(0)))
    return both_ends(left, note, cells)


def access_title(subject: AccessSubject, note: str, cells: int) -> Content:
    """Return `Permission · read 2 paths`, with `note` at the right end."""
    asked = f" · {_doing(subject)} {plural(len(subject.accesses), 'path')}"
    return both_ends(Content.assemble(("Permission", "bold"), (asked, "$muted")), note, cells)


def file_list(review: Review, cells: int) -> Content:
    """Return the files with a mark a hunk, the current one always among them."""
    entries = [_file_entry(review, file) for file in range(len(review.changes))]
    current = review.cursor.file
    first = last = current
    used = entries[current].cell_length
    for file in _outwards(current, len(entries)):
        wider = used + len(_GAP) + entries[file].cell_length
        if wider > cells - 2 * len(" …"):
            break
        first, last, used = min(first, file), max(last, file), wider
    shown = Content(_GAP).join(entries[first : last + 1])
    before = Content.styled("… " if first else "", "$faint")
    after = Content.styled(" …" if last < len(entries) - 1 else "", "$faint")
    return (before + shown + after).truncate(cells, ellipsis=True)


def confirmation(undecided: int) -> str:
    """Return the question that stands between Enter and open hunks."""
    them = "it" if undecided == 1 else "them"
    return f"{undecided} undecided: Enter again rejects {them}, Esc goes back"


def outcome(review: Review) -> str:
    """Return what Enter does once everything is decided."""
    return f"Enter applies {review.applying or 'none'} of {plural(len(review.refs), 'hunk')}"


def reason_asked(request: ApprovalRequest) -> str:
    """Return the rule that asks, as a sentence."""
    reason = display_safe(request.reason)
    return f"{reason[:1].upper()}{reason[1:].removesuffix('.')}." if reason else ""


def why_asked(request: ApprovalRequest) -> Content:
    """Return the rule that asks and what would stop it."""
    tool = one_line(request.tool, _MAX_NAME_CELLS)
    parts = [Content.assemble(("Why am I asked?  ", "bold"), reason_asked(request))]
    if tool:
        parts.append(Content.assemble(("Asked by the tool ", "$muted"), tool))
    if request.way_out:
        parts.append(Content.assemble(("To stop it: ", "$muted"), display_safe(request.way_out)))
    return Content("\n").join(parts)


def access_body(request: ApprovalRequest, subject: AccessSubject) -> Content:
    """Return the paths with what is special about each, and the rule that asks."""
    tool = one_line(request.tool, _MAX_NAME_CELLS)
    question = Content.assemble((tool, "bold"), f" wants to {_doing(subject)}:")
    names = [one_line(access.path, _MAX_PATH_CHARACTERS) for access in subject.accesses]
    column = min(max(map(cell_len, names), default=0), _MAX_NAME_CELLS)
    paths = [
        _access_line(name, access, column)
        for name, access in zip(names, subject.accesses, strict=True)
    ]
    reason = Content.styled(reason_asked(request), "$muted")
    nothing = Content.styled("Nothing is allowed unless you say so.", "$muted")
    return Content("\n").join([question, Content(""), *paths, Content(""), reason, nothing])


def both_ends(left: Content, note: str, cells: int) -> Content:
    """Return a title with a remark at the right end, as far as there is room for it."""
    room = cells - left.cell_length - len(_GAP)
    right = fit_end(one_line(note, _MAX_PATH_CHARACTERS), room) if note and room > 0 else ""
    gap = " " * max(0, cells - left.cell_length - cell_len(right))
    return Content.assemble(left, gap, (right, "$warning"))


def _file_entry(review: Review, file: int) -> Content:
    path = one_line(review.changes[file].path, _MAX_PATH_CHARACTERS)
    style = "$foreground" if file == review.cursor.file else "$muted"
    name = Content.styled(fit_start(path, _MAX_NAME_CELLS), style)
    return Content.assemble(name, " ", *_marks(review.marks(file)))


def _marks(marks: str) -> list[tuple[str, str]]:
    styles = {"✓": "$success", "✗": "$error", "·": "$muted"}
    if len(marks) <= _MAX_MARKS:
        return [(mark, styles[mark]) for mark in marks]
    return [(f"{marks.count(mark)}{mark} ", styles[mark]) for mark in styles if mark in marks]


def _outwards(middle: int, count: int) -> list[int]:
    """Return the other indices below `count`, nearest to `middle` first, later before earlier."""
    return sorted(
        (index for index in range(count) if index != middle),
        key=lambda index: (abs(index - middle), index < middle),
    )


def _doing(subject: AccessSubject) -> str:
    kinds = sorted({access.kind.value for access in subject.accesses})
    return " and ".join(kinds)


def _access_line(name: str, access: PathAccess, column: int) -> Content:
    """Return a path, `column` cells wide at least, and what is special about it."""
    facts = [
        word
        for word, holds in (
            ("outside the workspace", access.outside),
            ("looks secret", access.secret),
            ("protected", access.protected),
        )
        if holds
    ]
    return Content.assemble(
        (f"  {access.kind.value}  ", "$muted"),
        (name, "bold"),
        (_GAP + " " * (column - cell_len(name)) + ", ".join(facts) if facts else "", "$warning"),
    )
