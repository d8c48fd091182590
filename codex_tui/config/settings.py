"""Puts the layers of configuration on top of each other and remembers where each value came from.

    defaults < the user's config.toml < a trusted project's .codex-tui/config.toml
             < environment < command line

Each layer is checked by itself, so a wrong line is named even where a higher layer overrides it. A
project's file has no power until the user trusts the folder, and then only over what cannot send
keys elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from codex_tui.config import environment
from codex_tui.config.layers import (
    Layer,
    Table,
    ancestor_layer,
    environment_layer,
    file_layer,
    flag_layer,
    leaves,
    merge,
    toml_text,
)
from codex_tui.config.model_checks import check_models, with_whole_paths
from codex_tui.config.paths import PROJECT_FILE, Paths, expand_home, find_paths
from codex_tui.config.platform_checks import check_platform, complete_platforms
from codex_tui.config.problems import check, dotted, nearest
from codex_tui.config.schema import Api, ProviderSettings, Settings
from codex_tui.config.secrets import redact
from codex_tui.config.vendors import (
    BUILT_IN_PROVIDERS,
    DEFAULT_PROVIDER_VARIABLE,
    LOCAL_PROVIDER,
    VENDORS,
)
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.config.toml_lines import Key

__all__ = ["Loaded", "ProviderSettings", "Settings", "load"]

PROJECT_KEYS = frozenset({"model", "effort", "approval_mode", "max_steps", "theme", "models"})
"""What a trusted project may set. Addresses, headers and trust stay the user's own."""

TABLES = frozenset({"providers", "models"})
"""Settings that are tables of tables: what is not written there has no default of its own."""

