"""What the refusals of Messages servers mean, the vendor's own and those of gateways before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_tui.providers.anthropic_messages.compaction import compaction_lessons
from codex_tui.providers.lessons import leaving_out
from codex_tui.providers.own_state import forgetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.lessons import Lesson

# "Invalid `signature` in `thinking` block", "… bound to a different conversation", "`thinking` or
# `redacted_thinking` blocks … cannot be modified", and blocks that gateways do not know.
_STATE_REFUSED = re.compile(
    r"bound to a different conversation|invalid\W+(signature|data)\W+in\W+(redacted_)?thinking"
    r"|thinking\W+blocks?\b.*cannot be modified|signature\b.*(invalid|not valid|verif|required)"
    r"|input tag\W+(redacted_)?thinking\b|unexpected content type\W+(redacted_)?thinking",
    re.IGNORECASE | re.DOTALL,
)
_OPTIONAL: Final = (
    (r"block_binding|thinking-binding-controls", "its thinking is not asked to bind itself",
     ("thinking.block_binding",)),
    (r"thinking(\.\w+)*\.display|\bdisplay\b|thinking-(display|token)-",
     "its thinking is not asked to be shown", ("thinking.display",)),
    (r"\btemperature\b", "no temperature is asked for", ("temperature",)),
    (r"output_config\.effort|\beffort\b", "no effort is asked for", ("output_config.effort",)),
    (r"eager_input_streaming", "edits are shown when they are complete",
     ("tools.eager_input_streaming",)),
    (r"\bttl\b", "its cache keeps what was sent as long as it does by itself",
     ("system.cache_control.ttl", "tools.cache_control.ttl",
      "messages.content.cache_control.ttl")),
    (r"\bcache_control\b(?!.*\bmaximum\b)", "nothing is marked for its cache",
     ("system.cache_control", "tools.cache_control", "messages.content.cache_control")),
    (r"adaptive|\bthinking(\.type)?\b.*(support|not permitted|extra inputs|unknown)",
     "it is not asked to think", ("thinking",)),
)  # fmt: skip
"""What names a part that can be left out, what is said of that, and the part's paths."""


def lessons(request: ModelRequest, endpoint: Endpoint, said: str) -> Iterator[Lesson]:
    """Yield what a refusal may mean, likeliest first."""
    yield from compaction_lessons(request, endpoint, said)
    if _STATE_REFUSED.search(said):
        yield forgetting(request, endpoint)
    for pattern, told, paths in _OPTIONAL:
        if re.search(pattern, said, re.IGNORECASE | re.DOTALL):
            yield leaving_out(request, told, *paths)
