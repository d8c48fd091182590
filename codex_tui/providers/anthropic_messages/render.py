"""A neutral request as the body of `POST /v1/messages`: a pure function, no SDK, no clock.

Append-only histories give append-only bodies: a message's bytes depend only on what stands before
it and on its own results, and the cache marks are the only bytes that move. Claude's signed
thinking and the vendor's prompt cache both need that. Whatever another vendor left in the history
is made acceptable here; nothing of it may be answered with a 400.

Source: https://platform.claude.com/docs/en/api/messages.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from codex_tui.protocol.compaction import SummaryNotice
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolStatus,
    UserMessage,
)
from codex_tui.providers.anthropic_messages.cache_marks import cache_mark, marked
from codex_tui.providers.anthropic_messages.compaction import (
    FIELD,
    block_of,
    instructions_of,
    is_for,
)
from codex_tui.providers.anthropic_messages.families import takes_back
from codex_tui.providers.anthropic_messages.thinking import thinking_fields
from codex_tui.providers.growing import Growing
from codex_tui.providers.lessons import without
from codex_tui.providers.pictures import PictureBudget, heading
from codex_tui.providers.renderings import Renderings
from codex_tui.providers.tool_words import content_of
from codex_tui.providers.wire_json import clean_json, clean_text, read_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import ImagePart, Opaque, ToolResultMessage
    from codex_tui.protocol.tools import ToolSpec
    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.growing import WireList
    from codex_tui.providers.pairing import Results, Spoken

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BUDGET: Final = PictureBudget(max_count=100, large_side=2_000, max_count_with_large=20)
"""A request has 32 MB; with more than 20 pictures, no side may be longer than 2,000 pixels."""
_GO_ON: Final = "Continue."
"""Stands where the wire needs a user message and the conversation has none."""

Block = dict[str, Any]


def render(
    request: ModelRequest, endpoint: Endpoint, kept: Renderings[Transcript] | None = None
) -> dict[str, Any]:
    """Return the JSON body of a streaming Messages request; what is `kept` spares work."""
    kept = kept or renderings()
    told, block = instructions_of(request, endpoint), block_of(request, endpoint)
    spoken = replace(request, messages=request.messages[:-1]) if told else request
    make = partial(Transcript, endpoint, request.model, block)
    sees_images = request.sees_images
    with kept.of(spoken, make, sees_images=sees_images, differing=block) as transcript:
        turns = transcript.finish(cache_mark(request.cache_life), to_answer=not told)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": turns,
        "stream": True,
        **thinking_fields(request, endpoint, turns),
    }
    if told:
        body[FIELD] = {"type": "summarize", "instructions": told}
    tools = [_render_tool(tool) for tool in request.tools]
    system: list[Block] = []
    if request.system.strip():
        system = [{"type": "text", "text": clean_text(request.system)}]
        body["system"] = system
    if tools:
        body["tools"] = tools
    if request.output_schema is not None:
        wanted = {"type": "json_schema", "schema": clean_json(request.output_schema)}
        body["output_config"] = body.get("output_config", {}) | {"format": wanted}
    for block in (system or tools)[-1:]:  # the system prompt's mark covers the tools
        block["cache_control"] = cache_mark(request.cache_life)
    return without(body, endpoint, request.learned)


def _render_tool(tool: ToolSpec) -> Block:
    block: Block = {
        "name": tool.name,
        "description": clean_text(tool.description),
        "input_schema": clean_json(tool.parameters),
    }
    if tool.streams_edit:
        block["eager_input_streaming"] = True
    return block


def renderings() -> Renderings[Transcript]:
    """Return a place for an adapter's renderings."""
    return Renderings(_BUDGET)


