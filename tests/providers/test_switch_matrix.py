"""No switch of the model, anywhere in a session, is answered with a refusal."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.providers.switching.switch_matrix import run_matrix
from tests.providers.switching.switch_parties import opened_parties, reply_of
from tests.providers.switching.switch_points import POINTS, results_of, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.messages import Message
    from tests.providers.switching.switch_parties import Party


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS)
async def test_every_switch_is_accepted_and_coming_back_finds_all_as_it_was(point: str) -> None:
    outcome = await run_matrix([point])
    assert outcome.refusals == []
    assert outcome.changed == []
    assert outcome.dropped == []


async def refusal_of(party: Party, body: dict[str, Any], **headers: str) -> str:
    """What the party's server says to a body; "" when it takes it."""
    path = {"messages": "/v1/messages", "responses": "/responses", "chat": "/chat/completions"}
    address = party.house.server.base_url + path[party.house.wire.name]
    received = party.house.server.received[-1].headers
    sent = {
        "authorization": "Bearer test-key",
        "content-type": "application/json",
        **{name: text for name, text in received.items() if name.startswith("anthropic-")},
        **headers,
    }
    request = Request(address, json.dumps(body).encode(), sent)

    def post() -> str:
        try:
            with urlopen(request, timeout=5) as response:
                return "" if response.status == 200 else str(response.status)
        except HTTPError as error:
            with error:
                return str(json.loads(error.read())["error"]["message"])

    party.house.planned.append(reply_of(party, "text"))
    said = await asyncio.to_thread(post)
    if said:
        party.house.planned.clear()
    return said


def unbound(body: dict[str, Any]) -> None:
    del body["thinking"]["block_binding"]


def at_the_start(body: dict[str, Any]) -> None:
    body["messages"][0]["content"][0]["text"] += "!"


def of_another_conversation(body: dict[str, Any]) -> None:
    unbound(body)
    at_the_start(body)


def with_another_prompt(body: dict[str, Any]) -> None:
    unbound(body)
    body["system"][0]["text"] += "!"


def forged(body: dict[str, Any]) -> None:
    block = body["messages"][1]["content"][0]
    block["signature"] = block["signature"][:-1] + "x"


def edited(body: dict[str, Any]) -> None:
    body["messages"][1]["content"][0]["thinking"] += "!"


def answered_twice(body: dict[str, Any]) -> None:
    body["messages"][2]["content"] *= 2


def unanswered(body: dict[str, Any]) -> None:
    del body["messages"][2]["content"][0]


def unsealed(body: dict[str, Any]) -> None:
    of_type(body, "reasoning")[0]["encrypted_content"] += "x"


def of_another_model(body: dict[str, Any]) -> None:
    body["model"] = "gpt-6.1-terra"


def unfollowed(body: dict[str, Any]) -> None:
    del of_type(body, "message")[2]["id"]


def renamed(body: dict[str, Any]) -> None:
    of_type(body, "function_call")[0]["id"] = "call_1"


def without_output(body: dict[str, Any]) -> None:
    body["input"].remove(of_type(body, "function_call_output")[0])


