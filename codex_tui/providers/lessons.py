"""What a server is found to take: learned from its refusals, remembered by model, and told.

A refusal that names a part of the request which can do without is a lesson: the request is made
again at once without that part, if nothing of an answer was shown. What was learned holds for this
server and model (see `kept_lessons`), and goes up as `HostLearned`, so that it can be kept with the
conversation and comes back with `ModelRequest.learned`: the body is a pure function of the
request and the endpoint. A server that says the same without that part meant something else, often
by words of the user's own that it quotes: then the lesson is taken back.

Which words of a refusal mean what is each adapter's own knowledge. This is the only repetition
below the agent, which owns the retries.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from codex_tui.protocol.errors import ProviderError
from codex_tui.providers.base import Flags, HostLearned, UsageSeen
from codex_tui.providers.transport import require_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent
    from codex_tui.providers.kept_lessons import KeptLessons

log = logging.getLogger(__name__)

MAX_LESSONS: Final = 5
"""Lessons one call may learn; a server that refuses more is not understood."""

# A refused field comes back as the server's own failure where a template is what refuses it, and as
# "not found" where a gateway looks for somebody who takes it. 529 is said of a part that cannot be
# had at the moment, and 200 when a part was passed over (see `faults.unheeded`).
_TEACHING_STATUSES: Final = frozenset({200, 400, 404, 422, 500, 529})

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a refusal may mean: `flags` to lay over what was known, and `told`, the same in words
    that complete "from now on …". Without `lasting` it holds for this conversation alone.
    """

    flags: Flags
    told: str
    lasting: bool = True


class _Refusal(NamedTuple):
    """What a server said to a request that was made with `learned`, what was `known` then, and
    the lesson drawn from it.
    """

    said: str
    learned: Flags
    known: Flags
    lesson: Lesson


class Lessons:
    """The lessons of one adapter, by model.

    `render` makes a request's body, `send` makes one call with it, `meant` yields what a refusal
    may mean, likeliest first: a meaning that does not change the body is passed over. `kept` has
    the lessons of all adapters, `learned` is told of every lesson that is not taken back.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        render: Callable[[ModelRequest], Body],
        send: Callable[[ModelRequest, Body], AsyncGenerator[StreamEvent, None]],
        meant: Callable[[ModelRequest, str], Iterator[Lesson]],
        kept: KeptLessons,
        learned: Callable[[str, Flags], None] = lambda _model, _flags: None,
    ) -> None:
        self._endpoint = endpoint
        self._who = endpoint.title or endpoint.name
        self._render = render
        self._send = send
        self._meant = meant
        self._kept = kept
        self._learned = learned

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call, again after each lesson; see `LLMProvider.stream`."""
        require_key(self._endpoint)
        # A thread: the first question reads a file.
        kept = await asyncio.to_thread(self._kept.of, self._endpoint, request.model)
        known = {**request.learned, **kept}
        if known != request.learned:
            request = replace(request, learned=known)
            self._learned(request.model, known)
            yield HostLearned(learned=known)
        refusals: list[_Refusal] = []
        for chances in range(MAX_LESSONS, -1, -1):
            # A thread: a long session's body takes a while, and keys are pressed meanwhile.
            body = await asyncio.to_thread(self._render, request)
            shown, lesson = False, None
            try:
                async with aclosing(self._send(request, body)) as events:
                    async for event in events:
                        shown = shown or not isinstance(event, UsageSeen)
                        yield event
            except ProviderError as error:
                if chances and not shown:
                    lesson = await asyncio.to_thread(self._lesson, request, body, error)
                if lesson is None:
                    taken_back = await self._settle(
                        request.model, refusals, "" if shown else error.message
                    )
                    if taken_back is not None:
                        yield taken_back
                    raise
                known = self._kept.of(self._endpoint, request.model)
                refusals.append(_Refusal(error.message, request.learned, known, lesson))
            else:
                await self._settle(request.model, refusals)
                return
            request = self._learn(request, lesson)
            told = (
                f"{self._who} refused a request; from now on, for {request.model}, {lesson.told}."
            )
            yield HostLearned(learned=request.learned, told=told)

    def _lesson(self, request: ModelRequest, body: Body, error: ProviderError) -> Lesson | None:
        """Return what a refusal says about the request; None when it says nothing new."""
        if error.status not in _TEACHING_STATUSES:
            return None
        for lesson in self._meant(request, error.message):
            taught = replace(request, learned={**request.learned, **lesson.flags})
            if self._render(taught) != body:
                return lesson
        return None

    def _learn(self, request: ModelRequest, lesson: Lesson) -> ModelRequest:
        """Remember a lesson, and return the request with it."""
        log.info(
            "%s, model %s: from now on %s (%s)",
            self._endpoint.name,
            request.model,
            ", ".join(f"{name}: {value}" for name, value in lesson.flags.items()),
            lesson.told,
        )
        if lesson.lasting:
            known = self._kept.of(self._endpoint, request.model)
            self._kept.keep(self._endpoint, request.model, {**known, **lesson.flags})
        return replace(request, learned={**request.learned, **lesson.flags})

    async def _settle(
        self, model: str, refusals: Sequence[_Refusal], said: str = ""
    ) -> HostLearned | None:
        """Tell and keep what a call has taught; forget the lessons that were in vain, since the
        server still says what it `said` before them, and return what is known without them.
        """
        vain = next((i for i, each in enumerate(refusals) if each.said == said), len(refusals))
        for refusal in refusals[:vain]:
            self._learned(model, refusal.lesson.flags)
        if vain < len(refusals):
            self._kept.keep(self._endpoint, model, refusals[vain].known)
        if refusals:
            await asyncio.to_thread(self._kept.store, self._endpoint)
        if vain == len(refusals):
            return None
        log.info("%s, model %s: it refused that all the same", self._endpoint.name, model)
        told = f"{self._who} refused it all the same: for {model}, nothing is changed by that."
        return HostLearned(learned=refusals[vain].learned, told=told)


LEFT_OUT: Final = "left_out"
"""The flag that names the parts of a body that are not sent, dotted, a blank between them."""


def leaving_out(request: ModelRequest, told: str, *paths: str) -> Lesson:
    """Return the lesson that parts of the body are not wanted."""
    already = str(request.learned.get(LEFT_OUT, "")).split()
    return Lesson(flags={LEFT_OUT: " ".join(sorted({*already, *paths}))}, told=told)


def without(body: Body, endpoint: Endpoint, learned: Flags) -> Body:
    """Return the body without the parts the server was found not to want, or is said not to."""
    for path in (*endpoint.leave_out, *str(learned.get(LEFT_OUT, "")).split()):
        body = cast("Body", _pruned(body, path.split(".")))
    return body


def _pruned(value: object, path: list[str]) -> object:
    """Return a copy without what `path` leads to; it leads through every item of a list, and what
    holds nothing after that goes too.
    """
    if isinstance(value, list):
        return [_pruned(each, path) for each in cast("list[object]", value)]
    first, *rest = path
    if not isinstance(value, dict) or first not in value:
        return cast("object", value)
    fields = cast("Body", value)
    left = _pruned(fields[first], rest) if rest else None
    return {name: left if name == first else inner for name, inner in fields.items()
            if name != first or left}  # fmt: skip
