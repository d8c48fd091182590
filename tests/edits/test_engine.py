from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.edits.diff import file_change
from codex_tui.edits.engine import TextEditor

if TYPE_CHECKING:
    from codex_tui.tools.base import Editor


def test_the_engine_is_what_the_tools_ask_for() -> None:
    editor: Editor = TextEditor()
    after = editor.replace("a\nb\n", "b", "c", path="x.py", replace_all=False)
    assert editor.change("x.py", "a\nb\n", after) == file_change("x.py", "a\nb\n", "a\nc\n")
