"""What the vendor's Responses endpoint refuses, as one pure function over a request's body.

The endpoint meant here streams and stores nothing: it knows an item only if it has issued it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.servers import arguments
from tests.servers.image_rules import url_problems
from tests.servers.schema_rules import parameter_problems, schema_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An item this server made: what it encrypted in it, the ids of the item after it and of the
    reasoning right before it, and the model that made it, empty where that is all the same.
    """

    type: str
    encrypted: str | None = None
    follower: str | None = None
    leader: str | None = None
    model: str = ""


_REQUIRED: Mapping[str, type] = {"model": str, "input": list, "stream": bool, "store": bool}
_OPTIONAL: Mapping[str, type] = {
    "include": list,
    "instructions": str,
    "max_output_tokens": int,
    "parallel_tool_calls": bool,
    "prompt_cache_key": str,
    "prompt_cache_options": dict,
    "temperature": float,
    "reasoning": dict,
    "stream_options": dict,
    "text": dict,
    "tools": list,
}
_EFFORTS = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}
_DETAILS = {"low", "high", "auto"}
MAX_BREAKPOINTS = 3
_SUMMARIES = {"auto", "concise", "detailed"}
_NO_NONE = ("gpt-6.1", "gpt-6.2", "gpt-5.3-codex")
"""Families that always reason."""
_NO_MINIMAL = ("gpt-6.1", "gpt-6.2")
_BREAKABLE = ("gpt-5.6", "gpt-6")
"""Families whose cache can be told where to break."""
MAX_OUTPUT_TOKENS = 128_000
MAX_OUTPUT_CHARS = 10_485_760
"""The longest output of a call."""
_UNVERIFIED = "The encrypted content could not be verified. (invalid_encrypted_content)"
_REASONING = {"type", "id", "summary", "content", "encrypted_content", "status"}
_PARTS: Mapping[str, set[str]] = {
    "output_text": {"type", "text", "annotations", "logprobs"},
    "refusal": {"type", "refusal"},
    "input_text": {"type", "text", "prompt_cache_breakpoint"},
}
_STATES = {None, "in_progress", "completed", "incomplete"}
_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc"}
_RELEASE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def problems(body: Json, issued: Mapping[str, Issued]) -> list[str]:
    """Everything the vendor would refuse in a request body; `issued` is what the server made."""
    found = [*_parameter_problems(body), *_tool_problems(body.get("tools", []))]
    found += _format_problems(body.get("text"))
    items = body.get("input")
    if isinstance(items, list):
        found += _item_problems(items, issued, str(body.get("model")))
        found += _order_problems(items, issued)
        found += _breakpoint_problems(items, str(body.get("model")))
    if _SURROGATE.search(json.dumps(body, ensure_ascii=False)):
        found.append("lone surrogates cannot be encoded")
    return found


def _breakpoint_problems(items: Sequence[Json], model: str) -> Iterator[str]:
    """Explicit breakpoints stand on what goes in, three at most."""
    contents = (item.get("content") for item in items)
    parts = [part for each in contents if isinstance(each, list) for part in each]
    marked = [part for part in parts if "prompt_cache_breakpoint" in part]
    if marked and not model.startswith(_BREAKABLE):
        yield "Unknown parameter: 'prompt_cache_breakpoint'"
    for part in marked:
        if not str(part.get("type")).startswith("input_"):
            yield f"prompt_cache_breakpoint does not belong on {part.get('type')!r}"
        if part["prompt_cache_breakpoint"] != {"mode": "explicit"}:
            yield f"Invalid value: {part['prompt_cache_breakpoint']!r}"
    if len(marked) > MAX_BREAKPOINTS:
        yield f"at most {MAX_BREAKPOINTS} explicit breakpoints, not {len(marked)}"


