"""Which kind of failure a provider's error reply is, and what it says.

Decided by the most telling sign first: spend limits come dressed as rate limits and too long
prompts as bad requests, so neither the status nor the vendor's broad type is enough.

Sources: https://platform.claude.com/docs/en/api/errors,
https://platform.openai.com/docs/guides/error-codes, and the replies of compatible servers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.providers.retry_after import requested_delay_s

if TYPE_CHECKING:
    from collections.abc import Mapping

_BILLING_CODES: Final = frozenset({
    "arrearage", "billing_error", "billing_hard_limit_reached", "billing_not_active",
    "contract_spend_limit_reached", "credit_balance_exhausted", "enforced_spend_limit_reached",
    "exceeded_current_quota_error", "insufficient_balance", "insufficient_credits",
    "insufficient_quota", "ramp_limit_exceeded", "spend_limit_reached",
})  # fmt: skip
_BILLING = re.compile(
    r"credit balance|spend(ing)? limit|exceeded your current quota|insufficient (balance|credit"
    r"|funds|quota)|payment required|api usage limits|available credits|billing details"
    r"|more credits",
    re.IGNORECASE,
)
_CONTEXT_CODES: Final = frozenset({
    "context_length_exceeded", "exceed_context_size_error", "model_context_window_exceeded",
    "string_above_max_length",
})  # fmt: skip
_CONTEXT = re.compile(
    r"prompt is too long|prompt too long|input is too long|too many (input )?tokens"
    r"|maximum context length|context[ _]length[ _]exceeded|model_context_window_exceeded"
    r"|context[ _](length|window|size|limit)\b.{0,60}\b(exceed|overflow|too small)"
    r"|exceed(s|ed|ing)?\b.{0,60}\bcontext[ _](length|window|size|limit)|available context size"
    r"|greater than the context length|maximum prompt length|input token count.{0,40}exceeds"
    r"|reduce the length of (the|your) (messages|prompt|input)|longer than the (model|context)"
    r"|prompt exceeds max|tokens in request more than max tokens|model token limit"
    r"|token limit exceeded|prompt token count.{0,60}exceeds|range of input length should be"
    r"|input (length|tokens)\b.{0,60}\b(exceed|greater than|larger than)"
    r"|too large for (the )?model",
    re.IGNORECASE,
)
"""The words of Anthropic, OpenAI, Gemini, Bedrock, xAI, Groq, Mistral, Moonshot, MiniMax, z.ai,
DashScope, Copilot, OpenRouter, llama.cpp, LM Studio, Ollama and vLLM."""
_RATE = re.compile(
    r"rate.?limit|too many requests|throttl|please wait"
    r"|tokens per (minute|min|day)|requests per (minute|min|day)",
    re.IGNORECASE,
)
_TOO_LARGE_CODES: Final = frozenset({"request_too_large"})
_TOO_LARGE = re.compile(
    r"request (entity )?(is )?too large|exceeds the maximum size|payload too large", re.IGNORECASE
)
"""A single request over the limit of a minute is called a rate limit, too; waiting cannot help."""
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_UNKNOWN_MODEL = re.compile(
    r"(unknown|invalid|no such) model\b|\bmodel\b.{0,80}(not found|does not exist|not exist)",
    re.IGNORECASE,
)
_BY_CODE: Final[Mapping[str, Kind]] = {
    "authentication_error": Kind.AUTHENTICATION,
    "invalid_api_key": Kind.AUTHENTICATION,
    "unauthenticated": Kind.AUTHENTICATION,
    "permission_error": Kind.PERMISSION,
    "permission_denied": Kind.PERMISSION,
    "not_found_error": Kind.NOT_FOUND,
    "model_not_found": Kind.NOT_FOUND,
    "rate_limit_error": Kind.RATE_LIMIT,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "rate_limit_reached_error": Kind.RATE_LIMIT,
    "resource_exhausted": Kind.RATE_LIMIT,
    "throttling": Kind.RATE_LIMIT,
    "throttlingexception": Kind.RATE_LIMIT,
    "too_many_requests": Kind.RATE_LIMIT,
    "overloaded_error": Kind.OVERLOADED,
    "engine_overloaded_error": Kind.OVERLOADED,
    "server_is_overloaded": Kind.OVERLOADED,
    "service_unavailable": Kind.OVERLOADED,
    "service_unavailable_error": Kind.OVERLOADED,
    "slow_down": Kind.OVERLOADED,
    "unavailable": Kind.OVERLOADED,
    "api_error": Kind.OVERLOADED,
    "server_error": Kind.OVERLOADED,
    "internal_error": Kind.OVERLOADED,
    "internal_server_error": Kind.OVERLOADED,
    "timeout_error": Kind.TIMEOUT,
    "deadline_exceeded": Kind.TIMEOUT,
    "bio_policy": Kind.FILTER,
    "content_filter": Kind.FILTER,
    "content_policy_violation": Kind.FILTER,
    "cyber_policy": Kind.FILTER,
    "misalignment_policy_violation": Kind.FILTER,
    "refusal": Kind.REFUSAL,
}
_BY_STATUS: Final[Mapping[int, Kind]] = {
    401: Kind.AUTHENTICATION,
    402: Kind.BILLING,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    408: Kind.TIMEOUT,
    413: Kind.REQUEST_TOO_LARGE,
    429: Kind.RATE_LIMIT,
    504: Kind.TIMEOUT,
}
RETRYABLE: Final = frozenset({
    Kind.RATE_LIMIT, Kind.OVERLOADED, Kind.CONNECTION, Kind.TIMEOUT, Kind.STREAM_INTERRUPTED,
})  # fmt: skip


class Said(NamedTuple):
    """What an error body says: its most specific code first, then its broader type, and words."""

    codes: tuple[str, ...]
    message: str


def kind_of(said: Said, status: int | None) -> Kind:
    """Decide by the most telling sign: money, then length, then the code, then the status."""
    codes = {code.lower() for code in said.codes}
    if status == 402 or not _BILLING_CODES.isdisjoint(codes) or _asks_for_money(said.message):
        return Kind.BILLING
    length = _too_long(said.message, codes)
    if length is not None:
        return length
    if status in {None, 400, 403, 404, 422} and _UNKNOWN_MODEL.search(said.message):
        return Kind.NOT_FOUND
    kinds = [_BY_CODE[code.lower()] for code in said.codes if code.lower() in _BY_CODE]
    if kinds:
        return kinds[0]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Kind.OVERLOADED if status is not None and status >= 500 else Kind.INVALID_REQUEST


def _asks_for_money(message: str) -> bool:
    """Tell a limit that money lifts from one that passes: only for the latter a moment is named."""
    return bool(_BILLING.search(message)) and requested_delay_s({}, message) is None


def _too_long(message: str, codes: set[str]) -> Kind | None:
    if not _TOO_LARGE_CODES.isdisjoint(codes) or _TOO_LARGE.search(message):
        return Kind.REQUEST_TOO_LARGE
    by_words = _CONTEXT.search(message) and not _RATE.search(message)
    return Kind.CONTEXT_WINDOW if by_words or not _CONTEXT_CODES.isdisjoint(codes) else None


def read_error(body: object, text: str) -> Said:
    """Find code and words in the shapes servers use: nested, flat, a list of one, or plain text."""
    if isinstance(body, list) and body:
        return read_error(cast("list[object]", body)[0], text)
    if not isinstance(body, dict):
        return Said((), text)
    fields = cast("dict[str, object]", body)
    error = fields.get("error")
    if isinstance(error, dict):
        return read_error(cast("object", error), text)
    details = fields.get("details")
    specific = cast("dict[str, object]", details) if isinstance(details, dict) else {}
    found = (
        specific.get("error_code"), fields.get("code"), fields.get("type"), fields.get("status")
    )  # fmt: skip
    codes = tuple(code for code in found if isinstance(code, str) and code)
    words = (error, fields.get("message"), fields.get("detail"))
    message = next((each for each in words if isinstance(each, str) and each), text)
    return Said(codes, message)


def is_html(content_type: str, text: str) -> bool:
    """Tell a web page from an API's reply, by its name or by how it begins."""
    start = text[:200].lstrip().lower()
    return "html" in content_type.lower() or start.startswith(("<!doctype", "<html"))


def page_words(page: str) -> str:
    """Return what a web page says: its title, or its text without tags."""
    title = _TITLE.search(page)
    return " ".join((title[1] if title else _TAG.sub(" ", page)).split())
