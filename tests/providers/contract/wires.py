"""How each wire says what the tests mean. `WIRES` are the three; `ALL` adds the dialects of
compatible servers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.providers.anthropic_messages.adapter import AnthropicMessages
from codex_tui.providers.openai_chat.adapter import OpenAIChat
from codex_tui.providers.openai_responses.adapter import OpenAIResponses
from tests.providers.contract.wire import (
    COUNTED,
    KEY,
    Json,
    Said,
    Say,
    Server,
    Shape,
    Think,
    Use,
    Wire,
)
from tests.servers import anthropic_wire, chat_wire, openai_wire

COMMENTS = [b": keep-alive\n\n", b"retry: 3000\n\n", b"id: 7\n\n", b"data:\n\n"]


def _calls_tools(said: Sequence[Said]) -> bool:
    return any(isinstance(each, Use) for each in said)


def _pieces(text: str, size: int) -> int:
    """The number of pieces of about `size` characters."""
    return max(1, -(-len(text) // size))


def _frames(*events: Any) -> list[bytes]:
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events]


def _named_error(event: Any) -> bytes:
    return f"event: error\ndata: {json.dumps(event)}\n\n".encode()


def _openai_error(code: str, message: str) -> Json:
    return {"error": {"message": message, "type": code, "param": None, "code": code}}


def _gateway_errors(code: str, message: str) -> dict[str, bytes]:
    """What gateways send on any wire."""
    error = {"type": code, "message": message}
    flat = {"code": code, "message": message}
    (nested, plain, words) = _frames({"error": error}, flat, {"error": message})
    return {
        "nested": nested,
        "flat without a name": plain,
        "a string": words,
        "flat": _named_error(flat),
        "named": _named_error({"error": error}),
    }


class Responses(Wire):
    """OpenAI's Responses."""

    api = "openai-responses"
    ending = b'"type": "response.completed"'
    stops: ClassVar = {
        StopReason.END: "completed",
        StopReason.TOOL_USE: "completed",
        StopReason.LENGTH: "max_output_tokens",
        StopReason.FILTER: "content_filter",
        StopReason.UNKNOWN: "steered",
    }

    def server(self, script: Iterable[Any], key: str = KEY) -> Server:
        return openai_wire.OpenAIWire(list(script), key=key)

    def reply(
        self,
        *said: Said,
        stop: StopReason | None = None,
        usage: Usage = COUNTED,
        sent: Shape = list,
    ) -> Any:
        cut = stop in {StopReason.LENGTH, StopReason.FILTER}
        items = [self._item(each, cut=cut and each is said[-1]) for each in said]
        tokens = openai_wire.usage(
            usage.input_tokens,
            usage.output_tokens,
            cached=usage.cache_read_tokens,
            written=usage.cache_write_tokens,
            reasoned=usage.reasoning_tokens,
        )
        if stop in {None, StopReason.END, StopReason.TOOL_USE}:
            reply = openai_wire.answer(*items, tokens=tokens)
        else:
            reply = openai_wire.incomplete(self.stops[stop], *items, tokens=tokens)
        return openai_wire.shaped(reply, sent)

    def _item(self, said: Said, *, cut: bool) -> openai_wire.Item:
        match said:
            case Say(text, size):
                return openai_wire.text(text, pieces=_pieces(text, size))
            case Think(text):
                return openai_wire.reasoning(text)
            case Use(name, _, call_id, size):
                pieces = _pieces(said.raw, size)
                status = "incomplete" if cut else "completed"
                return openai_wire.call(
                    name, said.raw, call_id=call_id, pieces=pieces, status=status
                )

    def refusal(self, words: str) -> Any:
        return openai_wire.answer(openai_wire.refusal(words))

    def failing(self, code: str, message: str, *said: Said) -> Any:
        return openai_wire.failed(code, message, *(self._item(each, cut=False) for each in said))

    def errors_inside(self, code: str, message: str) -> dict[str, bytes]:
        error = {"code": code, "message": message}
        failed = {"status": "failed", "error": error, "output": []}
        (flat, response) = _frames(
            {"type": "error", "param": None, "sequence_number": 7, **error},
            {"type": "response.failed", "response": failed},
        )
        return {"event": flat, "failed": response, **_gateway_errors(code, message)}

    def error_body(self, code: str, message: str) -> Json:
        return _openai_error(code, message)

    def place(self, event: Json) -> object:
        return event.get("output_index")

    @property
    def noise(self) -> list[bytes]:
        return [
            *COMMENTS,
            *_frames(
                7, None, ["no object"], {}, {"type": ["x"]}, {"type": "response.queued"},
                {"type": "response.dream.delta", "delta": "zzz", "output_index": 0},
                {"type": "response.output_text.delta", "output_index": 99, "delta": "nowhere"},
                {"type": "response.output_text.delta", "output_index": 0, "delta": None},
                {"type": "response.in_progress", "response": None},
            ),
        ]  # fmt: skip


