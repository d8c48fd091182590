"""Token counts in the shapes compatible servers report them.

Sources: OpenAI's `usage` object; DeepSeek's `prompt_cache_hit_tokens`; Moonshot's top-level
`cached_tokens`, and its place within the choice; OpenRouter's `cost`, which is what the call was
charged in US dollars unless the user's own key paid for it (`is_byok`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codex_tui.protocol.messages import Usage
from codex_tui.providers.wire_json import as_amount, as_count, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def usage_of(
    chunk: Mapping[str, Any], choice: Mapping[str, Any], *, dollars: bool = False
) -> Usage | None:
    """Return the counts of a chunk; None where it has none. With `dollars` the server's `cost` is
    what it says.
    """
    usage = as_object(chunk.get("usage")) or as_object(choice.get("usage"))
    prompt = as_count(usage.get("prompt_tokens"))
    answer = as_count(usage.get("completion_tokens"))
    if prompt is None and answer is None:
        return None
    prompt, answer = prompt or 0, answer or 0
    details = as_object(usage.get("prompt_tokens_details"))
    reasoning = (
        as_count(as_object(usage.get("completion_tokens_details")).get("reasoning_tokens")) or 0
    )
    cached = (
        as_count(details.get("cached_tokens"))
        or as_count(usage.get("prompt_cache_hit_tokens"))
        or as_count(usage.get("cached_tokens"))
        or 0
    )
    # Some servers count reasoning beside the answer's tokens; their sum then gives it away.
    apart = reasoning and as_count(usage.get("total_tokens")) == prompt + answer + reasoning
    return Usage(
        input_tokens=prompt,
        cache_read_tokens=cached,
        cache_write_tokens=as_count(details.get("cache_write_tokens")) or 0,
        output_tokens=answer + reasoning if apart else answer,
        reasoning_tokens=reasoning,
        service_tier=as_text(chunk.get("service_tier")),
        cost_usd=as_amount(usage.get("cost")) if dollars and not usage.get("is_byok") else None,
    )
