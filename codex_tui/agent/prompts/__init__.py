"""What a model is told and offered: the system prompt, from texts in the package or a file of the
user's, and the edit tools.

Both depend on the model's profile alone. The prompt is the first thing in every request, so
anything that changes with time or place (date, directory, branch) is told in a notice instead.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from codex_tui.protocol.profiles import PLAIN_PROMPT, EditWay

if TYPE_CHECKING:
    from codex_tui.protocol.profiles import ModelProfile

EDIT_TOOLS = {
    EditWay.EDIT_FILE: frozenset({"edit_file", "write_file"}),
    EditWay.APPLY_PATCH: frozenset({"apply_patch"}),
}
"""The two ways to change files. A model is offered one; a call of the other's tools is still run,
since a conversation that began with another model may lead it there.
"""


def system_prompt(profile: ModelProfile) -> str:
    """Return the system prompt for a model with this profile. A file's words stand in the place of
    the shipped ones; how the edit tool is used is told in any case.
    """
    way = profile.edit_tool or EditWay.EDIT_FILE
    return _prompt(profile.prompt or PLAIN_PROMPT, profile.prompt_text, way)


@cache
def _prompt(name: str, text: str | None, way: EditWay) -> str:
    if text is not None:
        return f"{text}\n\n{_read(way.value)}"
    texts = [_read("common"), _read(way.value)]
    if name != PLAIN_PROMPT:
        texts.append(_read(name))
    return "\n\n".join(texts)


@cache
def withheld_tools(edit_tool: EditWay | None) -> frozenset[str]:
    """Return the names of the edit tools that a model is not offered."""
    offered = EDIT_TOOLS[edit_tool or EditWay.EDIT_FILE]
    return frozenset[str]().union(*EDIT_TOOLS.values()) - offered


@cache
def one_shot_prompt(actions: tuple[str, ...]) -> str:
    """Return the system prompt of a model without tools, with the forms of the allowed actions."""
    head, *forms = _read("one_shot").split("\n\n")
    wanted = (form for form in forms if any(f'{{"{each}"' in form for each in actions))
    return "\n\n".join([head, *wanted])


@cache
def compact_prompt() -> str:
    """Return what asks a model for the summary that stands for a conversation."""
    return _read("compact")


def _read(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
