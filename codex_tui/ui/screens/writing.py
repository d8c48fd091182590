"""What the user writes on the main screen: sent, queued, taken back, kept for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from typing_extensions import override

from codex_tui.ui import commands
from codex_tui.ui.draft_keeper import DraftKeeper
from codex_tui.ui.model_choice import is_demo, is_usable
from codex_tui.ui.screens.branching import BranchingScreen
from codex_tui.ui.widgets.completion import CommandItem
from codex_tui.ui.widgets.composer import Composer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.messages import ImagePart
    from codex_tui.ui.workbench import Memory, Workbench


class WritingScreen(BranchingScreen):
    """A session's screen with a composer that reaches the model."""

    def __init__(
        self,
        workbench: Workbench,
        memory: Memory,
        session: AgentSession,
        *,
        images: Sequence[ImagePart] = (),
    ) -> None:
        """`images` go with the first message."""
        super().__init__(workbench, memory, session)
        self._pictures = list(images)
        self._drafts = DraftKeeper(self._unsent, memory.keep_draft)

    def begin_writing(self, *, restore: bool) -> None:
        """Follow what is written; with `restore` what was not sent last time comes first."""
        self.composer.commands = [
            CommandItem(name=each.name, summary=each.summary) for each in commands.COMMANDS
        ]
        self.composer.prompt_history = list(self._memory.prompts)
        if restore:
            self.composer.give_back(self._memory.take_draft())
        self._show_attached()
        self._follow_draft()

    # -- turns --------------------------------------------------------------------------------

    @on(Composer.Submitted)
    def _on_submitted(self, message: Composer.Submitted) -> None:
        self.sessions.close()
        if commands.is_command(message.text):
            self.run_command(message.text, typed=True)
        else:
            self._memory.remember_prompt(message.text)
            self.send(message.text)
        if message.holds_keys and not self._finding:
            self.composer.hand_on_keys(self.reader)

    @on(Composer.SentNothing)
    def _on_sent_nothing(self) -> None:
        self._session.try_now()

    @on(Composer.Queued)
    def _on_queued(self, message: Composer.Queued) -> None:
        self._memory.remember_prompt(message.text)
        if self._session.busy:
            self._session.queue(message.text, self._take_attached())
        else:
            self.send(message.text)

    @on(Composer.TakeBackRequested)
    def _on_take_back(self) -> None:
        words = self._session.take_back()
        if words is not None:
            self.composer.give_back(words.text)
            self._pictures[:0] = words.images
            self._show_attached()

    def interrupt(self) -> bool:
        """Stop what runs, False when nothing does. What it has not read yet stands in the composer
        again: it was meant for this turn. What is queued waits on.
        """
        self._take_back_all(queued=False)
        return self._session.interrupt()

    @override
    def _replace_session(self, session: AgentSession) -> None:
        self._take_back_all()
        super()._replace_session(session)

    def _take_back_all(self, *, queued: bool = True) -> None:
        words = self._session.take_back_all(queued=queued)
        if words:
            drafts = (*(each.text for each in words), self.composer.draft)
            self.composer.draft = "\n\n".join(filter(str.strip, drafts))
            self._pictures[:0] = [image for each in words for image in each.images]
            self._show_attached()

    @on(Composer.DetachRequested)
    def _on_detach(self) -> None:
        if self._pictures:
            self._pictures.pop()
            self._show_attached()

    def _take_attached(self) -> tuple[ImagePart, ...]:
        """Return the pictures that wait for the next message, and forget them."""
        images = tuple(self._pictures)
        self._pictures.clear()
        self._show_attached()
        return images

    def _show_attached(self) -> None:
        self.show_attached(tuple(image.label for image in self._pictures))

    def send(self, text: str) -> None:
        """Start a turn, or steer the one that runs; without a usable model the words stay."""
        if self._session.busy:
            self._session.steer(text, self._take_attached())
        elif is_usable(self._session):
            self.chat.follow_end()
            self._run_turn(text, self._take_attached())
        else:
            self.composer.give_back(text)
            self.open_picker()

    @work(group="turn")
    async def _run_turn(self, text: str, images: tuple[ImagePart, ...]) -> None:
        await self._session.submit(text, images)

    def keep_draft(self) -> None:
        """Leave words that were not sent, or not read, to the next start."""
        waiting = (each.text for each in self._session.take_back_all())
        self._memory.leave_draft("\n\n".join(filter(str.strip, (*waiting, self._unsent()))))

    def _unsent(self) -> str:
        """Return what the user wrote and did not send: not what the demonstration offers."""
        draft = self.composer.draft
        offered = is_demo(self._session) and draft == self._workbench.demo_prompt
        return "" if offered else draft

    @on(Composer.Changed)
    def _on_draft_changed(self) -> None:
        self._drafts.note_change(emptied=not self.composer.text)

    @work(group="draft")
    async def _follow_draft(self) -> None:
        await self._drafts.run()