def _parameter_problems(body: Json) -> Iterator[str]:
    for name, kind in _REQUIRED.items():
        if not isinstance(body.get(name), kind):
            yield f"Missing required parameter: {name!r}"
    for name, value in body.items():
        kind = _REQUIRED.get(name) or _OPTIONAL.get(name)
        if kind is None:
            yield f"Unknown parameter: {name!r}"
        elif not isinstance(value, kind):
            yield f"Invalid type for {name!r}"
    options = body.get("reasoning", {})
    reasons = str(body.get("model")).startswith(("gpt-5", "gpt-6", "o3", "o4"))
    breaches = {
        "Unsupported parameter: 'prompt_cache_options'": "prompt_cache_options" in body
        and not str(body.get("model")).startswith(_BREAKABLE),
        "Invalid 'prompt_cache_options.ttl'": body.get("prompt_cache_options", {}).get("ttl", "30m")
        not in {"30m", "12h"},
        "Unsupported parameter: 'temperature' is not supported with this model.": reasons
        and "temperature" in body,
        "this endpoint streams": body.get("stream") is not True,
        "this endpoint stores nothing": body.get("store") is not False,
        "include has no encrypted reasoning": "reasoning.encrypted_content"
        not in body.get("include", ["reasoning.encrypted_content"]),
        "Invalid 'input': empty array": body.get("input") == [],
        "Invalid 'prompt_cache_key': too long": len(body.get("prompt_cache_key", "")) > 64,
        "Invalid 'max_output_tokens'": not 16
        <= body.get("max_output_tokens", 16)
        <= MAX_OUTPUT_TOKENS,
        "Unknown parameter in 'stream_options'": not body.get("stream_options", {}).keys()
        <= {"include_obfuscation"},
        "Unsupported parameter: 'reasoning.effort' is not supported with this model.": "reasoning"
        in body
        and str(body.get("model")).startswith("gpt-4"),
        "Unsupported value: 'minimal' is not supported with this model": options.get("effort")
        == "minimal"
        and str(body.get("model")).startswith(_NO_MINIMAL),
        "Invalid 'reasoning.summary'": options.get("summary", "auto") not in _SUMMARIES,
        "parallel_tool_calls needs tools": "parallel_tool_calls" in body and not body.get("tools"),
        "Invalid 'reasoning.effort'": options.get("effort", "low") not in _EFFORTS,
        "Unsupported value: 'none' is not supported with this model": options.get("effort")
        == "none"
        and str(body.get("model")).startswith(_NO_NONE),
        "Invalid 'reasoning'": not options.keys() <= {"effort", "summary"},
    }
    yield from (words for words, breached in breaches.items() if breached)


def _format_problems(text: Json | None) -> Iterator[str]:
    match text:
        case None:
            return
        case {"format": {"type": "json_schema", "name": str(name), **rest}} if len(text) == 1:
            if rest.keys() != {"schema", "strict"} or not _ID.fullmatch(name):
                yield f"text.format: bad name, or unexpected fields {sorted(rest)}"
            elif rest["strict"] is not True:
                yield "text.format.strict must be true"
            else:
                yield from schema_problems(rest["schema"])
        case _:
            yield "Unknown parameter: 'text'"


def _tool_problems(tools: Sequence[Json]) -> Iterator[str]:
    for place, tool in enumerate(tools):
        where = f"tools[{place}]"
        if tool.keys() != {"type", "name", "description", "parameters", "strict"}:
            yield f"{where}: unexpected fields {sorted(tool)}"
        elif tool["type"] != "function" or not _ID.fullmatch(tool["name"]):
            yield f"{where}: bad name or type"
        elif not isinstance(tool["description"], str) or tool["strict"] not in {None, True, False}:
            yield f"{where}: bad description or strict"
        else:
            yield from (f"{where}: {each}" for each in parameter_problems(tool["parameters"]))
    if len({tool.get("name") for tool in tools}) != len(tools):
        yield "tools: names must be unique"


def _item_problems(
    items: Sequence[Json], issued: Mapping[str, Issued], model: str
) -> Iterator[str]:
    for place, item in enumerate(items):
        where = f"input[{place}]"
        kind = item.get("type")
        yield from (f"{where}: {each}" for each in _id_problems(item, issued))
        match kind:
            case "message":
                yield from (f"{where}: {each}" for each in _message_problems(item))
            case "function_call":
                yield from (f"{where}: {each}" for each in _call_problems(item))
            case "function_call_output":
                if item.keys() != {"type", "call_id", "output"}:
                    yield f"{where}: bad function_call_output"
                elif not isinstance(item["call_id"], str) or not _ID.fullmatch(item["call_id"]):
                    yield f"{where}: Invalid 'call_id'"
                elif len(item["output"]) > MAX_OUTPUT_CHARS:
                    yield f"{where}.output: string too long (string_above_max_length)"
                elif not isinstance(item["output"], str):
                    yield from (f"{where}: {each}" for each in _output_problems(item["output"]))
            case "reasoning":
                yield from (f"{where}: {each}" for each in _seal_problems(item, issued, model))
            case _ if "id" not in item:
                yield f"{where}: Invalid value: {kind!r}"


def _id_problems(item: Json, issued: Mapping[str, Issued]) -> Iterator[str]:
    if "id" not in item:
        return
    prefix = _PREFIXES.get(str(item.get("type")), "")
    if not str(item["id"]).startswith(prefix):
        yield f"Invalid 'id': {item['id']!r}. Expected an ID that begins with {prefix!r}."
    if item["id"] not in issued or issued[item["id"]].type != item.get("type"):
        yield f"Item with id {item['id']!r} not found: items are not persisted"


def _seal_problems(item: Json, issued: Mapping[str, Issued], model: str) -> Iterator[str]:
    known = issued.get(item.get("id", ""))
    if unknown := item.keys() - _REASONING:
        yield f"unknown fields {sorted(unknown)}"
    if not item.get("encrypted_content") or not isinstance(item.get("summary"), list):
        yield "reasoning without encrypted_content"
    elif (
        known is None
        or known.encrypted != item["encrypted_content"]
        or (known.model and _family(known.model) != _family(model))
    ):
        yield _UNVERIFIED


def _family(model: str) -> str:
    return _RELEASE.sub("", model)


