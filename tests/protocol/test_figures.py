from __future__ import annotations

import pytest

from codex_tui.protocol.figures import format_age


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (-5, "just now"),
        (59.9, "just now"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (3_600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 day ago"),
        (2 * 86_400, "2 days ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age_s: float, words: str) -> None:
    assert format_age(age_s) == words
