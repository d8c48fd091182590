"""The reply of `GET /v1/models` as `ModelInfo`, with what the catalogue knows besides.

Source: https://platform.claude.com/docs/en/api/models-list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.anthropic_messages.families import plain_name
from codex_tui.providers.catalog import describe
from codex_tui.providers.wire_json import as_count, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint


def read_models(reply: object, endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Read the list; raises ValueError when it is none. Entries without an id are passed over."""
    data = as_object(reply).get("data")
    if not isinstance(data, list):
        raise ValueError("no list of models")  # noqa: TRY004 - the reply is wrong, not a type
    entries = [as_object(entry) for entry in cast("list[object]", data)]
    return tuple(_describe(entry, endpoint) for entry in entries if as_text(entry.get("id")))


def _describe(entry: Mapping[str, object], endpoint: Endpoint) -> ModelInfo:
    """Let the server's own word stand over the catalogue's."""
    model = as_text(entry.get("id"))
    known = describe(ModelRef(endpoint.name, plain_name(model)), endpoint)
    capabilities = as_object(entry.get("capabilities"))
    efforts = _efforts(as_object(capabilities.get("effort")))
    off = (Effort.OFF,) if Effort.OFF in known.efforts else ()
    return replace(
        known,
        ref=ModelRef(endpoint.name, model),
        name=as_text(entry.get("display_name")) or known.name,
        context_window=as_count(entry.get("max_input_tokens")) or known.context_window,
        max_output=as_count(entry.get("max_tokens")) or known.max_output,
        image_input=_supported(capabilities.get("image_input"), known.image_input),
        efforts=(*off, *efforts) if efforts else known.efforts,
        note="deprecated" if entry.get("lifecycle") == "deprecated" else known.note,
    )


def _efforts(capability: Mapping[str, object]) -> tuple[Effort, ...]:
    return tuple(level for level in Effort if _supported(capability.get(level.value), known=False))


def _supported(value: object, known: bool | None) -> bool | None:
    supported = as_object(value).get("supported")
    return supported if isinstance(supported, bool) else known
