"""Blocks stacked on each other: where each begins, how high it is, what it looks like.

Only blocks that are looked at are laid out; the height of the others is an estimate. The stack
knows nothing of a screen: rows count from its top, and a view is a row and a number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.cache import LRUCache

from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.heights import Heights
from codex_tui.ui.widgets.rows import Block, Frame, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual.strip import Strip


LAYOUTS_KEPT = 256


@dataclass(slots=True)
class _Entry:
    """A block where it stands. `gap` rows are blank before it; `exact` once it was laid out."""

    key: int
    block: Block
    gap: int
    expanded: bool = False
    exact: bool = False


class Layout:
    """The rows of a block at the present width, and the strips drawn of them so far."""

    __slots__ = ("rows", "strips")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.strips: dict[int, Strip] = {}


@dataclass(frozen=True, slots=True)
class Anchor:
    """What must not move: the block of `key`, of which `rows_above` rows, `share_above` of its
    height, lie above the top of the view. Rows are negative where the block begins below it.
    """

    key: int
    rows_above: int
    share_above: float


class BlockStack:
    """Blocks with their heights; a key names a block for as long as it is there."""

    def __init__(self, *, width: int) -> None:
        self._fit(width)
        self._entries: list[_Entry] = []
        self._index: dict[int, int] = {}
        self._heights = Heights()
        self._layouts: LRUCache[int, Layout] = LRUCache(LAYOUTS_KEPT)
        self._next_key = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: int) -> bool:
        return key in self._index

    @property
    def keys(self) -> Iterator[int]:
        """The keys of all blocks, from the top."""
        return (entry.key for entry in self._entries)

    @property
    def last_key(self) -> int | None:
        """The key of the last block."""
        return self._entries[-1].key if self._entries else None

    @property
    def height(self) -> int:
        """Rows of all blocks, as far as they are known."""
        return self._heights.total

    # Blocks

    def block(self, key: int) -> Block:
        """Return the block of `key`; raises `KeyError`."""
        return self._entries[self._index[key]].block

    def is_expanded(self, key: int) -> bool:
        """Say whether the block of `key` shows all it has; raises `KeyError`."""
        return self._entries[self._index[key]].expanded

    def insert(self, block: Block, *, after: int | None = None, expanded: bool = False) -> int:
        """Put `block` below the one of key `after`, or at the end, and return its key."""
        index = len(self._entries) if after is None else self._index[after] + 1
        entry = _Entry(self._next_key, block, self._gap(index, block), expanded)
        self._next_key += 1
        self._entries.insert(index, entry)
        self._heights.insert(index, entry.gap + block.estimate(self._frame(entry)))
        if index == len(self._entries) - 1:
            self._index[entry.key] = index
        else:
            self._number()
        return entry.key

    def insert_all(self, blocks: Sequence[tuple[int, Block]]) -> list[int]:
        """Put each block below the one of its key, and below those put there before it; return
        their own keys. One whose place is gone is left out.
        """
        due: dict[int, list[Block]] = {}
        for after, block in blocks:
            due.setdefault(after, []).append(block)
        standing, self._entries, keys = self._entries, [], list[int]()
        heights: list[int] = []
        for index, entry in enumerate(standing):
            self._entries.append(entry)
            heights.append(self._heights[index])
            for block in due.get(entry.key, ()):
                new = _Entry(self._next_key, block, self._gap(len(self._entries), block))
                self._next_key += 1
                self._entries.append(new)
                heights.append(new.gap + block.estimate(self._frame(new)))
                keys.append(new.key)
        self._heights.reset(heights)
        self._number()
        return keys

    def replace(self, key: int, block: Block) -> bool:
        """Put `block` in the place of another; return whether it differs. Raises `KeyError`."""
        index = self._index[key]
        entry = self._entries[index]
        if entry.block == block:
            return False
        entry.block = block
        self._forget(index)
        return True

    def drop(self, keys: Iterable[int]) -> None:
        """Take blocks away; unknown keys are ignored."""
        gone = {key for key in keys if key in self._index}
        if len(gone) == 1 and self._entries[-1].key in gone:
            self._heights.remove(len(self._entries) - 1)
            self._layouts.discard(self._entries.pop().key)
            self._index.pop(gone.pop())
        elif gone:
            stay = [index for index, entry in enumerate(self._entries) if entry.key not in gone]
            self._heights.reset([self._heights[index] for index in stay])
            self._entries = [self._entries[index] for index in stay]
            for key in gone:
                self._layouts.discard(key)
            self._number()
        if self._entries and self._entries[0].gap:
            self._heights[0] -= self._entries[0].gap
            self._entries[0].gap = 0

    def clear(self) -> None:
        """Take all blocks away."""
        self._entries, self._index = [], {}
        self._heights.reset([])
        self._layouts.clear()

    def unfold(self, keys: Iterable[int], *, unfolded: bool) -> None:
        """Let blocks show all they have, or not; raises `KeyError`."""
        heights: dict[int, int] = {}
        for index in [self._index[key] for key in keys]:
            entry = self._entries[index]
            if entry.expanded != unfolded:
                entry.expanded = unfolded
                heights[index] = self._guess(entry)
        self._heights.update(heights)

    def resize(self, width: int) -> None:
        """Lay out for another width from now on."""
        self._fit(width)
        self._heights.reset(self._guess(entry) for entry in self._entries)

    def forget_strips(self) -> None:
        """Keep the layouts and drop what was drawn of them: the colours changed."""
        for key in list(self._layouts.keys()):
            self._layouts[key].strips.clear()

    # Rows

    def key_at(self, row: int) -> int | None:
        """Return the key of the block that holds `row`; None outside of all."""
        if not 0 <= row < self._heights.total:
            return None
        return self._entries[self._heights.find(row)].key

    def keys_between(self, first_row: int, last_row: int | None) -> list[int]:
        """Return the keys of the blocks that hold rows of a range, None for the end of all."""
        first = max(self._heights.find(max(first_row, 0)), 0)
        last = len(self._entries) - 1 if last_row is None else self._heights.find(last_row)
        return [entry.key for entry in self._entries[first : last + 1]]

    def top(self, key: int) -> int:
        """Return the first row of the block, below its gap; raises `KeyError`."""
        index = self._index[key]
        return self._heights.top(index) + self._entries[index].gap

    def layout(self, key: int) -> Layout:
        """Return the block's rows, laid out now if they are not at hand; raises `KeyError`."""
        layout = self._layouts.get(key)
        if layout is None:
            entry = self._entries[self._index[key]]
            layout = self._layouts[key] = Layout(entry.block.layout(self._frame(entry)))
        return layout

    # Views

    def anchor(self, top: int, rows: int) -> Anchor | None:
        """Choose what stays put in a view: the first laid out block in it, or else the topmost."""
        if not self._entries:
            return None
        first = self._heights.find(top)
        last = self._heights.find(top + max(rows - 1, 0))
        chosen = next((i for i in range(first, last + 1) if self._entries[i].exact), first)
        above = top - self._heights.top(chosen)
        share = above / max(self._heights[chosen], 1)
        return Anchor(self._entries[chosen].key, above, share)

    def settle_end(self, rows: int) -> None:
        """Lay out what fills the last `rows` rows."""
        self._settle(range(len(self._entries) - 1, -1, -1), rows)

    def settle_around(self, anchor: Anchor, rows: int) -> int:
        """Lay out what fills a view of `rows` rows around the anchor; return its top row now.

        Raises `KeyError` when the anchor is gone.
        """
        index = self._index[anchor.key]
        known = self._entries[index].exact
        self._measure(index)
        above = anchor.rows_above
        if not known and above > 0:
            height = self._heights[index]
            above = min(int(anchor.share_above * height), height - 1)
        self._settle(range(index - 1, -1, -1), -above)
        self._settle(range(index + 1, len(self._entries)), rows - (self._heights[index] - above))
        return self._heights.top(index) + above

    # Inside

    def _settle(self, indexes: Iterable[int], rows: int) -> None:
        for index in indexes:
            if rows <= 0:
                break
            self._measure(index)
            rows -= self._heights[index]

    def _measure(self, index: int) -> None:
        entry = self._entries[index]
        if not entry.exact:
            self._heights[index] = entry.gap + len(self.layout(entry.key).rows)
            entry.exact = True

    def _forget(self, index: int) -> None:
        self._heights[index] = self._guess(self._entries[index])

    def _guess(self, entry: _Entry) -> int:
        """Drop what was laid out, and return about how high it is with its gap."""
        entry.exact = False
        self._layouts.discard(entry.key)
        return entry.gap + entry.block.estimate(self._frame(entry))

    def _fit(self, width: int) -> None:
        self.width = width
        self._folded = Frame(width=width, symbols=UNICODE)
        self._expanded = Frame(width=width, symbols=UNICODE, expanded=True)

    def _frame(self, entry: _Entry) -> Frame:
        return self._expanded if entry.expanded else self._folded

    def _gap(self, index: int, block: Block) -> int:
        if index == 0 or block.joined:
            return 0
        return 0 if block.compact and self._entries[index - 1].block.compact else 1

    def _number(self) -> None:
        self._index = {entry.key: index for index, entry in enumerate(self._entries)}
