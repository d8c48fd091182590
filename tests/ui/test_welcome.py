"""The empty chat: prompts that fit the folder."""

from __future__ import annotations

import pytest

from codex_tui.ui.welcome import KEYS, suggestions, welcome


def folder(tmp_path, *names):
    for name in names:
        path = tmp_path / name
        if name.endswith("/"):
            path.mkdir()
        else:
            path.write_text("", encoding="utf-8")
    return tmp_path


def test_a_source_file_at_the_top_is_named(tmp_path):
    root = folder(tmp_path, "README.md", "zebra.py", "engine.rs", "test_engine.py")
    assert "engine.rs" in suggestions(root)[1]


def test_a_test_is_never_the_file_to_read(tmp_path):
    assert "test_a.py" not in " ".join(suggestions(folder(tmp_path, "test_a.py", "tests/")))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("src/", "tests/"), "Find code that no test covers"),
        (("main.go", "main_test.go"), "Find code that no test covers"),
        (("src/", "README.md"), "Write a first test"),
    ],
)
def test_the_third_prompt_depends_on_whether_there_are_tests(tmp_path, names, words):
    assert words in suggestions(folder(tmp_path, *names))[2]


@pytest.mark.parametrize("names", [(), (".git/", ".env")])
def test_an_empty_folder_gets_prompts_to_begin_with(tmp_path, names):
    assert suggestions(folder(tmp_path, *names))[0].startswith("Start a small")


def test_a_folder_that_cannot_be_listed_counts_as_empty(tmp_path):
    assert suggestions(tmp_path / "missing") == suggestions(tmp_path)


def test_the_same_folder_gives_the_same_prompts(tmp_path):
    root = folder(tmp_path, *(f"m{number}.py" for number in range(50)))
    assert "m0.py" in suggestions(root)[1]


def test_a_hostile_name_is_shown_clean(tmp_path):
    lines = [line.plain for line in welcome(folder(tmp_path, "a\x1b[2J\u202e.py"))]
    assert not {"\x1b", "\u202e"} & set("".join(lines))
    assert any("a␛[2J" in line for line in lines)


def test_three_prompts_and_the_keys_one_needs(tmp_path):
    text = "\n".join(line.plain for line in welcome(tmp_path))
    assert text.count("› ") == 3
    for key, does in KEYS:
        assert f"{key} {does}" in text
