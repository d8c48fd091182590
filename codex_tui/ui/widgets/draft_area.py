"""The text under the prompt: an editor whose large pastes are chips and whose text is clean.

`text` is what is on the screen, with chips; `draft` is what it stands for, with pastes in full.
Whatever enters, by key, paste or call, passes `clean_input`: nothing that steers a terminal is in
the text, so nothing of it reaches the terminal.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from codex_tui.ui.widgets.application import application_of
from codex_tui.ui.widgets.paste import PasteChips, clean_input, clean_portions, is_large

if TYPE_CHECKING:
    from rich.text import Text
    from textual import events
    from textual.document._document import Location

_PROMPT_WIDTH = 2


class DraftArea(TextArea, inherit_bindings=False):
    """A text area that grows from one line to eight, with a prompt sign and chips.

    It has no keys of its own; a subclass runs the actions.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"draft-area--prompt", "draft-area--chip"}

    DEFAULT_CSS = """
    DraftArea {
        height: auto;
        max-height: 9;
        border: none;
        border-top: solid $rule;
        padding: 0 1;
        color: $foreground;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule;
        scrollbar-color-hover: $muted;
        scrollbar-color-active: $muted;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        &:focus { border: none; border-top: solid $rule; }
        & > .text-area--placeholder { color: $faint; }
        & > .draft-area--prompt { color: $accent; }
        & > .draft-area--chip { color: $accent; background: $panel; }
    }
    """

    def __init__(
        self,
        *,
        prompt: str,
        placeholder: str,
        id: str | None = None,  # noqa: A002 — Textual's own parameter name
    ) -> None:
        """Create an empty draft; `prompt` is one cell wide."""
        self._prompt = prompt.ljust(_PROMPT_WIDTH)
        self._chips = PasteChips()
        super().__init__(id=id, highlight_cursor_line=False, placeholder=Content(placeholder))
        self.cursor_blink = False
        self.match_cursor_bracket = False

    @property
    def draft(self) -> str:
        """What would be sent. Setting it replaces the text and ends undo; large texts show as
        chips.
        """
        return self._chips.expand(self.text)

    @draft.setter
    def draft(self, draft: str) -> None:
        self._chips.clear()
        self.load_text(self._chips.fold(clean_input(draft)))
        self.move_cursor(self.document.end)

    def insert_draft(self, text: str) -> None:
        """Put `text` in place of the selection; a large one becomes a chip."""
        self._insert(clean_input(text))

    def _insert(self, text: str) -> None:
        if is_large(text):
            text = self._chips.add(text)
        self._replace_via_keyboard(text, *self.selection)

    def give_back(self, text: str) -> None:
        """Put words that were sent in vain or taken back before what was typed since."""
        self.draft = text + self.draft

    def clear_draft(self) -> None:
        """Empty the text; undo starts anew."""
        self._chips.clear()
        self.load_text("")

    async def _on_paste(self, event: events.Paste) -> None:
        # Unstopped, the event bubbles up to the app, which would dispatch it a second time.
        event.stop()
        event.prevent_default()
        portions: list[str] = []
        for portion in clean_portions(event.text):
            if portions:  # megabytes take a while; the keys behind them wait in this queue
                await asyncio.sleep(0)
            portions.append(portion)
        self._insert("".join(portions))

    def edit(self, edit: Edit) -> EditResult:
        """Perform `edit` with its text cleaned, and with chips taken whole or not at all."""
        if edit.top == edit.bottom:
            top = bottom = self._clear_of_chips(edit.top, 1)
        else:
            top, bottom = self._clear_of_chips(edit.top, 0), self._clear_of_chips(edit.bottom, 1)
        text = clean_input(edit.text)
        return super().edit(Edit(text, top, bottom, edit.maintain_selection_offset))

    def _clear_of_chips(self, location: Location, side: int) -> Location:
        """Return `location`, moved to the start (0) or end (1) of the chip it lies in."""
        row, column = location
        if row < self.document.line_count:
            for span in self._chips.spans(self.document.get_line(row)):
                if span[0] < column < span[1]:
                    return row, span[side]
        return location

    def load_text(self, text: str) -> None:
        """Replace the text by `text`, cleaned; undo starts anew."""
        super().load_text(clean_input(text))

    def action_copy(self) -> None:
        """Copy the selection with its pastes expanded."""
        if self.selected_text:
            application_of(self).copy_to_clipboard(self._chips.expand(self.selected_text))

    def action_cut(self) -> None:
        """Copy and delete the selection, or the cursor's line where nothing is selected."""
        if not self.selected_text:
            self.action_select_line()
        self.action_copy()
        self._delete_via_keyboard(*self.selection)

    def action_paste(self) -> None:
        """Insert what was last copied inside the program."""
        self.insert_draft(application_of(self).clipboard)

    @property
    def gutter_width(self) -> int:
        """The columns kept free at the left for the prompt sign."""
        return _PROMPT_WIDTH

    def get_line(self, line_index: int) -> Text:
        """Return one line with its chips coloured."""
        line = super().get_line(line_index)
        for start, end in self._chips.spans(line.plain):
            line.stylize(self.get_component_rich_style("draft-area--chip"), start, end)
        return line

    def render_line(self, y: int) -> Strip:
        """Return one screen line with the prompt sign, or its indent, before it."""
        sign = self._prompt if y + self.scroll_offset.y == 0 else " " * _PROMPT_WIDTH
        style = self.get_component_rich_style("draft-area--prompt")
        strip = Strip([Segment(sign, style), *super().render_line(y)])
        return strip.adjust_cell_length(self.scrollable_content_region.width, self.rich_style)
