"""`codex-tui config show`: the settings in force, or how one model is asked, and why so."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.commands.starting import assemble, load_settings
from codex_tui.config.describe import SettingLine, describe, plain
from codex_tui.config.settings import DEFAULT_SOURCE
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.models import ModelRef
from codex_tui.protocol.profiles import PROFILE_FIELDS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable
    from typing import TextIO

    from codex_tui.config.settings import Loaded
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.protocol.profiles import ProfileInForce
    from codex_tui.providers.registry import ProviderRegistry

VENDOR_SOURCE: Final = "left to the vendor"
KNOWN_SOURCE: Final = "known of the model"
_SETTING: Final = "providers."
"""How an origin begins that is itself the key of a setting."""


def run(options: Namespace) -> int:
    """Show the settings, or how the model that is named is asked."""
    if not options.ref:
        show_settings(load_settings(options), sys.stdout, as_json=options.json)
        return 0
    assembly, loaded = assemble(options, interactive=False)
    show_profile(options.ref, loaded, assembly.providers, sys.stdout, as_json=options.json)
    return 0


def show_settings(loaded: Loaded, output: TextIO, *, as_json: bool) -> None:
    """List every setting."""
    _write(describe(loaded), (), output, as_json=as_json)


def show_profile(
    model: str, loaded: Loaded, providers: ProviderRegistry, output: TextIO, *, as_json: bool
) -> None:
    """List how a model is asked; raises `ConfigError`: no model, or an unknown provider."""
    ref = ModelRef.parse(model)
    in_force = providers.profile(ref)
    lines = (_line(name, in_force, providers.describe(ref)) for name in PROFILE_FIELDS)
    settled = (replace(each, source=_settled(each.source, loaded)) for each in lines)
    _write(settled, in_force.notes, output, as_json=as_json)


def _line(name: str, in_force: ProfileInForce, info: ModelInfo) -> SettingLine:
    wished: object = getattr(in_force.profile, name)
    if wished is not None:
        return SettingLine(
            key=name, value=plain(wished), source=in_force.origins.get(name, KNOWN_SOURCE)
        )
    known = {
        "max_output_tokens": info.max_output,
        "context_window": info.context_window,
        "sees_images": info.image_input,
        "tools": info.tools,
    }.get(name)
    source = VENDOR_SOURCE if known is None else KNOWN_SOURCE
    return SettingLine(key=name, value=known, source=source)


def _settled(origin: str, loaded: Loaded) -> str:
    """Return where a provider's setting comes from, any other origin as it is."""
    if not origin.startswith(_SETTING):
        return origin
    return loaded.sources.get(origin, DEFAULT_SOURCE)


def _write(
    lines: Iterable[SettingLine], notes: Iterable[str], output: TextIO, *, as_json: bool
) -> None:
    for line in lines:
        if as_json:
            told = {"key": line.key, "value": line.value, "source": line.source}
            output.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            output.write(display_safe(f"{line.key} = {line.text}   [{line.source}]") + "\n")
    for note in notes:
        output.write(json.dumps({"note": note}) + "\n" if as_json else display_safe(note) + "\n")
