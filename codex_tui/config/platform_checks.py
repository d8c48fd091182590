"""The rules of `[providers.NAME]` in a cloud that no single value can be checked for, and the facts
that the clouds' own tools keep in variables.

They are looked up for providers that the configuration names, that its models are of or whose key
is in the environment; for anybody else a variable says nothing. Keys are the business of
`credentials`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from codex_tui.config.platform_settings import PlatformSettings, fact
from codex_tui.config.problems import dotted
from codex_tui.config.vendors import PLATFORMS, VENDORS, first_set
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_tui.config.layers import Table
    from codex_tui.config.schema import ProviderSettings
    from codex_tui.config.toml_lines import Key

_FIELDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "azure": frozenset({"api_version", "api_key_kind", "deployments"}),
        "bedrock": frozenset({"region", "profile", "deployments"}),
        "vertex": frozenset({"region", "project", "deployments"}),
    }
)
_APIS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "azure": frozenset({"openai-responses", "openai-chat"}),
        "bedrock": frozenset({"anthropic-messages", "openai-responses", "openai-chat"}),
        "vertex": frozenset({"anthropic-messages", "openai-responses"}),
    }
)
"""The wires each cloud's client speaks."""

_VARIABLES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "bedrock": {"region": ("AWS_REGION", "AWS_DEFAULT_REGION")},
        "vertex": {
            "region": ("CLOUD_ML_REGION", "GOOGLE_CLOUD_LOCATION"),
            "project": ("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"),
        },
    }
)
"""Where the clouds' tools and the two SDKs look for a fact, best first."""


def platform_of(name: str, platform: object) -> str:
    """Return the cloud that a provider is in, "" for none; `platform` is what is said of it."""
    return str(platform or (name if name in PLATFORMS else ""))


def key_variable(name: str, given: ProviderSettings) -> str | None:
    """Return the variable for a provider's key: the configured one, else the cloud's usual one.

    That goes nowhere but to the cloud's own address, and to the one resource of Azure that the
    environment may name beside it.
    """
    kind = platform_of(name, given.platform)
    own_place = given.base_url is None or (name == kind == "azure")
    if given.api_key_env is not None or not kind or not own_place:
        return given.api_key_env
    return next(iter(VENDORS[kind].key_variables), None)


def check_platform(name: str, provider: Table, sources: Mapping[Key, str]) -> None:
    """Raise `ConfigError` for what has no effect on a provider's cloud, or without one."""
    kind = platform_of(name, provider.get("platform"))

    def refuse(field: str, why: str) -> None:
        key = ("providers", name, field)
        place = next((sources[each] for each in sources if each[:3] == key), "default")
        raise ConfigError(f"{place}: {dotted(key)} {why}")

    if "platform" in provider and name in VENDORS and name != kind:
        refuse("platform", "has no effect on a built-in provider; choose another name for yours")
    allowed = _FIELDS.get(kind, frozenset())
    for field in PlatformSettings.model_fields:
        if field in provider and field != "platform" and field not in allowed:
            refuse(field, f"has no effect on {kind}" if kind else "has no effect without platform")
    api = provider.get("api")
    if kind and api is not None and api not in _APIS[kind]:
        refuse("api", f"= {api!r} is not spoken on {kind}; use {', '.join(sorted(_APIS[kind]))}")


def complete_platforms(
    values: dict[str, object], sources: dict[Key, str], env: Mapping[str, str]
) -> None:
    """Add the facts that variables have and the configuration does not; raises `ConfigError` for
    one that cannot be used.
    """
    providers = dict(cast("Mapping[str, Table]", values.get("providers", {})))
    for name in dict.fromkeys((*providers, *_in_use(values, env))):
        kind = platform_of(name, providers.get(name, {}).get("platform"))
        for field, variables in _VARIABLES.get(kind, {}).items():
            variable = first_set(variables, env)
            if variable is None or field in providers.get(name, {}):
                continue
            providers[name] = {**providers.get(name, {}), field: _usable(env[variable], variable)}
            sources["providers", name, field] = f"environment variable {variable}"
    if providers:
        values["providers"] = providers


def _in_use(values: Table, env: Mapping[str, str]) -> list[str]:
    """Return the built-in clouds that a model in the configuration is of, or that have a key."""
    models = [values.get("model"), *cast("Sequence[object]", values.get("fallbacks", ()))]
    named = {str(model).partition("/")[0] for model in models}
    return [
        name for name in PLATFORMS if name in named or first_set(VENDORS[name].key_variables, env)
    ]


def _usable(value: str, variable: str) -> str:
    try:
        return fact(value.strip())
    except ValueError as error:
        raise ConfigError(f"environment variable {variable} cannot be used; {error}") from None
