"""How much a Claude model is to think and write, and how that is shown: `thinking`,
`output_config`, `max_tokens`, `temperature`, and the betas that some of it belongs to.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.anthropic_messages.families import family_of
from codex_tui.providers.catalog import describe, fit_effort, plain_name
from codex_tui.providers.wire_json import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_tui.providers.anthropic_messages.families import Family
    from codex_tui.providers.base import Endpoint, ModelRequest

log = logging.getLogger(__name__)

BINDING_BETA: Final = "thinking-binding-controls-2026-08-01"
"""The beta a request with `thinking.block_binding` has to name in `anthropic-beta`."""
UPDATES_BETA: Final = "thinking-display-updates-2026-08-18"
"""The beta of the display `updates`."""
COUNT_BETA: Final = "thinking-token-count-2026-05-13"
"""The beta in which the server counts the tokens of thinking that it does not show."""

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
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if family.thinking == "adaptive":
        ref = ModelRef(endpoint.name, plain_name(request.model))
        accepted = describe(ref, endpoint).efforts
        fields |= _adaptive(request, accepted, family)
    elif family.thinking == "none" and request.effort not in {None, Effort.OFF}:
        # No table knows the model, so the effort was chosen from what its server says it takes.
        fields |= _output_config(request.effort, _LEVELS)
    elif family.thinking == "budget" and not _in_loop_without_thinking(messages):
        fields |= _budget(request.effort, max_tokens)
    return fields


def shows_notes(body: Mapping[str, Any]) -> bool:
    """Say whether the thinking in the answer to a body is notes on progress, for the user."""
    return body.get("thinking", {}).get("display") == "updates"


def beta_headers(body: Mapping[str, Any], *others: str) -> dict[str, str]:
    """Return the header that names the betas a body makes use of, `others` besides."""
    thinking: Mapping[str, Any] = body.get("thinking", {})
    betas = [*others, BINDING_BETA] if "block_binding" in thinking else [*others]
    match thinking.get("display"):
        case "updates":
            betas.append(UPDATES_BETA)
        case "omitted":
            betas.append(COUNT_BETA)
        case _:
            pass
    return {"anthropic-beta": ",".join(betas)} if betas else {}


def log_passed_over(endpoint: Endpoint, message: Mapping[str, Any]) -> None:
    """Put into the log what the server left out of the request: thinking that another family of
    models made, or that belongs to another beginning.
    """
    told = message.get("input_transformations")
    changes = cast("list[object]", told) if isinstance(told, list) else []
    for reason, count in Counter(
        as_text(as_object(each).get("reason")) for each in changes
    ).items():
        log.info("%s passed over %d blocks: %s", endpoint.name, count, reason[:60])


def _adaptive(request: ModelRequest, accepted: Sequence[Effort], family: Family) -> dict[str, Any]:
    if request.effort is Effort.OFF and Effort.OFF in accepted:
        return {"thinking": {"type": family.off}}  # either is refused beside the highest efforts
    display = family.display if request.show_thinking else "omitted"
    thinking: dict[str, Any] = {"type": "adaptive", "display": display}
    if family.binds_thinking:
        thinking["block_binding"] = {"prefix_mismatch_behavior": "drop_block"}
    levels = [level for level in accepted if level is not Effort.OFF]
    return {"thinking": thinking} | _output_config(request.effort, levels)


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
