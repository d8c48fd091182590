"""The prompt: the draft with its keys, its history and its completions.

Every key it knows is handled in its own `_on_key`, in the order the bytes arrived. Textual runs
bindings from the app's queue but inserts characters from the widget's, so in a burst a bound Enter
would overtake the letters typed before it.

Behind a slash command somebody else may be the one to read: nothing is read until `hand_on_keys`.

What was sent is the app's business: the composer posts messages and clears itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from codex_tui.ui.widgets.completion import CommandCompleter, CommandItem, CompletionPopup
from codex_tui.ui.widgets.composer_keys import COMPOSER_ACTIONS
from codex_tui.ui.widgets.draft_area import DraftArea
from codex_tui.ui.widgets.prompt_history import PromptHistory
from codex_tui.ui.widgets.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.text import Text
    from textual import events
    from textual.document._document import Location

_PLACEHOLDER = "Ask for a change · / commands"
_BUSY_PLACEHOLDER = "Say more, or what comes next"
_BUSY_KEYS = "Enter steers · Tab queues · Esc interrupts"


class Composer(DraftArea):
    """The multi-line prompt and what its keys do.

    Its completion popup is mounted right before it, so its parent must be a vertical layout in
    which the composer is not docked.
    """

    KEYS: ClassVar[Mapping[str, str]] = COMPOSER_ACTIONS

    COMPONENT_CLASSES: ClassVar[set[str]] = {"composer--command"}

    DEFAULT_CSS = """
    Composer {
        & > .composer--command { color: $accent; }
    }
    """

    busy: reactive[bool] = reactive(False)
    """A turn runs."""
    completing: reactive[bool] = reactive(False)
    """Completions are in sight."""
    written: reactive[bool] = reactive(False)
    """There is something to send."""
    names_keys: reactive[bool] = reactive(True)
    """Whether an empty composer names the keys of a running turn: no other line does."""

    @dataclass
    class Submitted(Message):
        """The user sent `text`: a new turn, or steering while one runs. One that `holds_keys` is to
        be answered by `hand_on_keys`, and no other.
        """

        text: str

        @property
        def holds_keys(self) -> bool:
            """It may be a command, which may open something that reads what is typed behind it."""
            return self.text.startswith("/")

    @dataclass
    class SentNothing(Message):
        """Enter, with nothing written."""

    @dataclass
    class Queued(Message):
        """The user wants `text` sent when the running turn is over."""

        text: str

    @dataclass
    class EscapePressed(Message):
        """Esc, with no popup of the composer's own to close."""

    @dataclass
    class TakeBackRequested(Message):
        """Up in an empty composer while something waits in the queue."""

    @dataclass
    class DetachRequested(Message):
        """Backspace in an empty composer while a picture waits for the next message."""

    @dataclass
    class InterruptOrQuit(Message):
        """Ctrl+C that is not the composer's: something is selected elsewhere, or nothing is
        selected and nothing written.
        """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 — Textual's own parameter name
    ) -> None:
        """Create an empty composer."""
        self._prompts = PromptHistory()
        self._completer = CommandCompleter()
        self._popup = CompletionPopup(self._take_command)
        self._recalled: tuple[str, Location] | None = None
        self._typed = TypedAhead()
        self.has_queued = False
        self.has_attached = False
        super().__init__(prompt="❯", placeholder=_PLACEHOLDER, id=id)

    def on_mount(self) -> None:
        """Put the popup in its place."""
        if isinstance(self.parent, Widget):
            self.parent.mount(self._popup, before=self)

    # What the app sets and reads

    @property
    def prompt_history(self) -> list[str]:
        """Earlier prompts, newest last; the composer appends what is sent, queued or cleared."""
        return self._prompts.prompts

    @prompt_history.setter
    def prompt_history(self, prompts: Iterable[str]) -> None:
        self._prompts.replace(prompts)

    @property
    def commands(self) -> Sequence[CommandItem]:
        """The commands offered behind a slash."""
        return self._completer.commands

    @commands.setter
    def commands(self, commands: Sequence[CommandItem]) -> None:
        self._completer.commands = commands
        self.update_suggestion()

    def watch_busy(self) -> None:
        """Say what may be written now."""
        busy = _BUSY_KEYS if self.names_keys else _BUSY_PLACEHOLDER
        self.placeholder = Content(busy if self.busy else _PLACEHOLDER)

    def watch_names_keys(self) -> None:
        """Name the keys, or leave that to others."""
        self.watch_busy()

    def propose(self, text: str) -> None:
        """Put words of the program there to be completed; those that stood there go into the
        history.
        """
        if self.draft.strip():
            self._prompts.add(self.draft)
        self.draft = text

    def hold_keys(self) -> None:
        """Read nothing until `hand_on_keys`."""
        self._typed.on_hold = True

    def hand_on_keys(self, reader: Widget) -> None:
        """Let `reader`, which has the focus or is this, read what was typed meanwhile."""
        if self._typed.on_hold:
            self._typed.read_on(reader)

    # Input

    def _forward_event(self, event: events.Event) -> None:
        self._typed.note(event)
        super()._forward_event(event)

    async def _on_paste(self, event: events.Paste) -> None:
        self._typed.may_read(event)  # the base class, whose turn is next, is kept from it or not

    async def _on_key(self, event: events.Key) -> None:
        if not self._typed.may_read(event):
            return
        action = self.KEYS.get(event.key)
        if action is None or (not self.text and event.key in {"home", "end"}):
            return
        event.stop()
        event.prevent_default()
        self._restart_blink()
        await self.run_action(action)

    def update_suggestion(self) -> None:
        """Follow the text with the completions; Textual calls this after every change."""
        self.written = bool(self.text.strip())
        self._completer.update(self.text)
        self._show_completions()

    # Actions, run from `KEYS`

    def action_send(self) -> None:
        """Send the highlighted command, else the draft."""
        command = self._completer.highlighted
        if command is not None:
            self._take_command(command)
        elif self.written:
            self._post_draft(self.Submitted)
        else:
            self.post_message(self.SentNothing())

    def action_break_line(self) -> None:
        """Insert a line feed."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_delete_left(self) -> None:
        """Delete the character before the cursor; in an empty composer, ask to leave out a
        picture.
        """
        if self.has_attached and not self.text:
            self.post_message(self.DetachRequested())
        else:
            super().action_delete_left()

    def action_up(self) -> None:
        """Move in the popup, in the text, or to an older prompt."""
        if self._completer.is_open:
            self._move_completion(-1)
        elif self.has_queued and not self.text:
            self.post_message(self.TakeBackRequested())
        elif not (
            self._leaves_text(self.navigator.is_first_wrapped_line(self.cursor_location))
            and self._recall(-1)
        ):
            self.action_cursor_up()

    def action_down(self) -> None:
        """Move in the popup, in the text, or to a newer prompt."""
        if self._completer.is_open:
            self._move_completion(1)
        elif not (
            self._leaves_text(self.navigator.is_last_wrapped_line(self.cursor_location))
            and self._recall(1)
        ):
            self.action_cursor_down()

    def action_tab(self) -> None:
        """Complete a command, open the completions again, or queue while a turn runs."""
        command = self._completer.highlighted
        if command is not None:
            self.draft = f"/{command.name} "
            return
        self._completer.reopen(self.text)
        self._show_completions()
        if self.busy and not self._completer.is_open:
            self._post_draft(self.Queued)

    def action_escape(self) -> None:
        """Close the popup, else tell the app."""
        if self._completer.is_open:
            self._dismiss_completions()
        else:
            self.post_message(self.EscapePressed())

    def action_copy_clear_or_quit(self) -> None:
        """Copy the selection, else clear the draft (kept in the history), else tell the app.

        What is selected elsewhere on the screen is the app's to copy, and the draft stays.
        """
        if self.selected_text:
            self.action_copy()
            self.move_cursor(self.cursor_location)
        elif self.text and not self.screen.get_selected_text():
            self._prompts.add(self.draft)
            self.clear_draft()
        else:
            self.post_message(self.InterruptOrQuit())

    # Steps of the actions

    def _post_draft(self, message: type[Submitted | Queued]) -> None:
        draft = self.draft
        if draft.strip():
            self._prompts.add(draft)
            self.clear_draft()
            posted = message(draft)
            if isinstance(posted, self.Submitted) and posted.holds_keys:
                self.hold_keys()
            self.post_message(posted)

    def _take_command(self, command: CommandItem) -> None:
        self.draft = f"/{command.name}"
        self._post_draft(self.Submitted)

    def _move_completion(self, offset: int) -> None:
        self._completer.move(offset)
        self._show_completions()

    def _dismiss_completions(self) -> None:
        self._completer.dismiss()
        self._show_completions()

    def _show_completions(self) -> None:
        self._popup.present(self._completer)
        self.completing = self._completer.is_open

    def _leaves_text(self, at_edge: bool) -> bool:
        """Tell whether Up or Down walks the history: from the edge line, or from a prompt that was
        recalled and not touched since.
        """
        untouched = self._recalled == (self.text, self.cursor_location)
        return self.selection.is_empty and (at_edge or untouched)

    def _recall(self, offset: int) -> bool:
        prompt = self._prompts.step(offset, self.draft)
        if prompt is None:
            return False
        self.draft = prompt
        self._dismiss_completions()
        self._recalled = (self.text, self.cursor_location)
        return True

    # Looks

    def get_line(self, line_index: int) -> Text:
        """Return one line with a known command at the start coloured."""
        line = super().get_line(line_index)
        command = line.plain.partition(" ")[0]
        if line_index == 0 and command.startswith("/") and self._completer.knows(command[1:]):
            line.stylize(self.get_component_rich_style("composer--command"), 0, len(command))
        return line
