"""Where a request asks the vendor to keep what it has read, and to look for what it kept.

At most four marks: the end of what never changes (that one is `render`'s), and three in the
conversation, the only bytes of it that move. The first of those stands where the request before
this one ended, which is just before its answer: there something is kept. The last one stands at the
end, for the next request. From a mark the vendor looks back 20 blocks and no further, so where more
than `STRIDE` lie between the two, a third stands between them: what a step with many calls wrote
can then be used by a request that goes another way.

Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.profiles import CacheLife

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_tui.providers.growing import Growing, WireList

STRIDE: Final = 15
"""Blocks from one mark to the next."""

_MARKABLE: Final = frozenset({"text", "image", "tool_use", "tool_result"})

Block = dict[str, Any]
Place = tuple[int, int]
"""The number of a message and of a block in it."""


def cache_mark(life: CacheLife | None = None) -> Block:
    """Return the mark; all of a request are alike, as longer ones may not follow shorter ones."""
    ttl = {"ttl": "1h"} if life is CacheLife.LONG else {}
    return {"type": "ephemeral", **ttl}


def marked(
    messages: Growing, more: Sequence[Block], mark: Block, *, last: Block | None = None
) -> WireList:
    """Return the messages with their marks, and `more` of this request alone behind them. `last`
    stands in the place of the last message.
    """
    changed: dict[int, Block] = {} if last is None else {len(messages) - 1: last}
    for number, position in _places(messages):
        message = changed.get(number) or {**messages[number]}
        content = [*message["content"]]
        content[position] = {**content[position], "cache_control": mark}
        changed[number] = {**message, "content": content}
    return messages.with_changes(changed, more)


def _places(messages: Growing) -> Iterator[Place]:
    spoken = (at for at in range(len(messages) - 1, -1, -1) if messages[at]["role"] == "user")
    last, before = next(spoken, None), next(spoken, None)
    if last is None:
        return
    yield _end_of(messages, last)
    if before is None:
        return
    yield _end_of(messages, before)
    between = [
        (number, position)
        for number in range(before + 1, last + 1)
        for position in range(len(messages[number]["content"]))
    ]
    if len(between) > STRIDE:
        markable = (
            (number, position)
            for number, position in reversed(between[:STRIDE])
            if messages[number]["content"][position]["type"] in _MARKABLE
        )
        yield from [place for place in [next(markable, None)] if place is not None]


def _end_of(messages: Growing, number: int) -> Place:
    return number, len(messages[number]["content"]) - 1
