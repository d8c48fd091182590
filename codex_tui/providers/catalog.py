"""What is known of the vendors' models without asking anybody: the table's functions.

Windows, efforts and prices come from `catalog_tables`; what that does not say stays None. Prices
from elsewhere and a server's own word come on top of this in `knowledge`. No network, no SDK.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
from codex_tui.providers.catalog_tables import FAMILIES, MODELS
from codex_tui.providers.presets import CHAT_API, preset_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.catalog_tables import Family, ModelRow

OPENAI_API = "openai-responses"
_LADDER = tuple(Effort)

# Vendors add a release date or "latest" to a model's name; what else follows is another model.
_RELEASE = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?$")


def known_models(endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Return the built-in models an endpoint may serve, the vendor's suggestion first."""
    table = _table(endpoint)
    return tuple(
        _info(ModelRef(endpoint.name, row.id), table, row) for row in MODELS.get(table, ())
    )


def default_model(endpoint: Endpoint) -> ModelRef | None:
    """Return the model to start with, None when no table knows one."""
    rows = MODELS.get(_table(endpoint), ())
    return ModelRef(endpoint.name, rows[0].id) if rows else None


def describe(ref: ModelRef, endpoint: Endpoint) -> ModelInfo:
    """Return what is known of `ref`; dated names and gateways' spellings count as the model they
    mean.
    """
    table = _table(endpoint)
    return _info(ref, table, _row(table, ref.model))


def plain_name(model: str) -> str:
    """Return the vendor's own spelling of a name: gateways and clouds put theirs before it, dots in
    it, and a version of their own behind it.
    """
    name = model.rpartition("/")[2]
    start = name.find("claude-")
    if start < 0:
        return name.rpartition("openai.")[2]
    return _BEDROCK_VERSION.sub("", name[start:]).replace(".", "-")


def undated(model: str) -> str:
    """Return a model's plain name without the date of its release."""
    return _RELEASE.sub("", plain_name(model))


def family_prefix(model: str, prefixes: Iterable[str]) -> str | None:
    """Return the longest of `prefixes` that a model's plain name is, or begins with and a hyphen
    after it; None when none fits.
    """
    name = f"{plain_name(model)}-"
    fitting = (prefix for prefix in prefixes if name.startswith(f"{prefix}-"))
    return max(fitting, key=len, default=None)


def fit_effort(wanted: Effort, accepted: Sequence[Effort]) -> Effort | None:
    """Map an effort to the nearest accepted one, downwards; the least one when all are above.

    Returns None when nothing is accepted: the model is not known to reason.
    """
    if not accepted:
        return None
    ranked = sorted(accepted, key=_LADDER.index)
    below = [effort for effort in ranked if _LADDER.index(effort) <= _LADDER.index(wanted)]
    return below[-1] if below else ranked[0]


def _table(endpoint: Endpoint) -> str:
    """Return the table for an endpoint: compatible servers share a wire, not their models."""
    if endpoint.platform is not None and endpoint.api == CHAT_API:
        return OPENAI_API  # the same models as on the other wire
    preset = preset_of(endpoint)
    return endpoint.api if preset is None else preset.name


def _row(table: str, model: str) -> ModelRow | None:
    name = undated(model)
    return next((row for row in MODELS.get(table, ()) if plain_name(row.id) == name), None)


def _family(table: str, model: str) -> Family | None:
    families = {family.prefix: family for family in FAMILIES.get(table, ())}
    prefix = family_prefix(model, families)
    return None if prefix is None else families[prefix]


def _info(ref: ModelRef, table: str, row: ModelRow | None) -> ModelInfo:
    family = _family(table, ref.model)
    return ModelInfo(
        ref=ref,
        name=row.name if row else "",
        context_window=row.context_window if row else None,
        max_output=row.max_output if row else None,
        image_input=row.image_input if row else None,
        efforts=family.efforts if family else (),
        default_effort=family.default if family else None,
        price=row.price if row else None,
        note=row.note if row else "",
    )
