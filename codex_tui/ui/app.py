"""The application object: themes, the one main screen, and a terminal that is restored on every way
out.

SIGTERM, SIGHUP and SIGINT end the program like `/quit`: the draft is kept, the turn is settled, the
terminal is given back; the exit code says it was interrupted.
"""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import signal
import sys
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from typing_extensions import override

from codex_tui.protocol.errors import EXIT_INTERRUPTED
from codex_tui.ui.symbols import fit_signs
from codex_tui.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from rich.console import RenderableType
    from textual.binding import BindingType

    from codex_tui.ui.screens.main import MainScreen

GC_THRESHOLDS = (5_000, 10, 100)
"""Painting leaves half of what it makes in cycles: to collect 5,000 objects takes a few
milliseconds, 100,000 a tenth of a second. What has lived for long is rarely looked at.
"""
FAULT = "codex-tui: Something went wrong inside codex-tui.\nThe log has the details."

log = logging.getLogger(__name__)


class CodexApp(App[None], inherit_bindings=False):
    """codex-tui's screen. `main` makes the main screen when the application is running.

    The framework's own keys are not inherited: one of them quits at once and loses the draft.
    """

    CSS_PATH = "codex.tcss"
    TITLE = "codex-tui"
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, main: Callable[[], MainScreen], *, theme: str = DARK.name) -> None:
        """Register the themes; `theme` names one of them (the framework's lack our colours)."""
        super().__init__()
        if isinstance(sys.__stderr__, io.TextIOWrapper):  # where Textual paints
            fit_signs(sys.__stderr__)
        for each in (DARK, LIGHT):
            self.register_theme(each)
        self.theme = theme
        self._main = main
        self.main_screen: MainScreen | None = None

    @override
    def get_default_screen(self) -> MainScreen:
        """Make the main screen the first one: an empty screen below it would be styled, laid out
        and painted before it.
        """
        self.main_screen = self._main()
        return self.main_screen

    @override
    async def on_event(self, event: events.Event) -> None:
        """Read keys and the mouse when the main screen is ready for them."""
        is_input = isinstance(event, events.InputEvent | events.Paste)
        if is_input and self.main_screen is not None and not await self.main_screen.may_read(event):
            return
        await super().on_event(event)

    def on_mount(self) -> None:
        """Listen to the signals that end programs."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, self._leave)
        _guard_job_control()
        self.call_after_refresh(_settle_garbage)

    @override
    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """Leave, even while keys wait."""
        super().exit(result, return_code, message)
        self._stop_waiting()

    @override
    def panic(self, *renderables: RenderableType) -> None:
        """Leave after a fault, even while keys wait."""
        super().panic(*renderables)
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self.main_screen is not None:
            self.main_screen.read_keys()

    def _leave(self) -> None:
        self.exit(return_code=EXIT_INTERRUPTED)

    @override
    def _fatal_error(self) -> None:
        """Leave with a word after a fault: the framework would print pages of local values, which
        may be the conversation or a key.
        """
        log.error("the screen failed", exc_info=self._exception)
        self.panic(FAULT)

    async def on_unmount(self) -> None:
        """Keep the draft and settle the turn, however the program is left: by a fault, too."""
        if self.main_screen is not None:
            self.main_screen.keep_draft()
            await self.main_screen.close_session()


def _guard_job_control() -> None:
    """Let SIGCONT resume only what SIGTSTP suspended.

    A terminal that hangs up sends it to a running program too, and to start
    the framework's driver twice leaves a thread behind that reads from the dead terminal for ever.
    """
    suspend, resume = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
    if not (callable(suspend) and callable(resume)):  # no real terminal
        return
    suspended = False

    def on_stop(number: int, frame: FrameType | None) -> None:
        nonlocal suspended
        suspended = True
        suspend(number, frame)

    def on_continue(number: int, frame: FrameType | None) -> None:
        nonlocal suspended
        if suspended:
            suspended = False
            resume(number, frame)

    signal.signal(signal.SIGTSTP, on_stop)
    signal.signal(signal.SIGCONT, on_continue)


def _settle_garbage() -> None:
    """Begin to collect garbage, leaving out what start-up made and nearly all of which stays: going
    through it takes a pause that shows while streaming.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
