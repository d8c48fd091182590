"""The user's words on their way into a turn, with what goes along: the pictures they name, the
files a model without tools is told, the surroundings before the first of them.

What cannot go along is explained to the user; the words go without it. What follows from the words
is the turn's business.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.attachments import Attached
from codex_tui.agent.context import surroundings
from codex_tui.agent.file_words import counted, recent_file
from codex_tui.protocol.events import UserSpoke
from codex_tui.protocol.messages import NoticeMessage, UserMessage

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable
    from pathlib import Path

    from codex_tui.agent.attachments import Attachments
    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.input_queue import InputQueue
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.agent.turn_log import TurnLog
    from codex_tui.protocol.ids import Place


class Hearing:
    """Hears the user of one session. `waiting` are the words that steer a running turn; `now` is
    the local time.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        root: Path,
        models: SessionModels,
        attachments: Attachments,
        waiting: InputQueue,
        now: Callable[[], datetime.datetime],
    ) -> None:
        self._conversation = conversation
        self._history = conversation.history
        self._root = root
        self._models = models
        self._attachments = attachments
        self._waiting = waiting
        self._now = now

    async def take(self, words: UserMessage, log: TurnLog, place: Place, aside: str) -> None:
        """Put the words that begin a turn into the conversation, and `aside` before them; an
        interrupt meanwhile loses no word.
        """
        try:
            words = await self._hear(words, place)
            if not any(isinstance(each, NoticeMessage) for each in self._history.messages):
                facts = await asyncio.to_thread(surroundings, self._root, self._now().date())
                log.add(NoticeMessage(text=facts), place)
        finally:
            if aside:
                log.add(NoticeMessage(text=aside), place)
            log.add(words, place)

    async def next_steering(self) -> UserMessage | None:
        """Take what the running turn reads next, with the pictures it names; until they are read it
        can be taken back, and an interrupt leaves it where it is.
        """
        while (words := self._waiting.next_steering) is not None:
            attached = await self._attach(words)
            if self._waiting.take_steering(words):
                self._tell_of(attached)
                return replace(words, images=attached.images, files=attached.files)
        return None

    async def _hear(self, words: UserMessage, place: Place) -> UserMessage:
        """Return the words with the pictures they name, and announce them."""
        attached = Attached(images=words.images)
        try:
            attached = await self._attach(words)
        finally:
            words = replace(words, images=attached.images, files=attached.files)
            spoken = UserSpoke(place=place, text=words.text, images=words.image_labels)
            self._conversation.sink.publish(spoken)
        self._tell_of(attached)
        return words

    async def _attach(self, words: UserMessage) -> Attached:
        """Find what goes with the words: pictures, and files for a model that can read none."""
        attached = await self._attachments.of(words.text, words.images)
        model = self._models.chosen
        if model is None or model.tools is not False:
            return attached
        recent = recent_file(self._history.messages)
        return await self._attachments.with_files(attached, words.text, recent)

    def _tell_of(self, attached: Attached) -> None:
        """Say what goes along besides pictures, what does not, and what a model without eyes is
        only told of.
        """
        for problem in attached.problems:
            self._conversation.warn(problem)
        for file in attached.files:
            if file.text is not None:
                self._conversation.notify(f"{file.path} goes along: {counted(file.text)}.")
        model = self._models.chosen
        if attached.images and model is not None and model.image_input is False:
            self._conversation.warn(f"{model.ref} cannot see pictures; it is told their names.")
