"""The one interface every vendor adapter implements, and the neutral stream it speaks.

Cancellation: the caller closes the stream (`contextlib.aclosing`) and the connection goes with it.
Retries: none here; the agent loop owns the only retry layer. Errors: adapters raise `ProviderError`
and nothing else; a stream that ends without the wire's own terminal event raises
`STREAM_INTERRUPTED`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from codex_tui.protocol.messages import AssistantPart, Message, Origin, StopReason, Usage
from codex_tui.protocol.models import Effort, ModelInfo, Price
from codex_tui.protocol.profiles import CacheLife
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.platforms import Platform

Flags = Mapping[str, str | bool]
"""How a server differs from what its wire promises, by the names its adapter has for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A configured provider: which wire it speaks, where it is, and how to get in.

    `api` names the adapter (`openai-responses`, `openai-chat`, `anthropic-messages`, `local`,
    `scripted`).
    `timeout_s` is the longest silence between two reads, in seconds. `key_hint` says in words how
    to supply the key when `api_key` is None but needed. With `key_later` there is a key, but to get
    it takes a command or the system's key store: the registry asks for it when the provider is
    opened. `query` is added to every request's address; `prices` are the user's own, by model.
    `tools` False: its models make no tool calls; None leaves that open. `leave_out` are parts of a
    request's body, dotted, that are never sent. `platform` is the cloud that serves the models;
    None for any other server.
    """

    name: str
    api: str
    base_url: str = field(repr=False)
    title: str = ""
    api_key: str | None = field(default=None, repr=False)
    needs_key: bool = True
    key_hint: str = ""
    key_later: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    query: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    timeout_s: float = 300.0
    models: tuple[str, ...] = ()
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    tools: bool | None = None
    leave_out: tuple[str, ...] = ()
    platform: Platform | None = None

    @property
    def address(self) -> str:
        """The base URL without what may be secret in it: user, password and query."""
        scheme, separator, rest = self.base_url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"

    @property
    def missing(self) -> str:
        """What a cloud needs before it can be asked, in words; "" when nothing is missing."""
        if self.platform is None:
            return ""
        has_key = bool(self.api_key) or self.key_later
        return self.missing_fact or self.platform.missing_extra(has_key=has_key)

    @property
    def missing_fact(self) -> str:
        """What the configuration still has to say of a cloud, in words."""
        if self.platform is None:
            return ""
        has_key = bool(self.api_key) or self.key_later
        return self.platform.missing_fact(self.name, base_url=self.base_url, has_key=has_key)

    def origin(self, model: str) -> Origin:
        """Return the origin of messages that `model` produces here; it is kept in sessions."""
        return Origin(api=self.api, provider=self.name, base_url=self.address, model=model)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One model call in neutral terms. The wire request is a pure function of this and the
    endpoint.

    Every `ToolCall` in `messages` has exactly one `ToolResultMessage` after it (the agent's history
    sees to that), not necessarily in call order. `tools` are sorted by name and do not change
    within a session. `effort`, `temperature` and `cache_life` are such that the model takes them;
    None leaves them to the vendor. `show_thinking` False asks for no words of the reasoning;
    `timeout_s` replaces the endpoint's. `session` is a stable cache key. Without `sees_images` the
    model gets a line of text in the place of every picture. With `output_schema`, a JSON Schema,
    the answer's words are one JSON value that fits it: an object at the root, in every object all
    properties required and no others allowed, which is what all vendors take. With `summarises` the
    last message, the user's, asks for a summary of those before it; a vendor that makes summaries
    by itself may be asked for one in its own way, and answers with words that bring along its block
    (`SUMMARY_BLOCK`). `learned` is what the conversation's log says of this server and model (see
    `lessons`).
    """

    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    effort: Effort | None = None
    show_thinking: bool = True
    max_output_tokens: int | None = None
    temperature: float | None = None
    cache_life: CacheLife | None = None
    timeout_s: float | None = None
    session: str = ""
    sees_images: bool = True
    output_schema: Mapping[str, object] | None = None
    summarises: bool = False
    learned: Flags = field(default_factory=dict[str, "str | bool"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStarted:
    """Part `index` began; a tool call already has its id and name."""

    index: int
    kind: Literal["text", "thinking", "tool_call"]
    call_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDelta:
    """More of part `index`: words, reasoning or pieces of a call's JSON arguments."""

    index: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFinished:
    """Part `index` is complete; this value is authoritative over the deltas. Server parts have no
    start and no deltas.
    """

    index: int
    part: AssistantPart


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFinished:
    """The wire's terminal event arrived; always the last event of a stream. `raw_stop` is the
    vendor's own word.
    """

    stop: StopReason
    usage: Usage | None = None
    response_id: str | None = None
    request_id: str | None = None
    raw_stop: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingSeen:
    """The model thought about so many tokens more, which the server counts and does not show. It is
    no part of the answer.
    """

    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSeen:
    """What the server said before the end that the call has used so far: should the stream break
    off, that was charged. It is no part of the answer; a later one takes its place.
    """

    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The provider is not ready to ask its model yet, and says what it does about that. An empty
    `text` ends the waiting. It is no part of the answer and comes before all parts.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLearned:
    """What is known by now of how the request's server and model differ: all of it, to be kept with
    the conversation and handed in with the next request. `told` says in words what is new, empty
    when that was said before. It is no part of the answer and comes before all parts.
    """

    learned: Flags
    told: str = ""


AnswerEvent = PartStarted | PartDelta | PartFinished | UsageSeen | ThinkingSeen | StreamFinished
StreamEvent = AnswerEvent | Waiting | HostLearned


class LLMProvider(Protocol):
    """A vendor adapter bound to one endpoint."""

    endpoint: Endpoint

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call. Indices count parts from 0 in the order they are to stand in the
        message.

        Raises `ProviderError`. Closing the generator closes the connection.
        """
        ...

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server what it serves and what it says of it, in its order; nothing that is
        known from elsewhere is added; whoever calls limits the time. Of a list without end that is
        the beginning (see `listed`). Raises `ProviderError`.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections; the provider is not used afterwards."""
        ...
