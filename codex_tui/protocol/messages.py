"""The transcript: what was said, by whom, in ordered parts.

History is append-only. Vendor-only state rides on a part as `Opaque`, kept verbatim and replayed
only to a compatible origin, so a session can change its provider at any point and change back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who produced a message: wire format, configured provider, its address and the model."""

    api: str
    provider: str
    base_url: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """A vendor's own item or block: its JSON text, verbatim, and its type on the wire."""

    origin: Origin
    kind: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Words for the reader. `phase` tells progress notes from the answer where the vendor does."""

    text: str
    phase: Literal["commentary", "final"] | None = None
    opaque: Opaque | None = None
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingPart:
    """Reasoning as far as the vendor shows it; `text` may be empty while `opaque` holds the signed
    original. A `note` is written for the user, between tool calls, in the place of text.
    """

    text: str
    redacted: bool = False
    note: bool = False
    opaque: Opaque | None = None
    type: Literal["thinking"] = "thinking"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool the model wants run. `arguments` is the JSON text exactly as the model wrote it.

    `complete` is False when the stream ended inside the call: such a call is never run.
    """

    id: str
    name: str
    arguments: str
    complete: bool = True
    opaque: Opaque | None = None
    type: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPart:
    """A vendor's block without a meaning of ours (unknown or server-side): kept, not shown,
    replayed to its origin.
    """

    opaque: Opaque
    type: Literal["server"] = "server"


AssistantPart = TextPart | ThinkingPart | ToolCall | ServerPart


class StopReason(StrEnum):
    """Why the model stopped."""

    END = "end"
    TOOL_USE = "tool_use"
    LENGTH = "length"
    CONTEXT = "context"
    REFUSAL = "refusal"
    FILTER = "filter"
    PAUSE = "pause"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one model call as the provider reported them.

    `input_tokens` is the whole prompt, cached parts included; `cache_write_1h_tokens` are those of
    `cache_write_tokens` that are kept for an hour; `reasoning_tokens` is part of `output_tokens`.
    The `aside` tokens were charged besides: what the server read and wrote to shorten the
    conversation by itself. `service_tier` is the vendor's word for how the call was served and
    `cost_usd` what the server charged; both are of a single call, and empty in a sum.
    """

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cache_write_1h_tokens: int = 0
    aside_input_tokens: int = 0
    aside_output_tokens: int = 0
    service_tier: str = ""
    cost_usd: float | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage.total((self, other))

    @classmethod
    def total(cls, usages: Collection[Usage]) -> Usage:
        """Return the sum, of thousands in a few milliseconds."""
        return cls(
            input_tokens=sum([each.input_tokens for each in usages]),
            cache_read_tokens=sum([each.cache_read_tokens for each in usages]),
            cache_write_tokens=sum([each.cache_write_tokens for each in usages]),
            output_tokens=sum([each.output_tokens for each in usages]),
            reasoning_tokens=sum([each.reasoning_tokens for each in usages]),
            cache_write_1h_tokens=sum([each.cache_write_1h_tokens for each in usages]),
            aside_input_tokens=sum([each.aside_input_tokens for each in usages]),
            aside_output_tokens=sum([each.aside_output_tokens for each in usages]),
        )

    @property
    def total_tokens(self) -> int:
        """Everything that was read and written, cached or not."""
        return (
            self.input_tokens
            + self.output_tokens
            + self.aside_input_tokens
            + self.aside_output_tokens
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart:
    """A picture. `data` is the file's bytes in base64 (RFC 4648, one line), `media_type` one of
    `image/png`, `image/jpeg`, `image/gif`, `image/webp`; `name` is its path as people write it.
    `width` and `height` are pixels.
    """

    media_type: str
    data: str = field(repr=False)
    name: str
    width: int
    height: int
    type: Literal["image"] = "image"

    @property
    def label(self) -> str:
        """What people and models call it: `shots/a.png 800×600`."""
        return f"{self.name} {self.width}×{self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A text file as it was when the user spoke of it; `text` is None where there was none yet."""

    path: str
    text: str | None
    type: Literal["file"] = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """The user's own words, and the pictures and files that go with them.

    Files go along for a model that cannot read them by itself.
    """

    text: str
    images: tuple[ImagePart, ...] = ()
    files: tuple[FilePart, ...] = ()
    type: Literal["user"] = "user"

    @property
    def image_labels(self) -> tuple[str, ...]:
        """What the pictures are called."""
        return tuple(image.label for image in self.images)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMessage:
    """A fact the program tells the model (surroundings, a change of mode); never shown as the
    user's words.
    """

    text: str
    type: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantMessage:
    """One model call's output, in the order the model produced it."""

    parts: tuple[AssistantPart, ...]
    origin: Origin
    stop: StopReason
    usage: Usage | None = None
    response_id: str | None = None
    request_id: str | None = None
    type: Literal["assistant"] = "assistant"

    @property
    def text(self) -> str:
        """All visible words, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls in the order the model made them."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


class ToolStatus(StrEnum):
    """How a tool call ended."""

    OK = "ok"
    ERROR = "error"
    DENIED = "denied"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultMessage:
    """The one result of one tool call. `content` is what the model reads; it names the `images`
    that a model with eyes sees besides.
    """

    call_id: str
    name: str
    content: str
    status: ToolStatus = ToolStatus.OK
    images: tuple[ImagePart, ...] = ()
    type: Literal["tool_result"] = "tool_result"


Message = UserMessage | NoticeMessage | AssistantMessage | ToolResultMessage