class Messages(Wire):
    """Anthropic's Messages."""

    api = "anthropic-messages"
    ending = b'"type": "message_delta"'
    stops: ClassVar = {
        StopReason.END: "end_turn",
        StopReason.TOOL_USE: "tool_use",
        StopReason.LENGTH: "max_tokens",
        StopReason.CONTEXT: "model_context_window_exceeded",
        StopReason.REFUSAL: "refusal",
        StopReason.PAUSE: "pause_turn",
        StopReason.UNKNOWN: "a_new_reason",
    }

    def server(self, script: Iterable[Any], key: str = KEY) -> Server:
        return anthropic_wire.AnthropicWire(script, key=key)

    def reply(
        self,
        *said: Said,
        stop: StopReason | None = None,
        usage: Usage = COUNTED,
        sent: Shape = list,
    ) -> Any:
        fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
        counted = {
            "input_tokens": fresh,
            "cache_read_input_tokens": usage.cache_read_tokens,
            "cache_creation_input_tokens": usage.cache_write_tokens,
            "output_tokens": usage.output_tokens,
            "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
        }
        return anthropic_wire.Reply(
            *map(self._block, said),
            stop="" if stop is None else self.stops[stop],
            usage=counted,
            sent=sent,
        )

    def _block(self, said: Said) -> Any:
        match said:
            case Say(text, size):
                return anthropic_wire.Text(text, piece=size)
            case Think(text, size):
                return anthropic_wire.Thinking(text, piece=size)
            case Use(name, _, call_id, size):
                return anthropic_wire.Call(name, said.raw, id=call_id, piece=size)

    def refusal(self, words: str) -> Any:
        details = {"type": "refusal", "category": None, "explanation": words}
        return anthropic_wire.Reply(words, stop="refusal", stop_details=details)

    def failing(self, code: str, message: str, *said: Said) -> Any:
        return anthropic_wire.Reply(*map(self._block, said), error=(code, message))

    def errors_inside(self, code: str, message: str) -> dict[str, bytes]:
        body = self.error_body(code, message)
        (unnamed,) = _frames(body)
        own = {"event": _named_error(body), "event without its line": unnamed}
        return own | _gateway_errors(code, message)

    def error_body(self, code: str, message: str) -> Json:
        return {"type": "error", "error": {"type": code, "message": message}}

    def place(self, event: Json) -> object:
        return event.get("index")

    @property
    def noise(self) -> list[bytes]:
        odd: list[Any] = [
            {"type": "ping"}, {"type": "weather_report", "index": 0, "outlook": ["rain"]},
            {"type": "content_block_delta", "index": 99, "delta": {"type": "text_delta"}},
            7, None, ["no object"], {}, {"type": ["x"]}, {"type": "content_block_start"},
            {"type": "content_block_delta", "delta": 5},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta"}},
            {"type": "content_block_stop", "index": "x"},
            {"type": "message_delta", "usage": {"output_tokens": None}, "delta": None},
            {"type": "message_start", "message": {"usage": {"input_tokens": True}}},
        ]  # fmt: skip
        return [*COMMENTS, b"event: ping\n\n", *_frames(*odd)]


