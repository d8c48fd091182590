"""The strict server refuses what real ones refuse; a test against it proves something."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.chat_rules import Issued, Rules, problems

Json = dict[str, Any]


def good() -> Json:
    calls = [
        {
            "id": each,
            "type": "function",
            "function": {"name": "read_file", "arguments": '{"path": "a"}'},
        }
        for each in ("call_a", "call_b")
    ]
    return {
        "model": "m",
        "stream": True,
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "", "tool_calls": calls},
            {"role": "tool", "tool_call_id": "call_a", "content": "x"},
            {"role": "tool", "tool_call_id": "call_b", "content": "(no output)"},
            {"role": "assistant", "content": "Done."},
            {"role": "user", "content": "go on"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "read_file",
                    "description": "Read.",
                    "parameters": {"type": "object"},
                },
            }
        ],
    }


def test_good_request_is_accepted() -> None:
    assert problems(good(), Rules()) == []


def call(body: Json) -> Json:
    return body["messages"][2]["tool_calls"][0]


def schema(body: Json) -> Json:
    return body["tools"][0]["function"]["parameters"]


BREACHES: dict[str, Callable[[Json], Any]] = {
    "no model": lambda b: b.pop("model"),
    "unknown parameter": lambda b: b.update(store=False),
    "wrong type": lambda b: b.update(max_tokens="9"),
    "options without a stream": lambda b: b.update(stream=False, stream_options={}),
    "no effort of that name": lambda b: b.update(reasoning_effort="much"),
    "empty tools": lambda b: b.update(tools=[], messages=b["messages"][:2]),
    "tool without a schema": lambda b: b["tools"][0]["function"].pop("parameters"),
    "unknown role": lambda b: b["messages"][1].update(role="notice"),
    "unknown field": lambda b: b["messages"][1].update(name="me"),
    "reasoning where it is unknown": lambda b: b["messages"][5].update(reasoning_content="h"),
    "content that is no string": lambda b: b["messages"][1].update(content=[]),
    "empty user message": lambda b: b["messages"][1].update(content=" "),
    "result that says nothing": lambda b: b["messages"][3].update(content=" "),
    "two limits": lambda b: b.update(max_tokens=9, max_completion_tokens=9),
    "unknown stream option": lambda b: b.update(stream_options={"include_obfuscation": False}),
    "temperature out of range": lambda b: b.update(temperature=2.5),
    "tool twice": lambda b: b["tools"].append(b["tools"][0]),
    "choice at the top of a schema": lambda b: schema(b).update(anyOf=[{}]),
    "key no vendor takes": lambda b: schema(b).update(properties={"a b": {}}),
    "required and not there": lambda b: schema(b).update(required=["a"]),
    "empty answer": lambda b: b["messages"][5].update(content=""),
    "no calls in the list of calls": lambda b: b["messages"][5].update(tool_calls=[]),
    "bad id": lambda b: call(b).update(id="a:1"),
    "state of a call": lambda b: call(b).update(extra_content={}),
    "arguments that are no JSON": lambda b: call(b)["function"].update(arguments="{"),
    "arguments that are no object": lambda b: call(b)["function"].update(arguments="[]"),
    "bad name": lambda b: call(b)["function"].update(name="read file"),
    "result missing": lambda b: b["messages"].pop(4),
    "results in another order": lambda b: b["messages"].insert(3, b["messages"].pop(4)),
    "result of nothing": lambda b: b["messages"].append(b["messages"][3]),
    "words before the results": lambda b: b["messages"].insert(3, {"role": "user", "content": "x"}),
    "system message later": lambda b: b["messages"].append({"role": "system", "content": "x"}),
    "answer at the end": lambda b: b["messages"].pop(),
    "calls at the end": lambda b: b.update(messages=b["messages"][:3]),
    "lone surrogate": lambda b: b["messages"][1].update(content="\ud83d"),
    "details that were not issued": lambda b: b["messages"][5].update(reasoning_details=[{}]),
}


@pytest.mark.parametrize("name", BREACHES)
def test_breach_is_refused(name: str) -> None:
    body = copy.deepcopy(good())
    BREACHES[name](body)
    assert problems(body, Rules()) != []


@pytest.mark.parametrize(
    "rules",
    [
        Rules(refused=frozenset({"tools"})),
        Rules(refused=frozenset({"tool_calls"})),
        Rules(reasoning="required"),
        Rules(nine_letter_ids=True),
        Rules(signatures=True),
        Rules(streams_tools=False),
    ],
)
def test_what_single_servers_insist_on_is_checked(rules: Rules) -> None:
    assert problems(good(), rules) != []


@pytest.mark.parametrize(("before", "after"), [("user", "user"), ("tool", "user")])
def test_roles_that_do_not_take_turns_are_refused(before: str, after: str) -> None:
    body = good()
    place = 1 if before == "user" else 4
    body["messages"].insert(place + 1, {"role": after, "content": "x"})
    assert problems(body, Rules()) == []
    assert problems(body, Rules(alternate=True)) != []


def test_ids_and_signatures_of_the_servers_own_are_accepted() -> None:
    body = good()
    call(body).update(id="a:1", extra_content={"google": {"thought_signature": "sig"}})
    body["messages"][3]["tool_call_id"] = "a:1"
    issued = Issued(ids={"a:1"}, signatures={"sig"})
    assert problems(body, Rules(signatures=True), issued) == []
    assert problems(body, Rules(signatures=True)) != []
