"""How much a Claude model is to think and write: `thinking`, `output_config`, `max_tokens`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.anthropic_messages.families import family_of
from codex_tui.providers.catalog import describe, fit_effort, plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_tui.providers.base import Endpoint, ModelRequest

BINDING_BETA: Final = "thinking-binding-controls-2026-08-01"
"""The beta a request with `thinking.block_binding` has to name in `anthropic-beta`."""

_LEVELS: Final = (Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.XHIGH, Effort.MAX)
_MIN_BUDGET_TOKENS: Final = 1024
_BUDGET_TOKENS: Final[Mapping[Effort, int]] = {
    Effort.MINIMAL: 1_024,
    Effort.LOW: 4_096,
    Effort.MEDIUM: 10_000,
    Effort.HIGH: 24_000,
    Effort.XHIGH: 31_999,
    Effort.MAX: 31_999,
}


def thinking_fields(
    request: ModelRequest, endpoint: Endpoint, messages: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the body's fields for the request's model; `messages` are the rendered ones."""
    family = family_of(request.model)
    max_tokens = min(request.max_output_tokens or family.max_output, family.max_output)
    fields: dict[str, Any] = {"max_tokens": max_tokens}
    if family.thinking == "adaptive":
        ref = ModelRef(endpoint.name, plain_name(request.model))
        accepted = describe(ref, endpoint).efforts
        fields |= _adaptive(request.effort, accepted, binds_thinking=family.binds_thinking)
    elif family.thinking == "none" and request.effort not in {None, Effort.OFF}:
        # No table knows the model, so the effort was chosen from what its server says it takes.
        fields |= _output_config(request.effort, _LEVELS)
    elif family.thinking == "budget" and not _in_loop_without_thinking(messages):
        fields |= _budget(request.effort, max_tokens)
    return fields


def _adaptive(
    effort: Effort | None, accepted: Sequence[Effort], *, binds_thinking: bool
) -> dict[str, Any]:
    if effort is Effort.OFF and Effort.OFF in accepted:
        return {"thinking": {"type": "disabled"}}
    thinking: dict[str, Any] = {"type": "adaptive", "display": "summarized"}
    if binds_thinking:
        thinking["block_binding"] = {"prefix_mismatch_behavior": "drop_block"}
    levels = [level for level in accepted if level is not Effort.OFF]
    return {"thinking": thinking} | _output_config(effort, levels)


def _output_config(effort: Effort | None, levels: Sequence[Effort]) -> dict[str, Any]:
    level = None if effort is None else fit_effort(effort, levels)
    return {} if level is None else {"output_config": {"effort": level.value}}


def _budget(effort: Effort | None, max_tokens: int) -> dict[str, Any]:
    """Ask for a number of thinking tokens; the vendor wants at least 1024 and fewer than
    `max_tokens`, and the answer needs room too.
    """
    if effort is Effort.OFF:
        return {}
    budget = min(_BUDGET_TOKENS[effort or Effort.MEDIUM], max_tokens // 2)
    if budget < _MIN_BUDGET_TOKENS:
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _in_loop_without_thinking(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the request goes on with tool results whose calls came without thinking.

    With a budget the vendor then insists on a thinking block before the calls, and one cannot be
    made up for an answer of another model.
    """
    if len(messages) < 2 or messages[-1]["content"][0]["type"] != "tool_result":
        return False
    return messages[-2]["content"][0]["type"] not in {"thinking", "redacted_thinking"}
