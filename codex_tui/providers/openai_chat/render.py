"""A `ModelRequest` as the body of `POST /chat/completions`: a pure function, without the SDK.

Only what compatible servers have in common is sent, and of that only what the request needs; the
rest follows `Compat`. Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from codex_tui.providers.lessons import without
from codex_tui.providers.openai_chat.effort import effort_fields
from codex_tui.providers.openai_chat.transcript import Transcript
from codex_tui.providers.pictures import PictureBudget
from codex_tui.providers.renderings import Renderings
from codex_tui.providers.wire_json import clean_json, clean_text

if TYPE_CHECKING:
    from codex_tui.protocol.tools import ToolSpec
    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.openai_chat.compat import Compat

_IN_WORDS: Final = (
    "Answer with one JSON object that fits this JSON Schema, and with nothing before or after it:"
)


def renderings() -> Renderings[Transcript]:
    """Return a place for an adapter's renderings."""
    return Renderings(PictureBudget())


def render(
    request: ModelRequest,
    endpoint: Endpoint,
    compat: Compat,
    kept: Renderings[Transcript] | None = None,
) -> dict[str, Any]:
    """Return the JSON body; equal arguments give equal bytes. What is `kept` spares work."""
    schema = clean_json(request.output_schema) if request.output_schema is not None else None
    system = request.system
    if schema is not None and not compat.json_schema:
        system = f"{system}\n\n{_IN_WORDS}\n{json.dumps(schema, ensure_ascii=False)}".strip()
    kept = kept or renderings()
    make = partial(Transcript, endpoint.origin(request.model), compat, system)
    sees_images = request.sees_images and compat.images
    with kept.of(request, make, sees_images=sees_images, differing=(compat, system)) as transcript:
        messages = transcript.finish()
    tools = [_tool(tool) for tool in request.tools]
    body: dict[str, Any] = {"model": request.model, "messages": messages}
    if tools or (compat.empty_tools and any("tool_calls" in message for message in messages)):
        body["tools"] = tools
    body["stream"] = compat.stream_tools or not tools
    if body["stream"] and compat.include_usage:
        body["stream_options"] = {"include_usage": True}
    if schema is not None and compat.json_schema:
        described = {"name": "answer", "schema": schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
    if request.max_output_tokens is not None and compat.max_tokens != "none":
        body[compat.max_tokens] = request.max_output_tokens
    if request.temperature is not None and compat.temperature:
        body["temperature"] = request.temperature
    body |= effort_fields(request, endpoint, compat)
    return without(body, endpoint, request.learned)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": clean_text(tool.description),
        "parameters": clean_json(tool.parameters),
    }
    return {"type": "function", "function": function}
