"""A conversation that is rendered as it grows is the one that is rendered at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from codex_tui.protocol.messages import Message, NoticeMessage, UserMessage
from codex_tui.providers.anthropic_messages import render as messages_render
from codex_tui.providers.base import ModelRequest
from codex_tui.providers.growing import encoded
from codex_tui.providers.openai_chat import render as chat_render
from codex_tui.providers.openai_chat.compat import Compat
from codex_tui.providers.openai_responses import render as responses_render
from tests.providers.contract.histories import HISTORIES
from tests.providers.contract.renderers import HERE
from tests.providers.contract.support import request_of
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES
from tests.support.long_past import long_past
from tests.support.pictures import image


@dataclass(frozen=True)
class Rendering:
    """A wire's rendering with and without what is kept."""

    name: str
    model: str
    body: Callable[..., dict[str, Any]]
    kept: Callable[[], Any]
    pieces: str

    def __str__(self) -> str:
        return self.name

    def request(self, *messages: Message, **fields: Any) -> ModelRequest:
        return request_of(*messages, **{"model": self.model, **fields})


def chat(compat: Compat) -> Callable[..., dict[str, Any]]:
    def body(request: ModelRequest, kept: Any = None) -> dict[str, Any]:
        return chat_render.render(request, CHAT.endpoint(HERE), compat, kept)

    return body


RENDERINGS = (
    Rendering(
        "responses",
        RESPONSES.model,
        lambda request, kept=None: responses_render.render(request, RESPONSES.endpoint(HERE), kept),
        responses_render.renderings,
        "input",
    ),
    Rendering(
        "messages",
        MESSAGES.model,
        lambda request, kept=None: messages_render.render(request, MESSAGES.endpoint(HERE), kept),
        messages_render.renderings,
        "messages",
    ),
    Rendering("chat", CHAT.model, chat(Compat()), chat_render.renderings, "messages"),
    Rendering(
        "taking turns",
        CHAT.model,
        chat(Compat(alternate_roles=True)),
        chat_render.renderings,
        "messages",
    ),
)
ENDPOINTS = {"responses": RESPONSES, "messages": MESSAGES, "chat": CHAT, "taking turns": CHAT}
every = pytest.mark.parametrize("rendering", RENDERINGS, ids=str)


def past(rendering: Rendering, turns: int) -> tuple[Message, ...]:
    origin = ENDPOINTS[rendering.name].endpoint(HERE).origin(rendering.model)
    return long_past(turns, origin)


def objects_encoded(kept: Any) -> int:
    """How many objects were encoded for good, in all that is kept."""
    transcripts = [each.transcript for each in kept._kept]
    lists = [getattr(each, "_messages", None) or each._items for each in transcripts]
    return sum(each.encodings for each in lists)


@every
@pytest.mark.parametrize("name", HISTORIES)
def test_portions_make_what_the_whole_makes(rendering: Rendering, name: str) -> None:
    kept = rendering.kept()
    history = tuple(HISTORIES[name][0])
    for end in range(len(history) + 1):
        request = rendering.request(*history[:end])
        body = rendering.body(request, kept)
        assert body == rendering.body(request)
        assert encoded(body) == compact(body)
    assert rendering.body(request, kept) == rendering.body(request)


def compact(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@every
def test_what_was_handed_out_does_not_change_any_more(rendering: Rendering) -> None:
    kept = rendering.kept()
    history = past(rendering, 3)
    first = rendering.body(rendering.request(*history, UserMessage(text="a")), kept)
    before = encoded(first)
    longer = (*history, UserMessage(text="a"), NoticeMessage(text="n"), UserMessage(text="b"))
    rendering.body(rendering.request(*longer), kept)
    assert encoded(first) == before == compact(first)


@every
def test_a_step_renders_what_is_new_however_long_the_session(rendering: Rendering) -> None:
    grown: list[int] = []
    for turns in (5, 200):
        kept = rendering.kept()
        history = past(rendering, turns + 1)
        rendering.body(rendering.request(*history[:-4]), kept)
        before = objects_encoded(kept)
        rendering.body(rendering.request(*history), kept)
        grown.append(objects_encoded(kept) - before)
    assert grown[0] == grown[1] <= 7


@every
def test_other_beginnings_are_rendered_anew_and_kept_beside(rendering: Rendering) -> None:
    kept = rendering.kept()
    history = past(rendering, 2)
    other = (UserMessage(text="another"), *history[1:])
    for messages in (history, other, history[:4], (*other, UserMessage(text="more"))):
        request = rendering.request(*messages)
        assert rendering.body(request, kept) == rendering.body(request)
    blind = rendering.request(*history, UserMessage(text="x", images=(image(),)), sees_images=False)
    assert rendering.body(blind, kept) == rendering.body(blind)


@every
def test_pictures_that_have_to_go_are_gone_in_what_was_kept(rendering: Rendering) -> None:
    kept = rendering.kept()
    changed: list[int] = []
    history: tuple[Message, ...] = ()
    before: list[Any] = []
    for number in range(130):
        shown = image(f"{number}.png", 10, 10)
        history = (*history, UserMessage(text="look", images=(shown,)), *past(rendering, 1)[-1:])
        request = rendering.request(*history)
        body = rendering.body(request, kept)
        assert body == rendering.body(request)
        said = [_unmarked(each) for each in body[rendering.pieces]]
        if before and said[: len(before) - 1] != before[:-1]:
            changed.append(number)
        before = said
    assert changed == [100], "a hundred are shown, then fifty of them go at once"


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _unmarked(inner) for k, inner in value.items() if k != "cache_control"}
    return list(map(_unmarked, value)) if isinstance(value, list) else value


def test_large_pictures_make_the_vendor_take_fewer() -> None:
    body = partial(messages_render.render, endpoint=MESSAGES.endpoint(HERE))

    def shown(width: int) -> int:
        pictures = tuple(image(f"{n}.png", width, 10) for n in range(21))
        said = [UserMessage(text="look", images=(each,)) for each in pictures]
        return json.dumps(body(request_of(*said, model=MESSAGES.model))).count('"base64"')

    assert shown(2_000) == 21
    assert shown(2_001) == 10
