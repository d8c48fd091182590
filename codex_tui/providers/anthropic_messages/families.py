"""How the Claude families think and how much they can write, as far as the wire differs, as data.

Which efforts a model takes is the catalogue's knowledge. A model that is not listed here gets no
thinking field at all, which every server accepts.

Sources: the vendor's pages "What's new in Claude Opus 5.5", "Thinking troubleshooting", "Models
overview" and "Compaction on demand".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from codex_tui.providers.catalog import family_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Family:
    """One family. `max_output` counts tokens.

    `thinking` is how it is asked for: the model decides (`adaptive`), a number of tokens
    (`budget`), or not at all. `off` is what comes nearest to none where that is asked for.
    `display` is how it is shown: summaries of it, or the notes on its progress that a model of the
    latest line writes between its tool calls instead of text. `binds_thinking` marks models whose
    thinking blocks are tied to the exact conversation, `compacts` those that make signed summaries.
    """

    max_output: int
    thinking: Literal["adaptive", "budget", "none"]
    off: Literal["disabled", "between_tools"] = "disabled"
    display: Literal["summarized", "updates"] = "summarized"
    binds_thinking: bool = False
    compacts: bool = False


_UNKNOWN: Final = Family(32_000, "none")
_BUDGETED: Final = Family(64_000, "budget")
_BOUND: Final = Family(128_000, "adaptive", binds_thinking=True, compacts=True)
_UNBOUND: Final = Family(128_000, "adaptive", compacts=True)
_FAMILIES: Final[Mapping[str, Family]] = {
    "claude-fable-5": _BOUND,
    "claude-mythos-5": _BOUND,
    "claude-opus-5": _BOUND,
    "claude-opus-5-5": replace(_BOUND, display="updates"),
    "claude-sonnet-5": _BOUND,
    "claude-sonnet-5-5": replace(_BOUND, off="between_tools"),
    "claude-haiku-5": _BOUND,
    "claude-opus-4-8": _UNBOUND,
    "claude-opus-4-7": _UNBOUND,
    "claude-opus-4-6": _UNBOUND,
    "claude-sonnet-4-6": replace(_UNBOUND, max_output=64_000),
    "claude-opus-4-5": _BUDGETED,
    "claude-sonnet-4-5": _BUDGETED,
    "claude-haiku-4-5": _BUDGETED,
}


def family_of(model: str) -> Family:
    """Find a model's family by the longest prefix of its plain name."""
    prefix = family_prefix(model, _FAMILIES)
    return _UNKNOWN if prefix is None else _FAMILIES[prefix]


def takes_back(model: str, made_by: str) -> bool:
    """Say whether `model` may be sent the blocks that `made_by` thought. One whose blocks are bound
    may: its server passes over what it cannot read. Of the others nobody says so.
    """
    return same_family(model, made_by) or family_of(model).binds_thinking


def same_family(model: str, other: str) -> bool:
    """Say whether two models are of one family; of what is not listed, only the same model is."""
    family = family_prefix(model, _FAMILIES)
    return model == other or (family is not None and family == family_prefix(other, _FAMILIES))
