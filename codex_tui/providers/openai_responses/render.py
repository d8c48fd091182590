"""A `ModelRequest` as the body of `POST /v1/responses`: a pure function, without the SDK.

The server keeps nothing (`store` is off), so every request carries the whole conversation. What
another vendor or model produced is told in plain items; what this very model produced here goes
back as it came, encrypted reasoning and item ids included, because the server checks that a
reasoning item is followed by the items it was made for. Where that cannot be kept, reasoning and
ids are left out together.

Whatever the history holds, the result is one the server accepts: every call has exactly one output,
ids fit, arguments are JSON, text is Unicode. Source:
https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never, cast

from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    NoticeMessage,
    Opaque,
    Origin,
    ServerPart,
    TextPart,
    ThinkingPart,
    ToolCall,
    UserMessage,
)
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.catalog import describe, fit_effort
from codex_tui.providers.openai_responses.items import UNFINISHED, Item
from codex_tui.providers.pairing import paired
from codex_tui.providers.pictures import PictureBudget, data_url, heading, seen
from codex_tui.providers.tool_words import told
from codex_tui.providers.wire_json import arguments_text, clean_json, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_tui.protocol.messages import ImagePart, Message, ToolResultMessage
    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.pairing import Results

_MAX_CACHE_KEY = 64
_GO_ON = "Continue."
"""Stands where the wire needs a message and the conversation has none."""
_BUDGET = PictureBudget()
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_PHASES = {"commentary": "commentary", "final": "final_answer"}


def render(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """Return the JSON body of a streaming request; equal arguments give equal bytes."""
    body: dict[str, Any] = {
        "model": request.model,
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "stream_options": {"include_obfuscation": False},
        "input": _render_input(
            seen(request.messages, sees_images=request.sees_images, budget=_BUDGET),
            endpoint.origin(request.model),
        ),
    }
    if request.system:
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
    return cast("dict[str, Any]", clean_json(body))


def _reasoning(request: ModelRequest, endpoint: Endpoint) -> dict[str, str] | None:
    """Return the reasoning options, None for a model that is not known to reason."""
    accepted = describe(ModelRef(endpoint.name, request.model), endpoint).efforts
    if not accepted:
        return None
    effort = fit_effort(request.effort, accepted) if request.effort is not None else None
    match effort:
        case None:
            return {"summary": "auto"}
        case Effort.OFF:
            return {"effort": "none"}
        case _:
            return {"effort": effort.value, "summary": "auto"}


@dataclass(slots=True)
class _CallIds:
    """Makes ids that fit the wire and occur once; the same history gives the same ids."""

    taken: set[str] = field(default_factory=set[str])

    def assign(self, call_id: str) -> str:
        wire = call_id if _ID.fullmatch(call_id) else _short_hash(call_id)
        repeats = 0
        while wire in self.taken:
            repeats += 1
            wire = _short_hash(f"{repeats}:{call_id}")
        self.taken.add(wire)
        return wire


def _short_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"call_{digest[:24]}"


def _render_input(messages: Sequence[Message], own: Origin) -> list[Item]:
    items: list[Item] = []
    ids = _CallIds()
    for message, results in paired(messages):
        match message:
            case UserMessage():
                items += _words("user", message.text, message.images)
            case NoticeMessage():
                items += _words("developer", message.text)
            case AssistantMessage():
                items += _render_answer(message, results, own, ids)
            case _:
                assert_never(message)
    return items or _words("user", _GO_ON)


def _words(role: str, text: str, images: Sequence[ImagePart] = ()) -> list[Item]:
    content: list[Item] = []
    for image in images:
        content += [{"type": "input_text", "text": heading(image)}, _image(image)]
    if text.strip():
        content.append({"type": "input_text", "text": text})
    return [{"type": "message", "role": role, "content": content}] if content else []


def _image(image: ImagePart) -> Item:
    return {"type": "input_image", "image_url": data_url(image), "detail": "auto"}


def _render_answer(
    message: AssistantMessage, results: Results, own: Origin, ids: _CallIds
) -> list[Item]:
    """Render one answer's items, then the outputs of its calls in the order of the calls."""
    items: list[Item] = []
    outputs: list[Item] = []
    next_result = iter(results)
    for group in _groups(message.parts):
        verbatim = _is_intact(group, own)
        for part in group:
            item = _render_part(part, own, verbatim=verbatim)
            result = next(next_result) if isinstance(part, ToolCall) else None
            if item is None:
                continue
            if isinstance(part, ToolCall):
                item["call_id"] = ids.assign(part.id)
                outputs.append(_output(item["call_id"], result))
            items.append(item)
    return items + outputs


def _groups(parts: Iterable[AssistantPart]) -> Iterator[list[AssistantPart]]:
    """Cut an answer before each run of reasoning: a group is reasoning and what it led to."""
    group: list[AssistantPart] = []
    led_to_something = False
    for part in parts:
        if isinstance(part, ThinkingPart) and led_to_something:
            yield group
            group, led_to_something = [], False
        group.append(part)
        led_to_something = led_to_something or not isinstance(part, ThinkingPart)
    if group:
        yield group


def _is_intact(group: Sequence[AssistantPart], own: Origin) -> bool:
    """Say whether a group can go back exactly as it came: its own, whole and with its reasoning."""
    if isinstance(group[-1], ThinkingPart):
        return False
    for part in group:
        kept = _kept(part.opaque, own)
        if kept is None or not _is_sent(part, kept):
            return False
    return True


def _is_sent(part: AssistantPart, kept: Item) -> bool:
    match part:
        case ThinkingPart():
            return bool(kept.get("encrypted_content"))
        case TextPart():
            return bool(part.text)
        case ToolCall():
            return part.complete
        case ServerPart():
            return True


def _kept(opaque: Opaque | None, own: Origin) -> Item | None:
    """Return the vendor's own fields of a part, None unless this model made them here."""
    if opaque is None or opaque.origin != own or opaque.kind == UNFINISHED:
        return None
    try:
        kept = clean_json(parse_json(opaque.data))
    except ValueError:
        return None
    return cast("Item", kept) if isinstance(kept, dict) else None


def _render_part(part: AssistantPart, own: Origin, *, verbatim: bool) -> Item | None:
    """Return the item of a part, without its `call_id`; None for what is not sent."""
    kept = (_kept(part.opaque, own) or {}) if verbatim else {}
    match part:
        case ThinkingPart() | ServerPart():
            return kept or None
        case TextPart():
            return _message(part, kept)
        case ToolCall():
            return _call(part, kept) if part.complete else None
        case _:
            assert_never(part)


def _message(part: TextPart, kept: Item) -> Item | None:
    if not part.text:
        return None
    content = [{"type": "output_text", "text": part.text, "annotations": list[Any]()}]
    item: Item = {"type": "message", "role": "assistant", "content": content}
    if part.phase is not None:
        item["phase"] = _PHASES[part.phase]
    return item | kept


def _call(part: ToolCall, kept: Item) -> Item:
    name = _NOT_IN_NAMES.sub("_", part.name)[:64] or "unknown"
    arguments = arguments_text(part.arguments)
    return {"type": "function_call", "call_id": "", "name": name, "arguments": arguments} | kept


def _output(call_id: str, result: ToolResultMessage | None) -> Item:
    output: str | list[Item] = told(result)
    if result is not None and result.images:
        words: Item = {"type": "input_text", "text": told(result)}
        output = [words, *(_image(image) for image in result.images)]
    return {"type": "function_call_output", "call_id": call_id, "output": output}
