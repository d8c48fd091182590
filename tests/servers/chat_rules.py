"""What OpenAI-compatible servers refuse in a Chat Completions request, as one pure function.

The base is what all of them have in common; `Rules` adds what single ones insist on.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.servers import arguments
from tests.servers.image_rules import url_problems
from tests.servers.schema_rules import parameter_problems, schema_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json = dict[str, Any]

STAND_IN = "skip_thought_signature_validator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a server insists on beyond the common base.

    `refused` are fields it does not know, at the top or in a message; `reasoning` is "required"
    where reasoning must come back with tool calls, "allowed" where it may and "unknown" elsewhere.
    """

    refused: frozenset[str] = frozenset()
    reasoning: str = "unknown"
    nine_letter_ids: bool = False
    alternate: bool = False
    signatures: bool = False
    streams_tools: bool = True
    images: bool = True


@dataclass(slots=True)
class Issued:
    """What a server has made: ids of calls, signatures, and reasoning details as JSON."""

    ids: set[str] = field(default_factory=set)
    signatures: set[str] = field(default_factory=set)
    details: set[str] = field(default_factory=set)


_REQUIRED: Mapping[str, type] = {"model": str, "messages": list, "stream": bool}
_OPTIONAL: Mapping[str, type] = {
    "max_completion_tokens": int,
    "max_tokens": int,
    "reasoning": dict,
    "reasoning_effort": str,
    "response_format": dict,
    "stream_options": dict,
    "temperature": float,
    "tools": list,
}
_EFFORTS = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NINE = re.compile(r"[A-Za-z0-9]{9}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FIELDS = {
    "system": {"role", "content"},
    "developer": {"role", "content"},
    "user": {"role", "content"},
    "tool": {"role", "content", "tool_call_id"},
    "assistant": {"role", "content", "tool_calls", "reasoning_content", "reasoning_details"},
}


def problems(body: Json, rules: Rules, issued: Issued | None = None) -> list[str]:
    """Everything a server with these rules would refuse in a request body."""
    known = issued or Issued()
    found = [*_parameter_problems(body, rules), *_tool_problems(body.get("tools", []))]
    found += _format_problems(body.get("response_format"))
    messages = body.get("messages")
    if isinstance(messages, list):
        for place, message in enumerate(messages):
            found += [f"messages[{place}]: {each}" for each in _message(message, rules, known)]
        found += [*_order_problems(messages), *_id_problems(messages)]
        if rules.alternate:
            found += _role_problems(messages)
    if _SURROGATE.search(json.dumps(body, ensure_ascii=False)):
        found.append("lone surrogates cannot be encoded")
    return found


def _parameter_problems(body: Json, rules: Rules) -> Iterator[str]:
    for name, kind in _REQUIRED.items():
        if not isinstance(body.get(name), kind):
            yield f"Missing required parameter: {name!r}"
    for name, value in body.items():
        kind = _REQUIRED.get(name) or _OPTIONAL.get(name)
        if kind is None or name in rules.refused:
            yield f"Unrecognized request argument supplied: {name}"
        elif not isinstance(value, kind):
            yield f"Invalid type for {name!r}"
    called = any("tool_calls" in each for each in body.get("messages", []))
    limits = (body.get("max_tokens"), body.get("max_completion_tokens"))
    breaches = {
        "stream_options needs stream": "stream_options" in body and not body.get("stream"),
        "Unknown parameter in 'stream_options'": body.get("stream_options", {"include_usage": True})
        != {"include_usage": True},
        "only one of max_tokens and max_completion_tokens may be set": None not in limits,
        "temperature: range: 0..2": not 0 <= body.get("temperature", 0) <= 2,
        "tools is empty": body.get("tools") == [] and not called,
        "Invalid max tokens": any(isinstance(each, int) and each < 1 for each in limits),
        "Invalid reasoning_effort": body.get("reasoning_effort", "low") not in _EFFORTS,
        "Invalid reasoning": body.get("reasoning", {}).get("effort", "low") not in _EFFORTS,
        "tool calls cannot be streamed; set stream to false": not rules.streams_tools
        and bool(body.get("tools"))
        and bool(body.get("stream")),
    }
    yield from (words for words, breached in breaches.items() if breached)


def _format_problems(wanted: Json | None) -> Iterator[str]:
    match wanted:
        case None:
            return
        case {"type": "json_schema", "json_schema": {"name": str(name), **rest}} if (
            len(wanted) == 2 and rest.keys() == {"schema", "strict"} and _NAME.fullmatch(name)
        ):
            if rest["strict"] is not True:
                yield "response_format: strict must be true"
            yield from schema_problems(rest["schema"])
        case _:
            yield f"response_format: unexpected fields {sorted(wanted)}"


def _tool_problems(tools: Sequence[Json]) -> Iterator[str]:
    for place, tool in enumerate(tools):
        function = tool.get("function", {})
        if tool.keys() != {"type", "function"} or tool["type"] != "function":
            yield f"tools[{place}]: unexpected fields {sorted(tool)}"
        elif function.keys() != {"name", "description", "parameters"}:
            yield f"tools[{place}].function: unexpected fields {sorted(function)}"
        elif not _NAME.fullmatch(function["name"]):
            yield f"tools[{place}]: bad name"
        elif not isinstance(function["description"], str):
            yield f"tools[{place}]: bad description"
        else:
            schema = function["parameters"]
            yield from (f"tools[{place}]: {each}" for each in parameter_problems(schema))
    names = Counter(tool.get("function", {}).get("name") for tool in tools)
    yield from (f"tools: {each!r} is there twice" for each, times in names.items() if times > 1)


