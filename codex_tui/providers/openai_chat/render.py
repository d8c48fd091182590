"""A `ModelRequest` as the body of `POST /chat/completions`: a pure function, without the SDK.

Only what compatible servers have in common is sent, and of that only what the request needs; the
rest follows `Compat`. Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.catalog import describe, fit_effort
from codex_tui.providers.openai_chat.transcript import render_messages
from codex_tui.providers.pictures import PictureBudget, seen
from codex_tui.providers.wire_json import clean_json, clean_text

if TYPE_CHECKING:
    from codex_tui.protocol.tools import ToolSpec
    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.openai_chat.compat import Compat

_IN_WORDS: Final = (
    "Answer with one JSON object that fits this JSON Schema, and with nothing before or after it:"
)


def render(request: ModelRequest, endpoint: Endpoint, compat: Compat) -> dict[str, Any]:
    """Return the JSON body; equal arguments give equal bytes."""
    own = endpoint.origin(request.model)
    sees_images = request.sees_images and compat.images
    spoken = seen(request.messages, sees_images=sees_images, budget=PictureBudget())
    schema = clean_json(request.output_schema) if request.output_schema is not None else None
    system = request.system
    if schema is not None and not compat.json_schema:
        system = f"{system}\n\n{_IN_WORDS}\n{json.dumps(schema, ensure_ascii=False)}".strip()
    messages = render_messages(system, spoken, own, compat)
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
    return body | _effort(request, endpoint, compat)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": clean_text(tool.description),
        "parameters": clean_json(tool.parameters),
    }
    return {"type": "function", "function": function}


def _effort(request: ModelRequest, endpoint: Endpoint, compat: Compat) -> dict[str, Any]:
    """Return the field for the effort; nothing for a model that is not known to have one."""
    accepted = describe(ModelRef(endpoint.name, request.model), endpoint).efforts
    effort = fit_effort(request.effort, accepted) if request.effort is not None else None
    if effort is None:
        return {}
    word = "none" if effort is Effort.OFF else effort.value
    match compat.reasoning_effort:
        case "reasoning_effort":
            return {"reasoning_effort": word}
        case "reasoning":
            return {"reasoning": {"effort": word}}
        case "none":
            return {}
