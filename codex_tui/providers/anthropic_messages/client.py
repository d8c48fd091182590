"""The `anthropic` SDK's clients as the adapter uses them: ours alone, told nothing by the
environment, and their exceptions translated.

Which client it is depends on where the models are: at Anthropic's or a compatible server, in
Amazon Bedrock (its Messages endpoint, `bedrock-mantle`; the older InvokeModel, whose streams are
no event streams, is not spoken) or in Google's Vertex AI. Where an endpoint has no key, the clouds'
own chains of credentials are asked, which read the environment and their tools' files themselves.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import anthropic
from anthropic._constants import (  # pyright: ignore[reportPrivateUsage]
    ANTHROPIC_API_VERSION,
)
from anthropic.lib.bedrock import AsyncAnthropicBedrockMantle
from anthropic.lib.vertex import AsyncAnthropicVertex
from typing_extensions import override

from codex_tui.protocol.errors import ConfigError
from codex_tui.providers.faults import connection_fault, fault_from_status, no_credentials
from codex_tui.providers.transport import (
    NO_PROXY,
    TRANSPORT_FAILURES,
    bounded,
    check_address,
    request_timeout,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    import httpx2

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.platforms import Platform

FAILURES: Final = (anthropic.AnthropicError, *TRANSPORT_FAILURES)
"""Whatever a call of the SDK may raise."""

Client = anthropic.AsyncAnthropic | AsyncAnthropicBedrockMantle | AsyncAnthropicVertex


class _Http(anthropic.DefaultAsyncHttpxClient):
    """The SDK's own HTTP client, which would read an error reply of any length."""

    @override
    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return await bounded(await super().send(request, **options))


@contextmanager
def _credentials(endpoint: Endpoint) -> Generator[None]:
    """Translate whatever goes wrong while a cloud's own library looks for credentials."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a named border: the libraries' errors are their own
        raise no_credentials(endpoint, str(error)) from None


class _Bedrock(AsyncAnthropicBedrockMantle):
    """The client for Bedrock, which says in our words that nobody has credentials."""

    endpoint: Endpoint

    @override
    async def _prepare_request(self, request: httpx2.Request) -> None:
        with _credentials(self.endpoint):
            await super()._prepare_request(request)


class _Vertex(AsyncAnthropicVertex):
    """The client for Vertex, which says in our words that nobody has credentials."""

    endpoint: Endpoint

    @override
    async def _prepare_request(self, request: httpx2.Request) -> None:
        with _credentials(self.endpoint):
            await super()._prepare_request(request)


def open_client(endpoint: Endpoint) -> Client:
    """Return a client for the endpoint, without retries.

    Raises:
        ConfigError: there is no address, or the cloud is not set up.
    """
    check_address(endpoint)
    headers: dict[str, Any] = dict(endpoint.headers)
    if endpoint.platform is None and not endpoint.api_key:
        headers = {"Authorization": anthropic.omit, **headers}
    options: dict[str, Any] = {
        "base_url": endpoint.base_url,
        "default_headers": headers,
        "default_query": dict(endpoint.query),
        "max_retries": 0,
        "timeout": request_timeout(endpoint),
        "open_telemetry": False,
        # A redirect would take the endpoint's headers and the conversation elsewhere.
        "http_client": _Http(follow_redirects=False, mounts=NO_PROXY),
    }
    client = _client(endpoint, options)
    # The SDK adds headers from the environment; only the endpoint says what a server is told.
    client._custom_headers = headers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return client


def _client(endpoint: Endpoint, options: Mapping[str, Any]) -> Client:
    platform = endpoint.platform
    if platform is None:
        # With None the SDK looks for keys of its own.
        return anthropic.AsyncAnthropic(api_key=endpoint.api_key or "none", **options)
    if platform.kind == "bedrock":
        return _bedrock(endpoint, platform, options)
    if platform.kind == "vertex":
        vertex = _Vertex(
            region=platform.region,
            project_id=platform.project,
            access_token=endpoint.api_key or None,
            **options,
        )
        vertex.endpoint = endpoint
        return vertex
    raise ConfigError(
        f"provider {endpoint.name!r}: {endpoint.api} is not spoken on {platform.kind}",
        hint="Set api to openai-responses or openai-chat.",
    )


def _bedrock(
    endpoint: Endpoint, platform: Platform, options: Mapping[str, Any]
) -> AsyncAnthropicBedrockMantle:
    # A named profile keeps the SDK from looking for a key in the environment.
    profile = None if endpoint.api_key else platform.profile or "default"
    client = _Bedrock(
        api_key=endpoint.api_key or None,
        aws_region=platform.region or None,
        aws_profile=profile,
        **options,
    )
    client.endpoint = endpoint
    if not platform.profile:
        client.aws_profile = None  # the whole chain, not that one profile
    return client


def placed(endpoint: Endpoint, path: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return where a streamed request goes, and its body as it is there; `path` is the wire's."""
    platform = endpoint.platform
    if platform is None:
        return path, body
    model = cast("str", body["model"])
    if platform.kind == "vertex":
        rest = {name: value for name, value in body.items() if name != "model"}
        body = {"anthropic_version": ANTHROPIC_API_VERSION, **rest}
    else:
        body = {**body, "model": platform.name_of(model)}
    return platform.messages_path(path, model), body


def fault_of(endpoint: Endpoint, error: Exception, *, started: bool) -> ProviderError:
    """Translate; the cause is left behind, since it holds the request and the key in it."""
    if isinstance(error, anthropic.APIStatusError):
        return fault_from_status(
            endpoint,
            status=error.status_code,
            body=error.body,
            text=error.response.text,
            headers=error.response.headers,
        )
    return connection_fault(endpoint, error, started=started)
