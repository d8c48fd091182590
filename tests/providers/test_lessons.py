"""What the two vendors' own wires learn from a refusal; compatible servers have tests of theirs."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import AssistantMessage, UserMessage
from codex_tui.protocol.models import Effort
from codex_tui.providers.base import HostLearned, LLMProvider, StreamFinished
from tests.providers.contract.support import ask, message_of, opened, over_wires, request_of
from tests.providers.contract.wire import Say, Think, Use, Wire
from tests.providers.contract.wires import MESSAGES, RESPONSES, WIRES
from tests.providers.switching.switch_points import results_of, start
from tests.servers.loopback import Plain

if TYPE_CHECKING:
    from codex_tui.protocol.messages import Message

OWN_WIRES = pytest.mark.parametrize("wire", (MESSAGES, RESPONSES), ids=str)


def refused(wire: Wire, words: str, code: str = "invalid_request_error") -> Plain:
    return Plain.of_json(wire.error_body(code, words), status=400)


def pruned(body: Any, path: str) -> Any:
    """The body without what a dotted path names, in every item of a list."""
    first, _, rest = path.partition(".")
    if isinstance(body, list):
        return [pruned(each, path) for each in body]
    if first in body and rest:
        return {**body, first: pruned(body[first], rest)}
    return {name: value for name, value in body.items() if name != first}


REFUSALS = [
    (MESSAGES, "thinking.block_binding: Extra inputs are not permitted",
     ["thinking.block_binding"], "bind"),
    (MESSAGES, "Unexpected value(s) `thinking-binding-controls-2026-08-01` for the"
     " `anthropic-beta` header", ["thinking.block_binding"], "bind"),
    (MESSAGES, "thinking.adaptive.display: Extra inputs are not permitted",
     ["thinking.display"], "shown"),
    (MESSAGES, "output_config.effort: This model does not support the effort parameter",
     ["output_config"], "no effort"),
    (MESSAGES, "thinking: adaptive thinking is not supported by this model",
     ["thinking"], "not asked to think"),
    (MESSAGES, "messages.0.content.0.text.cache_control: Extra inputs are not permitted",
     ["system.cache_control", "messages.content.cache_control"], "cache"),
    (RESPONSES, "Unknown parameter: 'prompt_cache_key'.", ["prompt_cache_key"], "no key"),
    (RESPONSES, "Unsupported parameter: 'reasoning.summary' is not supported with this model.",
     ["reasoning.summary"], "no summary"),
    (RESPONSES, "Your organization must be verified to generate reasoning summaries.",
     ["reasoning.summary"], "no summary"),
    (RESPONSES, "Encrypted content is not supported with this model.", ["include"],
     "sent back"),
    (RESPONSES, "Unknown parameter: 'stream_options.include_obfuscation'.", ["stream_options"],
     "stream options"),
    (RESPONSES, "Unsupported parameter: 'parallel_tool_calls'", ["parallel_tool_calls"],
     "at once"),
    (RESPONSES, "Unsupported parameter: 'max_output_tokens'", ["max_output_tokens"],
     "not limited"),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "words", "paths", "told"), REFUSALS, ids=[r[1] for r in REFUSALS])
async def test_named_part_is_left_out_at_once_and_from_then_on(
    wire: Wire, words: str, paths: list[str], told: str
) -> None:
    asked = request_of(model=wire.model, effort=Effort.HIGH, max_output_tokens=5_000)
    script = [refused(wire, words), *[wire.reply(Say("ok"))] * 3]
    async with wire.server(script) as server:
        async with opened(wire, server.base_url) as provider:
            first = await ask(provider, asked)
            again = await ask(provider, asked)
        lesson, *_ = first
        assert isinstance(lesson, HostLearned)
        assert lesson.told.startswith(f"Acme refused a request; from now on, for {wire.model}, ")
        assert told in lesson.told
        assert again[0] == HostLearned(learned=lesson.learned), "known here, new to the log"
        request = request_of(
            model=wire.model, effort=Effort.HIGH, max_output_tokens=5_000, learned=lesson.learned
        )
        async with opened(wire, server.base_url) as later:
            events = await ask(later, request)
        assert not any(isinstance(event, HostLearned) for event in events)
        whole, *rest = server.requests
    expected = copy.deepcopy(whole)
    for path in paths:
        expected = pruned(expected, path)
    assert rest == [expected] * 3


async def spoken(wire: Wire, provider: LLMProvider, history: list[Message]) -> AssistantMessage:
    request = request_of(*history, model=wire.model)
    return message_of(await ask(provider, request), provider.endpoint.origin(wire.model))


def own_state(wire: Wire, body: dict[str, Any]) -> int:
    text = repr(body)
    return text.count("'sig_") + text.count("'sealed-")


@OWN_WIRES
async def test_reasoning_of_another_account_is_left_behind_and_new_reasoning_travels(
    wire: Wire,
) -> None:
    reply = wire.reply(Think("Hm."), Use("read_file", {"path": "a"}))
    async with wire.server([reply] * 5) as server, opened(wire, server.base_url) as provider:
        history: list[Message] = start()
        for _ in range(2):
            answer = await spoken(wire, provider, history)
            history += [answer, *results_of(answer)]
        server.change_account()
        asked = request_of(*history, model=wire.model)
        lesson, *events = await ask(provider, asked)
        assert isinstance(lesson, HostLearned)
        assert "its reasoning of this conversation up to here" in lesson.told
        assert isinstance(events[-1], StreamFinished)
        answer = message_of([*events], provider.endpoint.origin(wire.model))
        history += [answer, *results_of(answer)]
        later = request_of(*history, model=wire.model, learned=lesson.learned)
        assert not isinstance((await ask(provider, later))[0], HostLearned)
        counts = [own_state(wire, body) for body in server.requests]
        fresh = request_of(UserMessage(text="hi"), model=wire.model)
        other = await ask(provider, fresh)
        assert not isinstance(other[0], HostLearned), "another conversation has nothing to forget"
    assert counts == [0, 1, 2, 0, 1]


@OWN_WIRES
async def test_server_that_never_takes_its_own_reasoning_gets_none(wire: Wire) -> None:
    words = "Invalid `signature` in `thinking` block; The encrypted content could not be verified."
    reply = wire.reply(Think("Hm."), Use("read_file", {"path": "a"}))
    script = [reply, refused(wire, words), reply, refused(wire, words), reply, reply]
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        history: list[Message] = start()
        learned: dict[str, Any] = {}
        for _ in range(4):
            request = request_of(*history, model=wire.model, learned=learned)
            events = await ask(provider, request)
            learned |= {k: v for e in events if isinstance(e, HostLearned)
                        for k, v in e.learned.items()}  # fmt: skip
            answer = message_of(
                [e for e in events if not isinstance(e, HostLearned)],
                provider.endpoint.origin(wire.model),
            )
            history += [answer, *results_of(answer)]
        counts = [own_state(wire, body) for body in server.requests]
    assert counts == [0, 1, 0, 1, 0, 0]


@OWN_WIRES
@pytest.mark.parametrize(
    "words",
    [
        "Bad request.",
        "prompt is too long: 9 tokens > 8 maximum",
        "messages.0: Invalid `signature` in `thinking` block",
        "Invalid value: 'reasoning'",
    ],
)
async def test_refusal_that_names_nothing_that_was_sent_is_shown(wire: Wire, words: str) -> None:
    asked = request_of(model=wire.model)
    if "reasoning" in words:
        asked = request_of(model="claude-3-old" if wire is MESSAGES else "gpt-4.1")
    async with (
        wire.server([refused(wire, words)]) as server,
        opened(wire, server.base_url) as provider,
    ):
        with pytest.raises(ProviderError):
            await ask(provider, asked)
        assert len(server.requests) == 1


@pytest.mark.parametrize("wire", WIRES, ids=str)
async def test_what_the_user_says_is_to_be_left_out_is_never_sent(wire: Wire) -> None:
    left_out = {
        "responses": ("prompt_cache_key", "reasoning.summary"),
        "messages": ("thinking.block_binding", "tools.eager_input_streaming"),
        "chat": ("stream_options",),
    }[wire.name]
    async with wire.server([wire.reply(Say("ok"))] * 2) as server:
        for fields in ({}, {"leave_out": left_out}):
            async with opened(wire, server.base_url, **fields) as provider:
                await ask(provider, request_of(model=wire.model))
        whole, less = server.requests
    for path in left_out:
        whole = pruned(whole, path)
    if wire is RESPONSES:
        del whole["reasoning"]  # nothing else was in it
    assert less == whole
    assert server.refused == []


@over_wires
async def test_lesson_after_which_the_server_says_the_same_is_taken_back(wire: Wire) -> None:
    words = "Your request was flagged: 'is reasoning_effort an effort?'"
    asked = request_of(model=wire.model, effort=Effort.HIGH)
    script = [*[refused(wire, words)] * 2, wire.reply(Say("ok"))]
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        learned: list[HostLearned] = []
        with pytest.raises(ProviderError, match="flagged"):
            async for event in provider.stream(asked):
                assert isinstance(event, HostLearned)
                learned.append(event)
        *_, last = learned
        assert (last.learned, "refused it all the same" in last.told) == ({}, True)
        events = await ask(provider, replace(asked, learned=last.learned))
        assert not any(isinstance(event, HostLearned) for event in events)
        assert server.requests[-1] == server.requests[0]


@over_wires
async def test_lesson_before_a_refusal_of_another_kind_stays(wire: Wire) -> None:
    asked = request_of(model=wire.model, effort=Effort.HIGH)
    words = ("`reasoning_effort` or `effort` is not supported.", "Your request was flagged.")
    script = [*(refused(wire, each) for each in words), wire.reply(Say("ok"))]
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        with pytest.raises(ProviderError, match="flagged"):
            await ask(provider, asked)
        await ask(provider, asked)
        named = ["effort" in repr(request) for request in server.requests]
    assert named == [True, False, False]
