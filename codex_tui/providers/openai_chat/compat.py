"""How a compatible server differs from the others: one value per server, learned ones included.

`Compat()` is what most servers accept. A preset starts from its own, what a server refused
(`lessons`) changes single fields, and the configuration overrides them. Every difference the
adapter knows of is a field here, so a request stays a pure function of the conversation, the
endpoint and this value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_type_hints

from codex_tui.providers.base import Endpoint

if TYPE_CHECKING:
    from codex_tui.providers.base import Flags

MISTRAL_ID_LENGTH: Final = 9

EffortField = Literal[
    "reasoning_effort", "reasoning", "thinking", "chat_template_kwargs", "thinking_budget",
    "thinking_token_budget", "thinking_budget_tokens", "none",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Compat:
    """What a server takes.

    Attributes:
        max_tokens: the field that limits the answer; "none": it has no such field.
        system_role: the role of the system prompt.
        include_usage: it takes `stream_options.include_usage`.
        reasoning_effort: the field the effort goes into: as a word, as a switch (`thinking`,
            `chat_template_kwargs`) or as a number of tokens (the budgets).
        reasoning_echo: the field in which a model's reasoning goes back with its tool calls.
        echo_state: the server's own state (`reasoning_details`, `extra_content`) goes back.
        thought_signatures: a call made elsewhere needs a stand-in for Gemini's signature.
        tool_id: `mistral9` is exactly nine letters and digits.
        stream_tools: answers to requests with tools may be streamed; else they are asked for whole.
        alternate_roles: user and assistant take turns strictly, also after tool results.
        empty_tools: `tools` may be empty, which some gateways want while the history has calls.
        lists_models: it has an endpoint that lists its models.
        images: the user's messages may hold pictures.
        temperature: it takes a temperature.
        json_schema: `response_format` may hold a JSON Schema; else the model is told it in words.
    """

    max_tokens: Literal["max_tokens", "max_completion_tokens", "none"] = "max_tokens"
    system_role: Literal["system", "developer"] = "system"
    include_usage: bool = True
    reasoning_effort: EffortField = "reasoning_effort"
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
    temperature: bool = True

    def differences(self, other: Compat) -> dict[str, str | bool]:
        """Return what `other` has otherwise."""
        pairs = ((each.name, getattr(self, each.name), getattr(other, each.name))
                 for each in fields(self))  # fmt: skip
        return {name: new for name, old, new in pairs if old != new}


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


@cache
def _possible() -> Mapping[str, frozenset[object]]:
    """Return what each field may be."""
    hints = get_type_hints(Compat)
    return {name: frozenset(get_args(hint) or (True, False)) for name, hint in hints.items()}


def taught(compat: Compat, learned: Flags) -> Compat:
    """Return `compat` with what was learned of the server; flags of other meanings are not ours."""
    possible = _possible()
    known: dict[str, Any] = {
        name: value for name, value in learned.items() if value in possible.get(name, ())
    }
    return replace(compat, **known)


def overridden(compat: Compat, endpoint: Endpoint) -> Compat:
    """Return `compat` as the endpoint's configuration has it."""
    if not isinstance(endpoint, ChatEndpoint):
        return compat
    values: dict[str, Any] = dict(endpoint.compat)
    return replace(compat, **values)