def of_type(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [item for item in body["input"] if item["type"] == kind]


def answers(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in body["messages"] if each["role"] == "assistant"]


def results(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in body["messages"] if each["role"] == "tool"]


def without_reasoning(body: dict[str, Any]) -> None:
    del answers(body)[0]["reasoning_content"]


def with_reasoning(body: dict[str, Any]) -> None:
    answers(body)[0]["reasoning_content"] = ""


def with_long_ids(body: dict[str, Any]) -> None:
    answers(body)[0]["tool_calls"][0]["id"] = results(body)[0]["tool_call_id"] = "call_0123456789"


def unsigned(body: dict[str, Any]) -> None:
    del answers(body)[0]["tool_calls"][0]["extra_content"]


def out_of_order(body: dict[str, Any]) -> None:
    first, second = results(body)[:2]
    first["tool_call_id"], second["tool_call_id"] = second["tool_call_id"], first["tool_call_id"]


def with_pictures_in_results(body: dict[str, Any]) -> None:
    results(body)[0]["content"] = [{"type": "text", "text": "x"}]


def as_developer(body: dict[str, Any]) -> None:
    body["messages"][0]["role"] = "developer"


BREACHES = [
    ("anthropic/claude-opus-5-5", of_another_conversation, "bound to a different conversation"),
    ("anthropic/claude-opus-5-5", with_another_prompt, "bound to a different conversation"),
    ("anthropic/claude-opus-5-5", forged, "Invalid `signature`"),
    ("anthropic/claude-opus-5-5", edited, "Invalid `signature`"),
    ("anthropic/claude-opus-5-5", answered_twice, "without one `tool_result`"),
    ("anthropic/claude-opus-5-5", unanswered, "without one `tool_result`"),
    ("openai/gpt-6.1-sol", unsealed, "encrypted content could not be verified"),
    ("openai/gpt-6.1-sol", of_another_model, "encrypted content could not be verified"),
    ("openai/gpt-6.1-sol", unfollowed, "without its required following item"),
    ("openai/gpt-6.1-sol", renamed, "begins with 'fc'"),
    ("openai/gpt-6.1-sol", without_output, "No tool output found"),
    ("house/house-model", with_reasoning, "reasoning_content"),
    ("house/house-model", out_of_order, "a result for"),
    ("house/house-model", with_pictures_in_results, "content is not a string"),
    ("house/house-model", as_developer, "unknown role 'developer'"),
    ("deepseek/deepseek-v4-pro", without_reasoning, "must be passed back"),
    ("mistral/mistral-large-4", with_long_ids, "length of 9"),
    ("gemini/gemini-3.8-flash", unsigned, "thought_signature"),
]


@pytest.mark.parametrize(
    ("name", "breach", "said"), BREACHES, ids=[f"{b.__name__}-{n}" for n, b, _ in BREACHES]
)
async def test_one_broken_rule_is_refused(
    name: str, breach: Callable[[dict[str, Any]], None], said: str
) -> None:
    async with opened_parties() as parties:
        party = next(each for each in parties if str(each) == name)
        history = await POINTS["in a tool loop"](party)
        await party.answer(history, "text")
        body = copy.deepcopy(party.house.requests[-1])
        assert await refusal_of(party, body) == "", "as it was, it is in order"
        breach(body)
        assert said in await refusal_of(party, body)


async def test_altered_beginning_is_passed_over_where_the_request_asks_for_that() -> None:
    async with opened_parties() as parties:
        party = parties[0]
        history = await POINTS["in a tool loop"](party)
        await party.answer(history, "text")
        body = copy.deepcopy(party.house.requests[-1])
        at_the_start(body)
        assert await refusal_of(party, body) == ""
        assert len(party.house.server.dropped) == 2
        without_beta = await refusal_of(party, body, **{"anthropic-beta": ""})
        assert "block_binding: Extra inputs are not permitted" in without_beta


async def test_each_gets_its_own_state_back_and_nothing_of_the_others() -> None:
    history: list[Message] = start()
    async with opened_parties() as parties:
        named = {str(party): party for party in parties}
        order = [
            named[each]
            for each in (
                "anthropic/claude-opus-5-5", "openai/gpt-6.1-sol", "anthropic-2/claude-opus-5-5",
                "openai-2/gpt-6.1-sol", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra",
                "anthropic/claude-opus-4-8",
            )
        ]  # fmt: skip
        for party in (*order, *order):
            answer = await party.answer(history, "calls")
            history += [answer, *results_of(answer)]
        sent = {str(party): json.dumps(party.house.requests[-1]) for party in order}
        seen = {name: [body.count(mark) for mark in ('"sig_claude-opus-5-5', '"sig_claude-opus-4-8',
                       '"sealed-openai/', '"sealed-openai-2/', '"sig-')]
                for name, body in sent.items()}  # fmt: skip
        assert all(party.house.refused == [] for party in order)
    assert seen["anthropic/claude-opus-4-8"] == [0, 1, 0, 0, 0]
    assert seen["anthropic-2/claude-opus-5-5"] == [1, 0, 0, 0, 0]
    assert seen["openai/gpt-6.1-terra"][2:] == [1, 0, 0]
    assert seen["openai-2/gpt-6.1-sol"][2:] == [0, 1, 0]
    assert seen["gemini/gemini-3.8-flash"] == [0, 0, 0, 0, 1]
