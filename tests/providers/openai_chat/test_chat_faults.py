"""What goes wrong with compatible servers, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import StopReason
from tests.providers.chat_support import endpoint_at, fails, heard
from tests.servers.chat_wire import (
    DONE,
    ChatWire,
    call,
    ends_early,
    shaped,
    text,
)
from tests.servers.loopback import Cut, Plain


async def test_done_mark_after_nothing_is_an_interruption() -> None:
    async with ChatWire([ends_early(after=[DONE])]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is Kind.STREAM_INTERRUPTED


COUNTS = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}


async def test_counts_of_the_whole_answer_may_stand_for_its_end() -> None:
    message = await heard(ends_early(text("All of it."), after=[COUNTS]))
    assert (message.text, message.stop) == ("All of it.", StopReason.END)


async def test_counts_before_a_drop_are_no_end() -> None:
    broken = shaped(ends_early(text("Half."), after=[COUNTS]), lambda events: [*events, Cut()])
    async with ChatWire([broken]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is Kind.STREAM_INTERRUPTED


async def test_whole_calls_without_an_end_are_an_interruption() -> None:
    async with ChatWire([ends_early(call("read_file", {"path": "a"}))]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is Kind.STREAM_INTERRUPTED


@pytest.mark.parametrize(
    ("payload", "kind", "retryable"),
    [
        ({"error": {"message": "Slow.", "code": 429}}, Kind.RATE_LIMIT, True),
        ({"error": {"message": "Busy.", "code": "503"}}, Kind.OVERLOADED, True),
        ({"error": {"message": "Bad.", "code": 400, "type": "BadRequest"}}, Kind.INVALID_REQUEST,
         False),
        ({"error": {"message": "You ran out.", "type": "insufficient_quota"}}, Kind.BILLING, False),
        ({"error": {"message": "m", "code": "context_length_exceeded"}}, Kind.CONTEXT_WINDOW,
         False),
        ({"error": "the model runner has stopped"}, Kind.OVERLOADED, True),
        ({"error": {}, "message": "Oops."}, Kind.OVERLOADED, True),
        ({"object": "error", "message": "Bad.", "code": 422}, Kind.INVALID_REQUEST, False),
        ({"message": "Oops.", "code": "server_error"}, Kind.OVERLOADED, True),
        ({"choices": [{"error": {"message": "Upstream.", "code": 502}}]}, Kind.OVERLOADED, True),
        ({"choices": [{"delta": {}, "finish_reason": "error"}]}, Kind.OVERLOADED, True),
        ({"choices": [{"delta": {}, "finish_reason": "network_error"}]}, Kind.OVERLOADED, True),
    ],
)  # fmt: skip
async def test_failure_inside_a_stream_keeps_its_kind(
    payload: dict[str, Any], kind: Kind, retryable: bool
) -> None:
    async with ChatWire([ends_early(text("x"), after=[payload])]) as wire:
        error = await fails(endpoint_at(wire.base_url))
        assert len(wire.requests) == 1
    assert (error.kind, error.retryable) == (kind, retryable)
    assert error.request_id == "req_wire"


async def test_event_named_error_is_one_whatever_its_shape() -> None:
    event = b'event: error\ndata: {"detail": "The worker died."}\n\n'
    async with ChatWire([ends_early(after=[event])]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert error.kind is Kind.OVERLOADED
    assert "The worker died." in error.message


async def test_error_in_one_piece_with_a_good_status_is_one() -> None:
    reply = Plain.of_json({"error": {"message": "No such model", "code": 404}})
    async with ChatWire([reply]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is Kind.NOT_FOUND
