"""The whole program on a folder of its own, with scripts for models and a clock that stands still.

Providers of the kinds the vendors speak are configured in a real `config.toml`; their adapters are
played by scripts, so switching between them is a real switch. `demo` is the shipped demonstration.
"""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from codex_tui.composition.assembly import Assembly
from codex_tui.config.history import History
from codex_tui.config.memory import UserMemory
from codex_tui.config.settings import load
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from codex_tui.ui.app import CodexApp
from codex_tui.ui.screens.main import MainScreen
from tests.support.engine import says  # noqa: F401 - an answer reads the same in the tests of a desk
from tests.ui.settle import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from pathlib import Path

    from textual.pilot import Pilot

    from codex_tui.agent.session import AgentSession
    from codex_tui.composition.keeping import OpenedSession
    from codex_tui.protocol.messages import ImagePart
    from codex_tui.protocol.models import ModelInfo, ModelRef
    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.scripted import Script

SMALL, LARGE = (80, 24), (120, 40)

CONFIG = """\
model = "alpha/one"

[providers.alpha]
api = "openai-responses"
base_url = "http://127.0.0.1:9/v1"
title = "Alpha"
needs_key = false
models = ["one", "two"]

[providers.beta]
api = "anthropic-messages"
base_url = "http://127.0.0.1:9"
title = "Beta"
needs_key = false
models = ["three"]
"""
"""Two vendors that need no key. Port 9 is never asked: scripts stand in for the adapters."""

NO_MODEL = "theme = 'codex-dark'\n"

NUMBERS = "".join(f"line {number}\n" for number in range(1, 31))
HALF_WRITTEN = NUMBERS.replace("line 2\n", "line two\n")
"""What `NUMBERS` becomes when only the first hunk of `two_edits` is accepted."""


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class Gate:
    """Stands before every word of the models; while it is shut, a turn stands still.

    Each word that passes takes `word_s` seconds of the clock.
    """

    def __init__(self, clock: Clock) -> None:
        self.word_s = 0.0
        self._clock = clock
        self._open = asyncio.Event()
        self._open.set()

    async def __call__(self) -> None:
        self._clock.advance(self.word_s)
        await self._open.wait()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


class ScriptedVendor(ScriptedProvider):
    """A script under a vendor's name; it serves nothing beyond what is configured."""

    async def list_models(self) -> tuple[ModelInfo, ...]:
        return ()


class ClockedAssembly(Assembly):
    """The program's own parts, on a clock of the test's."""

    clock: Callable[[], float]

    def _new(self, root: Path, model: ModelRef | None = None) -> AgentSession:
        return self._clocked(super()._new(root, model))

    def _go_on(self, opened: OpenedSession) -> AgentSession:
        return self._clocked(super()._go_on(opened))

    def _clocked(self, session: AgentSession) -> AgentSession:
        session._turns._loop._clock = self.clock
        session._tools._clock = session._tools._asker._clock = self.clock
        return session


