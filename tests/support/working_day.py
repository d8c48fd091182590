"""A day's work on one wire, through the real engine and adapter: fifty steps of all kinds.

Calls alone and many at once, reasoning, edits, commands, pictures of the user's and of tools', an
answer cut at the output limit, words typed meanwhile, a notice, an interrupt in the middle of an
answer, and the session closed and opened again. Nothing is switched and nothing compacted, so every
request begins with the one before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import AllowOnce, ApprovalMode
from codex_tui.protocol.events import (
    ApprovalRequested,
    StepFinished,
    TextDelta,
    ToolCallStarted,
    TurnFinished,
)
from codex_tui.protocol.messages import StopReason
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.wire import Say, Think, Use
from tests.servers.loopback import Stall
from tests.servers.prompt_caches import CACHES, PromptCache, canonical
from tests.support.engine import Engine
from tests.support.pictures import image, png

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.messages import Usage
    from tests.providers.contract.wire import Said, Wire

STEPS = 50
PICTURES_A_TURN = 4
MANY_CALLS = 14
"""So many at once make more blocks than the vendor looks back."""


@dataclass
class Day:
    """What came of it: the bodies in order, what each was counted as, what the server refused or
    dropped, and what the user was told of each step.
    """

    bodies: list[dict[str, Any]]
    cache: PromptCache
    refused: list[str]
    dropped: list[str]
    stepped: list[StepFinished] = field(default_factory=list)

    @property
    def repeated(self) -> list[float]:
        """For each request but the first: the share of the bytes of the one before it that it
        begins with.
        """
        prompts = [self._prompt(body) for body in self.bodies]
        return [_common(before, after) / len(before) for before, after in pairwise(prompts)]

    @property
    def cached_of_before(self) -> list[float]:
        """For each request but the first: what was read from the cache, as a share of what the one
        before it held.
        """
        counted = self.cache.usages
        return [
            after.cache_read_tokens / before.input_tokens for before, after in pairwise(counted)
        ]

    @property
    def cached_share(self) -> float:
        """What was read from the cache, of all that was sent."""
        read = sum(each.cache_read_tokens for each in self.cache.usages)
        return read / sum(each.input_tokens for each in self.cache.usages)

    def _prompt(self, body: dict[str, Any]) -> bytes:
        head = {name: value for name, value in body.items() if name not in {"messages", "input"}}
        pieces = (piece.text for piece in self.cache.cut(body))
        return "\n".join([canonical(head), *pieces]).encode()


def _common(before: bytes, after: bytes) -> int:
    if after.startswith(before):
        return len(before)
    return next(
        (at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )


async def work(wire: Wire, folder: Path) -> Day:
    """Do the day's work."""
    root = folder / "work"
    root.mkdir(parents=True)
    (root / "a.py").write_text("".join(f"x_{n} = {n}\n" for n in range(200)), encoding="utf-8")
    (root / "shot.png").write_bytes(png(640, 480))
    stall, cache = Stall(), CACHES[wire.api]()
    script = [_counted(wire, cache, each) for each in _script(stall)]
    async with wire.server(script) as server:
        day = Day(server.requests, cache, server.refused, getattr(server, "dropped", []))
        worker = _Worker(wire, server.base_url, root, day)
        await worker.first_half(stall)
        await worker.reopen()
        await worker.second_half()
        await worker.close()
    return day


@dataclass(frozen=True)
class _Answer:
    said: tuple[Said, ...]
    stop: StopReason | None = None
    sent: Callable[[list[bytes]], Any] = list


def _counted(wire: Wire, cache: PromptCache, answer: _Answer) -> Callable[[dict[str, Any]], Any]:
    def reply(body: dict[str, Any]) -> Any:
        usage: Usage = cache.usage(body)
        return wire.reply(*answer.said, stop=answer.stop, usage=usage, sent=answer.sent)

    return reply


