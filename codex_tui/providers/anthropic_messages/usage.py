"""The Messages API's token counts, which arrive in two events and split the prompt in three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.messages import Usage
from codex_tui.providers.wire_json import as_count, as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNTS: Final = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)
_THINKING: Final = "thinking_tokens"


class UsageCount:
    """Collects `usage` objects: counts are cumulative, so a later number replaces the earlier one,
    and an absent or null one does not.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def update(self, usage: Mapping[str, object]) -> None:
        """Take over the numbers of one `usage` object."""
        details = as_object(usage.get("output_tokens_details"))
        for name in _COUNTS:
            self._take(name, usage.get(name))
        self._take(_THINKING, details.get(_THINKING))

    def total(self) -> Usage | None:
        """Return the usage, the prompt's three parts added up; None when the server counted
        nothing.
        """
        if not self._counts:
            return None
        fresh, written, read, output = (self._counts.get(name, 0) for name in _COUNTS)
        return Usage(
            input_tokens=fresh + written + read,
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=output,
            reasoning_tokens=self._counts.get(_THINKING, 0),
        )

    def _take(self, name: str, value: object) -> None:
        count = as_count(value)
        if count is not None:
            self._counts[name] = count
