"""What a model reads as the result of a call: never nothing, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.messages import ToolStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.messages import ToolResultMessage

_NO_OUTPUT: Final = "(no output)"
_NO_RESULT: Final = "The call did not finish; what it did is not known."
_STATUS_WORDS: Final[Mapping[ToolStatus, str]] = {
    ToolStatus.ERROR: "[failed]",
    ToolStatus.DENIED: "[not allowed]",
    ToolStatus.CANCELLED: "[cancelled]",
    ToolStatus.INTERRUPTED: "[interrupted]",
}


def content_of(result: ToolResultMessage | None) -> str:
    """Return what a result says; never empty. None is a missing result."""
    if result is None:
        return _NO_RESULT
    return result.content if result.content.strip() else _NO_OUTPUT


def told(result: ToolResultMessage | None) -> str:
    """Return the same with the status before it, for wires that have no field for a failure."""
    status = ToolStatus.INTERRUPTED if result is None else result.status
    word = _STATUS_WORDS.get(status)
    return content_of(result) if word is None else f"{word}\n{content_of(result)}"
