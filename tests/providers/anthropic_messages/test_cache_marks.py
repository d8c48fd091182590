"""Where cache marks stand in a session as it grows, and that the vendor's cache hits at each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.profiles import CacheLife
from codex_tui.providers.anthropic_messages.render import render, renderings
from tests.providers.contract.renderers import HERE
from tests.providers.contract.support import request_of
from tests.providers.contract.wires import MESSAGES
from tests.servers.anthropic_rules import problems
from tests.servers.prompt_caches import AnthropicCache

ENDPOINT = MESSAGES.endpoint(HERE)
ORIGIN = ENDPOINT.origin(MESSAGES.model)


def step(number: int, calls: int, *words: str) -> list[Message]:
    """An answer with calls, their results, and what the user said meanwhile."""
    made = tuple(
        ToolCall(id=f"c{number}_{each}", name="read_file", arguments="{}") for each in range(calls)
    )
    answer = AssistantMessage(
        parts=(TextPart(text=f"Step {number}."), *made), origin=ORIGIN, stop=StopReason.TOOL_USE
    )
    results = [
        ToolResultMessage(call_id=each.id, name=each.name, content=f"{each.id} " * 300)
        for each in made
    ]
    return [answer, *results, *(UserMessage(text=word) for word in words)]


def bodies(*steps: list[Message], **fields: Any) -> list[dict[str, Any]]:
    """The requests of a session, each a step longer than the one before."""
    kept = renderings()
    history: list[Message] = [UserMessage(text="Go.")]
    made: list[dict[str, Any]] = []
    for each in ([], *steps):
        history += each
        request = request_of(*history, model=MESSAGES.model, **fields)
        made.append(render(request, ENDPOINT, kept))
        assert problems(made[-1], {}) == []
    return made


def marks(body: dict[str, Any]) -> list[int]:
    """The numbers of the conversation's marked blocks."""
    blocks = [block for message in body["messages"] for block in message["content"]]
    return [number for number, block in enumerate(blocks) if "cache_control" in block]


def test_marks_stand_where_the_request_before_ended_and_at_the_end() -> None:
    made = bodies(step(1, 1), step(2, 2), step(3, 1, "And?"), step(4, 1))
    assert [marks(body) for body in made] == [[0], [0, 3], [3, 8], [8, 12], [12, 15]]
    assert all("cache_control" in body["system"][-1] for body in made)


def test_a_step_of_many_blocks_has_a_mark_in_its_midst() -> None:
    made = bodies(step(1, 20), step(2, 1))
    assert [marks(body) for body in made] == [[0], [0, 15, 41], [41, 44]]


def test_the_vendor_finds_all_that_the_request_before_held() -> None:
    cache = AnthropicCache()
    steps = [step(number, calls) for number, calls in enumerate((1, 40, 2, 3, 25, 1, 1, 1))]
    counted = [cache.usage(body) for body in bodies(*steps)]
    for before, after in pairwise(counted):
        assert after.cache_read_tokens == before.input_tokens


def test_marks_at_the_end_alone_would_miss_a_long_step() -> None:
    cache = AnthropicCache()
    made = bodies(step(1, 40), step(2, 1))
    for body in made:
        blocks = [block for message in body["messages"] for block in message["content"]]
        for block in blocks[:-1]:
            block.pop("cache_control", None)
    counted = [cache.usage(body) for body in made]
    assert counted[1].cache_read_tokens < counted[0].input_tokens


def test_a_long_life_is_asked_for_at_every_mark() -> None:
    cache = AnthropicCache()
    for body in bodies(step(1, 20), step(2, 1), cache_life=CacheLife.LONG):
        cache.usage(body)
        assert {piece.mark for piece in cache.cut(body)} == {"", "1h"}
