"""Items of the Responses API and the parts they become; shared by both directions of the wire.

What a part says itself is not said again by its `Opaque`: for messages and calls that holds the
vendor's other fields (id, status, phase), for everything else the whole item.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast

from codex_tui.protocol.messages import (
    AssistantPart,
    Opaque,
    Origin,
    ServerPart,
    TextPart,
    ThinkingPart,
    ToolCall,
    Usage,
)
from codex_tui.providers.wire_json import as_count, clean_text, is_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Item = dict[str, Any]
PartKind = Literal["text", "thinking", "tool_call", "server"]

UNFINISHED = "unfinished"
"""The `Opaque.kind` of an item the stream ended inside of; it is never sent back."""

BLANK_LINE = "\n\n"

_KINDS: Mapping[str, PartKind] = {
    "message": "text",
    "reasoning": "thinking",
    "function_call": "tool_call",
}
_PHASES: Mapping[object, Literal["commentary", "final"]] = {
    "commentary": "commentary",
    "final_answer": "final",
}


def kind_of(item: Item) -> PartKind:
    """Say what an item becomes."""
    return _KINDS.get(as_text(item.get("type")), "server")


def finished_part(
    kind: PartKind, item: Item, begun: Item, pieces: str, origin: Origin
) -> AssistantPart:
    """Make the part of a finished item.

    Args:
        kind: what the item was when it began.
        item: the item as it is done; authoritative.
        begun: the item as it began, for what the finished one leaves out.
        pieces: the deltas that came, joined, for a finished item without text.
        origin: who made it.
    """
    match kind:
        case "text":
            return _words(item, pieces, origin)
        case "thinking":
            text = joined(item.get("summary")) or joined(item.get("content"))
            return ThinkingPart(text=text, opaque=_opaque("reasoning", item, origin))
        case "tool_call":
            return _call(item, begun, pieces, origin)
        case "server":
            name = as_text(item.get("type")) or "unknown"
            return ServerPart(opaque=_opaque(name, item, origin))


def unfinished_part(kind: PartKind, begun: Item, pieces: str, origin: Origin) -> AssistantPart:
    """Make the most of an item that never was done; nothing of it is run or sent back verbatim."""
    match kind:
        case "text":
            return TextPart(text=pieces, phase=_PHASES.get(begun.get("phase")))
        case "thinking":
            return ThinkingPart(text=pieces)
        case "tool_call":
            return ToolCall(
                id=as_text(begun.get("call_id")),
                name=as_text(begun.get("name")),
                arguments=pieces or "{}",
                complete=False,
            )
        case "server":
            return ServerPart(opaque=_opaque(UNFINISHED, begun, origin))


def refusal_of(item: Item) -> str:
    """Return the words of a message in which the model declines, "" when it does not."""
    refusals = (as_text(each.get("refusal")) for each in as_items(item.get("content")))
    return BLANK_LINE.join(filter(None, refusals))


def usage_of(response: Item) -> Usage | None:
    """Read a response's token counts; on this wire `input_tokens` includes the cached ones."""
    usage = as_item(response.get("usage"))
    if not usage:
        return None
    prompt, answer = (
        as_item(usage.get("input_tokens_details")),
        as_item(usage.get("output_tokens_details")),
    )
    return Usage(
        input_tokens=_count(usage.get("input_tokens")),
        cache_read_tokens=_count(prompt.get("cached_tokens")),
        cache_write_tokens=_count(prompt.get("cache_write_tokens")),
        output_tokens=_count(usage.get("output_tokens")),
        reasoning_tokens=_count(answer.get("reasoning_tokens")),
        service_tier=as_text(response.get("service_tier")),
    )


def joined(sections: object) -> str:
    """Join the texts of a summary or content list with blank lines."""
    items = as_items(sections)
    texts = (as_text(each.get("text")) or as_text(each.get("refusal")) for each in items)
    return BLANK_LINE.join(filter(None, texts))


def as_item(value: object) -> Item:
    """Return a JSON object as it is, anything else as an empty one."""
    return cast("Item", value) if isinstance(value, dict) else {}


def as_items(value: object) -> list[Item]:
    """Return a JSON array of objects, anything else as an empty one."""
    return (
        [as_item(each) for each in cast("list[object]", value)] if isinstance(value, list) else []
    )


def as_text(value: object) -> str:
    """Return a string that can be encoded, "" for anything else."""
    return clean_text(value) if isinstance(value, str) else ""


def _words(item: Item, pieces: str, origin: Origin) -> TextPart:
    contents = as_items(item.get("content"))
    plain = [each.get("type") for each in contents] == ["output_text"]
    said_by_part = {"type", "role", "content"} if plain else {"type", "role"}
    return TextPart(
        text=joined(contents) or pieces,
        phase=_PHASES.get(item.get("phase")),
        opaque=_opaque("message", _without(item, said_by_part), origin),
    )


def _call(item: Item, begun: Item, pieces: str, origin: Origin) -> ToolCall:
    arguments = as_text(item.get("arguments")) or pieces
    arguments = arguments if arguments.strip() else "{}"
    rest = _without(item, {"type", "call_id", "name", "arguments"})
    return ToolCall(
        id=as_text(begun.get("call_id")),
        name=as_text(item.get("name")) or as_text(begun.get("name")),
        arguments=arguments,
        complete=item.get("status") in {None, "completed"} and is_json(arguments),
        opaque=_opaque("function_call", rest, origin),
    )


def _opaque(kind: str, item: Item, origin: Origin) -> Opaque:
    return Opaque(origin=origin, kind=kind, data=json.dumps(item, separators=(",", ":")))


def _without(item: Item, fields: Iterable[str]) -> Item:
    return {key: value for key, value in item.items() if key not in fields and value is not None}


def _count(value: object) -> int:
    return as_count(value) or 0
