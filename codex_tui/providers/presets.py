"""Compatible servers that need no configuration: naming one and giving its key is enough.

Data, and the questions asked of it. Which environment variables hold the keys is the
configuration's business (`config.vendors`), which models there are the catalogue's.

Sources: the vendors' pages on OpenAI compatibility; the local servers' default ports.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_chat.compat import Compat, overridden
from codex_tui.providers.platforms import APIS, TITLES, Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAT_API: Final = "openai-chat"

_HOSTED_TIMEOUT_S: Final = 300.0
_LOCAL_TIMEOUT_S: Final = 600.0  # a long prompt is read for minutes before the first token


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A server: where it is, and how it differs."""

    name: str
    title: str
    base_url: str
    compat: Compat
    local: bool = False

    @property
    def host(self) -> str:
        """The host it lives at."""
        return _host(self.base_url)

    def endpoint(self) -> Endpoint:
        """Return the server without a key; the local ones need none."""
        return Endpoint(
            name=self.name,
            api=CHAT_API,
            base_url=self.base_url,
            title=self.title,
            needs_key=not self.local,
            timeout_s=_LOCAL_TIMEOUT_S if self.local else _HOSTED_TIMEOUT_S,
        )


def _host(base_url: str) -> str:
    """Return the host of an address, "" where it is none."""
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def _hosted(name: str, title: str, base_url: str, compat: Compat) -> Preset:
    return Preset(name=name, title=title, base_url=base_url, compat=compat)


def _local(name: str, title: str, port: int) -> Preset:
    address = f"http://127.0.0.1:{port}/v1"
    return Preset(name=name, title=title, base_url=address, compat=Compat(), local=True)


PRESETS: Final[Mapping[str, Preset]] = {
    preset.name: preset
    for preset in (
        _hosted(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/api/v1",
            Compat(reasoning_effort="reasoning"),
        ),
        _hosted(
            "deepseek",
            "DeepSeek",
            "https://api.deepseek.com/v1",
            Compat(reasoning_echo="reasoning_content", reasoning_effort="none"),
        ),
        _hosted(
            "mistral",
            "Mistral",
            "https://api.mistral.ai/v1",
            Compat(
                tool_id="mistral9",
                alternate_roles=True,
                include_usage=False,  # it reports usage unasked and refuses the question
                reasoning_effort="none",
            ),
        ),
        _hosted(
            "gemini",
            "Gemini",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            Compat(thought_signatures=True),
        ),
        _hosted(
            "groq",
            "Groq",
            "https://api.groq.com/openai/v1",
            Compat(max_tokens="max_completion_tokens"),
        ),
        _hosted("xai", "xAI", "https://api.x.ai/v1", Compat(max_tokens="max_completion_tokens")),
        _local("ollama", "Ollama", 11434),
        _local("lmstudio", "LM Studio", 1234),
        _local("llamacpp", "llama.cpp", 8080),
        _local("vllm", "vLLM", 8000),
    )
}
"""Name → preset, in the order they are shown."""

KEY_PAGES: Final[Mapping[str, str]] = {
    "api.openai.com": "https://platform.openai.com/api-keys",
    "api.anthropic.com": "https://console.anthropic.com/settings/keys",
    "openrouter.ai": "https://openrouter.ai/settings/keys",
    "api.deepseek.com": "https://platform.deepseek.com/api_keys",
    "api.mistral.ai": "https://console.mistral.ai/api-keys",
    "generativelanguage.googleapis.com": "https://aistudio.google.com/apikey",
    "api.groq.com": "https://console.groq.com/keys",
    "api.x.ai": "https://console.x.ai",
}
"""Host → the page on which its vendor hands out keys (the vendors' own quick starts)."""

_BY_HOST: Final = {preset.host: preset for preset in PRESETS.values() if not preset.local}


_AZURE_KEY_PAGE: Final = "https://portal.azure.com"
_AZURE: Final = Compat(max_tokens="max_completion_tokens", lists_models=False)


def cloud_endpoints() -> tuple[Endpoint, ...]:
    """Return the clouds, of which nothing is known yet but which wire they speak."""
    return tuple(
        Endpoint(
            name=kind,
            api=APIS[kind],
            base_url="",
            title=title,
            needs_key=kind == "azure",  # the others have credentials of their own
            platform=Platform(kind=kind),
        )
        for kind, title in TITLES.items()
    )


def preset_of(endpoint: Endpoint) -> Preset | None:
    """Return the preset an endpoint is or, under another name, points at; None for any other."""
    if endpoint.api != CHAT_API or endpoint.platform is not None:
        return None
    return PRESETS.get(endpoint.name) or _BY_HOST.get(_host(endpoint.base_url))


def is_local(endpoint: Endpoint) -> bool:
    """Say whether nobody charges for an endpoint's models: this machine's, or a script's."""
    if endpoint.platform is not None:
        return False
    preset = preset_of(endpoint)
    if not endpoint.base_url or (preset is not None and preset.local):
        return True
    host = _host(endpoint.base_url)
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def key_page_of(endpoint: Endpoint) -> str:
    """Return where keys for an endpoint's host are handed out, "" where that is unknown."""
    if endpoint.platform is not None:
        return _AZURE_KEY_PAGE if endpoint.platform.kind == "azure" else ""
    return KEY_PAGES.get(_host(endpoint.base_url), "")


def compat_of(endpoint: Endpoint) -> Compat:
    """Return how the endpoint's server differs, as far as that is known before asking it."""
    if endpoint.platform is not None and endpoint.platform.kind == "azure":
        return overridden(_AZURE, endpoint)
    preset = preset_of(endpoint)
    return overridden(preset.compat if preset else Compat(), endpoint)