@dataclass(frozen=True, kw_only=True)
class Chat(Wire):
    """Chat Completions as one kind of server speaks it."""

    api = "openai-chat"
    ending = b'"finish_reason": "'
    stops: ClassVar = {
        StopReason.END: "stop",
        StopReason.TOOL_USE: "tool_calls",
        StopReason.LENGTH: "length",
        StopReason.CONTEXT: "model_context_window_exceeded",
        StopReason.FILTER: "content_filter",
        StopReason.UNKNOWN: "moonrise",
    }
    index: bool = True
    ids: bool = True
    whole: bool = False
    reasoning: str = "reasoning_content"
    finish: str = "tool_calls"

    def server(self, script: Iterable[Any], key: str = KEY) -> Server:
        return chat_wire.ChatWire(list(script), key=key)

    def reply(
        self,
        *said: Said,
        stop: StopReason | None = None,
        usage: Usage = COUNTED,
        sent: Shape = list,
    ) -> Any:
        tokens = None
        if self.counts:
            tokens = chat_wire.usage(
                usage.input_tokens,
                usage.output_tokens,
                prompt_tokens_details={
                    "cached_tokens": usage.cache_read_tokens,
                    "cache_write_tokens": usage.cache_write_tokens,
                },
                completion_tokens_details={"reasoning_tokens": usage.reasoning_tokens},
            )
        natural = self.finish if _calls_tools(said) else "stop"
        finish = natural if stop in {None, StopReason.TOOL_USE} else self.stops[stop]
        reply = chat_wire.answer(*self._items(said), finish=finish, tokens=tokens)
        return chat_wire.shaped(reply, sent)

    def _items(self, said: Sequence[Said]) -> list[chat_wire.Item]:
        items: list[chat_wire.Item] = []
        number = 0
        for each in said:
            match each:
                case Say(text, size):
                    items.append(chat_wire.text(text, pieces=_pieces(text, size)))
                case Think(text, size):
                    pieces = _pieces(text, size)
                    items.append(chat_wire.think(text, name=self.reasoning, pieces=pieces))
                case Use():
                    items.append(self._call(each, number))
                    number += 1
        return items

    def _call(self, use: Use, number: int) -> chat_wire.Item:
        given = f"call_{number}" if use.id is None else use.id
        return chat_wire.call(
            use.name,
            use.raw,
            call_id=given if self.ids else chat_wire.ID_LEFT_OUT,
            index=number if self.index else None,
            pieces=0 if self.whole else _pieces(use.raw, use.size),
        )

    def refusal(self, words: str) -> Any:
        return chat_wire.answer(chat_wire.deltas({"refusal": words}))

    def failing(self, code: str, message: str, *said: Said) -> Any:
        return chat_wire.ends_early(*self._items(said), after=[_openai_error(code, message)])

    def errors_inside(self, code: str, message: str) -> dict[str, bytes]:
        error = {"message": message, "type": code}
        (choice, marked) = _frames({"choices": [{"error": error}]}, {"object": "error", **error})
        return {"in a choice": choice, "marked": marked, **_gateway_errors(code, message)}

    def error_body(self, code: str, message: str) -> Json:
        return _openai_error(code, message)

    def place(self, event: Json) -> object:
        calls = event["choices"][0]["delta"].get("tool_calls") if event.get("choices") else None
        return calls[0].get("index") if calls else None

    @property
    def noise(self) -> list[bytes]:
        odd: list[Any] = [
            7, None, ["no object"], {}, {"choices": None}, {"choices": []}, {"id": 7},
            {"choices": [None, {"index": 0, "delta": None}]},
            {"choices": [{"index": 1, "delta": {"content": "another answer"}}]},
            {"choices": [{"delta": {"content": None, "tool_calls": None, "role": None}}]},
            {"choices": [{"delta": {"tool_calls": [{}], "audio": None, "mood": "calm"}}]},
            {"choices": [{"index": 0}], "usage": None, "error": None, "x_groq": {}},
        ]  # fmt: skip
        return [*COMMENTS, b": OPENROUTER PROCESSING\n\n", b"event: ping\n\n", *_frames(*odd)]


RESPONSES = Responses(name="responses", adapter=OpenAIResponses, model="gpt-6.1-sol")
MESSAGES = Messages(
    name="messages", adapter=AnthropicMessages, model="claude-opus-5-5", request_id="req_1"
)
CHAT = Chat(name="chat", adapter=OpenAIChat, model="house-model")
WIRES: tuple[Wire, ...] = (RESPONSES, MESSAGES, CHAT)
ALL: tuple[Wire, ...] = (
    *WIRES,
    replace(CHAT, name="chat without index", index=False),
    replace(CHAT, name="chat without ids", ids=False),
    replace(CHAT, name="chat with neither", ids=False, index=False, finish="stop"),
    replace(CHAT, name="chat with whole calls", whole=True, finish="stop"),
    replace(CHAT, name="chat with whole calls only", whole=True, ids=False, index=False),
    replace(CHAT, name="chat without counts", counts=False),
    replace(CHAT, name="chat reasoning aside", reasoning="reasoning"),
)
