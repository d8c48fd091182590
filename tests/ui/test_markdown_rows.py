from __future__ import annotations

import pytest
from chat_app import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tui.protocol.display import display_safe
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.code import code_rows, highlight
from codex_tui.ui.widgets.markdown import markdown_rows
from codex_tui.ui.widgets.rows import Frame, Row, Run
from codex_tui.ui.widgets.wrapping import cells, chop, expand_tabs, shorten, wrap


def frame(width: int = 60) -> Frame:
    return Frame(width=width, symbols=UNICODE)


def shown(source: str, width: int = 60) -> list[str]:
    return [row.text.rstrip() for row in markdown_rows(source, frame(width))]


def roles(source: str) -> dict[str, str]:
    return {run.text: run.role for row in markdown_rows(source, frame()) for run in row.runs}


def width_of(row: Row) -> int:
    return sum(cells(run.text) for run in row.runs)


MARKDOWN = st.lists(
    st.one_of(
        st.text(alphabet="ab *_`[]()<>#>-|:~\n\t1.!&;\\x日👍é\u200d\ufe0f\u0301", max_size=40),
        st.sampled_from(
            [
                "- item\n",
                "  - nested\n",
                "12. number\n",
                "> quote\n",
                "```py\nx = 1\n```\n",
                "| a | b |\n|---|--:|\n| 1 | 2 |\n",
                "# title\n",
                "\n",
                "[words](http://a.b/c)",
                "![alt](x.png)",
                "<div>\nhtml\n",
                "&#x202e;&#x200b;",
                "    indented\n",
                HOSTILE,
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=12,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(MARKDOWN, st.integers(min_value=24, max_value=130))
def test_no_row_is_wider_than_the_frame_or_steers_the_terminal(source: str, width: int) -> None:
    rows = markdown_rows(source, frame(width))
    assert rows
    for row in rows:
        assert width_of(row) <= width
        assert display_safe(row.text) == row.text
        assert "\n" not in row.text
        assert "\t" not in row.text
        assert 0 <= row.margin <= len(row.text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab  日、👍\u200d\u0301\n", max_size=60), st.integers(2, 20))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    text = display_safe(text)
    wrapped = wrap([Run(text)], width)
    again = "".join(
        (line.joint if number else "") + "".join(run.text for run in line.runs)
        for number, line in enumerate(wrapped)
    )
    for line in wrapped:
        assert sum(cells(run.text) for run in line.runs) <= width
    assert again.split() == text.split()


@given(st.text(max_size=60).filter(lambda text: "\n" not in text), st.integers(2, 20))
def test_chopping_covers_the_text_in_narrow_parts(text: str, width: int) -> None:
    safe = display_safe(text).replace("\t", " ").replace("\n", " ")
    ranges = chop(safe, width)
    assert "".join(safe[start:end] for start, end in ranges) == safe
    assert all(cells(safe[start:end]) <= width for start, end in ranges)


def test_prose_wraps_behind_a_margin_and_at_a_readable_width() -> None:
    lines = shown("word " * 60, 160)
    assert len(lines) == 3
    assert all(line.startswith("  word") for line in lines)
    assert max(map(len, lines)) <= 102


def test_lists_nest_and_stay_tight_or_loose() -> None:
    assert shown("- a\n- b\n  - c\n- d") == ["  • a", "  • b", "    • c", "  • d"]
    assert shown("3. x\n\n4. y") == ["  3. x", "", "  4. y"]
    assert shown("- a\n\n  more") == ["  • a", "", "    more"]


def test_list_rows_hang_below_their_words() -> None:
    assert shown("- one two three four five six", 26) == [
        "  • one two three four",
        "    five six",
    ]


def test_quotes_have_a_bar() -> None:
    assert shown("> a\n>\n> b") == ["  │ a", "  │", "  │ b"]


def test_fence_is_highlighted_keeps_its_width_and_names_cuts() -> None:
    source = "```python\ndef f():\n    return '" + "x" * 60 + "'\n```"
    rows = markdown_rows(source, frame(40))
    assert [row.text for row in rows][:2] == ["   def f():", "       return '" + "x" * 24]
    assert rows[2].text.startswith("   ↳ xxx")
    assert rows[2].joint == ""
    assert all(row.fill == "code" for row in rows)
    assert {"code code-keyword", "code code-name"} <= {run.role for row in rows for run in row.runs}


def test_tabs_are_shown_as_spaces_and_copied_as_tabs() -> None:
    rows = code_rows(["\tif x:", "a\tb"], frame())
    assert [row.text for row in rows] == ["       if x:", "   a   b"]
    assert [row.source for row in rows] == ["\tif x:", "a\tb"]
    assert expand_tabs("a\tb") == ("a   b", [0, 1, 1, 1, 2, 3])


def test_unknown_language_and_huge_code_stay_plain() -> None:
    assert highlight("a = 1", "no-such-language") == ((Run("a = 1"),),)
    assert len(highlight("x = 1\n" * 5_000, "python")[0]) == 1


@pytest.mark.parametrize(
    "language", ["console", "pycon", "doscon", "ps1con", "python", "diff", "html+jinja", "mysql"]
)
@pytest.mark.parametrize("code", ["make test", "$ make test\nok\nlast", "a\n\n", "> x\n$"])
def test_no_lexer_takes_words_away(language: str, code: str) -> None:
    lines = code.split("\n")
    assert [row.text for row in code_rows(lines, frame(80), language=language)] == [
        f"   {line}" for line in lines
    ]


def test_lexer_does_not_tear_an_emoji_apart() -> None:
    family = "👩\u200d👩\u200d👧"
    rows = code_rows([f"{family} = 1"], Frame(width=40, symbols=UNICODE), language="python")
    assert any(family in run.text for run in rows[0].runs)


def test_table_is_aligned() -> None:
    assert shown("| a | long | n |\n|---|---|--:|\n| 日本 | `x` | 5 |\n| z | y | 12 |") == [
        "  a     long   n",
        "  ──────────────",
        "  日本  x      5",
        "  z     y     12",
    ]


def test_table_wraps_its_cells_and_lists_fields_where_it_is_narrow() -> None:
    source = "| name | text |\n|---|---|\n| a | " + "word " * 12 + "|\n| b | c |"
    wrapped = shown(source, 40)
    assert wrapped[0].startswith("  name  text")
    assert len(wrapped) == 5
    wide = "|" + " column |" * 6 + "\n" + "|---" * 6 + "|\n" + "|" + " some value |" * 6
    assert shown(wide, 40) == ["  column: some value"] * 6


def test_emphasis_code_and_strikes_have_roles_that_add_up() -> None:
    found = roles("plain **b** *i* ***bi*** `c` ~~s~~")
    assert found["b"] == "strong"
    assert found["i"] == "emphasis"
    assert set(found["bi"].split()) == {"strong", "emphasis"}
    assert found["c"] == "code-inline"
    assert found["s"] == "strike"


def test_links_show_where_they_lead_once() -> None:
    assert shown("[here](http://x.y/z)") == ["  here (http://x.y/z)"]
    assert shown("<http://x.y/z>") == ["  http://x.y/z"]
    assert shown("[http://good.example](http://evil.example)") == [
        "  http://good.example (http://evil.example)"
    ]
    assert shown("![a cat](cat.png)") == ["  [image: a cat] (cat.png)"]


def test_html_and_markup_of_the_screen_library_are_words() -> None:
    assert shown("<b>x</b> [red]y[/red] [@click=app.quit]z[/]") == [
        "  <b>x</b> [red]y[/red] [@click=app.quit]z[/]"
    ]
    assert shown("<div>\n  <p>x\n</div>") == ["  <div>", "    <p>x", "  </div>"]


def test_entities_cannot_smuggle_controls() -> None:
    assert shown("a&#x202e;b&#x200b;c") == ["  a\\u202eb\\u200bc"]


def test_deep_nesting_leaves_room_for_words() -> None:
    rows = markdown_rows("> " * 60 + "deep words", frame(30))
    assert "deep words" in " ".join(row.text[row.margin :] for row in rows)


@pytest.mark.parametrize("source", ["", "\n\n", "- ", "> ", "```", "|", "[a]: b"])
def test_nearly_nothing_still_has_a_row(source: str) -> None:
    assert markdown_rows(source, frame())


def test_shorten_counts_cells() -> None:
    assert shorten("abcdef", 6, "…") == "abcdef"
    assert shorten("abcdefg", 6, "…") == "abcde…"
    assert shorten("日本語テキスト", 6, "…") == "日本…"
