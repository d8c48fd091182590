"""Pictures of what stands below the chat: plan, composer, completions, status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matrix import SMALL, Scene, Size, matrix
from widget_host import STATUS, WidgetHost

from codex_tui.protocol.plan import PlanStatus, PlanStep
from codex_tui.ui.widgets.completion import CommandItem
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.plan_line import PlanLine
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = (
    CommandItem(name="model", summary="choose the model and its effort"),
    CommandItem(name="mode", summary="set the approval mode"),
    CommandItem(name="new", summary="start a new conversation"),
    CommandItem(name="help", summary="keys and commands"),
    CommandItem(name="quit", summary="leave; an unsent draft is kept"),
)


def desk(change: Callable[[Composer], None]) -> WidgetHost:
    composer, bar = Composer(), StatusBar()

    def prepare() -> None:
        bar.update_status(STATUS)
        composer.commands = COMMANDS
        change(composer)

    return WidgetHost(composer, bar, prepare=prepare)


def write_stress(composer: Composer) -> None:
    composer.draft = (
        "a long line that has to wrap somewhere before the edge of the screen " * 2
        + "\n日本語の長い行、絵文字 👩\u200d👧 と\tタブ\n\x1b[31mhostile\x07\u202e text\n"
        + "\n".join(f"line {number}" for number in range(2))
    )


def write_chips(composer: Composer) -> None:
    composer.insert_draft("compare ")
    composer.insert_draft("a\n" * 12_195)
    composer.insert_draft(" with ")
    composer.insert_draft("b\n" * 12_195)


def write_lines(composer: Composer) -> None:
    composer.draft = "rename foo to bar\n\nand fix the tests"


def bar_alone() -> WidgetHost:
    bar = StatusBar()
    return WidgetHost(bar, prepare=lambda: bar.update_status(STATUS))


DONE, AT_HAND, OPEN = PlanStatus.COMPLETED, PlanStatus.IN_PROGRESS, PlanStatus.PENDING
STEPS = (
    *(PlanStep(text=f"read module {number}", status=DONE) for number in range(1, 5)),
    PlanStep(text="rename foo to bar in src", status=AT_HAND),
    PlanStep(text="日本語の長い手順" * 6, status=OPEN),
    *(PlanStep(text=f"test module {number}", status=OPEN) for number in range(1, 9)),
)


def plan_app(*, unfolded: bool) -> WidgetHost:
    plan, composer = PlanLine(), Composer()

    def prepare() -> None:
        plan.show_plan(STEPS)
        if unfolded:
            plan.toggle()

    return WidgetHost(plan, composer, prepare=prepare)


def scene(name: str, change: Callable[[Composer], object], *keys: str, **facts: Any) -> Scene:
    return Scene(name=name, app=lambda: desk(change), keys=keys, **facts)


SCENES = (
    scene("empty", lambda composer: None),
    scene("several-lines", write_lines, sizes=(SMALL,)),
    scene("stressed", write_stress),
    scene("chips", write_chips, sizes=(SMALL,)),
    scene("completions", lambda composer: None, "/", "down", sizes=(SMALL,)),
    Scene(name="status", app=bar_alone, sizes=((20, 4), (40, 4), (60, 4), (100, 4), (120, 4))),
    Scene(name="plan", app=lambda: plan_app(unfolded=False), sizes=((40, 6), (80, 6))),
    Scene(name="plan-unfolded", app=lambda: plan_app(unfolded=True), sizes=((40, 14), (80, 14))),
)


@matrix(SCENES)
def test_composer_matrix(snap_compare: Any, scene: Scene, size: Size) -> None:
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.run)
