"""What a model family is told and offered: the system prompt, from texts in the package, and the
edit tools it is trained for.

Both depend on the model's family alone. It is the first thing in every request, so anything
that changes with time or place (date, directory, branch) is told in a notice instead.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

FAMILIES = {
    "claude": ("claude", "anthropic"),
    "gpt": ("gpt", "codex", "o1", "o3", "o4", "openai"),
}


EDIT_TOOLS = {
    "edit_file": frozenset({"edit_file", "write_file"}),
    "apply_patch": frozenset({"apply_patch"}),
}
"""The two ways to change files. A model is offered one; a call of the other's tools is still run,
since a conversation that began with another model may lead it there.
"""


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
    texts = [_read("common"), _read(_way_of_editing(model))]
    family = family_of(model)
    if family is not None:
        texts.append(_read(family))
    return "\n\n".join(texts)


@cache
def withheld_tools(model: str) -> frozenset[str]:
    """Return the names of the edit tools that a model is not offered."""
    return frozenset[str]().union(*EDIT_TOOLS.values()) - EDIT_TOOLS[_way_of_editing(model)]


@cache
def one_shot_prompt(actions: tuple[str, ...]) -> str:
    """Return the system prompt of a model without tools, with the forms of the allowed actions."""
    head, *forms = _read("one_shot").split("\n\n")
    wanted = (
        form
        for form in forms
        if form.startswith(tuple(f'{{"answer": {{"{each}"' for each in actions))
    )
    return "\n\n".join([head, *wanted])


def _way_of_editing(model: str) -> str:
    """Name the way a model is trained for: patches for OpenAI's own, replacements for others."""
    return "apply_patch" if family_of(model) == "gpt" else "edit_file"


def _read(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
