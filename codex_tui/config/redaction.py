"""Keeps the keys we know of out of what tools report, before a model, an event or a session has it.

Only known keys are taken out, not what merely looks like one: code that is read has to stay as it
is, or edits would not match. For the same reason a "key" that is an ordinary word (local servers
take any) stays. Half of a key counts as well, since what is long is cut somewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.config.secrets import REDACTED, SHORTEST_UNMISTAKABLE

if TYPE_CHECKING:
    from collections.abc import Collection

_LONG: Final = 20
"""So long a value is no word, even if it has no digit."""


class Redactor:
    """Takes known keys out of text. `keys` is a live set that only grows."""

    def __init__(self, keys: Collection[str]) -> None:
        self._keys = keys
        self._seen = 0
        self._secrets: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        """Return `text` without keys and without halves of keys."""
        for secret in self.secrets:
            text = _without_pieces(text.replace(secret, REDACTED), secret)
        return text

    def stream(self) -> StreamRedactor:
        """Return what does the same to a text that comes in pieces."""
        return StreamRedactor(self)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys that cannot be mistaken for something else, the longest first."""
        if len(self._keys) != self._seen:
            keys = tuple(self._keys)
            self._seen = len(keys)
            self._secrets = tuple(sorted(filter(_unmistakable, keys), key=len, reverse=True))
        return self._secrets


class StreamRedactor:
    """Holds back the end of a piece while it may be the beginning of a key."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what can be shown after the next piece."""
        secrets = self._redactor.secrets
        text, self._held = self._held + text, ""
        for secret in secrets:
            text = text.replace(secret, REDACTED)
        begun = max((_begun(text, secret) for secret in secrets), default=0)
        end = len(text) - begun
        self._held = text[end:]
        return self._redactor(text[:end])

    def finish(self) -> str:
        """Return what was held back: no key came of it."""
        held, self._held = self._held, ""
        return self._redactor(held)


def _unmistakable(key: str) -> bool:
    if len(key) < SHORTEST_UNMISTAKABLE:
        return False
    return len(key) >= _LONG or any(character.isdigit() for character in key)


def _begun(text: str, secret: str) -> int:
    """Return how much of the text's end is the beginning of a secret."""
    longest = min(len(secret) - 1, len(text))
    return next((size for size in range(longest, 0, -1) if text.endswith(secret[:size])), 0)


def _without_pieces(text: str, secret: str) -> str:
    size = max(SHORTEST_UNMISTAKABLE, -(-len(secret) // 2))
    if secret[:size] in text:
        text = _without_beginnings(text, secret, size, REDACTED)
    if secret[-size:] in text:
        text = _without_beginnings(text[::-1], secret[::-1], size, REDACTED[::-1])[::-1]
    return text


def _without_beginnings(text: str, secret: str, size: int, mark: str) -> str:
    """Take out every beginning of `secret` of at least `size` characters."""
    first, *rest = text.split(secret[:size])
    tail = secret[size:]
    pieces = [first]
    for piece in rest:
        shared = 0
        while shared < min(len(piece), len(tail)) and piece[shared] == tail[shared]:
            shared += 1
        pieces.append(piece[shared:])
    return mark.join(pieces)