def _script(stall: Stall) -> Iterator[_Answer]:
    """The model's answers, turn by turn."""
    thought = Think("Let me think about the next part of this.")
    for number in range(12):  # a long turn of single calls
        yield _Answer((thought, Say("I look."), _read(number)))
    yield _Answer((Say("Seen."),))
    many = tuple(_read(number) for number in range(MANY_CALLS))
    yield _Answer((thought, *many))
    yield _Answer((thought, *many[:3], Use("edit_file", _edit(1))))
    yield _Answer((Say("Changed."),))
    yield _Answer((Use("shell", {"command": "echo hello"}),))
    yield _Answer((Use("read_file", {"path": "shot.png"}),))
    yield _Answer((Say("A picture."),))
    yield _Answer((Say("Half of an answer that goes"),), stop=StopReason.LENGTH)
    yield _Answer((Use("read_file", '{"path": "a.p'),), stop=StopReason.LENGTH)
    yield _Answer((Say("Well."),))
    yield _Answer((Say("Some words before it stops. " * 3),), sent=lambda f: [*f[:6], stall])
    for number in range(6):  # turns with pictures, twenty-four by the end
        yield _Answer((thought, _read(20 + number)))
        yield _Answer((Say(f"Turn {number} is done."),))
    # after the session was opened again
    for number in range(13):
        yield _Answer((thought, _read(40 + number)))
    yield _Answer((Use("edit_file", _edit(2)), Use("no_such_tool", {})))
    yield _Answer((Say("All done."),))


def _read(number: int) -> Use:
    return Use("read_file", {"path": "a.py", "offset": 1 + number, "limit": 60})


def _edit(number: int) -> dict[str, Any]:
    edit = {"old": f"x_{number} = {number}\n", "new": f"y_{number} = {number}\n"}
    return {"path": "a.py", "edits": [edit]}


class _Worker:
    """The user of a session."""

    def __init__(self, wire: Wire, base_url: str, root: Path, day: Day) -> None:
        self._endpoint = wire.endpoint(base_url, timeout_s=30.0)
        self._ref = ModelRef(self._endpoint.name, wire.model)
        self._root = root
        self._day = day
        self._engine = self._open()

    def _open(self, **options: Any) -> Engine:
        self._registry = ProviderRegistry([self._endpoint])
        engine = Engine(
            self._root,
            [],
            providers=self._registry,
            compaction=CompactionRules(automatic=False),
            **options,
        )
        engine.session.start(ApprovalMode.AUTO_EDIT)
        engine.session.select_model(self._ref)
        return engine

    async def first_half(self, stall: Stall) -> None:
        await self._say("Look at all of a.py.")
        await self._say("Change it.")
        await self._say("Run it, and look at the picture.", approve=True)
        await self._say("Tell me more.", outcome="stopped")
        await self._say("Go on.")
        await self._interrupt("And now?", stall)
        self._engine.session.select_mode(ApprovalMode.FULL_AUTO)
        self._engine.session.select_mode(ApprovalMode.AUTO_EDIT)
        for turn in range(6):
            await self._say(f"Compare these, {turn}.", pictures=PICTURES_A_TURN)

    async def reopen(self) -> None:
        """Close the session and open it from its file."""
        place, store = self._engine.place, self._engine.store
        await self.close()
        file = store.open(place.session)
        past = past_of(each.record for each in file.past.records)
        self._engine = self._open(past=past, file=file)

    async def second_half(self) -> None:
        await self._say("Go on with the rest.", steer="And mind the tests.")

    async def close(self) -> None:
        self._day.stepped += [each for each in self._engine.seen if isinstance(each, StepFinished)]
        await self._engine.session.close()
        await self._registry.aclose()

    async def _say(
        self,
        words: str,
        *,
        outcome: str = "done",
        approve: bool = False,
        pictures: int = 0,
        steer: str = "",
    ) -> None:
        images = [image(f"shot-{number}.png", 100, 80) for number in range(pictures)]
        session = self._engine.session
        async with asyncio.TaskGroup() as group:
            group.create_task(session.submit(words, images))
            if approve:
                asked = await self._engine.until(ApprovalRequested)
                assert isinstance(asked, ApprovalRequested)
                session.decide(asked.request.id, AllowOnce())
            if steer:
                await self._engine.until(ToolCallStarted)
                session.steer(steer)
        self._engine.take()
        ends = [event for event in self._engine.seen if isinstance(event, TurnFinished)]
        assert ends[-1].outcome == outcome, ends[-1]

    async def _interrupt(self, words: str, stall: Stall) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._engine.session.submit(words))
            await self._engine.until(TextDelta)
            await stall.reached.wait()
            self._engine.session.interrupt()
