"""How a command comes to its settings, its folder and the program's parts, and leaves them.

Not every command needs all of these: what each of them loads is imported inside it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Coroutine
    from pathlib import Path

    from codex_tui.composition.assembly import Assembly
    from codex_tui.config.settings import Loaded

T = TypeVar("T")
NO_ANSWER = "There was no answer; nothing was done."


def assemble(options: Namespace, *, interactive: bool) -> tuple[Assembly, Loaded]:
    """Put the program together as settings and options want it; raises `ConfigError`.

    Args:
        options: of any command; what it does not take counts as not given.
        interactive: somebody can be asked.
    """
    from codex_tui.composition.assembly import Assembly

    loaded = load_settings(options, unasked=not interactive)
    return Assembly(loaded, directory_of(options), interactive=interactive), loaded


def run_and_close(assembly: Assembly, work: Coroutine[object, object, T]) -> T:
    """Run the work and return what it comes to; the assembly is closed in any case."""

    async def run() -> T:
        try:
            return await work
        finally:
            await assembly.aclose()

    return asyncio.run(run())


def load_settings(options: Namespace, *, unasked: bool = False) -> Loaded:
    """Return the settings in force, with the options on top; raises `ConfigError`.

    Args:
        options: of any command; what it does not take counts as not given.
        unasked: a fallback named here takes over without consent, as nobody can be asked.
    """
    from codex_tui.config.settings import load

    flags = {
        "model": getattr(options, "model", None),
        "fallbacks": (fallbacks := getattr(options, "fallbacks", None)),
        "auto_fallback": True if fallbacks and unasked else None,
        "effort": getattr(options, "effort", None),
        "approval_mode": getattr(options, "mode", None),
        "budget_usd": getattr(options, "budget_usd", None),
        "budget_tokens": getattr(options, "budget_tokens", None),
    }
    return load(project=directory_of(options), flags=flags)


def directory_of(options: Namespace) -> Path:
    """Return the folder to work in, without links; raises `ConfigError` where there is none."""
    directory: Path = options.directory
    try:
        root = directory.resolve(strict=True)
    except OSError as error:
        raise ConfigError(f"{directory}: {error.strerror}", hint="-C takes a folder.") from None
    if not root.is_dir():
        raise ConfigError(f"{directory} is not a folder.", hint="-C takes a folder.")
    return root
