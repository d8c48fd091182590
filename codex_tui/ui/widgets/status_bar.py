"""The one line at the bottom: model, effort, mode, what runs, context, cost, cache, sandbox.

It shows prepared strings and decides only what fits: items leave by importance as the width
shrinks, the model last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.display import one_line

if TYPE_CHECKING:
    from textual import events

_MAX_ITEM_LENGTH = 60
_SEPARATOR = " │ "

ItemName = Literal["model", "effort", "mode", "activity", "context", "cost", "cache", "sandbox"]

_ORDER: tuple[ItemName, ...] = (
    "model", "effort", "mode", "activity", "context", "cost", "cache", "sandbox",
)  # fmt: skip
_FIRST_TO_GO: tuple[ItemName, ...] = ("cache", "effort", "sandbox", "cost", "context")
_LAST_TO_GO: tuple[ItemName, ...] = ("activity", "mode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the bar shows, each item as it is to be read ("effort high", "ctx 23 %", "$0.41",
    "sandbox off"); an empty item is left out. `model` is `provider/model`, `mode` the name of an
    approval mode.
    """

    model: str = ""
    effort: str = ""
    mode: str = ""
    context: str = ""
    cost: str = ""
    sandbox: str = ""
    cache: str = ""
    activity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedItem:
    """An item that fits, with the column its text starts in."""

    name: ItemName
    text: str
    column: int

    @property
    def end(self) -> int:
        """The column behind the text."""
        return self.column + Content(self.text).cell_length


def fit_items(status: Status, width: int) -> tuple[PlacedItem, ...]:
    """Choose and place the items that fit into `width` columns, on one line.

    The small items go first, then the model's provider, then activity and mode; what is left of
    the model is cut.
    """
    texts = _item_texts(status)
    for name in _FIRST_TO_GO:
        if _total_width(texts) <= width:
            break
        texts.pop(name, None)
    if _total_width(texts) > width:
        texts["model"] = texts["model"].partition("/")[2] or texts["model"]
    for name in _LAST_TO_GO:
        if _total_width(texts) > width:
            texts.pop(name, None)
    texts["model"] = Content(texts["model"]).truncate(width, ellipsis=True).plain
    return _place(texts)


def _item_texts(status: Status) -> dict[ItemName, str]:
    texts: dict[ItemName, str] = {}
    for name in _ORDER:
        text = one_line(getattr(status, name), _MAX_ITEM_LENGTH)
        if text:
            texts[name] = text
    texts["model"] = f"{texts.get('model', 'choose a model')} ▾"
    return {name: texts[name] for name in _ORDER if name in texts}


def _gap(name: ItemName) -> str:
    """Return what stands before an item that is not the first."""
    return "  " if name == "effort" else _SEPARATOR


def _place(texts: dict[ItemName, str]) -> tuple[PlacedItem, ...]:
    items: list[PlacedItem] = []
    for name, text in texts.items():
        column = items[-1].end + len(_gap(name)) if items else 0
        items.append(PlacedItem(name=name, text=text, column=column))
    return tuple(items)


def _total_width(texts: dict[ItemName, str]) -> int:
    return _place(texts)[-1].end


class StatusBar(Widget):
    """One line, never wrapped. A click on the model or the mode becomes a message."""

    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        width: 100%;
        padding: 0 1;
        background: $surface;
        color: $muted;
        & > .status-bar--model { color: $foreground; }
        & > .status-bar--open-mode { color: $warning; }
        & > .status-bar--activity { color: $accent; }
        & > .status-bar--separator { color: $rule; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status-bar--model",
        "status-bar--open-mode",
        "status-bar--activity",
        "status-bar--separator",
    }

    @dataclass
    class ModelClicked(Message):
        """The user clicked on the model or its effort."""

    @dataclass
    class ModeClicked(Message):
        """The user clicked on the approval mode."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 — Textual's own name
        super().__init__(id=id)
        self._status = Status()

    def update_status(self, status: Status) -> None:
        """Show `status`; the same status again costs nothing."""
        if status != self._status:
            self._status = status
            self.refresh()

    def render(self) -> Content:
        """Draw the items that fit."""
        parts: list[Content] = []
        for item in fit_items(self._status, self.size.width):
            if parts:
                separator = self.get_visual_style("status-bar--separator", partial=True)
                parts.append(Content.styled(_gap(item.name), separator))
            parts.append(self._paint(item))
        return Content.assemble(*parts).truncate(self.size.width)

    def _paint(self, item: PlacedItem) -> Content:
        kind = None
        if item.name in {"model", "activity"}:
            kind = item.name
        elif item.name == "mode" and item.text != ApprovalMode.SUGGEST:
            kind = "open-mode"
        if kind is None:
            return Content(item.text)
        return Content.styled(item.text, self.get_visual_style(f"status-bar--{kind}", partial=True))

    def on_click(self, event: events.Click) -> None:
        """Find the item under the pointer and report it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for item in fit_items(self._status, self.size.width):
            if item.column <= offset.x < item.end:
                if item.name in {"model", "effort"}:
                    self.post_message(self.ModelClicked())
                elif item.name == "mode":
                    self.post_message(self.ModeClicked())
