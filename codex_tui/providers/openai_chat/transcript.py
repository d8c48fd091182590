"""A conversation as the `messages` of a Chat Completions request: a pure function, no SDK.

What one server insists on is what another refuses, so every choice follows `Compat`. Whatever the
history holds, each call has its one result right behind it and in call order, ids fit, arguments
are JSON objects and text is Unicode. Reasoning and a server's own state go back only to where they
came from.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, assert_never

from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    ServerPart,
    TextPart,
    ThinkingPart,
    UserMessage,
)
from codex_tui.providers.growing import Growing
from codex_tui.providers.openai_chat.compat import MISTRAL_ID_LENGTH
from codex_tui.providers.pictures import data_url, heading
from codex_tui.providers.tool_words import told
from codex_tui.providers.wire_json import (
    arguments_text,
    clean_text,
    read_list,
    read_object,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import ImagePart, Opaque, Origin, ToolCall
    from codex_tui.providers.growing import WireList
    from codex_tui.providers.openai_chat.compat import Compat
    from codex_tui.providers.pairing import Results, Spoken

CALL_STATE: Final = "extra_content"
"""The `Opaque.kind` of what a server hangs onto a call; Gemini's signatures are in it."""
REASONING_STATE: Final = "reasoning_details"
"""The `Opaque.kind` of the structured reasoning some gateways want back."""

Json = dict[str, Any]

