"""A session asks its model the way the model's profile says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from codex_tui.agent.assembler import Assembler
from codex_tui.agent.patience import Patience
from codex_tui.bus import MessageBus
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    ModelSelected,
    NoticeShown,
    ThinkingCounted,
    ThinkingFinished,
    TurnFinished,
)
from codex_tui.protocol.messages import TextPart, ThinkingPart, Usage
from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import CacheLife, EditWay, GivenProfile, ModelProfile
from codex_tui.providers.base import (
    HostLearned,
    ModelRequest,
    PartFinished,
    PartStarted,
    StreamEvent,
    ThinkingSeen,
    UsageSeen,
    Waiting,
)
from codex_tui.providers.profiles import Profiles
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from tests.support.engine import ENDPOINT, REF, Engine, FakeRegistry


async def no_pause() -> None:
    return None


async def never() -> None:
    await asyncio.Event().wait()


class SilentProvider(ScriptedProvider):
    """It takes the request and says nothing."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        await never()
        async for event in super().stream(request):
            yield event


def engine(
    root: Path, *replies: Reply, kind: type[ScriptedProvider] = ScriptedProvider, **fields: Any
) -> Engine:
    root.mkdir()
    given = GivenProfile(pattern=str(REF), profile=ModelProfile(**fields))
    provider = kind(ENDPOINT, in_order(replies), no_pause)
    registry = FakeRegistry([provider], Profiles(given=[given]))
    made = Engine(root, (), providers=registry)
    made.provider = provider
    made.session.start(ApprovalMode.SUGGEST)
    made.session.select_model(REF)
    return made


DONE = Reply(parts=(TextPart(text="Done."),))


async def test_the_request_carries_the_whole_profile(tmp_path: Path) -> None:
    made = engine(
        tmp_path / "w",
        DONE,
        prompt="/house.md",
        prompt_text="House rules.",
        edit_tool=EditWay.APPLY_PATCH,
        effort=Effort.XHIGH,
        show_thinking=False,
        max_output_tokens=777,
        temperature=0.5,
        timeout_s=12.0,
        context_window=50_000,
        sees_images=False,
    )
    await made.session.submit("hi")
    (request,) = made.sent
    assert request.system.startswith("House rules.\n\n")
    assert {"apply_patch", "edit_file"} & {tool.name for tool in request.tools} == {"apply_patch"}
    assert (request.effort, request.show_thinking) == (Effort.XHIGH, False)
    assert (request.max_output_tokens, request.temperature) == (777, 0.5)
    assert (request.timeout_s, request.sees_images) == (12.0, False)
    assert request.cache_life is CacheLife.SHORT
    assert made.session.model is not None
    assert made.session.model.context_window == 50_000


async def test_what_is_done_otherwise_is_told_once(tmp_path: Path) -> None:
    made = engine(tmp_path / "w", DONE, DONE, cache_life=CacheLife.LONG)
    for _ in range(2):
        made.session.select_model(REF)
        await made.session.submit("hi")
    told = [event.text for event in made.take() if isinstance(event, NoticeShown)]
    assert told == [f"cache_life long is not asked for: {REF} has no such choice."]
    assert [request.cache_life for request in made.sent] == [None, None]


async def test_effort_changes_from_one_call_to_the_next(tmp_path: Path) -> None:
    made = engine(tmp_path / "w", DONE, DONE, DONE, effort=Effort.LOW)
    await made.session.submit("hi")
    made.session.models.select_effort(Effort.MAX)
    await made.session.submit("again")
    made.session.select_model(REF)  # chosen anew, with nothing said of the effort
    await made.session.submit("and again")
    assert [request.effort for request in made.sent] == [Effort.LOW, Effort.MAX, Effort.LOW]
    announced = [event.effort for event in made.take() if isinstance(event, ModelSelected)]
    assert announced == [Effort.LOW, Effort.MAX, Effort.LOW]


async def test_effort_for_a_model_that_takes_none_is_refused(tmp_path: Path) -> None:
    made = engine(tmp_path / "w")
    with pytest.raises(ConfigError, match="fake/model is not known to take an effort"):
        made.session.models.select_effort(Effort.HIGH)


async def test_an_answer_that_does_not_begin_in_time_ends_the_turn(tmp_path: Path) -> None:
    made = engine(tmp_path / "w", DONE, kind=SilentProvider, first_token_timeout_s=0.02)
    await made.session.submit("hi")
    (end,) = (event for event in made.take() if isinstance(event, TurnFinished))
    assert (end.outcome, end.error_kind) == ("failed", "timeout")
    assert "raise first_token_timeout_s" in end.hint


LIMITED = ModelProfile(first_token_timeout_s=0.02)


@pytest.mark.parametrize("event", [None, HostLearned(learned={}), UsageSeen(usage=Usage())])
async def test_patience_ends_when_no_answer_begins(event: Any) -> None:
    with pytest.raises(ProviderError, match=r"began no answer within 0\.02 s") as caught:
        async with Patience(LIMITED, ENDPOINT) as patience:
            if event is not None:
                patience.hear(event)
            await never()
    assert (caught.value.kind, caught.value.retryable) == (ProviderErrorKind.TIMEOUT, True)


async def test_patience_begins_again_when_a_provider_is_ready() -> None:
    with pytest.raises(ProviderError):
        async with Patience(LIMITED, ENDPOINT) as patience:
            patience.hear(Waiting(text="loading"))
            patience.hear(Waiting(text=""))
            await never()


@pytest.mark.parametrize(
    "event",
    [PartStarted(index=0, kind="thinking"), Waiting(text="loading"), ThinkingSeen(tokens=1)],
)
async def test_patience_has_no_end_once_something_is_heard(event: Any) -> None:
    async with Patience(LIMITED, ENDPOINT) as patience:
        patience.hear(event)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(never(), 0.05)


async def test_an_interrupt_goes_through() -> None:
    async def wait() -> None:
        async with Patience(LIMITED, ENDPOINT):
            await never()

    task = asyncio.get_running_loop().create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_hidden_thinking_is_counted_up_and_notes_are_marked(tmp_path: Path) -> None:
    bus = MessageBus()
    events = bus.subscribe()
    made = Engine(tmp_path, ())
    assembler = Assembler(bus, made.place, ENDPOINT.origin("model"), clock=lambda: 0.0)
    assembler.feed(ThinkingSeen(tokens=50))
    assembler.feed(ThinkingSeen(tokens=100))
    note = ThinkingPart(text="Now the tests.", note=True)
    assembler.feed(PartFinished(index=0, part=note))
    seen = events.take()
    assert [each.tokens for each in seen if isinstance(each, ThinkingCounted)] == [50, 150]
    assert [each.note for each in seen if isinstance(each, ThinkingFinished)] == [True]
