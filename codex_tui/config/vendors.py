"""What configuration knows of the providers that need no configuration: their variables.

Addresses and adapters are the provider registry's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A built-in provider's variables, best first, and the host it normally lives at."""

    api: str
    host: str
    key_variables: tuple[str, ...]
    base_url_variables: tuple[str, ...]


VENDORS: Mapping[str, Vendor] = MappingProxyType(
    {
        "openai": Vendor(
            api="openai-responses",
            host="api.openai.com",
            key_variables=("OPENAI_API_KEY",),
            base_url_variables=("OPENAI_BASE_URL",),
        ),
        "anthropic": Vendor(
            api="anthropic-messages",
            host="api.anthropic.com",
            key_variables=("ANTHROPIC_API_KEY", "CLAUDE_API_KEY"),
            base_url_variables=("ANTHROPIC_BASE_URL", "CLAUDE_BASE_URL"),
        ),
    }
)

BUILT_IN_PROVIDERS = (*VENDORS, "demo")
"""Names that `[providers.NAME]` may refine without saying which wire they speak."""

DEFAULT_PROVIDER_VARIABLE = "CODEX_DEFAULT_PROVIDER"


def first_set(names: tuple[str, ...], env: Mapping[str, str]) -> str | None:
    """Return the first of the variables `names` that holds more than white space."""
    return next((name for name in names if env.get(name, "").strip()), None)
