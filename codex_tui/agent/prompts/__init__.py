"""System prompts: one common text and a short addition for each model family, as files in the
package.

The text depends on the model's family alone. It is the first thing in every request, so anything
that changes with time or place (date, directory, branch) is told in a notice instead.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

FAMILIES = {
    "claude": ("claude", "anthropic"),
    "gpt": ("gpt", "codex", "o1", "o3", "o4", "openai"),
}


def family_of(model: str) -> str | None:
    """Return the prompt family a model's own name belongs to, None for a stranger."""
    name = model.lower().rpartition("/")[2]
    for family, prefixes in FAMILIES.items():
        if name.startswith(prefixes):
            return family
    return None


@cache
def system_prompt(model: str) -> str:
    """Return the system prompt for a model's own name (`claude-opus-5-5`)."""
    texts = [_read("common")]
    family = family_of(model)
    if family is not None:
        texts.append(_read(family))
    return "\n\n".join(texts)


def _read(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
