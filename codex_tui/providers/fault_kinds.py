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

if TYPE_CHECKING:
    from collections.abc import Mapping

_BILLING_CODES: Final = frozenset({
    "billing_error", "billing_hard_limit_reached", "billing_not_active",
    "contract_spend_limit_reached", "credit_balance_exhausted", "enforced_spend_limit_reached",
    "insufficient_balance", "insufficient_quota", "ramp_limit_exceeded", "spend_limit_reached",
})  # fmt: skip
_BILLING = re.compile(
    r"credit balance|spend(ing)? limit|exceeded your current quota|insufficient (balance|credit"
    r"|funds|quota)|payment required",
    re.IGNORECASE,
)
_CONTEXT_CODES: Final = frozenset({
    "context_length_exceeded", "exceed_context_size_error", "request_too_large",
    "string_above_max_length",
})  # fmt: skip
_CONTEXT = re.compile(
    r"prompt is too long|input is too long|too many (input )?tokens in|maximum context length"
    r"|context[ _](length|window|size)\b.{0,60}\b(exceed|overflow|too small)"
    r"|exceeds?\b.{0,60}\bcontext[ _](length|window|size|limit)|available context size"
    r"|greater than the context length|maximum prompt length|input token count.{0,40}exceeds"
    r"|reduce the length of the (messages|prompt)|longer than the (model|context)"
    r"|prompt exceeds max|tokens in request more than max tokens",
    re.IGNORECASE,
)
_RATE = re.compile(r"rate.?limit|tokens per (minute|min|day)|requests per (minute|min|day)", re.I)
_UNKNOWN_MODEL = re.compile(
    r"(unknown|invalid|no such) model\b|\bmodel\b.{0,80}(not found|does not exist|not exist)",
    re.IGNORECASE,
)
_BY_CODE: Final[Mapping[str, Kind]] = {
    "authentication_error": Kind.AUTHENTICATION,
    "invalid_api_key": Kind.AUTHENTICATION,
    "permission_error": Kind.PERMISSION,
    "not_found_error": Kind.NOT_FOUND,
    "model_not_found": Kind.NOT_FOUND,
    "rate_limit_error": Kind.RATE_LIMIT,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "overloaded_error": Kind.OVERLOADED,
    "server_is_overloaded": Kind.OVERLOADED,
    "slow_down": Kind.OVERLOADED,
    "api_error": Kind.OVERLOADED,
    "server_error": Kind.OVERLOADED,
    "internal_error": Kind.OVERLOADED,
    "timeout_error": Kind.TIMEOUT,
    "bio_policy": Kind.REFUSAL,
    "content_filter": Kind.REFUSAL,
    "content_policy_violation": Kind.REFUSAL,
    "cyber_policy": Kind.REFUSAL,
    "misalignment_policy_violation": Kind.REFUSAL,
}
_BY_STATUS: Final[Mapping[int, Kind]] = {
    401: Kind.AUTHENTICATION,
    402: Kind.BILLING,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    408: Kind.TIMEOUT,
    413: Kind.CONTEXT_WINDOW,
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
    if status == 402 or not _BILLING_CODES.isdisjoint(said.codes) or _BILLING.search(said.message):
        return Kind.BILLING
    too_long = _CONTEXT.search(said.message) and not _RATE.search(said.message)
    if too_long or not _CONTEXT_CODES.isdisjoint(said.codes):
        return Kind.CONTEXT_WINDOW
    if status in {None, 400, 404, 422} and _UNKNOWN_MODEL.search(said.message):
        return Kind.NOT_FOUND
    kinds = [_BY_CODE[code] for code in said.codes if code in _BY_CODE]
    if kinds:
        return kinds[0]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Kind.OVERLOADED if status is not None and status >= 500 else Kind.INVALID_REQUEST


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
    found = (specific.get("error_code"), fields.get("code"), fields.get("type"))
    codes = tuple(code for code in found if isinstance(code, str) and code)
    words = (error, fields.get("message"), fields.get("detail"))
    message = next((each for each in words if isinstance(each, str) and each), text)
    return Said(codes, message)


def is_html(content_type: str, text: str) -> bool:
    """Tell a web page from an API's reply, by its name or by how it begins."""
    start = text[:200].lstrip().lower()
    return "html" in content_type.lower() or start.startswith(("<!doctype", "<html"))
