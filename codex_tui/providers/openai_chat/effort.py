"""How much a model is to think, in the dialects of compatible servers.

Sources: the pages on reasoning of OpenRouter (`reasoning`), DeepSeek and Z.ai (`thinking`), Qwen
and SGLang (`thinking_budget`), vLLM (`thinking_token_budget`, `chat_template_kwargs`) and llama.cpp
(`thinking_budget_tokens`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.catalog import describe, fit_effort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.openai_chat.compat import Compat, EffortField

_BUDGET_TOKENS: Final[Mapping[Effort, int]] = {
    Effort.OFF: 0,
    Effort.MINIMAL: 1_024,
    Effort.LOW: 4_096,
    Effort.MEDIUM: 10_000,
    Effort.HIGH: 24_000,
    Effort.XHIGH: 32_000,
    Effort.MAX: 32_000,
}


def effort_fields(request: ModelRequest, endpoint: Endpoint, compat: Compat) -> dict[str, Any]:
    """Return the body's fields for the effort; nothing for a model that is not known to have one.

    An effort for a model that no table knows was chosen by somebody who does.
    """
    if request.effort is None:
        return {}
    accepted = describe(ModelRef(endpoint.name, request.model), endpoint).efforts
    effort = fit_effort(request.effort, accepted) or request.effort
    field = compat.reasoning_effort
    return {} if field == "none" else {field: _value(field, effort, request)}


def _value(field: EffortField, effort: Effort, request: ModelRequest) -> object:
    on = effort is not Effort.OFF
    word = effort.value if on else "none"
    match field:
        case "reasoning":
            return {"effort": word} | ({} if request.show_thinking else {"exclude": True})
        case "thinking":
            return {"type": "enabled" if on else "disabled"}
        case "chat_template_kwargs":
            return {"enable_thinking": on}
        case "thinking_budget" | "thinking_token_budget" | "thinking_budget_tokens":
            return _budget(effort, request.max_output_tokens)
        case _:
            return word


def _budget(effort: Effort, max_output_tokens: int | None) -> int:
    """Return the tokens to think; the answer needs room, too."""
    budget = _BUDGET_TOKENS[effort]
    return budget if max_output_tokens is None else min(budget, max_output_tokens // 2)
