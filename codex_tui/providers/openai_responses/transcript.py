"""A conversation as the `input` items of a Responses request: a pure function, no SDK.

What another vendor or model produced is told in plain items; what this very model produced here
goes back as it came, encrypted reasoning and item ids included, because the server checks that a
reasoning item is followed by the items it was made for. Where that cannot be kept, reasoning and
ids are left out together.

Whatever the history holds, the result is one the server accepts: every call has exactly one output,
ids fit, arguments are JSON, text is Unicode.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
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
from codex_tui.providers.catalog import undated
from codex_tui.providers.growing import Growing
from codex_tui.providers.openai_responses.items import UNFINISHED, Item
from codex_tui.providers.pictures import data_url, heading
from codex_tui.providers.tool_words import told
from codex_tui.providers.wire_json import arguments_text, clean_json, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_tui.protocol.messages import ImagePart, ToolResultMessage
    from codex_tui.providers.growing import WireList
    from codex_tui.providers.pairing import Results, Spoken

_GO_ON = "Continue."
"""Stands where the wire needs a message and the conversation has none."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_PHASES = {"commentary": "commentary", "final": "final_answer"}


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


class Transcript:
    """The items as they grow, behind `head`; `own` is who is going to answer."""

    def __init__(self, own: Origin, head: Item | None = None) -> None:
        self._own = own
        self._ids = _CallIds()
        self._items = Growing()
        self._before = [] if head is None else [head]
        self._append(self._before)

    def add(self, message: Spoken, results: Results) -> None:
        """Add a message, with the results of its calls in call order."""
        match message:
            case UserMessage():
                self._append(_words("user", message.text, message.images))
            case NoticeMessage():
                self._append(_words("developer", message.text))
            case AssistantMessage():
                self._append(_render_answer(message, results, self._own, self._ids))
            case _:
                assert_never(message)

    def finish(self) -> WireList:
        """Return the items, of which there is at least one besides the head."""
        spoken = len(self._items) > len(self._before)
        return self._items.with_changes({}, [] if spoken else _words("user", _GO_ON))

    def _append(self, items: list[Item]) -> None:
        for item in items:
            self._items.append(cast("Item", clean_json(item)))


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
    """Return the vendor's own fields of a part, None unless this model made them here, under
    its name with or without a date.
    """
    if opaque is None or opaque.kind == UNFINISHED:
        return None
    made_by = opaque.origin
    if made_by != replace(own, model=made_by.model) or undated(made_by.model) != undated(own.model):
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