DEFAULT_SOURCE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings in force. `sources` says in words where each dotted key comes from; `notices`
    are remarks for the user.
    """

    settings: Settings
    sources: Mapping[str, str]
    notices: tuple[str, ...]
    paths: Paths


def load(
    *, project: Path, flags: Mapping[str, object], env: Mapping[str, str] | None = None
) -> Loaded:
    """Read all layers for the workspace `project`.

    Args:
        project: the workspace's root; its `.codex-tui/config.toml` counts if the user trusts it.
        flags: settings given on the command line, by name; None values count as not given.
        env: the environment (the process's own when None).

    Raises:
        ConfigError: something in a file, a variable or a flag cannot be used; says where and why.
    """
    env = environment.current() if env is None else env
    paths = find_paths(env)
    user = file_layer(paths.config_file)
    if user is not None:
        check(user)
        user = with_whole_paths(user, paths.config_file.parent)
    project_layer, notices = _project_layer(project, user, paths)
    outer = [ancestor_layer(env), environment_layer(env), flag_layer(flags)]
    for layer in outer:
        check(layer)
        _refuse_foreign_trust(layer, paths)
    layers = [each for each in (user, project_layer, *outer) if each is not None]
    values, sources, more = _stack(layers)
    complete_platforms(values, sources, env)
    return Loaded(
        settings=Settings.model_validate(values),
        sources=_with_defaults(sources),
        notices=(*notices, *more, *_redirections(values, sources)),
        paths=paths,
    )


def _project_layer(
    project: Path, user: Layer | None, paths: Paths
) -> tuple[Layer | None, tuple[str, ...]]:
    """Return the project's own layer if the user trusts the folder, else how to trust it."""
    file = project / PROJECT_FILE
    if not _exists(file):
        return None, ()
    folder = project.resolve()
    trusted = _trusted_folders(user)
    if folder not in {expand_home(each).resolve() for each in trusted}:
        line = ", ".join(toml_text(each) for each in (*trusted, str(folder)))
        return None, (
            f"{file} is not used because this folder is not trusted. To trust it, put this line"
            f" at the top of {paths.config_file}: trusted_folders = [{line}]",
        )
    layer = file_layer(file)
    if layer is not None:
        check(layer)
        _refuse(layer, (name for name in layer.values if name not in PROJECT_KEYS), paths)
        layer = with_whole_paths(layer, file.parent, within=project)
    return layer, ()


def _exists(path: Path) -> bool:
    """Say whether something is there, even if it may not be looked at."""
    try:
        return path.exists()
    except PermissionError:
        return True


def _trusted_folders(user: Layer | None) -> Sequence[str]:
    return cast("Sequence[str]", user.values.get("trusted_folders", ())) if user else ()


def _refuse_foreign_trust(layer: Layer, paths: Paths) -> None:
    _refuse(layer, (name for name in layer.values if name == "trusted_folders"), paths)


def _refuse(layer: Layer, names: Iterable[str], paths: Paths) -> None:
    for name in names:
        raise ConfigError(
            f"{layer.place_of((name,))}: {name} may only be set in your own configuration,"
            f" {paths.config_file}"
        )


def _stack(layers: Sequence[Layer]) -> tuple[dict[str, object], dict[Key, str], tuple[str, ...]]:
    """Merge the layers, lowest first; also check what no single layer can know."""
    values: dict[str, object] = {}
    sources: dict[Key, str] = {}
    for layer in layers:
        values = merge(values, layer.values)
        for key, _ in leaves(layer.values):
            sources[key] = layer.place_of(key)
    _check_providers(values, sources)
    check_models(values, (*BUILT_IN_PROVIDERS, *_providers(values)), sources)
    notices = _settle_default_provider(values, sources)
    _check_fallbacks(values, sources)
    _complete_model(values, sources)
    return values, sources, notices


def _providers(values: Table) -> Mapping[str, Table]:
    return cast("Mapping[str, Table]", values.get("providers", {}))


def _check_providers(values: Table, sources: Mapping[Key, str]) -> None:
    """Raise `ConfigError` for a provider that is neither built in nor described completely, and
    for one whose wire has no use for what is said of it.
    """
    for name, provider in _providers(values).items():
        _check_compat(name, provider, sources)
        _check_local(name, provider, sources)
        check_platform(name, provider, sources)
        if name in BUILT_IN_PROVIDERS or "platform" in provider:
            continue
        key = ("providers", name)
        place = next((sources[each] for each in sources if each[:2] == key), DEFAULT_SOURCE)
        if "api" not in provider:
            guess = nearest(name, BUILT_IN_PROVIDERS)
            raise ConfigError(
                f"{place}: {dotted(key)} does not say which api it speaks",
                hint=f"Add its api, one of {', '.join(get_args(Api))}."
                if guess is None
                else f"Add its api, or write {guess!r} if you mean the built-in provider.",
            )
        if "base_url" not in provider and provider["api"] != "scripted":
            raise ConfigError(f"{place}: {dotted(key)} has no base_url")


def _check_compat(name: str, provider: Table, sources: Mapping[Key, str]) -> None:
    api = provider.get("api") or (VENDORS[name].api if name in VENDORS else None)
    if api in {None, "openai-chat"}:
        return
    for field in cast("Table", provider.get("compat", {})):
        if field == "leave_out" and api != "scripted":
            continue
        key = ("providers", name, "compat", field)
        place = next((sources[each] for each in sources if each[:4] == key), DEFAULT_SOURCE)
        raise ConfigError(
            f"{place}: {dotted(key)} has no effect on {api}; it is for openai-chat alone"
        )


def _check_local(name: str, provider: Table, sources: Mapping[Key, str]) -> None:
    """Raise `ConfigError` for a model file without the one provider that loads it, and for an
    address of that provider, which has none.
    """
    is_local = name == LOCAL_PROVIDER and "api" not in provider
    wrong = "base_url" if is_local else "model_file"
    if wrong in provider:
        key = ("providers", name, wrong)
        told = (
            "has no effect: this provider starts its own server; add an api for one that runs"
            if is_local
            else f"has no effect; it is for the built-in provider {LOCAL_PROVIDER} alone"
        )
        raise ConfigError(f"{sources.get(key, DEFAULT_SOURCE)}: {dotted(key)} {told}")


def _settle_default_provider(values: dict[str, object], sources: dict[Key, str]) -> tuple[str, ...]:
    """Check that the default provider exists; the ancestor knew more of them and is forgiven."""
    name = values.get("default_provider")
    known = (*BUILT_IN_PROVIDERS, *_providers(values))
    if name is None or name in known:
        return ()
    place = sources["default_provider",]
    if place.endswith(DEFAULT_PROVIDER_VARIABLE):
        del values["default_provider"], sources["default_provider",]
        return (f"{place}: there is no provider {name!r}; the variable is not used.",)
    raise ConfigError(
        f"{place}: default_provider = {name!r} cannot be used; there is no such provider",
        hint=f"Known are {', '.join(known)}.",
    )


def _check_fallbacks(values: Table, sources: Mapping[Key, str]) -> None:
    """Raise `ConfigError` for a model of the chain whose provider nobody knows."""
    known = (*BUILT_IN_PROVIDERS, *_providers(values))
    for model in cast("Sequence[str]", values.get("fallbacks", ())):
        name = model.partition("/")[0]
        if name not in known:
            guess = nearest(name, known)
            raise ConfigError(
                f"{sources['fallbacks',]}: fallbacks names {redact(repr(model))}; there is no"
                f" provider {name!r}",
                hint=f"Did you mean {guess!r}?" if guess else f"Known are {', '.join(known)}.",
            )


def _complete_model(values: dict[str, object], sources: Mapping[Key, str]) -> None:
    """Put the default provider before a model that names none."""
    model = values.get("model")
    if not isinstance(model, str) or "/" in model:
        return
    provider = values.get("default_provider")
    if provider is None:
        raise ConfigError(
            f"{sources['model',]}: model = {redact(repr(model))} cannot be used; it names no"
            " provider",
            hint="Write it as provider/model, or set default_provider.",
        )
    values["model"] = f"{provider}/{model}"


def _redirections(values: Table, sources: Mapping[Key, str]) -> tuple[str, ...]:
    """Say when the environment sends a vendor's requests, and its key, to another host."""
    notices: list[str] = []
    for name, vendor in VENDORS.items():
        place = sources.get(("providers", name, "base_url"), "")
        address = str(_providers(values).get(name, {}).get("base_url", ""))
        elsewhere = vendor.host and urlsplit(address).hostname != vendor.host
        if place.startswith("environment") and elsewhere:
            notices.append(f"{place} sends {name}'s requests to {redact(address)}.")
    return tuple(notices)


def _with_defaults(sources: Mapping[Key, str]) -> Mapping[str, str]:
    defaults = {name: DEFAULT_SOURCE for name in Settings.model_fields if name not in TABLES}
    return defaults | {dotted(key): place for key, place in sources.items()}
