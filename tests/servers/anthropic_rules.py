"""What Anthropic's Messages API refuses, as a pure function over a request body.

`problems(body, issued)` returns one sentence a breach, in the vendor's manner (`messages.1.role:
…`). `issued` is what the server itself has handed out: thinking signatures with the exact text each
one covers, redacted data with "", and blocks of types it knows alone under `block_key(block)`.

Source: https://platform.claude.com/docs/en/api/messages, and the pages on tool use, thinking and
prompt caching. Stricter than the vendor only where the vendor repairs silently.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.servers.image_rules import MAX_SIDE, image_problems
from tests.servers.schema_rules import parameter_problems, schema_problems
from tests.servers.thinking_seals import BINDING, family_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MAX_CACHE_MARKS = 4
LIVES = ("1h", "5m")
MANY_IMAGES, MAX_SIDE_OF_MANY, MAX_IMAGES = 20, 2_000, 100
MAX_REQUEST_BYTES = 32_000_000

TOP_LEVEL = {
    "model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking",
    "output_config", "stream", "metadata", "stop_sequences", "service_tier", "compaction",
}  # fmt: skip
BLOCK_FIELDS: dict[str, set[str]] = {
    "text": {"type", "text", "cache_control"},
    "image": {"type", "source", "cache_control"},
    "tool_use": {"type", "id", "name", "input", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
    "compaction": {
        "type",
        "content",
        "encrypted_content",
        "signature",
        "tool_changes",
        "cache_control",
    },
}
TOOL_FIELDS = {
    "name", "description", "input_schema", "cache_control", "eager_input_streaming", "strict",
    "type",
}  # fmt: skip
EFFORTS = {"low", "medium", "high", "xhigh", "max"}
BUDGET_MODELS = ("claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5")
ALWAYS_THINKING = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5", "claude-mythos-5")
MAX_TOKENS = {**dict.fromkeys(BUDGET_MODELS, 64_000), "claude-sonnet-4-6": 64_000}
"""Where it is not 128,000."""
NO_XHIGH = ("claude-opus-4-6", "claude-sonnet-4-6")
BETWEEN_TOOLS = ("claude-sonnet-5-5",)
OPERATED = ("claude-opus-4-8", "claude-opus-5", "claude-fable-5", "claude-mythos-5",
            "claude-sonnet-5-5", "claude-haiku-5-5")  # fmt: skip
"""Models that take words of the operator's in the middle of a conversation."""
DISPLAYS = {"summarized", "omitted", "updates"}
BINDINGS = ({"prefix_mismatch_behavior": "drop_block"}, {"prefix_mismatch_behavior": "error"})


def block_key(block: Mapping[str, Any]) -> str:
    return json.dumps(block, sort_keys=True)


def problems(body: dict[str, Any], issued: Mapping[str, str]) -> list[str]:
    """Return every reason to answer this body with 400; none for a body that is in order."""
    return [*_top_level(body), *_thinking(body), *_system(body), *_tools(body),
            *_cache_marks(body), *_images(body), *_messages(body, issued)]  # fmt: skip


def _top_level(body: dict[str, Any]) -> Iterator[str]:
    yield from _temperature(body)
    for name in body.keys() - TOP_LEVEL - {"temperature"}:
        yield f"{name}: Extra inputs are not permitted"
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model: Field required"
    yield from _limit(body)
    if not isinstance(body.get("stream", False), bool):
        yield "stream: Input should be a valid boolean"
    if len(json.dumps(body)) > MAX_REQUEST_BYTES:
        yield "Request exceeds the maximum size"
    effort = body.get("output_config", {}).get("effort")
    if effort is not None and effort not in EFFORTS:
        yield f"output_config.effort: {effort!r} is not a level"
    if effort is not None and str(body.get("model")).startswith(BUDGET_MODELS):
        yield "output_config.effort: This model does not support the effort parameter"
    if effort == "xhigh" and str(body.get("model")).startswith(NO_XHIGH):
        yield "output_config.effort: This model does not support effort level 'xhigh'"
    yield from _tool_choice(body)
    for name in body.get("output_config", {}).keys() - {"effort", "format"}:
        yield f"output_config.{name}: Extra inputs are not permitted"
    match body.get("output_config", {}).get("format"):
        case None:
            pass
        case {"type": "json_schema", "schema": schema, **rest} if not rest:
            yield from schema_problems(schema)
        case _:
            yield "output_config.format: Input should be {type: json_schema, schema}"
    if not _is_unicode(body):
        yield "The request body is not valid JSON: lone surrogate in string"