_GO_ON: Final = "Continue."
_TAKEN_NOTE: Final = "Understood."
_ATTACHED: Final = "(see attached image)"
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MISTRAL_ID = re.compile(rf"[A-Za-z0-9]{{{MISTRAL_ID_LENGTH}}}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME: Final = 64
# Google's stand-in where the first call of an answer has no signature: another model made it.
_STAND_IN: Final = {"google": {"thought_signature": "skip_thought_signature_validator"}}


class Transcript:
    """The message list as it grows; `own` is who is going to answer."""

    def __init__(self, own: Origin, compat: Compat, system: str) -> None:
        self._own = own
        self._compat = compat
        self._messages = Growing()
        self._ids = _CallIds(compat.tool_id)
        if system.strip():
            self._append(compat.system_role, clean_text(system))

    def add(self, message: Spoken, results: Results) -> None:
        """Add a message, with the results of its calls in call order."""
        match message:
            case UserMessage():
                self.say_as_user(message.text, message.images)
            case NoticeMessage():
                self.remind(message.text)
            case AssistantMessage():
                self.add_answer(message, results)
            case _:
                assert_never(message)

    def remind(self, text: str) -> None:
        """Tell a fact that is not the user's words; this wire has no role for that."""
        if text.strip():
            self.say_as_user(f"<system-reminder>\n{text.strip()}\n</system-reminder>")

    def say_as_user(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Add words, and pictures before them: a list of parts only where there are pictures."""
        if not text.strip() and not images:
            return
        words = clean_text(text) if text.strip() else ""
        content = _parts(words, images) if images else words
        if self._compat.alternate_roles and self._last_role == "user":
            before = self._messages[-1]["content"]
            self._messages[-1]["content"] = _joined(before, content)
            return
        if self._compat.alternate_roles and self._last_role == "tool":
            self._append("assistant", _TAKEN_NOTE)
        self._append("user", content)

    def add_answer(self, message: AssistantMessage, results: Results) -> None:
        """Add an answer and, right behind it, the results of its calls in call order."""
        text = self._words(message)
        done = [pair for pair in zip(message.tool_calls, results, strict=True) if pair[0].complete]
        calls = [call for call, _ in done]
        if not text and not calls:
            return
        if self._compat.alternate_roles and self._last_role not in {"user", "tool"}:
            self.say_as_user(_GO_ON)
        wire_ids = [self._ids.assign(call.id, own=message.origin == self._own) for call in calls]
        answer: Json = {"role": "assistant", "content": text}
        if calls:
            answer["tool_calls"] = self._calls(calls, wire_ids)
            answer |= self._reasoning(message)
        self._messages.append(answer | self._state(message))
        for (_, result), wire_id in zip(done, wire_ids, strict=True):
            content = clean_text(told(result))
            if result is not None and result.images:
                content += f"\n{_ATTACHED}"
            self._messages.append({"role": "tool", "tool_call_id": wire_id, "content": content})
        # A tool message holds text only, and nothing may stand between those of one answer.
        self.say_as_user("", [image for _, result in done if result for image in result.images])

    def finish(self) -> WireList:
        """Return the list; a model is not asked to go on with words of its own."""
        goes_on = self._last_role in {"user", "tool"}
        more = [] if goes_on else [{"role": "user", "content": _GO_ON}]
        return self._messages.with_changes({}, more)

    @property
    def _last_role(self) -> str:
        return self._messages[-1]["role"] if len(self._messages) else ""

    def _append(self, role: str, content: str | list[Json]) -> None:
        self._messages.append({"role": role, "content": content})

    def _words(self, message: AssistantMessage) -> str:
        """Join an answer's words: pieces of one string on this wire, paragraphs on the others."""
        between = "" if message.origin.api == self._own.api else "\n\n"
        texts = (part.text for part in message.parts if isinstance(part, TextPart) and part.text)
        joined = clean_text(between.join(texts))
        return joined if joined.strip() else ""

    def _calls(self, calls: Sequence[ToolCall], wire_ids: Sequence[str]) -> list[Json]:
        rendered: list[Json] = []
        for call, wire_id in zip(calls, wire_ids, strict=True):
            function = {"name": _name(call.name), "arguments": arguments_text(call.arguments)}
            entry: Json = {"id": wire_id, "type": "function", "function": function}
            state = read_object(self._returned(call.opaque, CALL_STATE))
            rendered.append({**entry, CALL_STATE: state} if state else entry)
        if self._compat.thought_signatures:
            rendered[0].setdefault(CALL_STATE, _STAND_IN)
        return rendered

    def _reasoning(self, message: AssistantMessage) -> Json:
        """Return the reasoning behind the calls; elsewhere there was none for this server."""
        field = self._compat.reasoning_echo
        if field == "none":
            return {}
        origin, own = message.origin, self._own
        here = (origin.api, origin.provider, origin.base_url) == (
            own.api, own.provider, own.base_url,
        )  # fmt: skip
        texts = (part.text for part in message.parts if isinstance(part, ThinkingPart))
        return {field: clean_text("".join(texts)) if here else ""}

    def _state(self, message: AssistantMessage) -> Json:
        for part in message.parts:
            if isinstance(part, ServerPart):
                details = read_list(self._returned(part.opaque, REASONING_STATE))
                if details:
                    return {REASONING_STATE: details}
        return {}

    def _returned(self, opaque: Opaque | None, kind: str) -> str:
        """Return a server's own state as it came, "" unless this very model gave it here."""
        if opaque is None or opaque.kind != kind or opaque.origin != self._own:
            return ""
        return opaque.data if self._compat.echo_state else ""


def _parts(words: str, images: Sequence[ImagePart]) -> list[Json]:
    parts: list[Json] = []
    for image in images:
        parts.append({"type": "text", "text": clean_text(heading(image))})
        parts.append({"type": "image_url", "image_url": {"url": data_url(image)}})
    return [*parts, *_text_parts(words)]


def _joined(before: str | list[Json], after: str | list[Json]) -> str | list[Json]:
    """Join the contents of two messages of one role."""
    if isinstance(before, str) and isinstance(after, str):
        return f"{before}\n\n{after}"
    return [*_text_parts(before), *_text_parts(after)]


def _text_parts(content: str | list[Json]) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content


class _CallIds:
    """Makes ids that fit the server and occur once; the same history gives the same ids."""

    def __init__(self, style: str) -> None:
        self._mistral = style == "mistral9"
        self._taken: set[str] = set()

    def assign(self, call_id: str, *, own: bool) -> str:
        """Return the wire's id; a server's own ids suit it as they are, whatever is in them."""
        wire = call_id if self._fits(call_id, own=own) else self._hash(call_id)
        repeats = 0
        while wire in self._taken:
            repeats += 1
            wire = self._hash(f"{repeats}:{call_id}")
        self._taken.add(wire)
        return wire

    def _fits(self, call_id: str, *, own: bool) -> bool:
        if self._mistral:
            return bool(_MISTRAL_ID.fullmatch(call_id))
        if own:
            return bool(call_id.strip()) and call_id.isascii()
        return bool(_PLAIN_ID.fullmatch(call_id))

    def _hash(self, text: str) -> str:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return digest[:MISTRAL_ID_LENGTH] if self._mistral else f"call_{digest[:24]}"


def _name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME] or "unknown"
