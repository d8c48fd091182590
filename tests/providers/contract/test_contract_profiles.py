"""What a profile asks for is in the request that the server gets, and the server takes it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import ThinkingPart
from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import CacheLife
from codex_tui.providers.base import PartFinished, ThinkingSeen
from tests.providers.contract.support import ask, opened, over_wires, play, request_of
from tests.providers.contract.wire import Json, Say, Think, Wire
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES
from tests.servers.loopback import LoopbackServer

UPDATES = "thinking-display-updates-2026-08-18"
BINDING = "thinking-binding-controls-2026-08-01"
COUNTING = "thinking-token-count-2026-05-13"


async def sent(wire: Wire, **fields: Any) -> tuple[Json, set[str]]:
    """The body a strict server took, and the betas it was told of."""
    async with wire.server([wire.reply(Say("ok"))]) as server:
        async with opened(wire, server.base_url) as provider:
            await ask(provider, request_of(**{"model": wire.model, **fields}))
        assert server.refused == []
        (body,), (request,) = server.requests, server.received
    return body, set(filter(None, request.headers.get("anthropic-beta", "").split(",")))


@pytest.mark.parametrize(
    ("wire", "field"),
    [(RESPONSES, "max_output_tokens"), (MESSAGES, "max_tokens"), (CHAT, "max_tokens")],
    ids=str,
)
async def test_a_limit_of_the_answer(wire: Wire, field: str) -> None:
    body, _ = await sent(wire, max_output_tokens=5_000)
    assert body[field] == 5_000


@pytest.mark.parametrize(
    ("wire", "fields"),
    [
        (RESPONSES, {"model": "gpt-4.1"}),
        (MESSAGES, {"model": "claude-haiku-4-5", "effort": Effort.OFF}),
        (MESSAGES, {"model": "claude-opus-4-6", "effort": Effort.OFF}),
        (CHAT, {}),
    ],
    ids=str,
)
async def test_a_temperature(wire: Wire, fields: dict[str, Any]) -> None:
    body, _ = await sent(wire, temperature=0.25, **fields)
    assert body["temperature"] == 0.25
    plain, _ = await sent(wire, **fields)
    assert "temperature" not in plain


async def test_a_long_cache_life_marks_everything_with_an_hour() -> None:
    body, _ = await sent(MESSAGES, cache_life=CacheLife.LONG)
    marks = [body["system"][-1]["cache_control"], body["messages"][-1]["content"][-1]]
    assert marks[0] == marks[1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    short, _ = await sent(MESSAGES, cache_life=CacheLife.SHORT)
    assert short["system"][-1]["cache_control"] == {"type": "ephemeral"}


async def test_a_long_cache_life_is_twelve_hours_at_openai() -> None:
    body, _ = await sent(RESPONSES, cache_life=CacheLife.LONG)
    assert body["prompt_cache_options"]["ttl"] == "12h"
    short, _ = await sent(RESPONSES, cache_life=CacheLife.SHORT)
    assert "ttl" not in short.get("prompt_cache_options", {})


@over_wires
async def test_the_longest_silence_is_the_requests_own(wire: Wire) -> None:
    async def silent(_: object) -> Any:
        await asyncio.Event().wait()

    async with LoopbackServer(silent) as server, opened(wire, server.base_url) as provider:
        with pytest.raises(ProviderError, match=r"sent nothing for 0\.05 s") as caught:
            await ask(provider, request_of(model=wire.model, timeout_s=0.05))
    assert caught.value.kind is ProviderErrorKind.TIMEOUT


ADAPTIVE = {"type": "adaptive", "display": "summarized"}
BOUND = {"block_binding": {"prefix_mismatch_behavior": "drop_block"}}


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "level"),
    [
        ("claude-fable-5-2", "high", ADAPTIVE | BOUND, "high"),
        ("claude-mythos-5-2", "off", ADAPTIVE | BOUND, "low"),
        ("claude-opus-5-5", "xhigh", ADAPTIVE | BOUND | {"display": "updates"}, "xhigh"),
        ("claude-opus-5-5", "off", ADAPTIVE | BOUND | {"display": "updates"}, "low"),
        ("claude-sonnet-5-5", "max", ADAPTIVE | BOUND, "max"),
        ("claude-sonnet-5-5", "off", {"type": "between_tools"}, None),
        ("claude-haiku-5-5", "medium", ADAPTIVE | BOUND, "medium"),
        ("claude-haiku-5-5", "off", {"type": "disabled"}, None),
        ("claude-opus-5", "max", ADAPTIVE | BOUND, "max"),
        ("claude-opus-5", "off", {"type": "disabled"}, None),
        ("claude-opus-4-8", "xhigh", ADAPTIVE, "xhigh"),
        ("claude-opus-4-7", "off", {"type": "disabled"}, None),
        ("claude-opus-4-6", "xhigh", ADAPTIVE, "high"),
        ("claude-sonnet-4-6", "max", ADAPTIVE, "max"),
        ("claude-haiku-4-5", "high", {"type": "enabled", "budget_tokens": 24_000}, None),
        ("claude-sonnet-4-5", "off", None, None),
        ("claude-opus-4-5", "low", {"type": "enabled", "budget_tokens": 4_096}, None),
    ],
)
async def test_each_claude_family_is_asked_to_think_as_it_takes_it(
    model: str, effort: str, thinking: Json | None, level: str | None
) -> None:
    body, betas = await sent(MESSAGES, model=model, effort=Effort(effort))
    assert body.get("thinking") == thinking
    assert body.get("output_config", {}).get("effort") == level
    assert "tool_choice" not in body
    assert (BINDING in betas) is ("block_binding" in (thinking or {}))
    assert (UPDATES in betas) is ((thinking or {}).get("display") == "updates")


@pytest.mark.parametrize(
    ("model", "effort", "reasoning"),
    [
        ("gpt-6.1-sol", "off", {"effort": "low", "summary": "auto"}),
        ("gpt-6.1-terra", "max", {"effort": "max", "summary": "auto"}),
        ("gpt-6-sol", "off", {"effort": "none"}),
        ("gpt-5.3-codex", "max", {"effort": "xhigh", "summary": "auto"}),
        ("o4-mini", "xhigh", {"effort": "high", "summary": "auto"}),
    ],
)
async def test_each_gpt_family_is_asked_to_reason_as_it_takes_it(
    model: str, effort: str, reasoning: Json
) -> None:
    body, _ = await sent(RESPONSES, model=model, effort=Effort(effort))
    assert body["reasoning"] == reasoning
    assert "tool_choice" not in body


async def test_hidden_thinking_is_counted_instead() -> None:
    body, betas = await sent(MESSAGES, show_thinking=False)
    assert body["thinking"]["display"] == "omitted"
    assert COUNTING in betas
    body, _ = await sent(RESPONSES, show_thinking=False, effort=Effort.HIGH)
    assert body["reasoning"] == {"effort": "high"}


async def test_the_count_of_hidden_thinking_goes_up_as_it_comes() -> None:
    def counted(frames: list[bytes]) -> list[bytes]:
        begun = next(at for at, frame in enumerate(frames) if b"content_block_start" in frame) + 1
        deltas = [
            {"type": "thinking_delta", "thinking": "", "estimated_tokens": n} for n in (9, 50)
        ]
        more = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
        events = [f"data: {json.dumps(each)}\n\n".encode() for each in more]
        return [*frames[:begun], *events, *frames[begun:]]

    events = await play(
        MESSAGES, MESSAGES.reply(Think("Hm."), Say("ok"), sent=counted), show_thinking=False
    )
    assert [event.tokens for event in events if isinstance(event, ThinkingSeen)] == [9, 50]


@pytest.mark.parametrize(
    ("fields", "note"),
    [({}, True), ({"model": "claude-sonnet-5-5"}, False), ({"show_thinking": False}, False)],
)
async def test_thinking_is_a_note_where_notes_were_asked_for(
    fields: dict[str, Any], note: bool
) -> None:
    events = await play(MESSAGES, MESSAGES.reply(Think("Now the tests."), Say("ok")), **fields)
    parts = [event.part for event in events if isinstance(event, PartFinished)]
    assert [part.note for part in parts if isinstance(part, ThinkingPart)] == [note]