def _limit(body: dict[str, Any]) -> Iterator[str]:
    max_tokens, model = body.get("max_tokens"), str(body.get("model"))
    most = next((n for name, n in MAX_TOKENS.items() if model.startswith(name)), 128_000)
    if not isinstance(max_tokens, int) or max_tokens < 1:
        yield "max_tokens: Field required"
    elif max_tokens > most:
        yield f"max_tokens: {max_tokens} > {most}, the maximum of output tokens for {model}"


def _temperature(body: dict[str, Any]) -> Iterator[str]:
    """Later models took the parameter out; the others take it as long as they do not think."""
    temperature = body.get("temperature")
    if temperature is None:
        return
    model = str(body.get("model"))
    if model.startswith("claude") and not model.startswith((*BUDGET_MODELS, *NO_XHIGH)):
        yield "temperature: Extra inputs are not permitted"
    elif body.get("thinking", {"type": "disabled"})["type"] != "disabled" and temperature != 1:
        yield "temperature: may only be set to 1 when thinking is enabled"
    if not 0 <= temperature <= 1:
        yield "temperature: range: 0..1"


def _tool_choice(body: dict[str, Any]) -> Iterator[str]:
    kind = body.get("tool_choice", {}).get("type", "auto")
    thinks = body.get("thinking", {}).get("type") in {"adaptive", "enabled"}
    if kind not in {"auto", "any", "tool", "none"}:
        yield f"tool_choice.type: {kind!r} is not known"
    elif kind in {"any", "tool"} and (thinks or str(body.get("model")).startswith(ALWAYS_THINKING)):
        yield "tool_choice: Thinking may not be enabled when tool_choice forces tool use."


def _between_tools(model: str, effort: Any) -> Iterator[str]:
    if not model.startswith(BETWEEN_TOOLS):
        yield "thinking: between_tools is not supported by this model"
    if effort in {"xhigh", "max"}:
        yield f"thinking: between_tools is not possible at effort {effort!r}"


def _thinking_options(thinking: dict[str, Any], model: str) -> Iterator[str]:
    if thinking.get("display", "omitted") not in DISPLAYS:
        yield "thinking.display: Input should be 'summarized', 'omitted' or 'updates'"
    if "block_binding" in thinking and not BINDING.match(family_of(model)):
        yield "thinking.block_binding: not supported by this model"
    if thinking.get("block_binding", BINDINGS[0]) not in BINDINGS:
        yield "thinking.block_binding: unexpected value"


def _budget(budget: Any, body: dict[str, Any], model: str) -> Iterator[str]:
    if not model.startswith(BUDGET_MODELS):
        yield "thinking: budget_tokens is not supported by this model"
    if not isinstance(budget, int) or not 1024 <= budget < body.get("max_tokens", 0):
        yield "thinking.budget_tokens: must be at least 1024 and less than max_tokens"


def _thinking(body: dict[str, Any]) -> Iterator[str]:
    if "thinking" not in body:
        return
    thinking, model = body["thinking"], str(body.get("model"))
    yield from _thinking_options(thinking, model)
    effort = body.get("output_config", {}).get("effort")
    match thinking.get("type"):
        case "adaptive":
            allowed = {"type", "display", "block_binding"}
            if model.startswith(BUDGET_MODELS):
                yield "thinking: adaptive thinking is not supported by this model"
        case "enabled":
            allowed = {"type", "display", "budget_tokens"}
            yield from _budget(thinking.get("budget_tokens"), body, model)
        case "disabled":
            allowed = {"type"}
            if model.startswith(ALWAYS_THINKING):
                yield "thinking: cannot be disabled for this model"
            if model == "claude-opus-5" and effort in {"xhigh", "max"}:
                yield f"thinking: cannot be disabled at effort {effort!r}"
        case "between_tools":
            allowed = {"type", "display", "block_binding"}
            yield from _between_tools(model, effort)
        case other:
            allowed = set(thinking)
            yield f"thinking.type: {other!r} is not known"
    for name in thinking.keys() - allowed:
        yield f"thinking.{name}: Extra inputs are not permitted"


def _system(body: dict[str, Any]) -> Iterator[str]:
    system = body.get("system", [])
    blocks = [{"type": "text", "text": system}] if isinstance(system, str) else system
    for number, block in enumerate(blocks):
        if block.get("type") != "text":
            yield f"system.{number}: must be a text block"
        elif block.keys() - BLOCK_FIELDS["text"]:
            yield f"system.{number}: Extra inputs are not permitted"
        else:
            yield from _text_block(block, f"system.{number}")


