from __future__ import annotations

import itertools

import pytest

from codex_tui.approvals.policy import judge, judge_command, way_out
from codex_tui.protocol.approvals import ApprovalMode, Verdict
from codex_tui.protocol.tools import AccessKind, PathAccess

SUGGEST, AUTO_EDIT, FULL_AUTO = ApprovalMode.SUGGEST, ApprovalMode.AUTO_EDIT, ApprovalMode.FULL_AUTO
ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
READ, WRITE = AccessKind.READ, AccessKind.WRITE

# (kind, outside, protected, secret) -> verdict in suggest, auto-edit, full-auto
MATRIX = {
    (READ, False, False, False): (ALLOW, ALLOW, ALLOW),
    (READ, False, False, True): (ASK, ASK, ASK),
    (READ, False, True, False): (ALLOW, ALLOW, ALLOW),
    (READ, False, True, True): (ASK, ASK, ASK),
    (READ, True, False, False): (ASK, ASK, ASK),
    (READ, True, False, True): (ASK, ASK, ASK),
    (READ, True, True, False): (ASK, ASK, ASK),
    (READ, True, True, True): (ASK, ASK, ASK),
    (WRITE, False, False, False): (ASK, ALLOW, ALLOW),
    (WRITE, False, False, True): (ASK, ASK, ASK),
    (WRITE, False, True, False): (ASK, ASK, ASK),
    (WRITE, False, True, True): (ASK, ASK, ASK),
    (WRITE, True, False, False): (DENY, DENY, DENY),
    (WRITE, True, False, True): (DENY, DENY, DENY),
    (WRITE, True, True, False): (DENY, DENY, DENY),
    (WRITE, True, True, True): (DENY, DENY, DENY),
}
STRICTNESS = [ALLOW, ASK, DENY]


def access_of(facts: tuple[AccessKind, bool, bool, bool], path: str = "a.py") -> PathAccess:
    kind, outside, protected, secret = facts
    return PathAccess(kind=kind, path=path, outside=outside, protected=protected, secret=secret)


CASES = [
    (mode, facts, verdicts[place])
    for facts, verdicts in MATRIX.items()
    for place, mode in enumerate(ApprovalMode)
]


@pytest.mark.parametrize(("mode", "facts", "verdict"), CASES)
def test_the_whole_matrix(
    mode: ApprovalMode, facts: tuple[AccessKind, bool, bool, bool], verdict: Verdict
) -> None:
    answer = judge(mode, [access_of(facts)])
    assert answer.verdict is verdict
    assert "a.py" in answer.reason
    assert (way_out(mode, [access_of(facts)]) == "") is (verdict is ALLOW)


def test_the_matrix_is_complete() -> None:
    assert set(MATRIX) == set(itertools.product(AccessKind, *[[False, True]] * 3))


@pytest.mark.parametrize("mode", ApprovalMode)
def test_the_strictest_of_several_accesses_wins_in_any_order(mode: ApprovalMode) -> None:
    for one, other in itertools.product(MATRIX, repeat=2):
        verdicts = {judge(mode, [access_of(facts)]).verdict for facts in (one, other)}
        answer = judge(mode, [access_of(one), access_of(other)])
        assert answer.verdict is max(verdicts, key=STRICTNESS.index)


def test_no_access_is_allowed() -> None:
    assert judge(SUGGEST, []).verdict is ALLOW
    assert way_out(SUGGEST, []) == ""


def test_reasons_name_the_rule_and_the_path() -> None:
    write = access_of((WRITE, False, False, False), "src/a.py")
    assert judge(SUGGEST, [write]).reason == "suggest mode asks before every edit: src/a.py"
    assert judge(FULL_AUTO, [write]).reason == (
        "full-auto mode applies edits inside the workspace: src/a.py"
    )


def test_way_out_of_an_edit_in_suggest_names_the_key() -> None:
    write = access_of((WRITE, False, False, False))
    assert way_out(SUGGEST, [write]) == (
        "Shift+Tab: auto-edit applies edits inside the workspace unasked"
    )


def test_way_out_does_not_promise_what_another_access_prevents() -> None:
    plain = access_of((WRITE, False, False, False), "a.py")
    hook = access_of((WRITE, False, True, False), ".git/hooks/pre-commit")
    assert "auto-edit" not in way_out(SUGGEST, [plain, hook])
    assert judge(SUGGEST, [plain, hook]).reason.endswith(".git/hooks/pre-commit")


def test_a_command_is_asked_for_unless_this_very_one_was_allowed() -> None:
    asked = judge_command(allowed_before=False)
    assert asked.verdict is ASK
    assert "every mode asks" in asked.reason
    assert "no sandbox" in asked.reason
    assert judge_command(allowed_before=True).verdict is ALLOW


def test_braces_in_a_path_are_kept() -> None:
    write = access_of((WRITE, False, False, False), "a/{path}{0}.py")
    assert judge(AUTO_EDIT, [write]).reason.endswith("a/{path}{0}.py")
