"""A small app around the chat pane, and conversations to fill it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App, ComposeResult

from codex_tui.protocol.changes import AppliedChange, ChangeKind
from codex_tui.protocol.messages import ToolStatus
from codex_tui.ui.panes.chat import ChatPane
from codex_tui.ui.theme import DARK, LIGHT
from codex_tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable


class ChatApp(App[None]):
    """Shows one chat pane whose clock stands still."""

    def __init__(self, play: Callable[[ChatPane], None] | None = None) -> None:
        super().__init__()
        self._play = play
        self.now_s = 0.0
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = "codex-dark"

    def compose(self) -> ComposeResult:
        yield ChatPane(clock=lambda: self.now_s)

    def on_mount(self) -> None:
        if self._play is not None:
            self._play(self.chat)

    @property
    def chat(self) -> ChatPane:
        return self.query_one(ChatPane)

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def lines(self) -> list[str]:
        """What the transcript shows, row by row, without trailing blanks."""
        view = self.transcript
        rows = range(view.scrollable_content_region.height)
        return [view.render_line(row).text.rstrip() for row in rows]


ANSWER = """\
I renamed the function and **adjusted its callers**. What changed:

- `src/a.py` defines `bar` and keeps a deprecated alias
- the tests import the *new* name, see [the guide](https://docs.python.org/3/howto/)
  1. first the fixtures
  2. then the cases

```python
def bar(x: int) -> int:
    \"\"\"Double it.\"\"\"
    return x * 2  # as before
```

| file | lines | state |
|---|---:|---|
| `src/a.py` | 12 | done |
| `tests/test_a.py` | 134 | done |

> The alias goes away with version 2.
"""


def change(path: str, added: int, removed: int, applied: int, proposed: int) -> AppliedChange:
    return AppliedChange(
        path=path,
        kind=ChangeKind.MODIFY,
        added=added,
        removed=removed,
        hunks_applied=applied,
        hunks_proposed=proposed,
        after_hash="",
    )


def play_typical(chat: ChatPane) -> None:
    chat.add_user("rename foo to bar and fix the tests")
    chat.begin_step()
    chat.append_thinking(0, "The user wants a rename. I look for the callers first.")
    chat.finish_thinking(0, 3_200)
    for call, name, title, summary in (
        ("1", "search", '"foo" in .', "7 matches in 3 files"),
        ("2", "read_file", "src/a.py", "120 lines"),
    ):
        chat.start_tool(call, name)
        chat.ready_tool(call, name, title)
        chat.finish_tool(
            call, status=ToolStatus.OK, summary=summary, output="src/a.py:3: foo\n", duration_ms=40
        )
    chat.finish_step()
    chat.begin_step()
    chat.ready_tool("3", "edit_file", "src/a.py")
    chat.show_changes("3", (change("src/a.py", 4, 4, 2, 3),))
    chat.finish_tool(
        "3", status=ToolStatus.OK, summary="2 of 3 hunks", output="applied", duration_ms=8_000
    )
    chat.ready_tool("4", "shell", "pytest -q")
    chat.finish_tool(
        "4",
        status=ToolStatus.ERROR,
        summary="exit 1",
        output="1 failed, 20 passed",
        duration_ms=2_400,
    )
    chat.finish_step()
    chat.begin_step()
    chat.append_text(0, ANSWER)
    chat.finish_step()
    chat.finish_turn("done", "", "")


HOSTILE = (
    "\x1b]52;c;aGk=\x07 \x9b31m \u202egpj.exe \u2066x\u2069 zero\u200bwidth \x00\x08\x7f"
    " \ufeff\U000e0041 \u2028 end"
)


def play_stressed(chat: ChatPane) -> None:
    chat.add_user(f"長い日本語の文章をここに書いて折り返しを確認します。 {HOSTILE}")
    chat.begin_step()
    chat.append_thinking(0, f"considering {HOSTILE} " * 6)
    chat.start_tool("1", f"shell{HOSTILE}")
    chat.ready_tool("1", "shell", "find . -name '*.py' | xargs grep -l 日本語 | sort " * 3)
    chat.finish_tool(
        "1",
        status=ToolStatus.DENIED,
        summary=HOSTILE,
        output="\n".join(f"line {number} {HOSTILE}" for number in range(400)),
        duration_ms=65_000,
    )
    chat.append_text(1, f"# 見出し 👩\u200d👩\u200d👧 {HOSTILE}\n\n")
    chat.append_text(1, "averyveryverylongwordwithoutanyspaceinit" * 5 + " 👍🏽 ❤\ufe0f ok\n\n")
    chat.append_text(
        1, "&#x202e; `code\x1b[31m` [t\u202e](http://evil.example/\u200b) <b>h</b>\n\n"
    )
    chat.append_text(1, '```go\nfunc main() {\n\tfmt.Println("' + "日本" * 50 + '")\n}\n```\n\n')
    chat.append_text(1, "| 列 | " + "wide " * 20 + "|\n|---|---|\n| 値段 | " + "x" * 90 + " |\n")
