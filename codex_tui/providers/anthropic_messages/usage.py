"""The Messages API's token counts, which arrive in two events and split the prompt in three.

What the server used to compact the conversation by itself is charged and stands apart, in
`iterations`: the counts beside it do not include it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.messages import Usage
from codex_tui.providers.wire_json import as_count, as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNTS: Final = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)
_PROMPT: Final = _COUNTS[:3]
_THINKING: Final = "thinking_tokens"
_HOUR: Final = "ephemeral_1h_input_tokens"


class UsageCount:
    """Collects `usage` objects: counts are cumulative, so a later number replaces the earlier one,
    and an absent or null one does not.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._aside = (0, 0)
        self._service_tier = ""

    def update(self, usage: Mapping[str, object]) -> None:
        """Take over the numbers of one `usage` object."""
        details = as_object(usage.get("output_tokens_details"))
        for name in _COUNTS:
            self._take(name, usage.get(name))
        self._take(_THINKING, details.get(_THINKING))
        self._take(_HOUR, as_object(usage.get("cache_creation")).get(_HOUR))
        self._service_tier = as_text(usage.get("service_tier")) or self._service_tier
        compactions = [
            each for each in as_objects(usage.get("iterations")) if each.get("type") == "compaction"
        ]
        if compactions:
            read = sum(as_count(each.get(name)) or 0 for each in compactions for name in _PROMPT)
            written = sum(as_count(each.get("output_tokens")) or 0 for each in compactions)
            self._aside = (read, written)

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
            cache_write_1h_tokens=min(written, self._counts.get(_HOUR, 0)),
            aside_input_tokens=self._aside[0],
            aside_output_tokens=self._aside[1],
            service_tier=self._service_tier,
        )

    def _take(self, name: str, value: object) -> None:
        count = as_count(value)
        if count is not None:
            self._counts[name] = count
