"""How a compatible server differs from the others: one value per server, learned ones included.

`Compat()` is what most servers accept. A preset starts from its own, the configuration overrides
single fields, and what a server refuses (`lessons`) changes the value for the rest of the process.
Every difference the adapter knows of is a field here, so a request stays a pure function of the
conversation, the endpoint and this value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from codex_tui.providers.base import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

MISTRAL_ID_LENGTH: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Compat:
    """What a server takes.

    Attributes:
        max_tokens: the field that limits the answer; "none": it has no such field.
        system_role: the role of the system prompt.
        include_usage: it takes `stream_options.include_usage`.
        reasoning_effort: where the effort goes: a field of its own, or an object `reasoning`.
        reasoning_echo: the field in which a model's reasoning goes back with its tool calls.
        echo_state: the server's own state (`reasoning_details`, `extra_content`) goes back.
        thought_signatures: a call made elsewhere needs a stand-in for Gemini's signature.
        tool_id: `mistral9` is exactly nine letters and digits.
        stream_tools: answers to requests with tools may be streamed; else they are asked for whole.
        alternate_roles: user and assistant take turns strictly, also after tool results.
        empty_tools: `tools` may be empty, which some gateways want while the history has calls.
        lists_models: it has an endpoint that lists its models.
        images: the user's messages may hold pictures.
        json_schema: `response_format` may hold a JSON Schema; else the model is told it in words.
    """

    max_tokens: Literal["max_tokens", "max_completion_tokens", "none"] = "max_tokens"
    system_role: Literal["system", "developer"] = "system"
    include_usage: bool = True
    reasoning_effort: Literal["reasoning_effort", "reasoning", "none"] = "reasoning_effort"
    reasoning_echo: Literal["reasoning_content", "reasoning", "none"] = "none"
    echo_state: bool = True
    thought_signatures: bool = False
    tool_id: Literal["plain", "mistral9"] = "plain"
    stream_tools: bool = True
    alternate_roles: bool = False
    empty_tools: bool = True
    lists_models: bool = True
    images: bool = True
    json_schema: bool = True

    def differences(self, other: Compat) -> str:
        """Say in words what `other` has otherwise."""
        pairs = ((each.name, getattr(self, each.name), getattr(other, each.name))
                 for each in fields(self))  # fmt: skip
        return ", ".join(f"{name} {old} -> {new}" for name, old, new in pairs if old != new)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEndpoint(Endpoint):
    """An endpoint with fields of `Compat` that the user has set."""

    compat: Mapping[str, str | bool] = field(default_factory=dict[str, "str | bool"])


def with_compat(endpoint: Endpoint, overrides: Mapping[str, str | bool]) -> ChatEndpoint:
    """Return the endpoint with the user's own word on what its server takes.

    `overrides` are fields of `Compat` with values of theirs; the configuration has checked them.
    """
    values: dict[str, Any] = {each.name: getattr(endpoint, each.name) for each in fields(endpoint)}
    values["compat"] = dict(overrides)
    return ChatEndpoint(**values)


def overridden(compat: Compat, endpoint: Endpoint) -> Compat:
    """Return `compat` as the endpoint's configuration has it."""
    if not isinstance(endpoint, ChatEndpoint):
        return compat
    values: dict[str, Any] = dict(endpoint.compat)
    return replace(compat, **values)


_ROLE_ORDER = re.compile(
    r"roles must alternate|alternate (between )?user|unexpected role|after role", re.IGNORECASE
)
_CALL_ID = re.compile(r"tool[ _]call[ _]id.*\b9\b", re.IGNORECASE | re.DOTALL)
_STREAMED_TOOLS = re.compile(r"\btools?\b.*\bstream|\bstream(ing|ed)?\b.*\btool", re.I | re.DOTALL)
# What servers say of pictures they cannot take: llama.cpp and OpenRouter ("support"), vLLM ("is not
# a multimodal model", "At most 0 image(s)"), DeepSeek ("unknown variant `image_url`"), Ollama
# ("missing data required for image input"), OpenAI ("Invalid content type"), Groq ("a string").
_NO_IMAGES = re.compile(
    r"(image|vision|multi-?modal).*support|support.*(image|vision|multi-?modal)"
    r"|not a multi-?modal|at most 0 image|unknown variant .?image|required for image input"
    r"|content\b.*must be a string|invalid content type.*image",
    re.IGNORECASE | re.DOTALL,
)
_NO_SCHEMA = re.compile(r"\bresponse_format\b|json_schema|structured.outputs?\b", re.IGNORECASE)
_IMPOSSIBLE = re.compile(r"support|cannot|can't|not allowed|must", re.IGNORECASE)
_NO_TOOLS = re.compile(r"\btools\b.*(empty|too short|at least|\[\])", re.IGNORECASE | re.DOTALL)


def lessons(compat: Compat, said: str) -> Iterator[Compat]:
    """Yield what a refusal may mean, likeliest first: `compat` without what the server names.

    Whether the server was sent that at all is for the caller to see.
    """
    if _names(said, "stream_options", "include_usage"):
        yield replace(compat, include_usage=False)
    yield from _token_lessons(compat, said)
    yield from _reasoning_lessons(compat, said)
    yield from _state_lessons(compat, said)
    if _names(said, "developer"):
        yield replace(compat, system_role="system")
    if _ROLE_ORDER.search(said):
        yield replace(compat, alternate_roles=True)
    if _CALL_ID.search(said):
        yield replace(compat, tool_id="mistral9")
    if _NO_TOOLS.search(said):
        yield replace(compat, empty_tools=False)
    if _STREAMED_TOOLS.search(said) and _IMPOSSIBLE.search(said):
        yield replace(compat, stream_tools=False)
    if compat.images and _NO_IMAGES.search(said):
        yield replace(compat, images=False)
    if compat.json_schema and _NO_SCHEMA.search(said):
        yield replace(compat, json_schema=False)


def _token_lessons(compat: Compat, said: str) -> Iterator[Compat]:
    if not _names(said, "max_tokens", "max_completion_tokens"):
        return
    if compat.max_tokens == "max_tokens" and _names(said, "max_completion_tokens"):
        yield replace(compat, max_tokens="max_completion_tokens")
    yield replace(compat, max_tokens="none")


def _reasoning_lessons(compat: Compat, said: str) -> Iterator[Compat]:
    if _names(said, compat.reasoning_effort):
        yield replace(compat, reasoning_effort="none")
    if compat.reasoning_echo == "none" and _names(said, "reasoning_content"):
        yield replace(compat, reasoning_echo="reasoning_content")
    elif _names(said, compat.reasoning_echo):
        yield replace(compat, reasoning_echo="none")


def _state_lessons(compat: Compat, said: str) -> Iterator[Compat]:
    if not compat.thought_signatures and _names(said, "thought_signature"):
        yield replace(compat, thought_signatures=True)
    if _names(said, "reasoning_details", "extra_content"):
        yield replace(compat, echo_state=False, thought_signatures=False)


def _names(said: str, *names: str) -> bool:
    return any(name != "none" and re.search(rf"\b{name}\b", said) for name in names)
