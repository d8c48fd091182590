"""The model's plan between chat and composer: one quiet line, or the list of its steps.

It shows what it is given and knows no session. A plan whose steps are all done goes when the turn
ends; until then one sees that it was finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from codex_tui.protocol.display import one_line
from codex_tui.protocol.plan import PlanStatus, PlanStep, completed_steps, current_step
from codex_tui.ui.symbols import UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_LIST_ROWS = 8
MAX_STEP_CHARS = 200


class PlanLine(Static):
    """Folded it names the step at hand; unfolded it lists the steps round it."""

    DEFAULT_CSS = """
    PlanLine {
        display: none;
        height: auto;
        padding: 0 0 0 1;
        background: $background;
        color: $muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &.-planned { display: block; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._steps: tuple[PlanStep, ...] = ()
        self._unfolded = False

    @property
    def has_plan(self) -> bool:
        """Whether there is something to fold and unfold."""
        return bool(self._steps)

    def show_plan(self, steps: tuple[PlanStep, ...]) -> None:
        """Put another plan in the place of the last; no steps for none."""
        self._steps = steps
        self._draw()

    def end_turn(self) -> None:
        """Let go of a plan that is done."""
        if current_step(self._steps) is None:
            self.show_plan(())

    def toggle(self) -> None:
        """Unfold the list, or fold it; the next plan is shown the same way."""
        self._unfolded = not self._unfolded
        self._draw()

    def on_click(self) -> None:
        """Fold or unfold, as the key does."""
        self.toggle()

    def _draw(self) -> None:
        self.set_class(self.has_plan, "-planned")
        if self.has_plan:
            lines = self._list() if self._unfolded else [self._line()]
            self.update(Content("\n").join(lines))

    def _line(self) -> Content:
        count, current = len(self._steps), current_step(self._steps)
        at = count if current is None else current + 1
        words = "all done" if current is None else _words(self._steps[current])
        return Content.assemble((f"{UNICODE.collapsed} ", "$faint"), f"{at}/{count} {words}")

    def _list(self) -> Iterator[Content]:
        done, count = completed_steps(self._steps), len(self._steps)
        yield Content.assemble((f"{UNICODE.expanded} ", "$faint"), f"plan {done}/{count} done")
        shown = steps_in_sight(self._steps)
        if shown.start:
            yield self._more(shown.start)
        for step in self._steps[shown.start : shown.stop]:
            yield self._step(step)
        if shown.stop < count:
            yield self._more(count - shown.stop)

    def _step(self, step: PlanStep) -> Content:
        sign, sign_style, style = {
            PlanStatus.COMPLETED: (UNICODE.ticked, "$success", "$faint"),
            PlanStatus.IN_PROGRESS: (UNICODE.done, "$accent", "$foreground"),
            PlanStatus.PENDING: (UNICODE.waiting, "$faint", "$muted"),
        }[step.status]
        return Content.assemble((f"  {sign} ", sign_style), (_words(step), style))

    def _more(self, count: int) -> Content:
        return Content.styled(f"  {UNICODE.ellipsis} {count} more", "$faint")


def steps_in_sight(steps: Sequence[PlanStep], rows: int = MAX_LIST_ROWS) -> range:
    """Choose the steps to list in `rows` rows, the one at hand among them.

    Where some are left out above or below, a row there is kept for saying so.
    """
    count, current = len(steps), current_step(steps)
    at = count - 1 if current is None else current
    if count <= rows:
        return range(count)
    if at < rows - 2:
        return range(rows - 1)
    if at >= count - (rows - 2):
        return range(count - rows + 1, count)
    first = at - (rows - 2) // 2
    return range(first, first + rows - 2)


def _words(step: PlanStep) -> str:
    return one_line(step.text, MAX_STEP_CHARS)
