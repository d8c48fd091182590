"""Which paths a prompt names, in all the ways people and terminals write them."""

from __future__ import annotations

import pytest

from codex_tui.agent.mentions import MAX_MENTIONS, MAX_SEARCHED_CHARS, Mention, mentions_in


def paths(text: str) -> list[str]:
    return [mention.path for mention in mentions_in(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("look at shots/a.png", ["shots/a.png"]),
        ("a.png, b.JPG; c.webp. d.gif? (e.jpeg)", ["a.png", "b.JPG", "c.webp", "d.gif", "e.jpeg"]),
        ("why is @shots/a.png blue?", ["shots/a.png"]),
        ("[the shot](a.png) and <b.png>", ["a.png", "b.png"]),
        ("`a.png` 'my shot.png' \"your shot.png\"", ["a.png", "my shot.png", "your shot.png"]),
        ('@"my shot.png"', ["my shot.png"]),
        ("don't lose 'a b.png', it's mine", ["a b.png"]),
        ("/tmp/My\\ Shot\\ \\(1\\).png what is this", ["/tmp/My Shot (1).png"]),
        ("'/tmp/My Shot.png' ", ["/tmp/My Shot.png"]),
        ("file:///tmp/My%20Shot.png", ["/tmp/My Shot.png"]),
        ("file://localhost/tmp/a.png.", ["/tmp/a.png"]),
        ("../b.png and ~/a.png", ["../b.png", "~/a.png"]),
        ("a.png a.png ./a.png", ["a.png", "./a.png"]),
        ("日本/図.png", ["日本/図.png"]),
        ("photo(1).png", ["photo(1).png"]),
        ("see main.py and README.md", []),
        ("https://example.org/a.png file://host/a.png", []),
        ("a.pngs .png.txt", []),
        ("", []),
    ],
)
def test_paths_of_pictures_are_found(text: str, expected: list[str]) -> None:
    assert paths(text) == expected


def test_a_dropped_path_with_bare_blanks_is_found_by_its_line() -> None:
    assert "/tmp/My shot 1.png" in paths("/tmp/My shot 1.png\nwhat is wrong here?")
    assert "~/My shot.png" in paths("look:\n  ~/My shot.png  ")


def test_what_stands_after_an_at_is_a_file_whatever_its_name() -> None:
    assert mentions_in("@shots/frame, @README.md") == (
        Mention("shots/frame", named=True),
        Mention("README.md", named=True),
    )
    assert mentions_in("file:///tmp/frame")[0].named
    assert not mentions_in("a.png")[0].named


def test_in_a_long_text_only_what_stands_after_an_at_is_meant() -> None:
    log = "GET /static/a.png 200\n" * (MAX_SEARCHED_CHARS // 10)
    assert paths(log) == []
    assert paths(f"{log}\nwhy is @b.png missing?") == ["b.png"]


def test_the_number_of_mentions_is_bounded() -> None:
    text = " ".join(f"{number}.png" for number in range(MAX_MENTIONS + 50))
    assert len(paths(text)) == MAX_MENTIONS
