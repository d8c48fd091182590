"""The list a conversation becomes on a wire, which only grows: each of its objects is encoded once.

A request of a long session is megabytes of which nearly all was sent before. A `Growing` list keeps
the JSON of what can no longer change, and hands out `WireList`s: lists like any other that know
most of their encoding. `encoded` puts a body together from that. Whoever wants plain data reads the
list; whoever changes it gets an ordinary list and an ordinary encoding.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]


class WireList(list[Json]):
    """A list of JSON objects; `texts` is the JSON of each, a comma before it."""

    def __init__(self, items: Sequence[Json], texts: Sequence[bytes]) -> None:
        super().__init__(items)
        self.texts = texts


class Growing:
    """Objects in their order. All but the last are final; `encodings` counts how many objects were
    encoded for good.
    """

    def __init__(self) -> None:
        self.encodings = 0
        self._items: list[Json] = []
        self._texts: list[bytes] = []

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, place: int) -> Json:
        return self._items[place]

    def append(self, item: Json) -> None:
        """Add an object; the one before it is final from then on."""
        self._items.append(item)

    def with_changes(self, changed: Mapping[int, Json], more: Sequence[Json] = ()) -> WireList:
        """Return the list as it is at the moment, with some objects `changed` for this time (by
        place, from 0) and `more` behind the last. What is handed out does not grow with this list.
        """
        final = self._items[len(self._texts) : -1]
        self._texts += map(_item, final)
        self.encodings += len(final)
        open_end = [_copied(item) for item in self._items[-1:]]
        items = [*self._items[:-1], *open_end, *more]
        texts = [*self._texts, *map(_item, (*open_end, *more))]
        for place, item in changed.items():
            items[place], texts[place] = item, _item(item)
        return WireList(items, texts)


def _copied(item: Json) -> Json:
    """Copy an object as deep as a later addition reaches: itself and its lists."""
    return {name: [*value] if isinstance(value, list) else value for name, value in item.items()}


def dumped(value: object) -> bytes:
    """Encode JSON for the wire, compactly."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _item(value: Json) -> bytes:
    return b"," + dumped(value)


def encoded(body: Mapping[str, object]) -> bytes:
    """Encode a request's body; of its `WireList`s nothing is encoded again."""
    pieces: list[bytes] = []
    for name, value in body.items():
        pieces += [b",", dumped(name), b":"]
        if isinstance(value, WireList):
            # One joining of all there is: every copy of a long conversation takes milliseconds.
            pieces += [b"[", *(text[1:] for text in value.texts[:1]), *value.texts[1:], b"]"]
        else:
            pieces.append(dumped(value))
    return b"".join([b"{", *pieces[1:], b"}"])