def _message_problems(item: Json) -> Iterator[str]:
    role = item.get("role")
    allowed = {"type", "role", "content"}
    if role == "assistant":
        allowed |= {"phase", "id", "status"}
    if not item.keys() <= allowed:
        yield f"unknown fields {sorted(item.keys() - allowed)}"
    if role not in {"user", "developer", "assistant"}:
        yield f"invalid role {role!r}"
    if item.get("status") not in _STATES:
        yield f"invalid status {item['status']!r}"
    if item.get("phase", "commentary") not in {"commentary", "final_answer"}:
        yield "invalid phase"
    kinds = {"output_text", "refusal"} if role == "assistant" else {"input_text"}
    if role == "user":
        kinds.add("input_image")
    content = item.get("content")
    if not isinstance(content, list) or not content:
        yield "empty content"
        return
    for part in content:
        if part.get("type") not in kinds:
            yield f"content of type {part.get('type')!r} does not belong to {role}"
        elif part["type"] == "input_image":
            yield from _image_problems(part)
        else:
            yield from _text_problems(part)


def _text_problems(part: Json) -> Iterator[str]:
    text = part.get("text") or part.get("refusal")
    if not isinstance(text, str):
        yield "empty text"
    if unknown := part.keys() - _PARTS[part["type"]]:
        yield f"unknown fields {sorted(unknown)}"
    if part["type"] == "output_text" and not isinstance(part.get("annotations"), list):
        yield "Missing required parameter: 'annotations'"


def _image_problems(part: Json) -> Iterator[str]:
    if part.keys() != {"type", "image_url", "detail"} or part["detail"] not in _DETAILS:
        yield f"unexpected fields {sorted(part)} or detail"
    yield from url_problems(part.get("image_url"))


def _output_problems(output: Any) -> Iterator[str]:
    """Check the output of a call that is not a plain text."""
    if not isinstance(output, list) or not output:
        yield "the output is neither a text nor a list"
        return
    for part in output:
        match part.get("type"):
            case "input_text" if part.keys() == {"type", "text"} and part["text"]:
                continue
            case "input_image":
                yield from _image_problems(part)
            case kind:
                yield f"output of type {kind!r} is not possible"


def _call_problems(item: Json) -> Iterator[str]:
    if not item.keys() <= {"type", "id", "call_id", "name", "arguments", "status"}:
        yield f"unknown fields {sorted(item)}"
    if item.get("status") not in _STATES:
        yield f"invalid status {item['status']!r}"
    if not _ID.fullmatch(item.get("call_id", "")):
        yield f"Invalid 'call_id': {item.get('call_id')!r}"
    if not _ID.fullmatch(item.get("name", "")):
        yield f"Invalid 'name': {item.get('name')!r}"
    if breach := arguments.problem(item.get("arguments")):
        yield breach


def _order_problems(items: Sequence[Json], issued: Mapping[str, Issued]) -> Iterator[str]:
    calls = [item.get("call_id") for item in items if item.get("type") == "function_call"]
    outputs = [item.get("call_id") for item in items if item.get("type") == "function_call_output"]
    if len(set(calls)) != len(calls):
        yield "call ids must be unique"
    ids = Counter(item["id"] for item in items if "id" in item)
    yield from (
        f"Duplicate item found with id {each}. Remove duplicate items from your input."
        for each, times in ids.items()
        if times > 1
    )
    yield from (
        f"No tool output found for function call {each}" for each in calls if each not in outputs
    )
    yield from (f"No tool call found for output {each}" for each in outputs if each not in calls)
    if calls != outputs:
        yield "the outputs are not one a call, in the order of the calls"
    waiting: list[str] = []
    for place, item in enumerate(items):
        match item.get("type"):
            case "function_call":
                waiting.append(item.get("call_id", ""))
                yield from _leader_problems(items, place, issued)
            case "function_call_output":
                if item.get("call_id") in waiting:
                    waiting.remove(item["call_id"])
            case "message" if item.get("role") != "assistant" and waiting:
                yield f"input[{place}]: a message before the outputs of {waiting}"
            case "reasoning":
                yield from _follower_problems(items, place, issued)
            case _:
                continue


def _leader_problems(
    items: Sequence[Json], place: int, issued: Mapping[str, Issued]
) -> Iterator[str]:
    known = issued.get(items[place].get("id", ""))
    before = items[place - 1].get("id") if place else None
    if known is not None and known.leader is not None and known.leader != before:
        yield (
            f"Item {items[place]['id']!r} of type 'function_call' was provided without its required"
            f" 'reasoning' item: {known.leader!r}."
        )


def _follower_problems(
    items: Sequence[Json], place: int, issued: Mapping[str, Issued]
) -> Iterator[str]:
    known = issued.get(items[place].get("id", ""))
    after = items[place + 1].get("id") if place + 1 < len(items) else None
    if known is not None and (known.follower is None or known.follower != after):
        yield (
            f"Item {items[place]['id']!r} of type 'reasoning' was provided without its required"
            " following item."
        )