class Transcript:
    """The message list as it grows: roles take turns and every call is answered at once. It begins
    with `summary`, the vendor's own block, where there is one for this model.
    """

    def __init__(self, endpoint: Endpoint, model: str, summary: Opaque | None = None) -> None:
        self._endpoint = endpoint
        self._model = model
        self._messages = Growing()
        self._paused = False
        self._times_used: dict[str, int] = defaultdict(int)
        self._wire_ids: set[str] = set()
        self._summary = summary
        if summary is not None and is_for(summary, model):
            self._append("assistant", [read_object(summary.data)])

    def add(self, message: Spoken, results: Results) -> None:
        """Add a message, with the results of its calls in call order."""
        match message:
            case UserMessage():
                self.say_as_user(message.text, message.images)
            case NoticeMessage() if message.text.strip():
                said = self._read_beside(message).strip()
                self.say_as_user(f"<system-reminder>\n{said}\n</system-reminder>")
            case AssistantMessage():
                self.add_answer(message, results)
            case NoticeMessage():
                pass  # a blank one

    def say_as_user(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Add pictures, and then words, which is the order the vendor recommends; blank text has no
        block on this wire.
        """
        blocks: list[Block] = []
        for image in images:
            blocks += [{"type": "text", "text": clean_text(heading(image))}, _render_image(image)]
        if text.strip():
            blocks.append({"type": "text", "text": clean_text(text)})
        if blocks:
            self._append("user", blocks)

    def add_answer(self, message: AssistantMessage, results: Results) -> None:
        """Add an answer and, right behind it, the results of its calls in call order."""
        blocks: list[Block] = []
        answers: list[Block] = []
        next_result = iter(results)
        for part in message.parts:
            if not isinstance(part, ToolCall):
                blocks += self._render_part(part)
                continue
            result = next(next_result)
            if part.complete:
                wire_id = self._wire_id(part.id)
                blocks.append(_render_call(part, wire_id))
                answers.append(_render_result(result, wire_id))
        while blocks and blocks[-1]["type"] in {"thinking", "redacted_thinking"}:
            blocks.pop()  # an answer may not end in thinking
        if not blocks:
            return
        if not len(self._messages) or (self._ends_with_answer() and not self._paused):
            self.say_as_user(_GO_ON)
        self._append("assistant", blocks)
        self._paused = message.stop is StopReason.PAUSE
        if answers:
            self._append("user", answers)

    def finish(self, cache_mark: Block, *, to_answer: bool = True) -> WireList:
        """Return the messages, ending with the user if they are `to_answer`: current models refuse
        to go on from words of their own. A paused answer is the exception, it is sent back as it
        is.
        """
        ends_well = len(self._messages) and (
            self._paused or not to_answer or not self._ends_with_answer()
        )
        go_on = {"role": "user", "content": [{"type": "text", "text": _GO_ON}]}
        more = [] if ends_well else [go_on]
        last = None if to_answer or more else self._trimmed_end()
        return marked(self._messages, more, cache_mark, last=last)

    def _trimmed_end(self) -> Block | None:
        """Return an answer at the end without the blanks behind its last words, in which no request
        may end; None where there are none.
        """
        last = self._messages[len(self._messages) - 1]
        *before, end = last["content"]
        text = end.get("text", "")
        if last["role"] != "assistant" or text == text.rstrip():
            return None
        return {**last, "content": [*before, {**end, "text": text.rstrip()}]}

    def _append(self, role: Literal["user", "assistant"], blocks: list[Block]) -> None:
        if len(self._messages) and self._messages[-1]["role"] == role:
            self._messages[-1]["content"] += blocks
        else:
            self._messages.append({"role": role, "content": blocks})

    def _read_beside(self, notice: NoticeMessage) -> str:
        """Return what is left to be said of a notice whose summary stands at the beginning."""
        if not isinstance(notice, SummaryNotice) or notice.block != self._summary:
            return notice.text
        return notice.beside if is_for(notice.block, self._model) else notice.text

    def _ends_with_answer(self) -> bool:
        return len(self._messages) > 0 and self._messages[-1]["role"] == "assistant"

    def _render_part(self, part: TextPart | ThinkingPart | ServerPart) -> list[Block]:
        match part:
            case TextPart():
                text = clean_text(part.text)
                return [{"type": "text", "text": text}] if text.strip() else []
            case ThinkingPart() | ServerPart():
                return self._replay(part.opaque) if part.opaque is not None else []

    def _replay(self, opaque: Opaque) -> list[Block]:
        """Return a block of our own origin as it came; foreign ones cannot be read there, and what
        another family of models thought is for the server to pass over, where it does.
        """
        made_by = opaque.origin.model
        if opaque.origin != self._endpoint.origin(made_by) or not takes_back(self._model, made_by):
            return []
        block = read_object(opaque.data)
        return [block] if "type" in block and self._began_alike(made_by) else []

    def _began_alike(self, made_by: str) -> bool:
        """Say whether the conversation began for `made_by` as it does here: thinking is bound to
        that.
        """
        summary = self._summary
        return summary is None or is_for(summary, made_by) == is_for(summary, self._model)

    def _wire_id(self, call_id: str) -> str:
        """Return an id the wire accepts, the same one at every rendering and used only once."""
        times = self._times_used[call_id]
        self._times_used[call_id] += 1
        wire_id = call_id
        if call_id in self._wire_ids or not _NAME.fullmatch(call_id):
            seed = f"{times}:{call_id}".encode("utf-8", "surrogatepass")
            wire_id = f"call_{hashlib.sha256(seed).hexdigest()[:24]}"
        self._wire_ids.add(wire_id)
        return wire_id


def _render_call(call: ToolCall, wire_id: str) -> Block:
    name = (
        call.name if _NAME.fullmatch(call.name) else re.sub(r"[^\w-]|[^\x00-\x7f]", "_", call.name)
    )
    return {
        "type": "tool_use",
        "id": wire_id,
        "name": name[:64] or "unnamed",
        "input": read_object(call.arguments),
    }


def _render_result(result: ToolResultMessage | None, wire_id: str) -> Block:
    block: Block = {
        "type": "tool_result",
        "tool_use_id": wire_id,
        "content": [{"type": "text", "text": clean_text(content_of(result))}],
    }
    if result is None or result.status is not ToolStatus.OK:
        block["is_error"] = True  # such a result holds text only
    else:
        block["content"] += [_render_image(image) for image in result.images]
    return block


def _render_image(image: ImagePart) -> Block:
    source = {"type": "base64", "media_type": image.media_type, "data": image.data}
    return {"type": "image", "source": source}
