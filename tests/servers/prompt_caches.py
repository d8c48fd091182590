"""The vendors' prompt caches, as far as a client can tell: what of a request was read before.

`cache.usage(body)` counts a request the way its vendor does and remembers it for the next one. A
token is four bytes of canonical JSON. `cut(body)` gives the prompt in the order the vendor reads
it, a piece each, cache marks aside: what a request has in common with another one begins there.

- `AnthropicCache`: something is kept at a mark only, and found from a mark on, up to 20 blocks
  before it. Marks with the longer life come first. What changes thinking or effort makes the
  conversation unknown, though not system and tools.
- `OpenAICache`: kept at explicit breakpoints and at the latest message; of what is kept for the
  same `prompt_cache_key`, the longest that the request begins with is read.
- `PrefixCache`: servers that keep all they have read, in pieces of whole messages.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from codex_tui.protocol.messages import Usage

Json = dict[str, Any]

LOOK_BACK = 20
CHARS_PER_TOKEN = 4
MARKS = frozenset({"cache_control", "prompt_cache_breakpoint"})
ANSWER_TOKENS = 50


@dataclass(frozen=True)
class Piece:
    """A piece of a prompt: its canonical text, and the life its mark asks for, "" without one."""

    text: str
    mark: str = ""


def canonical(value: Any) -> str:
    """JSON in one form, without cache marks."""
    return json.dumps(unmarked(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: unmarked(inner) for name, inner in value.items() if name not in MARKS}
    return [unmarked(inner) for inner in value] if isinstance(value, list) else value


def tokens(pieces: list[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces) // CHARS_PER_TOKEN


def digests(pieces: list[Piece], salt: str) -> list[str]:
    """Identify what a prompt begins with, up to and with each of its pieces."""
    running = hashlib.sha256(salt.encode())
    found: list[str] = []
    for piece in pieces:
        running.update(piece.text.encode("utf-8", "surrogatepass"))
        found.append(running.hexdigest())
    return found


class PromptCache(ABC):
    """One server's cache."""

    def __init__(self) -> None:
        self.usages: list[Usage] = []
        self.kept: set[str] = set()

    def usage(self, body: Json) -> Usage:
        """Count a request, and keep what is kept of it."""
        pieces = list(self.cut(body))
        read, written = self._look_up(body, pieces)
        counted = Usage(
            input_tokens=tokens(pieces),
            cache_read_tokens=tokens(pieces[:read]),
            cache_write_tokens=tokens(pieces[read:written]),
            output_tokens=ANSWER_TOKENS,
        )
        self.usages.append(counted)
        return counted

    @property
    def shares(self) -> list[float]:
        """What share of each request was read from the cache."""
        return [each.cache_read_tokens / each.input_tokens for each in self.usages]

    @abstractmethod
    def cut(self, body: Json) -> Iterator[Piece]:
        """The prompt in pieces."""

    @abstractmethod
    def _look_up(self, body: Json, pieces: list[Piece]) -> tuple[int, int]:
        """Say how many pieces are read, and up to which one is kept from here on."""


class AnthropicCache(PromptCache):
    lives: ClassVar = {"5m": 0, "1h": 1}

    def cut(self, body: Json) -> Iterator[Piece]:
        for tool in body.get("tools", []):
            yield _marked_piece("tool", tool)
        for block in body.get("system", []):
            yield _marked_piece("system", block)
        for message in body["messages"]:
            for block in message["content"]:
                yield _marked_piece(message["role"], block)

    def _look_up(self, body: Json, pieces: list[Piece]) -> tuple[int, int]:
        stable = len(body.get("tools", [])) + len(body.get("system", []))
        options = canonical([body.get(name) for name in ("thinking", "output_config")])
        names = digests(pieces[:stable], body["model"])
        names += digests(pieces[stable:], (names[-1] if names else "") + options)
        marks = [place for place, piece in enumerate(pieces) if piece.mark]
        order = [self.lives[pieces[place].mark] for place in marks]
        assert order == sorted(order, reverse=True), "a longer life comes after a shorter one"
        assert len(marks) <= 4
        found = [
            place
            for mark in marks
            for place in range(max(0, mark - LOOK_BACK), mark + 1)
            if names[place] in self.kept
        ]
        self.kept |= {names[mark] for mark in marks}
        return max(found, default=-1) + 1, max(marks, default=-1) + 1


class OpenAICache(PromptCache):
    def cut(self, body: Json) -> Iterator[Piece]:
        yield Piece(canonical(body.get("tools", [])))
        if "instructions" in body:
            yield Piece(canonical(body["instructions"]))
        for item in body["input"]:
            parts = item.get("content") or []
            marked = any("prompt_cache_breakpoint" in part for part in parts)
            yield Piece(canonical(item), "explicit" if marked else "")

    def _look_up(self, body: Json, pieces: list[Piece]) -> tuple[int, int]:
        names = digests(pieces, body["model"] + body.get("prompt_cache_key", ""))
        found = [place for place, name in enumerate(names) if name in self.kept]
        marks = [place for place, piece in enumerate(pieces) if piece.mark]
        self.kept |= {names[place] for place in (*marks, len(pieces) - 1)}
        return max(found, default=-1) + 1, len(pieces)


class PrefixCache(PromptCache):
    def cut(self, body: Json) -> Iterator[Piece]:
        yield Piece(canonical(body.get("tools", [])))
        for message in body["messages"]:
            yield Piece(canonical(message))

    def _look_up(self, body: Json, pieces: list[Piece]) -> tuple[int, int]:
        names = digests(pieces, body["model"])
        found = [place for place, name in enumerate(names) if name in self.kept]
        self.kept |= set(names)
        return max(found, default=-1) + 1, 0


def _marked_piece(kind: str, block: Json) -> Piece:
    mark = block.get("cache_control")
    life = "" if mark is None else mark.get("ttl", "5m")
    return Piece(canonical([kind, block]), life)


CACHES: dict[str, type[PromptCache]] = {
    "anthropic-messages": AnthropicCache,
    "openai-responses": OpenAICache,
    "openai-chat": PrefixCache,
}
"""The cache of each wire."""