class Desk:
    """The program as a user of `root` would start it; `running` opens its screen.

    The same `home` for a second desk is the next start of the program: it finds what the first one
    left on the disk.
    """

    def __init__(
        self,
        home: Path,
        script: Script | Iterable[Reply] = (),
        *,
        root: Path | None = None,
        config: str = CONFIG,
        env: Mapping[str, str] | None = None,
        go_on: bool = False,
        prompt: str = "",
        images: tuple[ImagePart, ...] = (),
        demo: bool = False,
        choose: bool = False,
    ) -> None:
        self.clock = Clock()
        self.gate = Gate(self.clock)
        self.home = home
        self.root = root or home / "work"
        self.root.mkdir(parents=True, exist_ok=True)
        self.requests: list[ModelRequest] = []
        self._prompt = prompt
        self._images = images
        self._demo = demo
        self._choose = choose
        (home / "config").mkdir(exist_ok=True)
        (home / "config" / "config.toml").write_text(config, encoding="utf-8")
        environment = {"CODEX_TUI_HOME": str(home), **(env or {})}
        loaded = load(project=self.root, flags={}, env=environment)
        self._footer = loaded.settings.footer
        self.assembly = ClockedAssembly(loaded, self.root, interactive=True)
        self.assembly.clock = self.clock
        self._put_scripts_in_place(script if callable(script) else in_order(script))
        if go_on:
            self.assembly.go_on_with(None)
        self.memory = UserMemory(self.assembly.state, History(loaded.paths))
        self.app = CodexApp(self._main_screen, theme=loaded.settings.theme)

    def _put_scripts_in_place(self, script: Script) -> None:
        registry = self.assembly._registry
        for name in registry.names():
            registry._opened.by_name[name] = self._adapter(registry.endpoint(name), script)

    def _adapter(self, endpoint: Endpoint, script: Script) -> ScriptedProvider:
        if endpoint.api == "scripted":
            return ScriptedProvider(endpoint, None, self.gate)

        def heard(request: ModelRequest) -> Reply:
            self.requests.append(request)
            return script(request)

        return ScriptedVendor(endpoint, heard, self.gate)

    def _main_screen(self) -> MainScreen:
        screen = MainScreen(
            self.assembly,
            self.memory,
            first_prompt=self._prompt,
            images=self._images,
            demo=self._demo,
            choose=self._choose,
            footer=self._footer,
        )
        screen.approval._grace.clock = self.clock
        screen.chat._pace.clock = screen.chat._activity._clock = self.clock
        return screen

    @asynccontextmanager
    async def running(self, size: tuple[int, int] = SMALL) -> AsyncIterator[Pilot[None]]:
        """Show the program in a window of `size` until the block ends."""
        thresholds = gc.get_threshold()
        try:
            async with self.app.run_test(size=size) as pilot:
                await self.ready(pilot)
                yield pilot
        finally:
            await self.assembly.aclose()
            gc.unfreeze()
            gc.set_threshold(*thresholds)

    async def ready(self, pilot: Pilot[None]) -> None:
        """Wait until the program has greeted the user."""
        await settle(pilot, lambda: self.app.main_screen is not None)
        await settle(pilot, lambda: self.screen.furnished)
        await self.settle(pilot, lambda: self.screen._status._status.mode)

    # What a test looks at

    @property
    def screen(self) -> MainScreen:
        screen = self.app.main_screen
        assert screen is not None
        return screen

    @property
    def session(self) -> AgentSession:
        return self.screen._session

    @property
    def draft(self) -> str:
        return self.screen.composer.draft

    @property
    def status(self) -> str:
        """The status bar's line."""
        return self.lines[self.screen._status.region.y]

    @property
    def footer(self) -> str:
        """The line of keys; empty where there is none."""
        footer = self.screen._footer
        return self.lines[footer.region.y].strip() if footer.region else ""

    @property
    def lines(self) -> list[str]:
        """The window, row by row, without trailing blanks."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def toasts(self) -> list[str]:
        return [each.message for each in self.app._notifications]

    @property
    def told(self) -> list[str]:
        """The user's words that the session holds."""
        return [each.text for each in self.session.messages if isinstance(each, UserMessage)]

    @property
    def answers(self) -> list[str]:
        return [each.text for each in self.session.messages if isinstance(each, AssistantMessage)]

    @property
    def results(self) -> list[ToolResultMessage]:
        return [each for each in self.session.messages if isinstance(each, ToolResultMessage)]

    # What a test does

    async def settle(
        self, pilot: Pilot[None], condition: Callable[[], object] | None = None
    ) -> None:
        """Wait until all that was reported is on the screen, and `condition` holds."""
        bridge = self.screen._bridge
        await settle(pilot, lambda: bridge.idle and (condition is None or condition()))
        await settle(pilot)

    async def at_rest(self, pilot: Pilot[None]) -> None:
        """Wait until no turn runs, or a review waits with all its colours."""
        screen = self.screen
        diff = screen.approval._diff
        await self.settle(pilot, lambda: not self.session.busy or screen.approval.active)
        await self.settle(pilot, lambda: not diff.working)

    async def send(self, pilot: Pilot[None], text: str) -> None:
        """Type `text` into the composer and press Enter."""
        self.write(text)
        await pilot.press("enter")
        await self.settle(pilot)

    async def ask(self, pilot: Pilot[None], text: str) -> None:
        """Send `text` and wait for the answer, or for the review it leads to."""
        count = len(self.told)
        await self.send(pilot, text)
        await self.settle(pilot, lambda: len(self.told) > count)
        await self.at_rest(pilot)

    def write(self, text: str) -> None:
        """Put words into the composer, one press of a key each being tested elsewhere."""
        self.screen.composer.draft = text

    async def review(self, pilot: Pilot[None]) -> None:
        """Wait for a review and let the moments pass in which its keys do not count."""
        await self.settle(pilot, lambda: self.screen.approval.active)
        self.clock.advance(1.0)
        await self.at_rest(pilot)

    def file(self, name: str, text: str | None = None) -> str:
        """Return a file of the workspace, after writing `text` if it is given."""
        path = self.root / name
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return path.read_text(encoding="utf-8")


def calls(*calls: tuple[str, object], text: str = "", number: int = 1) -> Reply:
    """An answer that calls tools: name and arguments each; `number` makes the ids unique."""
    words = (TextPart(text=text),) if text else ()
    made = tuple(
        ToolCall(id=f"call_{number}_{place}", name=name, arguments=json.dumps(arguments))
        for place, (name, arguments) in enumerate(calls)
    )
    return Reply(parts=(*words, *made))


def two_edits() -> Reply:
    """A proposal of two hunks for a file that holds `NUMBERS`."""
    edits = [
        {"old": "line 2\n", "new": "line two\n"},
        {"old": "line 25\n", "new": "line twenty-five\n"},
    ]
    return calls(("edit_file", {"path": "a.txt", "edits": edits}), text="Two changes.")


def words_of(request: ModelRequest) -> list[str]:
    """What a model was told, without the facts about the surroundings."""
    return [
        message.text if isinstance(message, UserMessage | AssistantMessage) else message.content
        for message in request.messages
        if not isinstance(message, NoticeMessage)
    ]
