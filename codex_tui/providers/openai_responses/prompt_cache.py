"""Where OpenAI is told to keep what it has read.

Unasked it keeps the prompt up to the latest message, and finds it again in a request that goes on
from there. An explicit breakpoint behind the prompt that never changes has tools and prompt found
by a request that goes another way, too: after a compaction, or in another branch. Only the vendor's
own hosts know it, and only for its later models.

Source: https://platform.openai.com/docs/guides/prompt-caching
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from codex_tui.providers.catalog import family_prefix

if TYPE_CHECKING:
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.openai_responses.items import Item

_OWN_HOST: Final = "api.openai.com"
_FAMILIES: Final = ("gpt-5.6", "gpt-6", "gpt-6.1", "gpt-6.2")


def takes_breakpoints(model: str, endpoint: Endpoint) -> bool:
    """Say whether a model's server knows explicit breakpoints."""
    host = urlsplit(endpoint.address).hostname or ""
    own = host == _OWN_HOST or host.endswith(f".{_OWN_HOST}")
    return own and family_prefix(model, _FAMILIES) is not None


def stable_head(system: str) -> Item | None:
    """Return the system prompt as the first item, the breakpoint at its end; None without one."""
    if not system.strip():
        return None
    part = {
        "type": "input_text",
        "text": system,
        "prompt_cache_breakpoint": {"mode": "explicit"},
    }
    return {"type": "message", "role": "developer", "content": [part]}
