"""A provider without a model: it plays prepared replies through the same interface as the vendors.

It ships with the program: the demonstration and the tests use it. A script is a function from the
request to the next reply, so what it says may depend on what the tools and the user answered.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.providers.base import (
    Endpoint,
    ModelRequest,
    PartDelta,
    PartFinished,
    PartStarted,
    StreamEvent,
    StreamFinished,
    UsageSeen,
    Waiting,
)

PIECE = 12  # characters a delta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted answer. `stop` is worked out from the parts when None.

    `error` is raised after the parts were streamed and `usage` was seen; `cut` leaves the last part
    unfinished before it. `waiting` is what the provider says before it can ask its model.
    """

    parts: tuple[AssistantPart, ...] = ()
    stop: StopReason | None = None
    usage: Usage | None = None
    error: ProviderError | None = None
    cut: bool = False
    detail: str = ""
    waiting: tuple[str, ...] = ()


Script = Callable[[ModelRequest], Reply]


def in_order(replies: Iterable[Reply]) -> Script:
    """Return a script that plays `replies` one after another, whatever is asked."""
    following = iter(replies)

    def script(_: ModelRequest) -> Reply:
        return next(following, Reply(parts=(TextPart(text="The script has ended."),)))

    return script


class ScriptedProvider:
    """Implements `LLMProvider`. `pause` is awaited before each delta; the demonstration's is a
    short sleep.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        script: Script | None = None,
        pause: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.requests: list[ModelRequest] = []
        self._script = script or walkthrough
        self._pause = pause or _short_pause

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Play the next reply in small pieces."""
        self.requests.append(request)
        reply = self._script(request)
        for text in reply.waiting:
            yield Waiting(text=text)
        for index, part in enumerate(reply.parts):
            unfinished = reply.cut and index == len(reply.parts) - 1
            async for event in self._play(index, part, unfinished=unfinished):
                yield event
        if reply.error is not None:
            if reply.usage is not None:
                yield UsageSeen(usage=reply.usage)
            raise reply.error
        calls = any(isinstance(part, ToolCall) for part in reply.parts)
        yield StreamFinished(
            stop=reply.stop or (StopReason.TOOL_USE if calls else StopReason.END),
            usage=reply.usage,
            response_id=f"scripted_{len(self.requests)}",
            detail=reply.detail,
        )

    async def _play(
        self, index: int, part: AssistantPart, *, unfinished: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        match part:
            case TextPart() | ThinkingPart():
                yield PartStarted(index=index, kind=part.type)
                text = part.text
            case ToolCall():
                yield PartStarted(index=index, kind="tool_call", call_id=part.id, name=part.name)
                text = part.arguments
            case ServerPart():
                text = ""
            case _:
                assert_never(part)
        if unfinished:
            text = text[: len(text) // 2]
        for start in range(0, len(text), PIECE):
            await self._pause()
            yield PartDelta(index=index, text=text[start : start + PIECE])
        if not unfinished:
            yield PartFinished(index=index, part=part)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Return the demonstration's one model."""
        ref = ModelRef(self.endpoint.name, "walkthrough")
        return (ModelInfo(ref=ref, name="Walkthrough", note="demonstration"),)

    async def aclose(self) -> None:
        """Nothing is open."""


async def _short_pause() -> None:
    await asyncio.sleep(0.015)


# -- the demonstration ----------------------------------------------------------------------

GREETER = "greeter.py"


def walkthrough(request: ModelRequest) -> Reply:
    """Play the demonstration: look, propose an edit to `greeter.py`, say what came of it."""
    turn = _since_last_prompt(request)
    results = [each for each in turn if isinstance(each, ToolResultMessage)]
    edits = [each for each in results if each.name == "edit_file"]
    if edits:
        return Reply(parts=(TextPart(text=_closing_words(edits[-1])),), usage=_usage(request))
    if any(each.name == "read_file" for each in results):
        return _propose(request, results)
    if _already_edited(request):
        return Reply(parts=(TextPart(text=ALREADY_DONE),), usage=_usage(request))
    return Reply(
        parts=(
            ThinkingPart(text="The greeting lives in one file. Read it and see who uses it."),
            TextPart(text="I will look at the greeter and at what uses it."),
            ToolCall(id=_call_id(request, 1), name="read_file", arguments='{"path": "greeter.py"}'),
            ToolCall(
                id=_call_id(request, 2),
                name="search",
                arguments='{"pattern": "greet", "literal": true}',
            ),
        ),
        usage=_usage(request),
    )


def _propose(request: ModelRequest, results: list[ToolResultMessage]) -> Reply:
    reading = next(each for each in results if each.name == "read_file")
    if "def greet(name):" not in reading.content:
        return Reply(parts=(TextPart(text=NO_SAMPLE),), usage=_usage(request))
    arguments = json.dumps(
        {
            "path": GREETER,
            "edits": [
                {
                    "old": 'def greet(name):\n    return "Hello " + name\n',
                    "new": "def greet(name: str) -> str:\n"
                    '    """Return a greeting for one person."""\n'
                    '    return f"Hello, {name}!"\n',
                },
                {
                    "old": "    for name in names:\n        print(greet(name))\n",
                    "new": '    for name in names or ["world"]:\n        print(greet(name))\n',
                },
            ],
        }
    )
    return Reply(
        parts=(
            TextPart(
                text="Two changes to `greeter.py`: a typed, friendlier greeting, and a default "
                "when no name is given. Decide on each of them: **y** accepts a hunk, **n** "
                "rejects it, **r** rejects it with a reason, **Enter** applies your decisions."
            ),
            ToolCall(id=_call_id(request, 3), name="edit_file", arguments=arguments),
        ),
        usage=_usage(request),
    )


def _closing_words(result: ToolResultMessage) -> str:
    return (
        "This is what the tool told me about your decisions, word for word:\n\n"
        f"```text\n{result.content}\n```\n\n"
        "Exactly the accepted hunks are on disk, in a scratch copy of a sample project. "
        "A real model would go on from here. Choose one with **Ctrl+L**."
    )


ALREADY_DONE = (
    "That was the whole demonstration: I am a script, not a model, and know this one piece of "
    "work. Choose a real model with **Ctrl+L**, or start again with `/clear`."
)
NO_SAMPLE = (
    "I am a script, not a model: I can only work on the demonstration's own sample project. "
    "Start it with `codex-tui --demo`, or choose a real model with **Ctrl+L**."
)


def _since_last_prompt(request: ModelRequest) -> list[object]:
    for index in range(len(request.messages) - 1, -1, -1):
        if isinstance(request.messages[index], UserMessage):
            return list(request.messages[index + 1 :])
    return list(request.messages)


def _already_edited(request: ModelRequest) -> bool:
    return any(
        isinstance(message, ToolResultMessage) and message.name == "edit_file"
        for message in request.messages
    )


def _call_id(request: ModelRequest, number: int) -> str:
    answers = sum(isinstance(message, AssistantMessage) for message in request.messages)
    return f"call_demo_{answers}_{number}"


def _usage(request: ModelRequest) -> Usage:
    """Count what a real model would roughly have read, four characters a token."""
    read = sum(len(str(message)) for message in request.messages) // 4
    return Usage(input_tokens=read, output_tokens=60)
