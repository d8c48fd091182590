"""What runs unasked, what is asked and what is denied: one pure function over facts.

Each access is judged by the first rule of `_RULES` that fits it; the strictest judgement over all
accesses of a call stands. Facts come from the workspace, the question is put by the tool runner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.approvals import ApprovalMode, PolicyAnswer, Verdict
from codex_tui.protocol.tools import AccessKind, PathAccess

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRICTNESS = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """`reason` and `way_out` are texts for the user; `{path}` stands for the access's path."""

    fits: Callable[[ApprovalMode, PathAccess], bool]
    verdict: Verdict
    reason: str
    way_out: str = ""


def _writes(access: PathAccess) -> bool:
    return access.kind is AccessKind.WRITE


_RULES = (
    _Rule(
        fits=lambda _, access: _writes(access) and access.outside,
        verdict=Verdict.DENY,
        reason="edits outside the workspace are not made: {path}",
        way_out="Start codex-tui with -C in a folder that contains {path}",
    ),
    _Rule(
        fits=lambda _, access: _writes(access) and access.protected,
        verdict=Verdict.ASK,
        reason="every mode asks before an edit in a protected folder: {path}",
        way_out="Nothing: .git and the folders of codex-tui are never edited unasked",
    ),
    _Rule(
        fits=lambda _, access: _writes(access) and access.secret,
        verdict=Verdict.ASK,
        reason="every mode asks before an edit of a file that may hold secrets: {path}",
        way_out="Nothing: files that may hold secrets are never edited unasked",
    ),
    _Rule(
        fits=lambda _, access: access.secret,
        verdict=Verdict.ASK,
        reason="every mode asks before a file that may hold secrets is read: {path}",
        way_out="Nothing: files that may hold secrets are never read unasked",
    ),
    _Rule(
        fits=lambda _, access: access.outside,
        verdict=Verdict.ASK,
        reason="every mode asks before something outside the workspace is read: {path}",
        way_out="Start codex-tui with -C in a folder that contains {path}",
    ),
    _Rule(
        fits=lambda mode, access: _writes(access) and mode is ApprovalMode.SUGGEST,
        verdict=Verdict.ASK,
        reason="suggest mode asks before every edit: {path}",
        way_out="Shift+Tab: auto-edit applies edits inside the workspace unasked",
    ),
    _Rule(
        fits=lambda _, access: _writes(access),
        verdict=Verdict.ALLOW,
        reason="{mode} mode applies edits inside the workspace: {path}",
    ),
    _Rule(
        fits=lambda _mode, _access: True,
        verdict=Verdict.ALLOW,
        reason="every mode reads inside the workspace: {path}",
    ),
)
"""In order of severity: of several rules with the same verdict, the earliest gives the reason."""


COMMAND_WAY_OUT = "s allows exactly this command, in this folder, for the rest of the session"


def judge(mode: ApprovalMode, accesses: Sequence[PathAccess]) -> PolicyAnswer:
    """Say what happens to a call that touches `accesses`; deny beats ask beats allow."""
    if not accesses:
        return PolicyAnswer(verdict=Verdict.ALLOW, reason="the call touches no file")
    rule, access = _decisive(mode, accesses)
    reason = rule.reason.format(path=access.path, mode=mode.value)
    return PolicyAnswer(verdict=rule.verdict, reason=reason)


def way_out(mode: ApprovalMode, accesses: Sequence[PathAccess]) -> str:
    """Say what would make this call run unasked; empty when it already does."""
    if not accesses:
        return ""
    rule, access = _decisive(mode, accesses)
    return rule.way_out.format(path=access.path)


def judge_command(*, allowed_before: bool) -> PolicyAnswer:
    """Say what happens to a shell command: as long as nothing confines one, every mode asks for it,
    unless the user allowed this very one for the session.
    """
    if allowed_before:
        reason = "this command was allowed in this folder for the session"
        return PolicyAnswer(verdict=Verdict.ALLOW, reason=reason)
    reason = "every mode asks before a command is run, because there is no sandbox here"
    return PolicyAnswer(verdict=Verdict.ASK, reason=reason)


def _decisive(mode: ApprovalMode, accesses: Sequence[PathAccess]) -> tuple[_Rule, PathAccess]:
    """Find the strictest rule any access meets, and the first access that meets it."""
    met = [
        (next(place for place, rule in enumerate(_RULES) if rule.fits(mode, access)), access)
        for access in accesses
    ]
    place, access = min(met, key=lambda each: (-_STRICTNESS[_RULES[each[0]].verdict], each[0]))
    return _RULES[place], access