def _tools(body: dict[str, Any]) -> Iterator[str]:
    names: set[str] = set()
    for number, tool in enumerate(body.get("tools", [])):
        at = f"tools.{number}"
        for name in tool.keys() - TOOL_FIELDS:
            yield f"{at}.{name}: Extra inputs are not permitted"
        if not NAME.fullmatch(tool.get("name", "")):
            yield f"{at}.name: String should match pattern '{NAME.pattern}'"
        if tool.get("name") in names:
            yield f"{at}: Tool names must be unique"
        names.add(tool.get("name", ""))
        schema = tool.get("input_schema")
        yield from (f"{at}.input_schema: {each}" for each in parameter_problems(schema))
        if not isinstance(tool.get("description", ""), str):
            yield f"{at}.description: Input should be a valid string"
        for name in ("eager_input_streaming", "strict"):
            if not isinstance(tool.get(name, False), bool):
                yield f"{at}.{name}: Input should be a boolean"


def _cache_marks(body: dict[str, Any]) -> Iterator[str]:
    read = [body.get(name, []) for name in ("tools", "system", "messages")]
    marks = [mark for mark in _find(read, "cache_control") if mark is not None]
    if len(marks) > MAX_CACHE_MARKS:
        yield f"A maximum of {MAX_CACHE_MARKS} blocks with cache_control, found {len(marks)}"
    for mark in marks:
        if mark.get("type") != "ephemeral" or mark.keys() - {"type", "ttl"}:
            yield f"cache_control: {mark} is not known"
        if mark.get("ttl", "5m") not in LIVES:
            yield "cache_control.ttl: Input should be '5m' or '1h'"
    lives = [mark.get("ttl", "5m") for mark in marks]
    if lives != sorted(lives, key=LIVES.index if set(lives) <= {*LIVES} else None):
        yield "cache_control.ttl: a ttl='1h' block must not come after a ttl='5m' block"


def _images(body: dict[str, Any]) -> Iterator[str]:
    sources = list(_find(body.get("messages"), "source"))
    max_side = MAX_SIDE_OF_MANY if len(sources) > MANY_IMAGES else MAX_SIDE
    if len(sources) > MAX_IMAGES:
        yield f"messages: {len(sources)} images, at most {MAX_IMAGES} are possible"
    for source in sources:
        if source.keys() != {"type", "media_type", "data"} or source["type"] != "base64":
            yield f"source: unexpected fields {sorted(source)}"
        else:
            yield from image_problems(source["media_type"], source["data"], max_side)


def _messages(body: dict[str, Any], issued: Mapping[str, str]) -> Iterator[str]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "messages: at least one message is required"
        return
    yield from _ends(messages, body)
    seen: set[str] = set()
    for number, message in enumerate(messages):
        at = f"messages.{number}"
        if message.keys() - {"role", "content"}:
            yield f"{at}: Extra inputs are not permitted"
        if message.get("role") == "system":
            yield from _operator(messages, number, str(body.get("model")))
        elif message.get("role") not in {"user", "assistant"}:
            yield f"{at}.role: Input should be 'user' or 'assistant'"
        if not isinstance(message.get("content"), str | list):
            yield f"{at}.content: Input should be a valid list"
            continue
        blocks = _blocks(message)
        if not blocks:
            yield f"{at}: all messages must have non-empty content"
        for position, block in enumerate(blocks):
            yield from _block(block, f"{at}.content.{position}", message["role"], issued)
        if message.get("role") == "assistant":
            follower = messages[number + 1] if number + 1 < len(messages) else {}
            yield from _answered(blocks, follower, at, seen)
            if blocks and blocks[-1].get("type") in {"thinking", "redacted_thinking"}:
                yield f"{at}: The final block in an assistant message cannot be `thinking`"
        else:
            yield from _results(blocks, messages[number - 1] if number else {}, at)


def _ends(messages: list[dict[str, Any]], body: dict[str, Any]) -> Iterator[str]:
    """Check how the conversation begins and ends."""
    first, last = _blocks(messages[0])[:1], _blocks(messages[-1])[-1:]
    summarised = bool(first) and first[0].get("type") == "compaction"
    if messages[0].get("role") != "user" and not summarised:
        yield "messages.0: the first message must use the user role"
    ends_in_text = messages[-1].get("role") == "assistant" and last and last[0]["type"] == "text"
    if ends_in_text and "compaction" not in body:
        yield "This model does not support assistant message prefill"
    if ends_in_text and last[0].get("text", "").endswith((" ", "\n", "\t", "\r")):
        yield "messages: final assistant content cannot end with trailing whitespace"


def _operator(messages: list[dict[str, Any]], number: int, model: str) -> Iterator[str]:
    """Check where the operator speaks in the middle of a conversation."""
    at = f"messages.{number}"
    if not model.startswith(OPERATED):
        yield f"{at}.role: Input should be 'user' or 'assistant'; 'system' is not for this model"
    if not number or messages[number - 1].get("role") != "user":
        yield f"{at}.role: a system message must follow a user message"
    if number + 1 < len(messages) and messages[number + 1].get("role") != "assistant":
        yield f"{at}.role: a system message must be last or followed by an assistant message"


