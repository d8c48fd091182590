"""A model without tools, spoken to as if it had them: one file in, one action out, in one call.

`OneShot` stands before the model's provider. Of the conversation it tells the model the user's last
words, the files that went along with them and the exchange before, and asks for one action that
fits a schema; of the answer it makes words or a call of a real tool, which then goes the way of all
calls. The request is a pure function of the conversation and of what is known of the model.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from codex_tui.agent.file_words import fenced
from codex_tui.agent.one_shot.action import Allowed, allowed, answer_of, schema_of
from codex_tui.agent.one_shot.action_stream import ActionReader
from codex_tui.agent.one_shot.repetition import goes_in_circles
from codex_tui.agent.prompts import one_shot_prompt
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    StopReason,
    TextPart,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.providers.base import ModelRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from codex_tui.protocol.messages import FilePart
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import LLMProvider, StreamEvent

WINDOW_SHARE: Final = 0.75
"""So much of the context window the request may fill; the rest is for the answer."""
CHARS_PER_TOKEN: Final = 3
"""Code has between 3 and 4 characters a token; the guess is on the safe side."""
DEFAULT_ROOM_CHARS: Final = 60_000
"""What goes along where nobody knows the window."""
SMALL_WINDOW_TOKENS: Final = 32_768
"""A model with such a window may never stop by itself, so its answer is limited."""
WORDS_SHARE: Final = 0.1
NEW_FILE_SHARE: Final = 0.2
"""So much of such a window an answer in words, and a new file, may fill."""
MAX_RESULT_CHARS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """The request for a model without tools; `left_out` says what did not fit, a sentence each."""

    request: ModelRequest
    left_out: tuple[str, ...]


class OneShot:
    """An `LLMProvider` for a model without tools; `tell` shows the user a remark."""

    def __init__(
        self, provider: LLMProvider, model: ModelInfo, tell: Callable[[str], None]
    ) -> None:
        self.endpoint = provider.endpoint
        self._provider = provider
        self._model = model
        self._tell = tell

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask for one action; see `LLMProvider.stream`. The answer has words or one call."""
        shot = compose(request, self._model)
        for text in shot.left_out:
            self._tell(text)
        reader = ActionReader(self.endpoint.name)
        async with aclosing(self._provider.stream(shot.request)) as events:
            async for event in events:
                for outcome in reader.feed(event):
                    yield outcome

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the model's provider."""
        return await self._provider.list_models()

    async def aclose(self) -> None:
        """Close the model's provider."""
        await self._provider.aclose()


def compose(request: ModelRequest, model: ModelInfo) -> Shot:
    """Return what the model is asked, within its window."""
    exchange = _last_exchange(request.messages)
    may = allowed(exchange.words)
    system, schema = one_shot_prompt(may.words), schema_of(may)
    room = _Room(_room_chars(model) - len(system) - len(json.dumps(schema)), str(model.ref))
    room.take("\n\n".join([*exchange.done, exchange.words.text]))
    files = [room.fit(file) for file in exchange.words.files if file.text is not None]
    blocks = [*(block for block in files if block), *exchange.done, exchange.words.text]
    spoken = replace(exchange.words, text="\n\n".join(filter(str.strip, blocks)), files=())
    limit = request.max_output_tokens or _answer_tokens(model, may, blocks)
    return Shot(
        request=replace(
            request,
            system=system,
            messages=(*room.fit_before(exchange.before), spoken),
            tools=(),
            max_output_tokens=limit,
            output_schema=schema,
        ),
        left_out=tuple(room.left_out),
    )


def _room_chars(model: ModelInfo) -> int:
    if model.context_window is None:
        return DEFAULT_ROOM_CHARS
    return int(model.context_window * WINDOW_SHARE) * CHARS_PER_TOKEN


