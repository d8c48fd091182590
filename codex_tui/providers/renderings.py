"""What an adapter has rendered of its conversations, so that each message is rendered once.

A request holds the whole conversation, and what is new since the one before is a handful of
messages. Whatever an adapter makes of messages (its transcript) is kept here and fed with the new
ones. That changes nothing of what is sent: a transcript that was fed in portions is the one that
was fed at once, and when the beginning is another (a switch, a compaction, pictures that had to go)
it is made anew. Feeding it decides which results belong to which calls and which pictures are seen.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from codex_tui.protocol.messages import Message
from codex_tui.providers.own_state import remembered
from codex_tui.providers.pairing import paired
from codex_tui.providers.pictures import PictureBudget, PictureWindow, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from codex_tui.providers.base import ModelRequest
    from codex_tui.providers.pairing import Results, Spoken

MAX_KEPT: Final = 3
"""Conversations one adapter keeps: the session's, and what is asked beside it."""


class Transcript(Protocol):
    """A conversation on a wire as it grows."""

    def add(self, message: Spoken, results: Results) -> None:
        """Add a message that is no result, with the results of its calls in call order."""
        ...


T = TypeVar("T", bound=Transcript)


@dataclass(slots=True, eq=False)
class _Kept(Generic[T]):
    """A transcript and the messages it was made of. `whole`: no call in it waits for a result, so
    that whatever comes next stands behind all that is there.
    """

    key: Hashable
    window: PictureWindow
    transcript: T
    source: tuple[Message, ...] = ()
    whole: bool = True

    def continues_to(self, key: Hashable, messages: tuple[Message, ...]) -> bool:
        """Say whether `messages` go on where this one ended."""
        count = len(self.source)
        return self.whole and self.key == key and messages[:count] == self.source

    def feed(self, request: ModelRequest, *, sees_images: bool) -> bool:
        """Add what is new in the request; False when that is no addition, because pictures of what
        is there already have to go.
        """
        start, shown_from = len(self.source), self.window.first
        new = remembered(request)[start:]
        for message in new:
            self.window.take(message)
        if start and self.window.first != shown_from:
            return False
        told = [
            shown(message, sees_images=sees_images, gone=start + place < self.window.first)
            for place, message in enumerate(new)
        ]
        for message, results in paired(told):
            self.transcript.add(message, results)
            self.whole = self.whole and None not in results
        self.source = request.messages
        return True


class Renderings(Generic[T]):
    """The transcripts of one adapter; renderings may run in several threads."""

    def __init__(self, budget: PictureBudget) -> None:
        self._budget = budget
        self._kept: deque[_Kept[T]] = deque(maxlen=MAX_KEPT)
        self._lock = threading.Lock()

    @contextmanager
    def of(
        self,
        request: ModelRequest,
        make: Callable[[], T],
        *,
        sees_images: bool,
        differing: Hashable = None,
    ) -> Generator[T]:
        """Give out the transcript of the request's messages, to be read before the block ends.

        `make` begins one. `differing` is what it depends on besides the endpoint, the model and
        what was learned of both.
        """
        learned = frozenset(request.learned.items())
        key = (request.session, request.model, sees_images, learned, differing)
        with self._lock:
            kept = self._take(key, request.messages)
            if kept is None or not kept.feed(request, sees_images=sees_images):
                kept = _Kept(key, PictureWindow(self._budget), make())
                kept.feed(request, sees_images=sees_images)
            yield kept.transcript
            self._kept.append(kept)

    def _take(self, key: Hashable, messages: tuple[Message, ...]) -> _Kept[T] | None:
        """Take out the longest transcript that `messages` go on from."""
        fitting = (each for each in self._kept if each.continues_to(key, messages))
        kept = max(fitting, key=lambda each: len(each.source), default=None)
        if kept is not None:
            self._kept.remove(kept)
        return kept
