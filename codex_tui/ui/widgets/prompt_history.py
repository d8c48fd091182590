"""The walk through earlier prompts. Owns the list and the place in it; knows no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PromptHistory:
    """Earlier prompts, newest last, with a cursor that starts behind the newest.

    While one walks, the text of each place visited is kept, so neither the unsent draft nor an
    edit of an old prompt is lost on the way.
    """

    def __init__(self) -> None:
        self._prompts: list[str] = []
        self._drafts: dict[int, str] = {}
        self._index = 0

    @property
    def prompts(self) -> list[str]:
        """A copy of the prompts, newest last."""
        return list(self._prompts)

    def replace(self, prompts: Iterable[str]) -> None:
        """Take over `prompts` (newest last) and go back behind the newest."""
        self._prompts = [prompt for prompt in prompts if prompt.strip()]
        self._rewind()

    def add(self, prompt: str) -> None:
        """Append `prompt` unless it is blank or the newest already, and end the walk."""
        if prompt.strip() and self._prompts[-1:] != [prompt]:
            self._prompts.append(prompt)
        self._rewind()

    def step(self, offset: int, current: str) -> str | None:
        """Leave `current` behind, go `offset` places (-1 is older), and return what stands there.

        Returns None at either end; then nothing moved.
        """
        target = self._index + offset
        if not 0 <= target <= len(self._prompts):
            return None
        self._drafts[self._index] = current
        self._index = target
        if target in self._drafts:
            return self._drafts[target]
        return self._prompts[target]

    def _rewind(self) -> None:
        self._drafts.clear()
        self._index = len(self._prompts)
