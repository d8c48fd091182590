"""How the model families are asked unless somebody wishes otherwise. Data, and nothing else.

A family is known by the beginning of a model's own name, whoever serves it. Several entries may fit
a model; what a longer beginning says counts more. An effort here is what coding takes well, where
that is another one than the vendor's own default; it is mapped to what the server is known to take.

There are no limits of answers here: where the wire wants one, the adapter knows the model's own,
and servers of open weights refuse one that their window has no room for.

Sources: the vendors' pages on their models as of 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import PLAIN_PROMPT, CacheLife, EditWay, ModelProfile

EVERY_MODEL: Final = ModelProfile(
    prompt=PLAIN_PROMPT,
    edit_tool=EditWay.EDIT_FILE,
    show_thinking=True,
    cache_life=CacheLife.SHORT,
)


@dataclass(frozen=True, slots=True)
class FamilyProfile:
    """The profile of all models whose names begin with one of `prefixes`."""

    prefixes: tuple[str, ...]
    profile: ModelProfile


SHIPPED: Final = (
    FamilyProfile(
        ("claude", "anthropic"), ModelProfile(prompt="claude", edit_tool=EditWay.EDIT_FILE)
    ),
    FamilyProfile(("claude-opus-5-5",), ModelProfile(effort=Effort.HIGH)),
    FamilyProfile(
        ("gpt", "codex", "o1", "o3", "o4", "openai"),
        ModelProfile(prompt="gpt", edit_tool=EditWay.APPLY_PATCH),
    ),
)
