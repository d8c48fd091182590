"""The tables of the guide to providers that say what the code says, made from it.

`python -m tests.guide_tables` writes them into the guide; a test compares.
"""

from __future__ import annotations

import inspect
import re
from itertools import chain
from typing import TYPE_CHECKING, get_args, get_type_hints

import codex_tui.guides
from codex_tui.config import platform_checks
from codex_tui.config.vendors import PLATFORMS, VENDORS
from codex_tui.providers.fault_kinds import RETRYABLE
from codex_tui.providers.fault_words import FAULT_WORDS
from codex_tui.providers.openai_chat.compat import Compat
from codex_tui.providers.presets import PRESETS
from codex_tui.providers.registry import built_in_endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PROVIDERS = "| provider | address | key |"
COMPAT = "| field | values | meaning |"
CLOUDS = "| provider | wires, the usual one first | settings | variables |"
ERRORS = "| kind | what you see | waits | what to do |"


def tables() -> dict[str, list[str]]:
    """The rows of each table, by its heading."""
    return {
        PROVIDERS: [*_providers()],
        COMPAT: [*_compat()],
        CLOUDS: [*_clouds()],
        ERRORS: [*_errors()],
    }


def rows_of(guide: str, heading: str) -> list[str]:
    """The rows that stand in the guide under a heading."""
    lines = guide.splitlines()
    start = lines.index(heading) + 2
    end = next(at for at in range(start, len(lines)) if not lines[at].startswith("|"))
    return lines[start:end]


def with_tables(guide: str) -> str:
    """The guide with the tables as they are to be."""
    for heading, rows in tables().items():
        lines = guide.split("\n")
        start = lines.index(heading) + 2
        lines[start : start + len(rows_of(guide, heading))] = rows
        guide = "\n".join(lines)
    return guide


def guide_file() -> Path:
    """Where the guide is in the checkout."""
    from pathlib import Path

    return Path(codex_tui.guides.__file__).with_name("providers.md")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _providers() -> Iterator[str]:
    endpoints = {endpoint.name: endpoint for endpoint in built_in_endpoints()}
    for name in ("openai", "anthropic", *PRESETS):
        variables = VENDORS[name].key_variables
        key = " or ".join(f"`{variable}`" for variable in variables) or "none"
        yield _row(f"`{name}`", endpoints[name].address, key)


def _clouds() -> Iterator[str]:
    for name in PLATFORMS:
        apis = sorted(platform_checks._APIS[name], key=lambda api: (api != VENDORS[name].api, api))
        vendor = VENDORS[name]
        places = platform_checks._VARIABLES.get(name, {}).values()
        variables = [*vendor.key_variables, *vendor.base_url_variables, *chain(*places)]
        settings = [*sorted({"base_url", *platform_checks._FIELDS[name]})]
        yield _row(*(", ".join(f"`{each}`" for each in cell)
                     for cell in ([name], apis, settings, variables)))  # fmt: skip


def _compat() -> Iterator[str]:
    meanings = dict(_attributes(inspect.getdoc(Compat) or ""))
    for name, hint in get_type_hints(Compat).items():
        default = getattr(Compat(), name)
        yield _row(f"`{name}`", _values(get_args(hint) or (True, False), default), meanings[name])


def _values(values: Sequence[object], default: object) -> str:
    """The values, the usual one first."""
    ordered = sorted(values, key=lambda value: value != default)
    return ", ".join(f"`{str(each).lower() if isinstance(each, bool) else each}`"
                     for each in ordered)  # fmt: skip


def _attributes(doc: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"\n    (?=\w+: )", doc.partition("Attributes:")[2])[1:]:
        name, _, meaning = entry.partition(": ")
        yield name, " ".join(meaning.split()).replace("`", "").rstrip(".")


def _errors() -> Iterator[str]:
    filled = {"who": "NAME", "name": "NAME", "address": "its address", "key_hint": ""}
    for kind, words in FAULT_WORDS.items():
        waits = "yes" if kind in RETRYABLE else "no"
        said, hint = (text.format(**filled).strip() for text in (words.headline, words.hint))
        yield _row(f"`{kind.value}`", said, waits, hint)


if __name__ == "__main__":
    guide_file().write_text(with_tables(guide_file().read_text("utf-8")), "utf-8")
