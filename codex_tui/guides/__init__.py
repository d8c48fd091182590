"""The documentation users read inside the program: Markdown files beside this one.

Owns which guides there are and their words; how they are shown is the front ends' business. A guide
is read when somebody asks for it.
"""

from __future__ import annotations

import difflib
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

GUIDES: Final[Mapping[str, str]] = {
    "providers": "models and providers: choosing, configuring, switching, errors, adding",
    "adapters": "a vendor with a wire of its own: one file, and the suite it has to pass",
}
"""Name → what it is about; `NAME.md` is the guide."""


def guide(name: str) -> str:
    """Return a guide's Markdown; raises `ConfigError` with the nearest known name."""
    if name not in GUIDES:
        near = difflib.get_close_matches(name, GUIDES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There is: {', '.join(GUIDES)}."
        raise ConfigError(f"There is no guide {name!r}.", hint=hint)
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
