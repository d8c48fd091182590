"""The choice of the model on the main screen: the picker's errands, and what a switch brings along.

Servers are asked and keys are checked in workers, so that the screen stays alive meanwhile.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from textual import work

from codex_tui.protocol.errors import CodexError
from codex_tui.ui.errands import ask_provider, keep_key
from codex_tui.ui.model_choice import ModelChoice, effort_words, is_demo
from codex_tui.ui.screens.spending import SpendingScreen
from codex_tui.ui.widgets.markdown import load_markdown

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.models import Effort, ModelRef
    from codex_tui.ui.panes.providers import ProviderPicker
    from codex_tui.ui.workbench import Memory, Workbench


class ModelScreen(SpendingScreen):
    """A session's screen on which the model can be changed."""

    def __init__(self, workbench: Workbench, memory: Memory, session: AgentSession) -> None:
        super().__init__(workbench, session)
        self._memory = memory
        self._models = ModelChoice(memory)

    @work(group="warm-up")
    async def _warm_up(self) -> None:
        session = self._session
        await asyncio.to_thread(load_markdown)
        await session.models.warm_up()
        gc.freeze()  # an SDK's many objects stay out of later collections, whose pauses show
        await session.models.look_up()

    def open_picker(self) -> None:
        """Drop the picker down, and ask the ready providers what they serve."""
        self.palette.close()
        self.remember_focus()
        self.picker.open(self._models.entries(self._session))
        self._ask_providers()

    @work(group="served", exclusive=True)
    async def _ask_providers(self) -> None:
        session = self._session

        async def show_after(news: Awaitable[None]) -> None:
            await news
            if self.picker.display and self._session is session:
                self.picker.refresh_entries(self._models.entries(session))

        async with asyncio.TaskGroup() as asking:
            asking.create_task(show_after(session.models.load_prices()))
            for status in self._models.unasked(session):
                asking.create_task(show_after(self._models.ask(session, status)))

    def on_provider_picker_chosen(self, message: ProviderPicker.Chosen) -> None:
        """Speak to the model from the next call on."""
        self._use(message.ref, message.effort)

    def _use(self, ref: ModelRef, effort: Effort | None) -> None:
        try:
            self._select(ref, effort)
        except CodexError as error:
            self.chat.add_notice("error", str(error))

    def on_provider_picker_favourite_toggled(
        self, message: ProviderPicker.FavouriteToggled
    ) -> None:
        """Remember it, and sort the list anew."""
        self._memory.toggle_favourite(message.ref)
        self.picker.refresh_entries(self._models.entries(self._session))

    def on_provider_picker_closed(self) -> None:
        """Give the focus back, and the keys typed meanwhile."""
        self.give_focus_back()
        self.picker.hand_on_keys(self.focused or self.composer)

    def on_provider_picker_key_given(self, message: ProviderPicker.KeyGiven) -> None:
        """Have the key checked and kept."""
        self._log_in(message)

    def on_provider_picker_key_withdrawn(self) -> None:
        """Let the key be checked no longer."""
        self.workers.cancel_group(self, "login")  # pyright: ignore[reportUnknownMemberType]

    @work(group="login", exclusive=True)
    async def _log_in(self, given: ProviderPicker.KeyGiven) -> None:
        said = await keep_key(self._workbench, self.picker, given)
        if said is None:
            return
        self.picker.refresh_entries(self._models.entries(self._session))
        if given.ref is not None:
            self._use(given.ref, given.effort)
            self._session.notify(said)
        self.picker.accept_key(said)
        self._ask_providers()

    def on_provider_picker_asked(self, message: ProviderPicker.Asked) -> None:
        """Ask what the provider serves."""
        self._try_provider(message.provider)

    @work(group="asked", exclusive=True)
    async def _try_provider(self, provider: str) -> None:
        if await ask_provider(self._session, self.picker, provider):
            self.picker.refresh_entries(self._models.entries(self._session))

    def choose_model(self, ref: ModelRef) -> None:
        """Switch the model (the `/model` command); raises `ConfigError`."""
        self._select(ref, None)

    def choose_effort(self, effort: Effort | None) -> None:
        """Set how much the model thinks (the `/effort` command), or say what it can be; raises
        `ConfigError`.
        """
        models = self._session.models
        if effort is None:
            self._session.notify(effort_words(models.in_use(), models.effort))
            return
        models.select_effort(effort)
        ref, taken = models.choice
        self.notify(f"Effort is {taken}.")  # the status bar may have no room for it
        self._memory.remember_model(ref, taken)

    def _select(self, ref: ModelRef, effort: Effort | None) -> None:
        """Switch models; to or from the demonstration that means another folder and session."""
        if is_demo(self._session, ref.provider):
            self._replace_session(self._workbench.demo_session())
            self._offer_demo_prompt()
            return
        if is_demo(self._session):
            self._replace_session(self._workbench.new_session())
            if self.composer.draft == self._workbench.demo_prompt:
                self.composer.draft = ""
        self._session.select_model(ref, effort)
        self._memory.remember_model(ref, self._session.effort)
        self._warm_up()

    def _offer_demo_prompt(self) -> None:
        self._session.notify(
            "Demonstration: a script plays the model; tools and edits are real. It works in "
            f"{self._session.root}, a scratch copy that is removed at the end. Press Enter."
        )
        self.composer.draft = self.composer.draft or self._workbench.demo_prompt
