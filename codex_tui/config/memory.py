"""What is remembered of the user between starts, as front ends use it: it never raises.

A disk that refuses costs the memory, not the work: the refusal is logged and the choice holds for
as long as the program runs.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.config.history import History
    from codex_tui.config.state import StateFile
    from codex_tui.protocol.models import Effort, ModelRef

log = logging.getLogger(__name__)


class UserMemory:
    """Recent models, favourites, prompts and the draft."""

    def __init__(self, state: StateFile, history: History) -> None:
        self._state = state
        self._history = history

    @property
    def recent_models(self) -> Sequence[ModelRef]:
        """Models by last use, newest first."""
        return self._state.state.recent

    @property
    def favourite_models(self) -> Sequence[ModelRef]:
        """Models marked by the user."""
        return self._state.state.favourites

    @property
    def prompts(self) -> Sequence[str]:
        """Earlier prompts, newest last."""
        try:
            return self._history.load()
        except OSError as error:
            log.warning("prompts of earlier sessions cannot be read: %s", error)
            return ()

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the prompts, once they were read."""
        return self._history.notices

    def remember_model(self, ref: ModelRef, effort: Effort | None) -> None:
        """Note a choice."""
        try:
            self._state.remember_model(ref, effort)
        except ConfigError as error:
            log.warning("%s", error)

    def toggle_favourite(self, ref: ModelRef) -> None:
        """Mark or unmark a model."""
        try:
            self._state.toggle_favourite(ref)
        except ConfigError as error:
            log.warning("%s", error)

    def remember_prompt(self, text: str) -> None:
        """Note a prompt."""
        try:
            self._history.add(text)
        except OSError as error:
            log.warning("the prompt is not remembered: %s", error)

    def take_draft(self) -> str:
        """Return words that were not sent, by a program that runs no more; they are ours now."""
        try:
            return self._history.drafts.take()
        except OSError as error:
            log.warning("the draft of last time cannot be read: %s", error)
            return ""

    def keep_draft(self, text: str) -> None:
        """Keep what is being written, blank once it was sent; may be called from a thread."""
        try:
            self._history.drafts.keep(text)
        except OSError as error:
            log.warning("the draft is not kept: %s", error)

    def leave_draft(self, text: str) -> None:
        """Leave words that were not sent to the next start; nothing is kept after that."""
        try:
            self._history.drafts.leave(text)
        except OSError as error:
            log.warning("the draft is not kept: %s", error)
