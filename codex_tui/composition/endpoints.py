"""Turns the configured providers into endpoints: what is built in, what the user says of it, and
the key, if it is at hand. Opens nothing and asks nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from codex_tui.config.platform_checks import key_variable
from codex_tui.config.settings import ProviderSettings
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Price
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_chat.compat import with_compat
from codex_tui.providers.platforms import Platform
from codex_tui.providers.registry import KEYLESS_APIS, built_in_endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.config.credentials import Credentials
    from codex_tui.config.settings import Settings
    from codex_tui.providers.platforms import PlatformKind


def endpoints(settings: Settings, credentials: Credentials) -> tuple[Endpoint, ...]:
    """Return every provider's endpoint, the built-in ones first."""
    names = dict.fromkeys((*_built_in(), *settings.providers))
    return tuple(endpoint_of(name, settings, credentials) for name in names)


def endpoint_of(name: str, settings: Settings, credentials: Credentials) -> Endpoint:
    """Return the endpoint of one provider, which is built in or in the settings."""
    given = settings.providers.get(name) or ProviderSettings()
    plain = _built_in().get(name) or Endpoint(name=name, api=given.api or "", base_url="")
    kind = given.platform
    if kind is not None and name != kind:
        plain = replace(_built_in()[kind], name=name, title=name)
    api = given.api or plain.api
    platform = plain.platform and _platform(plain.platform.kind, given)
    base_url = given.base_url or plain.base_url
    credentials.know(given.headers)
    credentials.know(given.query)
    key, key_later, key_hint = _key_of(name, api, given, credentials)
    endpoint = Endpoint(
        name=name,
        api=api,
        base_url=platform.base_url(api, base_url) if platform else base_url,
        title=given.title or plain.title,
        api_key=key,
        needs_key=plain.needs_key if given.needs_key is None else given.needs_key,
        key_hint=key_hint,
        key_later=key_later,
        headers=given.headers,
        query=given.query,
        timeout_s=given.timeout_s or plain.timeout_s,
        models=given.models or tuple(given.deployments),
        tools=plain.tools if given.tools is None else given.tools,
        prices={model: Price(**price.model_dump()) for model, price in given.prices.items()},
        platform=platform,
    )
    compat = dict(given.compat)
    endpoint = replace(endpoint, leave_out=compat.pop("leave_out", ()))
    if compat:
        return with_compat(endpoint, cast("Mapping[str, str | bool]", compat))
    return endpoint


def _platform(kind: PlatformKind, given: ProviderSettings) -> Platform:
    return Platform(
        kind=kind,
        region=given.region or "",
        project=given.project or "",
        profile=given.profile or "",
        api_version=given.api_version or "",
        token=given.api_key_kind == "token",
        deployments=given.deployments,
    )


def _built_in() -> Mapping[str, Endpoint]:
    return {endpoint.name: endpoint for endpoint in built_in_endpoints()}


def variable_of(endpoint: Endpoint, settings: Settings, credentials: Credentials) -> str | None:
    """Return the environment's variable that supplies a provider's key, None when none does."""
    given = settings.providers.get(endpoint.name) or ProviderSettings()
    if _takes_no_key(endpoint.api, given):
        return None
    return credentials.variable_in_use(
        endpoint.name,
        api=endpoint.api,
        api_key_env=key_variable(endpoint.name, given),
        base_url=given.base_url,
    )


def _takes_no_key(api: str, given: ProviderSettings) -> bool:
    if api in KEYLESS_APIS:
        return True
    # Whoever names a profile wants its credentials.
    return given.profile is not None and given.api_key_env is None and given.api_key_command is None


def _key_of(
    name: str, api: str, given: ProviderSettings, credentials: Credentials
) -> tuple[str | None, bool, str]:
    """Return the key that is at hand, whether one can be fetched, and how to supply one."""
    if _takes_no_key(api, given):
        return None, False, ""
    has_command = given.api_key_command is not None
    api_key_env = key_variable(name, given)
    try:
        key = credentials.key_for(
            name,
            api=api,
            api_key_env=api_key_env,
            base_url=given.base_url,
            has_command=has_command,
        )
        in_system = key is None and not has_command and credentials.comes_later(name)
    except ConfigError as error:  # one provider's bad key must not stop the others
        return None, False, str(error)
    if key is None and has_command:
        hint = f"api_key_command under [providers.{name}] supplies it, and is run again next time."
        return None, True, hint
    if in_system:
        return None, True, f"It is in the system's key store; replace it: codex-tui login {name}"
    hint = credentials.key_hint(name, api=api, api_key_env=api_key_env, base_url=given.base_url)
    return key, False, hint
