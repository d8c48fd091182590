"""What configuration knows of the providers that need no configuration: their variables, and the
hosts that the keys in them are for.

Addresses and adapters are the provider registry's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A built-in provider's variables, best first, and the host it normally lives at.

    A vendor with variables for its address means its key to travel with that address; any other
    key is for `host` alone, which is "" for a cloud.
    """

    api: str
    host: str
    key_variables: tuple[str, ...]
    base_url_variables: tuple[str, ...] = ()

    def issues_keys_for(self, base_url: str | None) -> bool:
        """Say whether the vendor's key may be sent to an address; None is its own."""
        if base_url is None or self.base_url_variables:
            return True
        return bool(self.host) and urlsplit(base_url).hostname == self.host


def _compatible(host: str, *key_variables: str) -> Vendor:
    return Vendor(api="openai-chat", host=host, key_variables=key_variables)


def _cloud(api: str, *key_variables: str, base_url_variables: tuple[str, ...] = ()) -> Vendor:
    """Make a vendor that has an address for each of its customers."""
    return Vendor(
        api=api, host="", key_variables=key_variables, base_url_variables=base_url_variables
    )


PLATFORMS = ("azure", "bedrock", "vertex")
"""Clouds that serve other vendors' models."""

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
        "openrouter": _compatible("openrouter.ai", "OPENROUTER_API_KEY"),
        "deepseek": _compatible("api.deepseek.com", "DEEPSEEK_API_KEY"),
        "mistral": _compatible("api.mistral.ai", "MISTRAL_API_KEY"),
        "gemini": _compatible(
            "generativelanguage.googleapis.com", "GEMINI_API_KEY", "GOOGLE_API_KEY"
        ),
        "groq": _compatible("api.groq.com", "GROQ_API_KEY"),
        "xai": _compatible("api.x.ai", "XAI_API_KEY"),
        **{name: _compatible("127.0.0.1") for name in ("ollama", "lmstudio", "llamacpp", "vllm")},
        "azure": _cloud(
            "openai-responses",
            "AZURE_OPENAI_API_KEY",
            base_url_variables=("AZURE_OPENAI_ENDPOINT",),
        ),
        "bedrock": _cloud("anthropic-messages", "AWS_BEARER_TOKEN_BEDROCK"),
        "vertex": _cloud("anthropic-messages"),
    }
)

LOCAL_PROVIDER = "local"
"""The provider whose models run on this machine."""

BUILT_IN_PROVIDERS = (*VENDORS, "demo", LOCAL_PROVIDER)
"""Names that `[providers.NAME]` may refine without saying which wire they speak."""

DEFAULT_PROVIDER_VARIABLE = "CODEX_DEFAULT_PROVIDER"


def first_set(names: tuple[str, ...], env: Mapping[str, str]) -> str | None:
    """Return the first of the variables `names` that holds more than white space."""
    return next((name for name in names if env.get(name, "").strip()), None)
