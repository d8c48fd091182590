"""The `openai` SDK's clients for the clouds: which one an endpoint gets, and with what credentials.

Keys and tokens are the endpoint's. Without one, Bedrock and Vertex ask AWS' and Google's own chain
of credentials, which read the environment and the files of their command-line tools by themselves.
Azure's plain interface (`v1`) needs no client of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import openai
from openai.providers.bedrock import bedrock
from openai.providers.vertex import vertex

from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai._provider import _Provider  # pyright: ignore[reportPrivateUsage]

    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.platforms import Platform


def open_cloud_client(endpoint: Endpoint, options: Mapping[str, Any]) -> openai.AsyncOpenAI | None:
    """Return the client of the endpoint's cloud, None where it takes the plain one.

    Args:
        endpoint: where the models are, and how to get in.
        options: what every client gets: headers, query, time limits, the HTTP client.

    Raises:
        ConfigError: the SDK refuses what is configured; says why.
    """
    platform = endpoint.platform
    if platform is None:
        return None
    try:
        match platform.kind:
            case "azure":
                return _azure(endpoint, platform, options) if platform.api_version else None
            case "bedrock":
                return openai.AsyncOpenAI(provider=_bedrock(endpoint, platform), **options)
            case "vertex":
                return openai.AsyncOpenAI(provider=_vertex(endpoint), **options)
            case _:
                assert_never(platform.kind)
    except openai.OpenAIError as error:
        raise ConfigError(f"provider {endpoint.name!r}: {error}") from None


def _azure(
    endpoint: Endpoint, platform: Platform, options: Mapping[str, Any]
) -> openai.AsyncAzureOpenAI:
    key = endpoint.api_key or "none"  # with None the SDK looks for keys of its own
    credentials: dict[str, Any] = {"azure_ad_token" if platform.token else "api_key": key}
    return openai.AsyncAzureOpenAI(
        base_url=endpoint.base_url, api_version=platform.api_version, **credentials, **options
    )


def _bedrock(endpoint: Endpoint, platform: Platform) -> _Provider:
    profile = None if endpoint.api_key else platform.profile or None
    return bedrock(
        region=platform.region or None,
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or None,  # None: not what the environment has, but the chain
        profile=profile,
    )


def _vertex(endpoint: Endpoint) -> _Provider:
    token = endpoint.api_key
    return vertex(
        base_url=endpoint.base_url, token_provider=None if token is None else lambda: token
    )
