"""The main screen: the one place that calls the session, and the keys that reach everywhere.

Panes post messages up and get method calls down; the bridge shows what the engine reports. A turn
runs in one worker of the group `turn`; leaving ends it and waits until it is settled.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from typing_extensions import override

from codex_tui.agent.context import git_branch
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import EXIT_FAILED, CodexError, ConfigError
from codex_tui.ui import commands
from codex_tui.ui.bridge import Bridge
from codex_tui.ui.model_choice import is_demo, is_usable
from codex_tui.ui.screens.writing import WritingScreen
from codex_tui.ui.status_report import status_report
from codex_tui.ui.welcome import welcome
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import ImagePart
    from codex_tui.ui.panes.approval import ApprovalPane
    from codex_tui.ui.workbench import Memory, Workbench

QUIT_WINDOW_S = 2.0
COPIED = "Sent to the terminal's clipboard."


class MainScreen(WritingScreen):
    """A session on the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "pick_model", "models: choose or switch", id="app.models", priority=True),
        Binding("shift+tab,f3", "next_mode", "next approval mode", id="app.mode", priority=True),
        Binding(
            "ctrl+s",
            "take_fallback",
            "go on with the model offered",
            id="app.fallback",
            priority=True,
        ),
        Binding("ctrl+n", "to_review", "to the waiting review", id="app.review", priority=True),
        Binding("ctrl+o", "toggle_details", "expand or collapse details", id="app.details"),
        Binding("ctrl+t", "toggle_plan", "show or fold the plan", id="app.plan"),
        Binding(
            "ctrl+p", "palette", "palette: everything by name", id="app.palette", priority=True
        ),
        Binding("f1", "show_help", "help: keys and commands", id="app.help", priority=True),
        Binding("pageup", "scroll_chat(-1)", "scroll the chat up", id="chat.up", priority=True),
        Binding(
            "pagedown", "scroll_chat(1)", "scroll the chat down", id="chat.down", priority=True
        ),
        Binding("end", "follow_end", "follow the end of the chat", id="chat.end", priority=True),
        Binding("ctrl+c", "interrupt_or_quit", show=False),
        Binding("escape", "back", show=False),
    ]

    def __init__(
        self,
        workbench: Workbench,
        memory: Memory,
        *,
        first_prompt: str = "",
        images: Sequence[ImagePart] = (),
        demo: bool = False,
        choose: bool = False,
        footer: bool = True,
    ) -> None:
        """Open on the session the workbench gives; `first_prompt` is sent at once, `images` go with
        the first message. With `choose` the list of kept sessions comes first; without `footer` the
        last line names no keys.
        """
        session = workbench.demo_session() if demo else workbench.open_session()
        super().__init__(workbench, memory, session, images=images)
        self.show_footer(shown=footer)
        self._first_prompt = first_prompt
        self._demo = demo
        self._choose = choose
        self._bridge = Bridge(workbench.subscribe(), self)
        self._quit_pressed_at = float("-inf")

    def on_mount(self) -> None:
        """Restore what was not sent, then open the session. Words that were meant for a model are
        not for the demonstration's script.
        """
        self.begin_writing(restore=not self._demo)
        self._serve_events()
        self._workbench.start(self._session)
        for notice in self._memory.notices:
            self._session.notify(notice)
        if is_usable(self._session) and not self._choose:
            self.read_words()
        self.call_after_refresh(self._begin)

    @work(group="start")
    async def _begin(self) -> None:
        """After the first paint: the other panes, a first prompt or a missing model, and the SDK's
        slow import.
        """
        await self.furnish()
        self._begin_with_what_is_asked_for()
        self.read_keys()
        self._warm_up()

    def _begin_with_what_is_asked_for(self) -> None:
        model = self._session.model
        if self._demo:
            self._offer_demo_prompt()
        elif self._choose:
            self.open_sessions()
        elif model is not None and is_demo(self._session):
            self.choose_model(model.ref)  # the script works on its scratch copy only
        elif not is_usable(self._session):
            drafts = (self.composer.draft, self._first_prompt)
            self.composer.draft = "\n\n".join(draft for draft in drafts if draft)
            self.open_picker()
        elif self._first_prompt:
            self.send(self._first_prompt)

    @work(group="events")
    async def _serve_events(self) -> None:
        await self._bridge.run()
        # A fault ended it, and is in the log. A screen that shows nothing new must not stay.
        self.application.exit(
            return_code=EXIT_FAILED,
            message="Something went wrong inside codex-tui; the log has the details.",
        )

    def greet(self) -> None:
        """Show the session from its beginning: what was said before, or a welcome."""
        self.chat.clear()
        self.end_offer()
        self.show_plan(self._session.plan)
        self.set_busy(busy=False)
        self.show_queue(())
        root = self._session.root
        branch = git_branch(root)
        place = self._workbench.place_name(root) + (f" ({branch})" if branch else "")
        self.show_title(place, self._session.title)
        if not self.prepare_past():
            self.chat.show_welcome(welcome(root))

    @override
    def run_command(self, text: str, *, typed: bool = False) -> None:
        """Run a slash command; what was `typed` goes back into the composer when it is refused."""
        try:
            commands.dispatch(self, text)
        except CodexError as error:
            if typed:
                self.composer.give_back(text)
            self.chat.add_notice("error", str(error))

    # -- commands (Host) ----------------------------------------------------------------------

    def choose_mode(self, mode: ApprovalMode) -> None:
        """Set the approval mode."""
        self._session.select_mode(mode)

    def report_status(self) -> None:
        """Show the facts about session, model, gate and files in the chat."""
        facts = status_report(self._session, self._bridge.tally, self._title.place)
        self.chat.add_facts([*facts, *self._workbench.describe(self._session)])

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
            self._session.select_model(*before.models.choice)
        self._session.select_mode(before.mode)
        if before.budget.budget != self._session.budget.budget:
            self._session.budget.set(before.budget.budget)

    def quit(self) -> None:
        """Leave the program."""
        self.application.exit()

    @property
    def kept_session(self) -> str | None:
        """The id to go on with later: something was said, in a folder that will still be there."""
        session = self._session
        return session.place.session if session.messages and not is_demo(session) else None

    async def close_session(self) -> None:
        """Settle the running turn and release the session file."""
        await self._session.close()

    # -- approvals ----------------------------------------------------------------------------

    def on_approval_pane_decided(self, message: ApprovalPane.Decided) -> None:
        """Tell the session."""
        self._session.decide(message.request_id, message.decision)

    def on_approval_pane_left(self) -> None:
        """Give the focus, and the keys behind the last one, to the composer."""
        self.set_focus(self.composer)
        self.approval.hand_on_keys(self.composer)

    # -- keys ---------------------------------------------------------------------------------

    def action_pick_model(self) -> None:
        """Open the picker, or close it again."""
        if self.picker.display:
            self.picker.close()
        else:
            self.open_picker()

    def action_next_mode(self) -> None:
        """Go on to the next approval mode."""
        if self.picker.display or self.palette.display:
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

    def action_toggle_plan(self) -> None:
        """Show all steps of the plan, or the one at hand."""
        if self.plan.has_plan:
            self.plan.toggle()
        else:
            self.notify("There is no plan: the model sets one for work of several steps.")

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
        elif self.sessions.display:
            self.sessions.close()
        elif self.focused is not self.composer:
            self.composer.focus()
        else:
            self.interrupt()

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
        stopped = "Interrupted. " if self.interrupt() else ""
        if self.focused is self.composer and self.composer.text:  # which the next one clears
            self.notify(f"{stopped}What was not read is back in the composer.")
            return
        self._quit_pressed_at = now
        self.notify(f"{stopped}Ctrl+C again quits.", timeout=QUIT_WINDOW_S)

    @on(StatusBar.ModelClicked)
    def _on_model_clicked(self) -> None:
        self.action_pick_model()

    @on(StatusBar.ModeClicked)
    def _on_mode_clicked(self) -> None:
        self.action_next_mode()
