"""Files that went along with the user's words, put into words, and which file was spoken of last.

Pure functions over the conversation: the same messages always give the same text.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from codex_tui.protocol.messages import AssistantMessage, UserMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import Message

_FENCE = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_PATH_TOOLS = frozenset({"edit_file", "write_file"})


def fenced(path: str, text: str) -> str:
    """Return a file as a block of Markdown, with a fence longer than any in it."""
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"File {path}:\n{fence}\n{text}{end}{fence}"


def counted(text: str) -> str:
    """Say how many lines a text has."""
    count = len(text.splitlines())
    return "1 line" if count == 1 else f"{count:,} lines"


def in_words(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the conversation with every file as part of the words it went along with."""
    return tuple(
        _spelled_out(each) if isinstance(each, UserMessage) and each.files else each
        for each in messages
    )


def _spelled_out(message: UserMessage) -> UserMessage:
    blocks = [fenced(file.path, file.text) for file in message.files if file.text is not None]
    return replace(message, text="\n\n".join([*blocks, message.text]), files=())


def recent_file(messages: Sequence[Message]) -> str | None:
    """Return the path of the file that went along or was changed last, None without one."""
    for message in reversed(messages):
        if isinstance(message, AssistantMessage):
            calls = [call for call in message.tool_calls if call.name in _PATH_TOOLS]
            paths = [path for path in map(_path_of, (call.arguments for call in calls)) if path]
        elif isinstance(message, UserMessage):
            paths = [file.path for file in message.files if file.text is not None]
        else:
            continue
        if paths:
            return paths[-1]
    return None


def _path_of(arguments: str) -> str:
    try:
        value: object = json.loads(arguments)
    except (ValueError, RecursionError):
        return ""
    path = cast("dict[str, object]", value).get("path") if isinstance(value, dict) else None
    return path if isinstance(path, str) else ""
