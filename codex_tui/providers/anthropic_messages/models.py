"""The reply of `GET /v1/models`: what the server says of each of its models, and nothing else.

Source: https://platform.claude.com/docs/en/api/models-list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
from codex_tui.providers.listed import listable
from codex_tui.providers.wire_json import as_count, as_object, as_text, clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.providers.base import Endpoint


def read_models(reply: object, endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Read the list; raises ValueError when it is none. Entries without an id are passed over."""
    data = as_object(reply).get("data")
    if not isinstance(data, list):
        raise ValueError("no list of models")  # noqa: TRY004 - the reply is wrong, not a type
    entries = map(as_object, cast("list[object]", data))
    return listable(_info(entry, endpoint) for entry in entries if as_text(entry.get("id")))


def _info(entry: Mapping[str, object], endpoint: Endpoint) -> ModelInfo:
    capabilities = as_object(entry.get("capabilities"))
    efforts = as_object(capabilities.get("effort"))
    return ModelInfo(
        ref=ModelRef(endpoint.name, clean_text(as_text(entry.get("id")))),
        name=clean_text(as_text(entry.get("display_name"))),
        context_window=as_count(entry.get("max_input_tokens")),
        max_output=as_count(entry.get("max_tokens")),
        image_input=_supported(capabilities.get("image_input")),
        efforts=tuple(level for level in Effort if _supported(efforts.get(level.value))),
        note="deprecated" if entry.get("lifecycle") == "deprecated" else "",
    )


def _supported(value: object) -> bool | None:
    supported = as_object(value).get("supported")
    return supported if isinstance(supported, bool) else None
