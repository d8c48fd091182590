"""What the hazard tests of this folder are written in.

A test says in neutral words what the model does (`Say`, `Think`, `Use`) and how it ends; a `Wire`
turns that into a reply of its own strict server, and says what only it can know: where a frame
belongs, what its end looks like, what its server may send that nobody promised.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.providers.base import Endpoint, LLMProvider

if TYPE_CHECKING:
    from tests.servers.loopback import Piece, Recorded

KEY = "geheim-0123456789"
Json = dict[str, Any]
Shape = Callable[[list[bytes]], Iterable["Piece"]]


@dataclass(frozen=True, slots=True)
class Say:
    """The model writes, `size` characters a delta."""

    text: str
    size: int = 7


@dataclass(frozen=True, slots=True)
class Think:
    """The model reasons where one may read it."""

    text: str
    size: int = 9


@dataclass(frozen=True, slots=True)
class Use:
    """The model calls a tool; arguments in a string go out as they are. `id` None: the server's."""

    name: str
    arguments: Mapping[str, Any] | str
    id: str | None = None
    size: int = 5

    @property
    def raw(self) -> str:
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(self.arguments, ensure_ascii=False)


Said = Say | Think | Use
COUNTED = Usage(input_tokens=10, output_tokens=3)


class Server(Protocol):
    """A strict server: plays its script, and keeps what it got and what it had to refuse."""

    @property
    def base_url(self) -> str: ...
    @property
    def received(self) -> list[Recorded]: ...
    @property
    def requests(self) -> list[Json]: ...
    @property
    def refused(self) -> list[str]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *failure: object) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Wire(ABC):
    """One wire, or one dialect of it."""

    name: str
    adapter: Callable[[Endpoint], LLMProvider]
    model: str
    request_id: str = "req_wire"
    counts: bool = True
    """It reports usage."""

    stops: ClassVar[Mapping[StopReason, str]]
    """How an answer can end, and the vendor's word for it."""

    def __str__(self) -> str:
        return self.name

    @property
    @abstractmethod
    def api(self) -> str: ...

    def endpoint(self, base_url: str, **fields: Any) -> Endpoint:
        values = {"name": "acme", "title": "Acme", "api_key": KEY, "timeout_s": 5.0}
        values |= {"key_hint": "Set ACME_API_KEY."}
        return Endpoint(**{**values, "api": self.api, "base_url": base_url, **fields})

    @abstractmethod
    def server(self, script: Iterable[Any], key: str = KEY) -> Server: ...

    @abstractmethod
    def reply(
        self,
        *said: Said,
        stop: StopReason | None = None,
        usage: Usage = COUNTED,
        sent: Shape = list,
    ) -> Any:
        """An answer. `sent` changes its frames, one server-sent event each."""

    @abstractmethod
    def refusal(self, words: str) -> Any:
        """An answer in which the model declines, with its reason."""

    @abstractmethod
    def failing(self, code: str, message: str, *said: Said) -> Any:
        """An answer that turns into an error after `said`."""

    @abstractmethod
    def errors_inside(self, code: str, message: str) -> Mapping[str, bytes]:
        """Frames that turn an answer into an error, by what is special about them."""

    @abstractmethod
    def error_body(self, code: str, message: str) -> Json:
        """The body of an error reply in the vendor's shape."""

    @property
    @abstractmethod
    def ending(self) -> bytes:
        """What the first of the frames contains that make the end."""

    def unended(self, frames: list[bytes]) -> list[bytes]:
        """All frames before the end."""
        (first, *_) = (place for place, frame in enumerate(frames) if self.ending in frame)
        return frames[:first]

    @abstractmethod
    def place(self, event: Json) -> object:
        """Which part an event belongs to; None where it stands for itself."""

    @property
    @abstractmethod
    def noise(self) -> list[bytes]:
        """Frames that mean nothing, or nothing anybody knows of."""
