"""The `openai` SDK's client as the adapters on it use it: ours alone, told nothing by the
environment, and its exceptions translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import openai
from typing_extensions import override

from codex_tui.providers.faults import connection_fault, fault_from_status, no_credentials
from codex_tui.providers.openai_platforms import open_cloud_client
from codex_tui.providers.transport import (
    NO_PROXY,
    TRANSPORT_FAILURES,
    bounded,
    check_address,
    request_timeout,
)

if TYPE_CHECKING:
    import httpx2

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.providers.base import Endpoint

FAILURES: Final = (openai.OpenAIError, *TRANSPORT_FAILURES)
"""Whatever a call of the SDK may raise."""

_NO_KEY: Final = "none"  # the SDK insists on one; a server that needs none ignores it


class _Http(openai.DefaultAsyncHttpxClient):
    """The SDK's own HTTP client, which would read an error reply of any length."""

    @override
    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return await bounded(await super().send(request, **options))


def open_client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return a client for the endpoint, without retries.

    Raises:
        ConfigError: there is no address, or the cloud is not set up.
    """
    check_address(endpoint)
    headers = dict(endpoint.headers)
    options: dict[str, Any] = {
        "default_headers": headers,
        "default_query": dict(endpoint.query),
        "max_retries": 0,
        "timeout": request_timeout(endpoint),
        # A redirect would take the endpoint's headers and the conversation somewhere else.
        "http_client": _Http(follow_redirects=False, mounts=NO_PROXY),
    }
    client = open_cloud_client(endpoint, options) or openai.AsyncOpenAI(
        api_key=endpoint.api_key or _NO_KEY, base_url=endpoint.base_url, **options
    )
    # The SDK fills these from the environment; only the endpoint says what a server is told. For
    # the headers there is no public way.
    client.organization = client.project = client.admin_api_key = None
    client._custom_headers = headers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return client


def renamed(endpoint: Endpoint, body: dict[str, Any]) -> dict[str, Any]:
    """Return a request's body with the model's name in its cloud."""
    if endpoint.platform is None:
        return body
    return {**body, "model": endpoint.platform.name_of(body["model"])}


def fault_of(endpoint: Endpoint, error: Exception, *, started: bool) -> ProviderError:
    """Translate one of `FAILURES`; `started` once the reply's headers were there."""
    if isinstance(error, openai.APIStatusError):
        return fault_from_status(
            endpoint,
            status=error.status_code,
            body=error.body,
            text=error.response.text,
            headers=error.response.headers,
        )
    if (
        endpoint.platform is not None
        and isinstance(error, openai.OpenAIError)
        and not isinstance(error, openai.APIError)
    ):  # the SDK's own complaint, before it sent anything
        return no_credentials(endpoint, str(error))
    return connection_fault(endpoint, error, started=started)
