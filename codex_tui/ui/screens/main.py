"""The main screen: the one place that calls the session, and the keys that reach everywhere.

Panes post messages up and get method calls down; the bridge shows what the engine reports. A turn
runs in one worker of the group `turn`; leaving ends it and waits until it is settled.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType

from codex_tui.agent.context import git_branch
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import EXIT_FAILED, CodexError, ConfigError
from codex_tui.ui import commands
from codex_tui.ui.bridge import Bridge
from codex_tui.ui.model_choice import ModelChoice, is_demo, is_usable
from codex_tui.ui.panes.approval import ApprovalPane
from codex_tui.ui.panes.providers import ProviderPicker
from codex_tui.ui.replay import replay
from codex_tui.ui.screens.frame import Frame
from codex_tui.ui.screens.help import HelpScreen
from codex_tui.ui.welcome import welcome
from codex_tui.ui.widgets.completion import CommandItem
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.models import Effort, ModelRef
    from codex_tui.ui.workbench import Memory, Workbench

QUIT_WINDOW_S = 2.0
COPIED = "Sent to the terminal's clipboard."


class MainScreen(Frame):
    """A session on the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "pick_model", "models: choose or switch", id="app.models"),
        Binding("shift+tab,f3", "next_mode", "next approval mode", id="app.mode", priority=True),
        Binding("ctrl+n", "to_review", "to the waiting review", id="app.review", priority=True),
        Binding("ctrl+o", "toggle_details", "expand or collapse details", id="app.details"),
        Binding("f1", "show_help", "this help", id="app.help"),
        Binding("pageup", "scroll_chat(-1)", "scroll the chat up", id="chat.up", priority=True),
        Binding(
            "pagedown", "scroll_chat(1)", "scroll the chat down", id="chat.down", priority=True
        ),
        Binding("end", "follow_end", "follow the end of the chat", id="chat.end", priority=True),
        Binding("ctrl+c", "interrupt_or_quit", show=False),
        Binding("escape", "back", show=False),
    ]

    def __init__(
        self, workbench: Workbench, memory: Memory, *, first_prompt: str = "", demo: bool = False
    ) -> None:
        """Open on the session the workbench gives; `first_prompt` is sent at once."""
        super().__init__()
        self._workbench = workbench
        self._memory = memory
        self._first_prompt = first_prompt
        self._demo = demo
        self._session = workbench.demo_session() if demo else workbench.open_session()
        self._bridge = Bridge(workbench.subscribe(), self)
        self._models = ModelChoice(memory)
        self._quit_pressed_at = float("-inf")

    def on_mount(self) -> None:
        """Restore what was not sent, then open the session."""
        self.composer.commands = [
            CommandItem(name=each.name, summary=each.summary) for each in commands.COMMANDS
        ]
        self.composer.prompt_history = list(self._memory.prompts)
        self.composer.draft = self._memory.take_draft()
        self._serve_events()
        self._workbench.start(self._session)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first paint: a first prompt or a missing model, and the SDK's slow import."""
        model = self._session.model
        if self._demo:
            self._offer_demo_prompt()
        elif model is not None and is_demo(self._session):
            self.choose_model(model.ref)  # the script works on its scratch copy only
        elif not is_usable(self._session):
            drafts = (self.composer.draft, self._first_prompt)
            self.composer.draft = "\n\n".join(draft for draft in drafts if draft)
            self.open_picker()
        elif self._first_prompt:
            self._submit(self._first_prompt)
        self._warm_up()

    @work(group="events")
    async def _serve_events(self) -> None:
        await self._bridge.run()
        # A fault ended it, and is in the log. A screen that shows nothing new must not stay.
        self.application.exit(
            return_code=EXIT_FAILED,
            message="Something went wrong inside codex-tui; the log has the details.",
        )

    @work(group="warm-up")
    async def _warm_up(self) -> None:
        await self._session.warm_up()
        gc.freeze()  # an SDK's many objects stay out of later collections, whose pauses show

    def greet(self) -> None:
        """Show the session from its beginning: what was said before, or a welcome."""
        self.chat.clear()
        self.set_busy(busy=False)
        self.show_queue(())
        root = self._session.root
        branch = git_branch(root)
        self.show_title(self._workbench.place_name(root) + (f" ({branch})" if branch else ""))
        if self._session.messages:
            replay(self._session.messages, self.chat, self._session.title_of)
        else:
            self.chat.show_welcome(welcome(root))

    # -- turns --------------------------------------------------------------------------------

    @on(Composer.Submitted)
    def _on_submitted(self, message: Composer.Submitted) -> None:
        if commands.is_command(message.text):
            self._run_command(message.text)
        else:
            self._memory.remember_prompt(message.text)
            self._submit(message.text)

    @on(Composer.Queued)
    def _on_queued(self, message: Composer.Queued) -> None:
        self._memory.remember_prompt(message.text)
        if self._session.busy:
            self._session.queue(message.text)
        else:
            self._submit(message.text)

    @on(Composer.TakeBackRequested)
    def _on_take_back(self) -> None:
        text = self._session.take_back()
        if text is not None:
            self.composer.give_back(text)

    def _submit(self, text: str) -> None:
        """Start a turn, or steer the one that runs; without a usable model the words stay."""
        if self._session.busy:
            self._session.steer(text)
        elif is_usable(self._session):
            self.chat.follow_end()
            self._run_turn(text)
        else:
            self.composer.give_back(text)
            self.open_picker()

    @work(group="turn")
    async def _run_turn(self, text: str) -> None:
        await self._session.submit(text)

    def _run_command(self, text: str) -> None:
        try:
            commands.dispatch(self, text)
        except CodexError as error:
            self.composer.give_back(text)
            self.chat.add_notice("error", str(error))

    # -- models -------------------------------------------------------------------------------

    def open_picker(self) -> None:
        """Drop the picker down, and ask the ready providers what they serve."""
        self.remember_focus()
        self.picker.open(self._models.entries(self._session))
        self._ask_providers()

    @work(group="served", exclusive=True)
    async def _ask_providers(self) -> None:
        for status in self._models.unasked(self._session):
            await self._models.ask(self._session, status)
            if self.picker.display:
                self.picker.refresh_entries(self._models.entries(self._session))

    @on(ProviderPicker.Chosen)
    def _on_chosen(self, message: ProviderPicker.Chosen) -> None:
        try:
            self._select(message.ref, message.effort)
        except CodexError as error:
            self.chat.add_notice("error", str(error))

    @on(ProviderPicker.FavouriteToggled)
    def _on_favourite(self, message: ProviderPicker.FavouriteToggled) -> None:
        self._memory.toggle_favourite(message.ref)
        self.picker.refresh_entries(self._models.entries(self._session))

    @on(ProviderPicker.Closed)
    def _on_picker_closed(self) -> None:
        self.give_focus_back()

    def choose_model(self, ref: ModelRef) -> None:
        """Switch the model (the `/model` command); raises `ConfigError`."""
        self._select(ref, None)

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

    # -- commands (Host) ----------------------------------------------------------------------

    def choose_mode(self, mode: ApprovalMode) -> None:
        """Set the approval mode."""
        self._session.select_mode(mode)

    def show_help(self) -> None:
        """Cover the screen with keys and commands."""
        self.application.push_screen(HelpScreen(self.BINDINGS))

    def copy_answer(self) -> None:
        """Put the last answer's markdown on the clipboard; raises `ConfigError`: there is none."""
        if not self.chat.last_answer:
            raise ConfigError("There is no answer to copy yet.")
        self.application.copy_to_clipboard(self.chat.last_answer)
        self.notify(COPIED)

    def start_afresh(self) -> None:
        """Begin a new conversation in the same workspace with the same model."""
        before = self._session
        if is_demo(before):
            self._replace_session(self._workbench.demo_session())
            self._offer_demo_prompt()
            return
        self._replace_session(self._workbench.new_session())
        if before.model is not None:
            self._session.select_model(before.model.ref, before.effort)
        self._session.select_mode(before.mode)

    def quit(self) -> None:
        """Leave the program."""
        self.application.exit()

    def keep_draft(self) -> None:
        """Keep words that were not sent for the next start, unless the demonstration wrote them."""
        draft = self.composer.draft
        offered = is_demo(self._session) and draft == self._workbench.demo_prompt
        self._memory.keep_draft("" if offered else draft)

    @property
    def kept_session(self) -> str | None:
        """The id to go on with later: something was said, in a folder that will still be there."""
        session = self._session
        return session.place.session if session.messages and not is_demo(session) else None

    def _replace_session(self, session: AgentSession) -> None:
        self._close(self._session)
        self._session = session
        self._workbench.start(session)

    @work(group="closing")
    async def _close(self, session: AgentSession) -> None:
        await session.close()

    async def close_session(self) -> None:
        """Settle the running turn and release the session file."""
        await self._session.close()

    # -- approvals ----------------------------------------------------------------------------

    @on(ApprovalPane.Decided)
    def _on_decided(self, message: ApprovalPane.Decided) -> None:
        self._session.decide(message.request_id, message.decision)

    @on(ApprovalPane.Left)
    def _on_left(self) -> None:
        self.composer.focus()

    # -- keys ---------------------------------------------------------------------------------

    def action_pick_model(self) -> None:
        """Open the picker, or close it again."""
        if self.picker.display:
            self.picker.close()
        else:
            self.open_picker()

    def action_next_mode(self) -> None:
        """Go on to the next approval mode."""
        if self.picker.display:
            raise SkipAction
        modes = list(ApprovalMode)
        self.choose_mode(modes[(modes.index(self._session.mode) + 1) % len(modes)])

    def action_to_review(self) -> None:
        """Focus what waits for a decision."""
        if not self.approval.active:
            raise SkipAction
        self.approval.focus()

    def action_toggle_details(self) -> None:
        """Expand or collapse thinking and tool output."""
        self.chat.toggle_details()

    def action_show_help(self) -> None:
        """Show keys and commands."""
        self.show_help()

    def action_scroll_chat(self, pages: int) -> None:
        """Scroll the chat while the composer has the focus."""
        if self.focused is not self.composer:
            raise SkipAction
        self.chat.page(pages)

    def action_follow_end(self) -> None:
        """Follow the chat's end, unless End has a meaning in the text."""
        if self.focused is not self.composer or self.composer.text:
            raise SkipAction
        self.chat.follow_end()

    @on(Composer.EscapePressed)
    def action_back(self) -> None:
        """Close what is open, else return to the composer, else interrupt."""
        if self.picker.display:
            self.picker.close()
        elif self.focused is not self.composer:
            self.composer.focus()
        else:
            self._session.interrupt()

    @on(Composer.InterruptOrQuit)
    def action_interrupt_or_quit(self) -> None:
        """Copy a selection; else interrupt and say so; twice in a row quits."""
        selected = self.get_selected_text()
        if selected:
            self.application.copy_to_clipboard(selected)
            self.clear_selection()
            self.notify(COPIED)
            return
        now = time.monotonic()
        if now - self._quit_pressed_at < QUIT_WINDOW_S:
            self.quit()
            return
        self._quit_pressed_at = now
        stopped = "Interrupted. " if self._session.interrupt() else ""
        self.notify(f"{stopped}Ctrl+C again quits.", timeout=QUIT_WINDOW_S)

    @on(StatusBar.ModelClicked)
    def _on_model_clicked(self) -> None:
        self.action_pick_model()

    @on(StatusBar.ModeClicked)
    def _on_mode_clicked(self) -> None:
        self.action_next_mode()
