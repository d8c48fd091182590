"""A content block of an answer as it grows, and the part it becomes; no events, no order.

An unknown block that arrived whole is kept for its origin. A call is complete when its arguments
are JSON; whether the model was stopped in it is for the reader of the stream to know.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from codex_tui.protocol.compaction import SUMMARY_BLOCK
from codex_tui.protocol.messages import Opaque, ServerPart, ThinkingPart, ToolCall
from codex_tui.providers.wire_json import (
    as_text,
    clean_json,
    clean_text,
    is_json,
    parse_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.messages import Origin

KINDS: Final[Mapping[str, Literal["text", "thinking", "tool_call"]]] = {
    "text": "text",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    "tool_use": "tool_call",
}
"""A block's type → what it becomes; every other is the server's own."""
# Block type → the field its deltas carry and are appended to.
_TEXT_FIELDS: Final = {"text": "text", "thinking": "thinking"}

Fields = dict[str, Any]


@dataclass(slots=True)
class Block:
    """A block on its way. `wire` is the block as the server began it; `whole` is False once a delta
    arrived that cannot be folded into it.
    """

    index: int
    wire: Fields
    pieces: list[str] = field(default_factory=list[str])
    arguments: list[str] = field(default_factory=list[str])
    whole: bool = True

    @property
    def type(self) -> str:
        """The wire's own word for what it is."""
        return as_text(self.wire.get("type"))

    @property
    def text(self) -> str:
        """What was written in it so far."""
        return "".join(self.pieces)

    def begin(self) -> str:
        """Take in what the block begins with; return what is to be shown of it."""
        return self._write(self.wire.get(_TEXT_FIELDS.get(self.type, "")))

    def grow(self, delta: Fields) -> str:
        """Take in a delta; return what is to be shown of it."""
        match delta.get("type"):
            case "text_delta" if self.type == "text":
                return self._write(delta.get("text"))
            case "thinking_delta" if self.type == "thinking":
                return self._write(delta.get("thinking"))
            case "signature_delta":
                self.wire["signature"] = as_text(delta.get("signature"))
            case "input_json_delta":
                piece = clean_text(as_text(delta.get("partial_json")))
                self.arguments.append(piece)
                return piece if self.type == "tool_use" else ""
            case "compaction_delta" if self.type == SUMMARY_BLOCK:
                self.wire |= {name: value for name, value in delta.items() if name != "type"}
            case _:
                self.whole = False
        return ""

    def thinking(self, origin: Origin, *, notes: bool) -> ThinkingPart:
        """Keep the block verbatim if it can be sent back: one without a signature never can."""
        if self.type == "redacted_thinking":
            return ThinkingPart(text="", redacted=True, opaque=_opaque(self.wire, origin))
        text = self.text
        signed = bool(self.wire.get("signature"))
        opaque = _opaque({**self.wire, "thinking": text}, origin) if signed else None
        return ThinkingPart(text=text, note=notes and bool(text.strip()), opaque=opaque)

    def server_part(self, origin: Origin) -> ServerPart | None:
        """Keep a block of another type; None when it did not arrive whole."""
        if self.arguments:
            try:
                self.wire["input"] = parse_json("".join(self.arguments))
            except ValueError:
                return None
        return ServerPart(opaque=_opaque(self.wire, origin)) if self.whole and self.type else None

    def call(self) -> ToolCall:
        """Read a closed call; some gateways send the whole input when the block begins."""
        arguments = "".join(self.arguments)
        if not arguments.strip():
            arguments = _in_one_piece(self.wire.get("input"))
        call_id, name = named(self.wire)
        return ToolCall(id=call_id, name=name, arguments=arguments, complete=is_json(arguments))

    def _write(self, text: object) -> str:
        piece = clean_text(as_text(text))
        self.pieces.append(piece)
        return piece


def named(wire: Mapping[str, Any]) -> tuple[str, str]:
    """Return a call's id and name."""
    return clean_text(as_text(wire.get("id"))), clean_text(as_text(wire.get("name")))


def _in_one_piece(given: object) -> str:
    """Return an input given at once as JSON; "" when it is nested beyond what can be sent back."""
    try:
        return json.dumps(clean_json(given or {}), ensure_ascii=False)
    except ValueError:
        return ""


def _opaque(wire: Fields, origin: Origin) -> Opaque:
    data = json.dumps(wire, separators=(",", ":"))
    return Opaque(origin=origin, kind=as_text(wire.get("type")), data=data)