def _answer_tokens(model: ModelInfo, may: Allowed, told: Sequence[str]) -> int | None:
    """Return how long an answer may be: a change holds no more than twice what the model was told,
    as old and as new text. None where nothing has to be limited.
    """
    window = model.context_window
    if not window or window > SMALL_WINDOW_TOKENS:
        return None
    needed = int(window * (NEW_FILE_SHARE if may.may_write else WORDS_SHARE))
    if may.edit:
        needed += 2 * sum(map(len, told)) // CHARS_PER_TOKEN
    return min(needed, window - int(window * WINDOW_SHARE))


@dataclass(slots=True)
class _Room:
    """How many characters there is room for, and what there was no room for."""

    chars: int
    model: str
    left_out: list[str] = field(default_factory=list[str])

    def take(self, text: str) -> None:
        self.chars -= len(text)

    def fit(self, file: FilePart) -> str:
        """Return a file's block, with as many of its first lines as there is room for."""
        text = file.text or ""
        lines = text.splitlines(keepends=True)
        room = self.chars - len(fenced(file.path, ""))
        if len(text) > room:
            kept = _first_lines(lines, room - 100)
            self.left_out.append(
                f"{file.path} does not fit into the context window of {self.model}: it is told "
                + (f"the first {kept:,} of {len(lines):,} lines." if kept else "nothing of it.")
            )
            rest = f"(lines {kept + 1} to {len(lines)} are left out)"
            block = fenced(file.path, "".join(lines[:kept])) + f"\n{rest}" if kept else ""
        else:
            block = fenced(file.path, text)
        self.take(block)
        return block

    def fit_before(self, before: tuple[Message, ...]) -> tuple[Message, ...]:
        """Return the exchange before if there is room for it."""
        chars = sum(
            len(each.text) for each in before if isinstance(each, UserMessage | AssistantMessage)
        )
        if chars <= self.chars:
            return before
        self.left_out.append(
            f"The exchange before does not fit into the context window of {self.model}."
        )
        return ()


def _first_lines(lines: Sequence[str], chars: int) -> int:
    """Return how many of the first lines have no more than `chars` characters."""
    for number, line in enumerate(lines):
        chars -= len(line)
        if chars < 0:
            return number
    return len(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """The user's last words, what was `done` since or before that the model has to know of, and the
    exchange `before`: nothing, or words and their answer.
    """

    words: UserMessage
    done: tuple[str, ...]
    before: tuple[Message, ...]


def _last_exchange(messages: Sequence[Message]) -> _Exchange:
    spoken = [at for at, each in enumerate(messages) if isinstance(each, UserMessage)]
    last = spoken[-1] if spoken else len(messages)
    words = messages[last] if spoken else None
    earlier = spoken[-2] if len(spoken) > 1 else last
    since, between = messages[last + 1 :], messages[earlier + 1 : last]
    return _Exchange(
        words=words if isinstance(words, UserMessage) else UserMessage(text=""),
        done=(*_results(between), *_results(since)),
        before=_pair(messages[earlier], between) if earlier < last else (),
    )


def _results(messages: Sequence[Message]) -> tuple[str, ...]:
    """Say what became of the last call in these messages."""
    results = [each.content for each in messages if isinstance(each, ToolResultMessage)]
    return tuple(f"(Done before: {content[:MAX_RESULT_CHARS]})" for content in results[-1:])


def _pair(words: Message, answers: Sequence[Message]) -> tuple[Message, ...]:
    """Return words and their answer in the form that is asked for; nothing without an answer."""
    given = [each for each in answers if isinstance(each, AssistantMessage)]
    calls = [call for each in given for call in each.tool_calls if call.complete]
    answer = answer_of("\n\n".join(each.text for each in given if each.text), calls[-1:])
    if not isinstance(words, UserMessage) or not words.text.strip():
        return ()
    if not answer or goes_in_circles(answer.removesuffix('"}}')):
        return ()
    said = AssistantMessage(
        parts=(TextPart(text=answer),), origin=given[-1].origin, stop=StopReason.END
    )
    return (UserMessage(text=words.text), said)
