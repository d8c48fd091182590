"""The whole program at the moments a user meets: what was asked, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matrix import BOTH, LARGE, SMALL, Size

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import TextPart
from codex_tui.providers.scripted import Reply
from tests.screenshots.scenes import approval, chat, small_approval, tell_status, welcome
from tests.screenshots.work import CLOSING, CONFIG, plan, play
from tests.support.pictures import image, png
from tests.ui.support import Desk, calls, says

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from codex_tui.ui.widgets.answer import AnswerStream


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenScene:
    """The program with a script for a model; `act` and then `keys` bring it to the moment."""

    name: str
    act: Callable[[Desk, Pilot[None]], Awaitable[None]] = welcome
    keys: tuple[str, ...] = ()
    script: Any = ()
    sizes: tuple[Size, ...] = BOTH
    config: str = CONFIG

    async def run(self, desk: Desk, pilot: Pilot[None]) -> None:
        """Bring the program to the scene."""
        await desk.ready(pilot)
        await self.act(desk, pilot)
        await pilot.press(*self.keys)
        await desk.settle(pilot)


async def ask(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "hello")


async def ask_for_command(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "run the tests")
    await desk.review(pilot)


async def ask_for_rename(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "Rename SURCHARGES to EXTRA_CENTS in @parcels/rates.py")
    await desk.review(pilot)
    await pilot.press("y")
    await desk.at_rest(pilot)


async def take_rename(desk: Desk, pilot: Pilot[None]) -> None:
    await ask_for_rename(desk, pilot)
    await pilot.press("n", "enter")
    await desk.at_rest(pilot)


async def refuse_command(desk: Desk, pilot: Pilot[None]) -> None:
    await ask_for_command(desk, pilot)
    await pilot.press("n")
    await desk.at_rest(pilot)


async def wait(desk: Desk, pilot: Pilot[None]) -> None:
    desk.gate.shut()
    await desk.send(pilot, "hello")
    await desk.settle(pilot, lambda: desk.requests)


async def stream(desk: Desk, pilot: Pilot[None], words: int = 40) -> None:
    """Let some words of an answer arrive, and hold the rest back."""
    count, answers = 0, desk.screen.chat._words._answers

    def waits(answer: AnswerStream) -> bool:
        return bool(answer._waiting)

    async def some_words() -> None:
        nonlocal count
        count += 1
        if count > words:
            await desk.gate._open.wait()

    desk.assembly._registry._opened.by_name["demo"]._pause = some_words
    desk.gate.shut()
    await desk.send(pilot, "Tell me what changed")
    await desk.settle(pilot, lambda: count > words and not any(map(waits, answers.values())))


async def queue(desk: Desk, pilot: Pilot[None]) -> None:
    await stream(desk, pilot)
    desk.write("and then?")
    await pilot.press("tab")


async def interrupt(desk: Desk, pilot: Pilot[None]) -> None:
    await stream(desk, pilot)
    await pilot.press("escape")
    await desk.at_rest(pilot)


async def attach(desk: Desk, pilot: Pilot[None]) -> None:
    (desk.root / "a.png").write_bytes(png(8, 6))
    await desk.ask(pilot, "why do the bars overlap in a.png?")
    desk.session.queue("later", [image("shots/Screenshot at 10.33.12.png", 1280, 800)])
    await pilot.press("up")
    desk.write("")


async def status(desk: Desk, pilot: Pilot[None]) -> None:
    await ask(desk, pilot)
    await tell_status(desk, pilot)


HELLO = (says("Hello to you, too."),)
COMMAND = (
    calls(("shell", {"command": "make test", "description": "Run the tests"})),
    says("Then I leave them alone. Say when they may run."),
)
ACCESS = (calls(("read_file", {"path": "/etc/hostname"})),)
PLAN = (plan("completed", "in_progress", "pending"), says("Two steps are left."))
FAILURE = Reply(
    parts=(TextPart(text="The package has three modules: `rates`,"),),
    error=ProviderError(
        "Demonstration closed the connection before the answer was complete.",
        hint="Nothing is lost: say “go on”, or choose another model with Ctrl+L.",
        kind=ProviderErrorKind.AUTHENTICATION,
        provider="demo",
    ),
)
RENAME = '{"answer": {"edit": "parcels/rates.py", "old": "SURCHARGES", "new": "EXTRA_CENTS"}}'
NO_TOOLS = f"{CONFIG}tools = false\n"
LIGHT = f'theme = "codex-light"\n{CONFIG}'

SCENES = (
    ScreenScene(name="welcome", sizes=(*BOTH, (40, 12))),
    ScreenScene(name="too-small", sizes=((19, 5),)),
    ScreenScene(name="chat", act=chat, script=play),
    ScreenScene(name="waiting", act=wait, script=HELLO, sizes=(SMALL,)),
    ScreenScene(name="queued", act=queue, script=[says(CLOSING * 2)]),
    ScreenScene(name="interrupted", act=interrupt, script=[says(CLOSING * 2)], sizes=(SMALL,)),
    ScreenScene(name="failed", act=ask, script=[FAILURE], sizes=(SMALL,)),
    ScreenScene(name="plan", act=ask, script=PLAN, sizes=(SMALL,)),
    ScreenScene(name="plan-unfolded", act=ask, script=PLAN, keys=("ctrl+t",)),
    ScreenScene(name="pictures", act=attach, script=HELLO, sizes=(SMALL, (60, 20))),
    ScreenScene(name="review", act=approval, script=play),
    ScreenScene(name="review-small", act=small_approval, script=play, sizes=((60, 15),)),
    ScreenScene(name="review-light", act=approval, script=play, config=LIGHT, sizes=(LARGE,)),
    ScreenScene(name="command", act=ask_for_command, script=COMMAND),
    ScreenScene(name="refused", act=refuse_command, script=COMMAND, sizes=(SMALL,)),
    ScreenScene(name="one-shot", act=ask_for_rename, script=[says(RENAME)], config=NO_TOOLS),
    ScreenScene(
        name="one-shot-done",
        act=take_rename,
        script=[says(RENAME)],
        config=NO_TOOLS,
        sizes=(SMALL,),
    ),
    ScreenScene(name="access", act=ask_for_command, script=ACCESS),
    ScreenScene(name="picker", keys=("ctrl+l", *"walk"), sizes=(*BOTH, (40, 12))),
    ScreenScene(name="palette", keys=("ctrl+p",)),
    ScreenScene(name="palette-light", keys=("ctrl+p",), config=LIGHT, sizes=(SMALL,)),
    ScreenScene(name="palette-found", keys=("ctrl+p", *"appr"), sizes=(*BOTH, (40, 12))),
    ScreenScene(name="palette-nothing", keys=("ctrl+p", *"zzz"), sizes=(SMALL,)),
    ScreenScene(name="completions", keys=("/",)),
    ScreenScene(name="help", keys=("f1",), sizes=(*BOTH, (40, 12))),
    ScreenScene(name="status", act=status, script=HELLO, sizes=(SMALL, (40, 20))),
    ScreenScene(
        name="no-footer", act=ask, script=HELLO, config=f"footer = false\n{CONFIG}", sizes=(SMALL,)
    ),
)
