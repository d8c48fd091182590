"""Heights of many things stacked on each other, and where each begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Heights:
    """A Fenwick tree of heights in rows: setting, appending, summing and finding are O(log n);
    inserting and removing inside are O(n).
    """

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights: list[int] = []
        self._tree: list[int] = [0]
        self.total = 0
        self.reset(heights)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def __setitem__(self, index: int, height: int) -> None:
        change = height - self._heights[index]
        if not change:
            return
        self._heights[index] = height
        self.total += change
        node = index + 1
        while node < len(self._tree):
            self._tree[node] += change
            node += node & -node

    def update(self, heights: Mapping[int, int]) -> None:
        """Set the heights of these indexes; many of them cost no more than to start anew."""
        if len(heights) * len(self._heights).bit_length() < len(self._heights):
            for index, height in heights.items():
                self[index] = height
        elif heights:
            self.reset([heights.get(index, each) for index, each in enumerate(self._heights)])

    def reset(self, heights: Iterable[int]) -> None:
        """Start anew with these heights."""
        self._heights = list(heights)
        self.total = sum(self._heights)
        tree = [0, *self._heights]
        for node in range(1, len(tree)):
            parent = node + (node & -node)
            if parent < len(tree):
                tree[parent] += tree[node]
        self._tree = tree

    def append(self, height: int) -> None:
        """Put one more thing below all others."""
        self._heights.append(height)
        self.total += height
        node = len(self._tree)
        step = 1
        value = height
        while step < node & -node:
            value += self._tree[node - step]
            step *= 2
        self._tree.append(value)

    def insert(self, index: int, height: int) -> None:
        """Put a thing before the one at `index`."""
        if index == len(self._heights):
            self.append(height)
        else:
            self.reset([*self._heights[:index], height, *self._heights[index:]])

    def remove(self, index: int) -> None:
        """Take the thing at `index` away."""
        if index == len(self._heights) - 1:
            self.total -= self._heights.pop()
            self._tree.pop()
        else:
            self.reset([*self._heights[:index], *self._heights[index + 1 :]])

    def top(self, index: int) -> int:
        """Return the row at which the thing at `index` begins; `len(self)` asks for the end."""
        rows = 0
        while index:
            rows += self._tree[index]
            index &= index - 1
        return rows

    def find(self, row: int) -> int:
        """Return the index of the thing that holds `row`, clamped to the last (-1 for nothing)."""
        node = 0
        step = 1 << len(self._heights).bit_length()
        while step:
            following = node + step
            if following < len(self._tree) and self._tree[following] <= row:
                node = following
                row -= self._tree[following]
            step >>= 1
        return min(node, len(self._heights) - 1)
