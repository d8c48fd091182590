"""A `ModelRequest` as the body of `POST /v1/responses`: a pure function, without the SDK.

The server keeps nothing (`store` is off), so every request carries the whole conversation
(`transcript`). The vendor's `responses.compact` is not used for summaries: only its own models can
read what it returns, so the summary for people and other models would be a second call, paid
besides. Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.protocol.profiles import CacheLife
from codex_tui.providers.catalog import describe, fit_effort
from codex_tui.providers.lessons import without
from codex_tui.providers.openai_responses.prompt_cache import stable_head, takes_breakpoints
from codex_tui.providers.openai_responses.transcript import Transcript
from codex_tui.providers.pictures import PictureBudget
from codex_tui.providers.renderings import Renderings
from codex_tui.providers.wire_json import clean_json

if TYPE_CHECKING:
    from codex_tui.providers.base import Endpoint, ModelRequest

_MAX_CACHE_KEY = 64
_BUDGET = PictureBudget()


def renderings() -> Renderings[Transcript]:
    """Return a place for an adapter's renderings."""
    return Renderings(_BUDGET)


def render(
    request: ModelRequest, endpoint: Endpoint, kept: Renderings[Transcript] | None = None
) -> dict[str, Any]:
    """Return the JSON body of a streaming request; equal arguments give equal bytes. What is `kept`
    spares work.
    """
    kept = kept or renderings()
    # Where the cache can be told, the prompt is an item: `instructions` can hold no breakpoint.
    head = stable_head(request.system) if takes_breakpoints(request.model, endpoint) else None
    make = partial(Transcript, endpoint.origin(request.model), head)
    sees_images, differing = request.sees_images, request.system if head else None
    with kept.of(request, make, sees_images=sees_images, differing=differing) as transcript:
        items = transcript.finish()
    body: dict[str, Any] = {
        "model": request.model,
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "stream_options": {"include_obfuscation": False},
    }
    if request.system and head is None:
        body["instructions"] = request.system
    if request.session:
        body["prompt_cache_key"] = request.session[:_MAX_CACHE_KEY]
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
                "strict": False,
            }
            for tool in request.tools
        ]
        body["parallel_tool_calls"] = True
    if request.output_schema is not None:
        body["text"] = {
            "format": {
                "type": "json_schema",
                "name": "answer",
                "schema": dict(request.output_schema),
                "strict": True,
            }
        }
    reasoning = _reasoning(request, endpoint)
    if reasoning is not None:
        body["reasoning"] = reasoning
    if request.max_output_tokens is not None:
        body["max_output_tokens"] = request.max_output_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.cache_life is CacheLife.LONG:
        body["prompt_cache_options"] = {"ttl": "12h"}
    body = cast("dict[str, Any]", clean_json(body))
    return without({**body, "input": items}, endpoint, request.learned)


def _reasoning(request: ModelRequest, endpoint: Endpoint) -> dict[str, str] | None:
    """Return the reasoning options, None for a model that is not known to reason. An effort for one
    that no table knows was chosen by somebody who does.
    """
    accepted = describe(ModelRef(endpoint.name, request.model), endpoint).efforts
    effort = request.effort and (fit_effort(request.effort, accepted) or request.effort)
    if not accepted and effort is None:
        return None
    summary = {"summary": "auto"} if request.show_thinking else {}
    match effort:
        case None:
            return summary or None
        case Effort.OFF:
            return {"effort": "none"}
        case _:
            return {"effort": effort.value, **summary}
