"""Failures that servers report inside of a stream, under a good status, in the shapes they do.

Each wire has a shape of its own, and gateways in front of it send whatever their upstream sent; so
one reader knows all of them. Which event may hold a failure is the wire's business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from codex_tui.providers.fault_kinds import read_error
from codex_tui.providers.faults import fault_from_code, fault_from_status
from codex_tui.providers.wire_json import as_object, as_text

if TYPE_CHECKING:
    from codex_tui.protocol.errors import ProviderError
    from codex_tui.providers.base import Endpoint

Json = dict[str, Any]

_ERROR_STATUS = re.compile(r"[45][0-9]{2}")
# What an error is called that has no name of its own.
_NAMELESS = frozenset({"", "error", "response.failed"})


def is_error(payload: Json) -> bool:
    """Tell an error from a chunk: nested, marked as one, or a message where choices should be."""
    if payload.get("error") or payload.get("object") == "error":
        return True
    return bool(as_text(payload.get("message"))) and "choices" not in payload


def fault_in_stream(endpoint: Endpoint, payload: Json, request_id: str | None) -> ProviderError:
    """Translate an error payload; a number for a code is the status it would have had."""
    fields = as_object(payload.get("error")) or payload
    said = read_error(payload, as_text(payload.get("error")))
    status = _status(fields.get("code")) or _status(fields.get("status"))
    if status is not None:
        named = {"x-request-id": request_id} if request_id else {}
        return fault_from_status(
            endpoint, status=status, body=payload, text=said.message, headers=named
        )
    # A failure without a name of its own is the server's.
    code = next((each for each in said.codes if each not in _NAMELESS), "server_error")
    return fault_from_code(endpoint, code=code, message=said.message, request_id=request_id)


def _status(code: object) -> int | None:
    digits = str(code) if isinstance(code, int | str) else ""
    return int(digits) if _ERROR_STATUS.fullmatch(digits) else None