def _block(block: dict[str, Any], at: str, role: str, issued: Mapping[str, str]) -> Iterator[str]:
    kind = block.get("type", "")
    if kind not in BLOCK_FIELDS:
        if role != "assistant" or block_key(block) not in issued:
            yield f"{at}: Input tag {kind!r} found using 'type' does not match any of the expected"
        return
    for name in block.keys() - BLOCK_FIELDS[kind]:
        yield f"{at}.{kind}.{name}: Extra inputs are not permitted"
    expected = {"text": role, "tool_result": "user", "image": "user"}.get(kind, "assistant")
    if role != expected:
        yield f"{at}: `{kind}` blocks can only be in {expected} messages"
    match kind:
        case "text":
            yield from _text_block(block, at)
        case "thinking" if not block.get("signature"):
            yield f"{at}.thinking.signature: Field required"
        case "thinking" if issued.get(block.get("signature", "")) != block.get("thinking"):
            yield f"{at}: Invalid `signature` in `thinking` block"
        case "redacted_thinking" if block.get("data") not in issued:
            yield f"{at}: Invalid `data` in `redacted_thinking` block"
        case "tool_use":
            yield from _tool_use(block, at)
        case "tool_result":
            yield from _result_content(block, at)


def _result_content(block: dict[str, Any], at: str) -> Iterator[str]:
    if not NAME.fullmatch(str(block.get("tool_use_id"))):
        yield f"{at}.tool_result.tool_use_id: String should match pattern '{NAME.pattern}'"
    if not isinstance(block.get("is_error", False), bool):
        yield f"{at}.tool_result.is_error: Input should be a valid boolean"
    for number, inner in enumerate(_blocks(block)):
        inside = f"{at}.tool_result.content.{number}"
        if inner.get("type") not in {"text", "image"}:
            yield f"{inside}: Input tag {inner.get('type')!r} is not one of those expected"
            continue
        for name in inner.keys() - BLOCK_FIELDS[inner["type"]]:
            yield f"{inside}.{name}: Extra inputs are not permitted"
        if inner["type"] == "text":
            yield from _text_block(inner, inside)
        elif block.get("is_error"):
            yield f"{at}: all content must be type `text` if `is_error` is true"


def _tool_use(block: dict[str, Any], at: str) -> Iterator[str]:
    for name in ("id", "name"):
        if not NAME.fullmatch(str(block.get(name))):
            yield f"{at}.tool_use.{name}: String should match pattern '{NAME.pattern}'"
    if not isinstance(block.get("input"), dict):
        yield f"{at}.tool_use.input: Input should be a valid dictionary"


def _text_block(block: dict[str, Any], at: str) -> Iterator[str]:
    text = block.get("text")
    if not isinstance(text, str):
        yield f"{at}.text: Field required"
    elif not text:
        yield f"{at}: text content blocks must be non-empty"
    elif not text.strip():
        yield f"{at}: text content blocks must contain non-whitespace text"


def _answered(
    blocks: list[dict[str, Any]], follower: dict[str, Any], at: str, seen: set[str]
) -> Iterator[str]:
    """Check that the calls of one assistant message have their results in the next message."""
    answers = [
        block.get("tool_use_id")
        for block in _blocks(follower)
        if block.get("type") == "tool_result" and follower.get("role") == "user"
    ]
    for call in (block.get("id") for block in blocks if block.get("type") == "tool_use"):
        if call in seen:
            yield f"{at}: `tool_use` ids must be unique: {call}"
        seen.add(str(call))
        if answers.count(call) != 1:
            yield (
                f"{at}: `tool_use` ids were found without one `tool_result` block immediately"
                f" after: {call}"
            )


def _results(blocks: list[dict[str, Any]], before: dict[str, Any], at: str) -> Iterator[str]:
    calls = {block.get("id") for block in _blocks(before) if block.get("type") == "tool_use"}
    others = False
    for block in blocks:
        if block.get("type") != "tool_result":
            others = True
            continue
        if others:
            yield f"{at}: `tool_result` blocks must come before other content"
        if block.get("tool_use_id") not in calls:
            yield (
                f"{at}: unexpected `tool_use_id` found in `tool_result` blocks:"
                f" {block.get('tool_use_id')}"
            )


def _blocks(holder: dict[str, Any]) -> list[dict[str, Any]]:
    content = holder.get("content") or []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _find(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            elif key not in {"input", "input_schema"}:
                yield from _find(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _find(inner, name)


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
