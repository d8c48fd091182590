"""The main screen: chat, review and picker around one composer, and the keys that reach everywhere.

It holds the session and is the only place that calls it; panes post messages up and get method
calls down. A turn runs in one worker of the group `turn`; quitting ends it and waits until it is
settled.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from codex_tui.agent.context import git_branch
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import CodexError
from codex_tui.ui import commands
from codex_tui.ui.bridge import Bridge
from codex_tui.ui.panes.approval import ApprovalPane
from codex_tui.ui.panes.chat import ChatPane
from codex_tui.ui.panes.providers import PickerEntries, ProviderPicker
from codex_tui.ui.replay import replay
from codex_tui.ui.screens.help import HelpScreen
from codex_tui.ui.welcome import welcome
from codex_tui.ui.widgets.completion import CommandItem
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import Status, StatusBar

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.approvals import ApprovalRequest
    from codex_tui.protocol.ids import RequestId
    from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
    from codex_tui.ui.workbench import Memory, Workbench

WIDE_COLUMNS = 100
COMPACT_SIZE = (60, 15)
SMALLEST_SIZE = (20, 6)
QUIT_WINDOW_S = 2.0
SCRIPTED = "scripted"

GLOBAL_KEYS = (
    ("Ctrl+L", "models: choose or switch"),
    ("Shift+Tab, F3", "next approval mode"),
    ("Ctrl+N", "to the waiting review"),
    ("Ctrl+O", "expand or collapse thinking and tool output"),
    ("PgUp / PgDn, End", "scroll the chat; follow its end (End in an empty composer)"),
    ("F1", "this help"),
)


class MainScreen(Screen[None]):
    """Chat, review, picker, composer, status bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "pick_model", "models", id="app.models"),
        Binding("shift+tab,f3", "next_mode", "mode", id="app.mode", priority=True),
        Binding("ctrl+n", "to_review", "review", id="app.review", priority=True),
        Binding("ctrl+o", "toggle_details", "details", id="app.details"),
        Binding("f1", "show_help", "help", id="app.help"),
        Binding("pageup", "scroll_chat(-1)", show=False, priority=True),
        Binding("pagedown", "scroll_chat(1)", show=False, priority=True),
        Binding("end", "follow_end", show=False, priority=True),
        Binding("ctrl+c", "interrupt_or_quit", show=False),
        Binding("escape", "back", show=False),
    ]

    size_class: reactive[str] = reactive("")

    def __init__(
        self,
        workbench: Workbench,
        memory: Memory,
        *,
        first_prompt: str = "",
        demo: bool = False,
    ) -> None:
        """Open on the session the workbench gives; `first_prompt` is sent at once."""
        super().__init__()
        self.chat = ChatPane(id="chat")
        self._workbench = workbench
        self._memory = memory
        self._first_prompt = first_prompt
        self._start_demo = demo
        self._session = workbench.demo_session() if demo else workbench.open_session()
        self._bridge = Bridge(workbench.subscribe(), self)
        self._served: dict[str, tuple[ModelInfo, ...]] = {}
        self._quit_pressed_at = float("-inf")

    def compose(self) -> ComposeResult:
        """The frame; everything that grows is virtual inside it."""
        with Container(id="frame"):
            yield Static(id="title")
            with Horizontal(id="panes"):
                yield self.chat
                yield ApprovalPane(id="approval")
            yield ProviderPicker(id="picker")
            with Vertical(id="prompt"):
                yield Static(id="waiting")
                yield Composer(id="composer")
            yield StatusBar(id="status")
        yield Static("codex-tui needs a larger window", id="too-small")

    @property
    def composer(self) -> Composer:
        """Where the user writes."""
        return self.query_one(Composer)

    @property
    def approval(self) -> ApprovalPane:
        """Where the user decides."""
        return self.query_one(ApprovalPane)

    @property
    def picker(self) -> ProviderPicker:
        """Where the user chooses a model."""
        return self.query_one(ProviderPicker)

    def on_mount(self) -> None:
        """Restore what was not sent, then open the session."""
        self.composer.commands = [
            CommandItem(name=each.name, summary=each.summary) for each in commands.COMMANDS
        ]
        self.composer.prompt_history = list(self._memory.prompts)
        self.composer.draft = self._memory.take_draft()
        self.composer.focus()
        self._serve_events()
        self._workbench.start(self._session)
        self._fit(*self.app.size)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first paint: a first prompt, a missing model, the SDK's slow import."""
        if self._start_demo:
            self._offer_demo_prompt()
        elif not self._usable():
            self.open_picker()
        elif self._first_prompt:
            self._submit(self._first_prompt)
        self._warm_up()

    def _usable(self) -> bool:
        """The chosen model's provider has what it needs."""
        model = self._session.model
        return model is not None and any(
            status.ready and status.name == model.ref.provider
            for status in self._session.provider_statuses()
        )

    @work(group="events")
    async def _serve_events(self) -> None:
        await self._bridge.run()

    @work(group="warm-up")
    async def _warm_up(self) -> None:
        await self._session.warm_up()

    # -- what the bridge calls ----------------------------------------------------------------

    def greet(self) -> None:
        """Show a session from its beginning: what was said before, or a welcome."""
        self.chat.clear()
        root = self._session.root
        branch = git_branch(root)
        place = f"{self._workbench.place_name(root)}{f' ({branch})' if branch else ''}"
        self.query_one("#title", Static).update(
            Content.assemble((" codex-tui ", "bold $muted"), (one_line(place, 400), "$faint"))
        )
        if self._session.messages:
            replay(self._session.messages, self.chat)
        else:
            self.chat.show_welcome(welcome(root))

    def review(self, request: ApprovalRequest) -> None:
        """Show a request; it takes the focus only when nothing is being written."""
        self.approval.show(request)
        self._lay_out()
        if not self.composer.draft and not self.picker.display:
            self.approval.focus()

    def settle_review(self, request_id: RequestId) -> None:
        """Remove a settled request and give the focus back."""
        self.approval.settle_request(request_id)
        self._lay_out()
        if not self.approval.active and not self.picker.display:
            self.composer.focus()

    def set_busy(self, *, busy: bool) -> None:
        """A turn runs, or none."""
        self.chat.busy = busy
        self.composer.busy = busy

    def show_queue(self, waiting: tuple[str, ...]) -> None:
        """One line above the composer for what no model has read yet."""
        self.composer.has_queued = bool(waiting)
        line = self.query_one("#waiting", Static)
        line.display = bool(waiting)
        if waiting:
            more = f"  (+{len(waiting) - 1} more)" if len(waiting) > 1 else ""
            line.update(
                Content.styled(
                    f"  waiting: {one_line(waiting[-1], 60)}{more} · Up takes it back", "$muted"
                )
            )

    def show_status(self, status: Status) -> None:
        """Update the status bar."""
        self.query_one(StatusBar).update_status(status)

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
            self.composer.draft = text

    def _submit(self, text: str) -> None:
        """Start a turn, or steer the one that runs; without a usable model the words stay."""
        if self._session.busy:
            self._session.steer(text)
        elif self._usable():
            self.chat.follow_end()
            self._run_turn(text)
        else:
            self.composer.draft = text
            self.open_picker()

    @work(group="turn")
    async def _run_turn(self, text: str) -> None:
        await self._session.submit(text)

    def _run_command(self, text: str) -> None:
        try:
            commands.dispatch(self, text)
        except CodexError as error:
            self.composer.draft = text
            self.chat.add_notice("error", str(error))

    # -- models -------------------------------------------------------------------------------

    def open_picker(self) -> None:
        """Drop the picker down, and ask the ready providers what they serve."""
        self.picker.open(self._entries())
        self._ask_providers()

    def _entries(self) -> PickerEntries:
        session = self._session
        known = {info.ref: info for info in session.list_models()}
        for models in self._served.values():
            known.update({info.ref: known.get(info.ref, info) for info in models})
        current = session.model.ref if session.model else None
        return PickerEntries(
            models=tuple(known.values()),
            providers=session.provider_statuses(),
            current=current,
            effort=session.effort,
            recent=tuple(self._memory.recent_models),
            favourites=tuple(self._memory.favourite_models),
            first_run=not any(
                status.ready and not self._is_demo(status.name)
                for status in session.provider_statuses()
            ),
        )

    @work(group="served", exclusive=True)
    async def _ask_providers(self) -> None:
        for status in self._session.provider_statuses():
            if not status.ready or status.name in self._served:
                continue
            try:
                self._served[status.name] = await self._session.list_served_models(status.name)
            except CodexError as error:
                self.log(f"{status.name} does not list its models: {error}")
                continue
            if self.picker.display:
                self.picker.refresh_entries(self._entries())

    @on(ProviderPicker.Chosen)
    def _on_chosen(self, message: ProviderPicker.Chosen) -> None:
        try:
            self._select(message.ref, message.effort)
        except CodexError as error:
            self.chat.add_notice("error", str(error))
        self._close_picker()

    @on(ProviderPicker.FavouriteToggled)
    def _on_favourite(self, message: ProviderPicker.FavouriteToggled) -> None:
        self._memory.toggle_favourite(message.ref)
        self.picker.refresh_entries(self._entries())

    @on(ProviderPicker.Closed)
    def _close_picker(self) -> None:
        self.picker.close()
        (
            self.approval if self.approval.active and not self.composer.draft else self.composer
        ).focus()

    def choose_model(self, ref: ModelRef) -> None:
        """Switch the model (the `/model` command); raises `ConfigError`."""
        self._select(ref, None)

    def _select(self, ref: ModelRef, effort: Effort | None) -> None:
        """Switch models; to or from the demonstration that means another folder and session."""
        if self._is_demo(ref.provider):
            self._replace_session(self._workbench.demo_session())
            self._offer_demo_prompt()
            return
        if self._session.model is not None and self._is_demo(self._session.model.ref.provider):
            self._replace_session(self._workbench.new_session())
        self._session.select_model(ref, effort)
        self._memory.remember_model(ref, self._session.effort)
        self._warm_up()

    def _is_demo(self, provider: str) -> bool:
        return self._session.speaks(provider) == SCRIPTED

    def _offer_demo_prompt(self) -> None:
        self._session.notify(
            "Demonstration: a script plays the model, tools and edits are real. It works in "
            f"{self._session.root}, a scratch copy that is removed at the end. Press Enter.",
        )
        self.composer.draft = self._workbench.demo_prompt

    # -- commands (Host) ----------------------------------------------------------------------

    def choose_mode(self, mode: ApprovalMode) -> None:
        """Set the approval mode."""
        self._session.select_mode(mode)

    def show_help(self) -> None:
        """Cover the screen with keys and commands."""
        self.app.push_screen(HelpScreen(GLOBAL_KEYS))

    def start_afresh(self) -> None:
        """Begin a new conversation in the same workspace with the same model."""
        demo = self._session.model is not None and self._is_demo(self._session.model.ref.provider)
        workbench = self._workbench
        self._replace_session(workbench.demo_session() if demo else workbench.new_session())
        if demo:
            self._offer_demo_prompt()

    def quit(self) -> None:
        """Leave; an unsent draft is kept for the next start."""
        self.keep_draft()
        self.app.exit()

    def keep_draft(self) -> None:
        """Keep words that were not sent for the next start."""
        self._memory.keep_draft(self.composer.draft)

    @work(group="closing")
    async def _close(self, session: AgentSession) -> None:
        await session.close()

    def _replace_session(self, session: AgentSession) -> None:
        self._close(self._session)
        self._session = session
        self._workbench.start(session)

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
            self._close_picker()
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
            self._close_picker()
        elif self.focused is not self.composer:
            self.composer.focus()
        else:
            self._session.interrupt()

    @on(Composer.InterruptOrQuit)
    def action_interrupt_or_quit(self) -> None:
        """Copy a selection; else interrupt and say so; twice in a row quits."""
        selected = self.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
            self.clear_selection()
            self.notify("Copied.")
            return
        now = time.monotonic()
        if now - self._quit_pressed_at < QUIT_WINDOW_S:
            self.quit()
            return
        self._quit_pressed_at = now
        stopped = self._session.interrupt()
        self.notify(
            f"{'Interrupted. ' if stopped else ''}Ctrl+C again quits.", timeout=QUIT_WINDOW_S
        )

    @on(StatusBar.ModelClicked)
    def _on_model_clicked(self) -> None:
        self.action_pick_model()

    @on(StatusBar.ModeClicked)
    def _on_mode_clicked(self) -> None:
        self.action_next_mode()

    # -- size ---------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Fit the panes to the window."""
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        tiny = width < SMALLEST_SIZE[0] or height < SMALLEST_SIZE[1]
        compact = width < COMPACT_SIZE[0] or height < COMPACT_SIZE[1]
        self.set_class(tiny, "-tiny")
        self.set_class(compact, "-compact")
        self.set_class(width >= WIDE_COLUMNS, "-wide")
        self._lay_out()

    def _lay_out(self) -> None:
        """The review stands beside the chat where there is room, else over it."""
        self.set_class(self.approval.active, "-reviewing")
