"""What a model reads as the result of a call on wires that have no field for a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.messages import ToolStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.messages import ToolResultMessage

_NO_OUTPUT: Final = "(no output)"
_NO_RESULT: Final = "[interrupted]\nThe call did not finish; what it did is not known."
_STATUS_WORDS: Final[Mapping[ToolStatus, str]] = {
    ToolStatus.ERROR: "[failed]",
    ToolStatus.DENIED: "[not allowed]",
    ToolStatus.CANCELLED: "[cancelled]",
    ToolStatus.INTERRUPTED: "[interrupted]",
}


def told(result: ToolResultMessage | None) -> str:
    """Return the words of a result, its status first; never empty. None is a missing result."""
    if result is None:
        return _NO_RESULT
    content = result.content if result.content.strip() else _NO_OUTPUT
    word = _STATUS_WORDS.get(result.status)
    return content if word is None else f"{word}\n{content}"