def _message(message: Json, rules: Rules, issued: Issued) -> Iterator[str]:
    role = message.get("role")
    if role not in _FIELDS or role in rules.refused:
        yield f"unknown role {role!r}"
        return
    unknown = (message.keys() - _FIELDS[role]) | (message.keys() & rules.refused)
    if rules.reasoning == "unknown" and "reasoning_content" in message:
        unknown.add("reasoning_content")
    if unknown:
        yield f"Extra inputs are not permitted: {', '.join(sorted(unknown))}"
    if role == "user" and isinstance(message.get("content"), list):
        yield from _part_problems(message["content"], rules)
    elif not isinstance(message.get("content"), str):
        yield "content is not a string"
    elif not message["content"].strip() and role != "assistant":
        yield "content is empty"
    if role == "assistant":
        yield from _answer_problems(message, rules, issued)


def _part_problems(parts: Sequence[Json], rules: Rules) -> Iterator[str]:
    for part in parts:
        match part:
            case {"type": "text", "text": str(text)} if text.strip() and len(part) == 2:
                continue
            case {"type": "image_url", "image_url": {"url": url}} if len(part) == 2:
                yield from url_problems(url)
                if not rules.images:
                    yield "image input is not supported by this model"
            case _:
                yield f"bad content part {sorted(part)}"
    if not parts:
        yield "content is empty"


def _answer_problems(message: Json, rules: Rules, issued: Issued) -> Iterator[str]:
    calls = message.get("tool_calls")
    if calls is None:
        if not message["content"].strip():
            yield "an assistant message needs content or tool_calls"
    elif not calls:
        yield "tool_calls is empty"
    elif rules.reasoning == "required" and not isinstance(message.get("reasoning_content"), str):
        yield "The `reasoning_content` in the thinking mode must be passed back to the API."
    for call in calls or ():
        yield from _call_problems(call, rules, issued)
    if calls and rules.signatures:
        given = calls[0].get("extra_content", {}).get("google", {}).get("thought_signature")
        if given not in {*issued.signatures, STAND_IN}:
            yield "Function call is missing a thought_signature"
    details = message.get("reasoning_details")
    if details is not None and json.dumps(details, sort_keys=True) not in issued.details:
        yield "reasoning_details were changed"


def _call_problems(call: Json, rules: Rules, issued: Issued) -> Iterator[str]:
    allowed = {"id", "type", "function"} | ({"extra_content"} if rules.signatures else set())
    if not call.keys() <= allowed or call.get("type") != "function":
        yield f"tool_calls: unexpected fields {sorted(call)}"
    call_id = call.get("id", "")
    if rules.nine_letter_ids and not _NINE.fullmatch(call_id):
        yield (f"Tool call id was {call_id} but must be a-z, A-Z, 0-9, with a length of 9.")
    elif call_id not in issued.ids and not _ID.fullmatch(call_id):
        yield f"Invalid tool call id {call_id!r}"
    function = call.get("function", {})
    if function.keys() != {"name", "arguments"} or not _NAME.fullmatch(function["name"]):
        yield f"bad function {function!r}"
    if breach := arguments.problem(function.get("arguments")):
        yield breach


def _order_problems(messages: Sequence[Json]) -> Iterator[str]:
    """Results come right after their calls, one a call and in the order of the calls."""
    waiting: list[str] = []
    for place, message in enumerate(messages):
        role = message.get("role")
        if role == "tool":
            expected = waiting.pop(0) if waiting else None
            if message.get("tool_call_id") != expected:
                yield f"messages[{place}]: a result for {message.get('tool_call_id')!r}"
        elif waiting:
            yield f"messages[{place}]: the calls {waiting} have no result yet"
            waiting = []
        if role == "assistant":
            waiting = [call.get("id", "") for call in message.get("tool_calls", [])]
        if role in {"system", "developer"} and place:
            yield f"messages[{place}]: the system message comes first"
    if waiting:
        yield f"the calls {waiting} have no result"
    if not messages or messages[-1].get("role") not in {"user", "tool"}:
        yield "the last message must be from the user or a tool"


def _id_problems(messages: Sequence[Json]) -> Iterator[str]:
    ids = Counter(call.get("id") for message in messages for call in message.get("tool_calls", []))
    yield from (
        f"the id {each!r} is used {times} times" for each, times in ids.items() if times > 1
    )


def _role_problems(messages: Sequence[Json]) -> Iterator[str]:
    spoken = [each.get("role") for each in messages if each.get("role") != "system"]
    if spoken and spoken[0] != "user":
        yield "conversation roles must alternate user/assistant: the first is not the user"
    for before, after in pairwise(spoken):
        if (before, after) in {("user", "user"), ("tool", "user"), ("assistant", "assistant")}:
            yield f"conversation roles must alternate: {after!r} after role {before!r}"
