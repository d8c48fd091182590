"""What each wire makes of a conversation, judged by its server's rules and read back neutrally."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from codex_tui.providers.anthropic_messages import render as messages_render
from codex_tui.providers.openai_chat import render as chat_render
from codex_tui.providers.openai_chat.compat import Compat
from codex_tui.providers.openai_responses import render as responses_render
from codex_tui.providers.presets import PRESETS
from tests.providers.contract.support import request_of
from tests.providers.contract.wire import Wire
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES
from tests.servers import anthropic_rules, chat_rules, openai_rules
from tests.servers.chat_rules import Rules

if TYPE_CHECKING:
    from codex_tui.protocol.messages import Message

Json = dict[str, Any]
Heard = tuple[Any, ...]
"""One thing the server is told: who or what, and the words."""

FILLERS = ("Continue.", "Understood.")
_REMINDER = re.compile(r"<system-reminder>\n(.*)\n</system-reminder>", re.DOTALL)


@dataclass(frozen=True)
class Renderer:
    """A wire's rendering, its server's rules, and where the growing list is."""

    wire: Wire
    body: Callable[[Any], Json]
    problems: Callable[[Json], list[str]]
    pieces: Callable[[Json], list[Json]]
    """The growing list in its smallest pieces, without what may move in it."""
    heard: Callable[[Json], Iterator[Heard]]

    def __str__(self) -> str:
        return str(self.wire)

    def of(self, *messages: Message, **fields: Any) -> Json:
        """The body for a conversation, which the server accepts."""
        request = request_of(model=self.wire.model, **fields)
        body = self.body(replace(request, messages=messages))
        assert self.problems(body) == []
        return body

    def told(self, *messages: Message) -> list[Heard]:
        """What the server is told, the same on every wire: ids as numbers of calls, results with
        whether they are good, and without the fillers some wires need.
        """
        numbers: dict[str, int] = {}
        neutral: list[Heard] = []
        for kind, *rest in self.heard(self.of(*messages)):
            match kind, rest:
                case "call", [call_id, name, arguments]:
                    assert call_id not in numbers
                    numbers[call_id] = len(numbers)
                    neutral.append(("call", numbers[call_id], name, arguments))
                case "result", [call_id, good, words]:
                    neutral.append(("result", numbers[call_id], good, words))
                case _, [str(words)] if found := _REMINDER.fullmatch(words):
                    neutral.append(("notice", found[1]))
                case "user", [words] if words in FILLERS:
                    continue
                case _:
                    neutral.append((kind, *rest))
        return neutral


def _hear_responses(body: Json) -> Iterator[Heard]:
    for item in body["input"]:
        match item:
            case {"type": "message", "role": role, "content": content}:
                words = "".join(part["text"] for part in content)
                yield ("notice" if role == "developer" else role, words)
            case {"type": "function_call", "call_id": call_id, "name": name, "arguments": raw}:
                yield ("call", call_id, name, json.loads(raw))
            case {"type": "function_call_output", "call_id": call_id, "output": output}:
                yield ("result", call_id, *_without_status(output))
            case _:
                yield (item["type"], item)


def _hear_messages(body: Json) -> Iterator[Heard]:
    for message in body["messages"]:
        for block in message["content"]:
            match block:
                case {"type": "text", "text": words}:
                    yield (message["role"], words)
                case {"type": "tool_use", "id": call_id, "name": name, "input": arguments}:
                    yield ("call", call_id, name, arguments)
                case {"type": "tool_result", "tool_use_id": call_id, "content": content}:
                    words = "".join(part["text"] for part in content)
                    yield ("result", call_id, not block.get("is_error"), words)
                case _:
                    yield (block["type"], block)


def _hear_chat(body: Json) -> Iterator[Heard]:
    for message in body["messages"][1:]:
        match message:
            case {"role": "tool", "tool_call_id": call_id, "content": content}:
                yield ("result", call_id, *_without_status(content))
            case {"content": words, "role": role}:
                if words:
                    yield (role, words)
                for call in message.get("tool_calls", ()):
                    function = call["function"]
                    yield ("call", call["id"], function["name"], json.loads(function["arguments"]))


def _without_status(words: str) -> tuple[bool, str]:
    found = re.fullmatch(
        r"\[(?:failed|not allowed|cancelled|interrupted)\]\n(.*)", words, re.DOTALL
    )
    return (True, words) if found is None else (False, found[1])


def _blocks(body: Json) -> list[Json]:
    return [
        {"role": message["role"], **{k: v for k, v in block.items() if k != "cache_control"}}
        for message in body["messages"]
        for block in message["content"]
    ]


HERE = "https://api.example/v1"


def _chat(wire: Wire, compat: Compat, rules: Rules) -> Renderer:
    return Renderer(
        wire,
        lambda request: chat_render.render(request, wire.endpoint(HERE), compat),
        lambda body: chat_rules.problems(body, rules),
        lambda body: body["messages"],
        _hear_chat,
    )


RENDERERS = (
    Renderer(
        RESPONSES,
        lambda request: responses_render.render(request, RESPONSES.endpoint(HERE)),
        lambda body: openai_rules.problems(body, {}),
        lambda body: body["input"],
        _hear_responses,
    ),
    Renderer(
        MESSAGES,
        lambda request: messages_render.render(request, MESSAGES.endpoint(HERE)),
        lambda body: anthropic_rules.problems(body, {}),
        _blocks,
        _hear_messages,
    ),
    _chat(CHAT, Compat(), Rules()),
)
NARROWER = (
    replace(RENDERERS[1], wire=replace(MESSAGES, name="a budget", model="claude-haiku-4-5")),
    _chat(replace(CHAT, name="deepseek"), PRESETS["deepseek"].compat, Rules(reasoning="required")),
    _chat(
        replace(CHAT, name="mistral"),
        PRESETS["mistral"].compat,
        Rules(nine_letter_ids=True, alternate=True, refused=frozenset({"stream_options"})),
    ),
    _chat(replace(CHAT, name="gemini"), PRESETS["gemini"].compat, Rules(signatures=True)),
)
"""Servers and models that insist on more; what they are told is not always the same words."""
