"""What the refusals of Responses servers mean, the vendor's own and those of others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_tui.providers.lessons import leaving_out
from codex_tui.providers.own_state import forgetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.lessons import Lesson

# "The encrypted content … could not be verified", "Item with id 'rs_…' not found", "Item 'rs_…' of
# type 'reasoning' was provided without its required following item", and the other way about.
_STATE_REFUSED = re.compile(
    r"invalid_encrypted_content|encrypted content\b.*(verif|decrypt|pars)"
    r"|item with id\b.*not found|item\b.*without its required",
    re.IGNORECASE | re.DOTALL,
)
_OPTIONAL: Final = (
    (r"reasoning\.summary|reasoning summar", "no summary of its reasoning is asked for",
     "reasoning.summary"),
    (r"reasoning\.effort|\beffort\b", "no effort is asked for", "reasoning.effort"),
    (r"['\"`]include\b|\binclude:|encrypted content is not supported",
     "its reasoning is not asked for to be sent back", "include"),
    (r"\bstream_options\b|\binclude_obfuscation\b", "stream options are left out",
     "stream_options"),
    (r"\btemperature\b", "no temperature is asked for", "temperature"),
    (r"\bprompt_cache_breakpoint\b", "its cache is not told where the prompt ends",
     "input.content.prompt_cache_breakpoint"),
    (r"\bprompt_cache_options\b", "its cache keeps what was sent as long as it does by itself",
     "prompt_cache_options"),
    (r"\bprompt_cache_key\b", "its cache gets no key", "prompt_cache_key"),
    (r"\bparallel_tool_calls\b", "several tool calls at once are not asked for",
     "parallel_tool_calls"),
    (r"(unsupported|unknown) parameter\W+max_output_tokens\b",
     "the length of its answers is not limited", "max_output_tokens"),
    (r"['\"`.]phase\b", "notes and answers are not told apart", "input.phase"),
    (r"['\"`]reasoning['\"`]|\breasoning\b.*not support", "it is not asked to reason",
     "reasoning"),
)  # fmt: skip
"""What names a part that can be left out, what is said of that, and the part's path."""


def lessons(request: ModelRequest, endpoint: Endpoint, said: str) -> Iterator[Lesson]:
    """Yield what a refusal may mean, likeliest first."""
    if _STATE_REFUSED.search(said):
        yield forgetting(request, endpoint)
    for pattern, told, path in _OPTIONAL:
        if re.search(pattern, said, re.IGNORECASE | re.DOTALL):
            yield leaving_out(request, told, path)
