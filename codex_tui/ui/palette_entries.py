"""What the command palette offers: commands, keys, models and modes as entries, and which of them
fit what was typed.

Pure data and functions; how a command or the action of a key is run is handed in by the screen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.guides import GUIDES
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.display import one_line
from codex_tui.ui.commands import COMMANDS
from codex_tui.ui.key_table import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual.binding import Binding

    from codex_tui.protocol.models import ModelInfo, ModelRef
    from codex_tui.ui.key_table import KeyScope
    from codex_tui.ui.widgets.fuzzy import BoundedSearch

MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A thing to do: its name, more words about it, and the keys that do it, too. It is done when
    `run` returns, or what it returns was awaited.
    """

    label: str
    run: Callable[[], Awaitable[None] | None]
    detail: str = ""
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An entry that fits, with the places of the letters that were typed in its label."""

    entry: Entry
    places: tuple[int, ...] = ()


def command_entries(run: Callable[[str], None], propose: Callable[[str], None]) -> Iterator[Entry]:
    """Yield the slash commands; those that need words are proposed instead of run."""
    for each in COMMANDS:
        name = f"/{each.name}"

        def do(name: str = name, needs_words: bool = each.needs_words) -> None:
            if needs_words:
                propose(f"{name} ")
            else:
                run(name)

        detail = f"{each.usage}  {each.summary}".lstrip()
        yield Entry(label=name, detail=detail, run=do)


def key_entries(
    scopes: Iterable[KeyScope], run: Callable[[KeyScope, Binding], Awaitable[None]]
) -> Iterator[Entry]:
    """Yield what the keys of some scopes do."""
    for scope in scopes:
        keys = scope.keys
        lead = "" if scope.title == ANYWHERE else f"{scope.title.lower()}: "
        for each in scope.described():

            def do(scope: KeyScope = scope, binding: Binding = each) -> Awaitable[None]:
                return run(scope, binding)

            label = lead + each.description
            yield Entry(label=label, keys=" / ".join(keys[each.id or ""]), run=do)


def guide_entries(run: Callable[[str], None]) -> Iterator[Entry]:
    """Yield the guides."""
    for name, about in GUIDES.items():

        def do(name: str = name) -> None:
            run(f"/help {name}")

        yield Entry(label=f"guide: {name}", detail=about, run=do)


def mode_entries(current: ApprovalMode, run: Callable[[str], None]) -> Iterator[Entry]:
    """Yield the approval modes."""
    for each in ApprovalMode:

        def do(mode: ApprovalMode = each) -> None:
            run(f"/approvals {mode.value}")

        yield Entry(label=f"mode: {each.value}", detail=_in_use(each == current), run=do)


def model_entries(
    models: Iterable[ModelInfo], current: ModelRef | None, run: Callable[[str], None]
) -> Iterator[Entry]:
    """Yield models that can be used."""
    for each in models:

        def do(ref: ModelRef = each.ref) -> None:
            run(f"/model {ref}")

        label = one_line(f"model: {each.ref}", MAX_CHARACTERS)
        yield Entry(label=label, detail=_in_use(each.ref == current), run=do)


def matching(entries: Sequence[Entry], query: str, search: BoundedSearch) -> tuple[Match, ...]:
    """Return the entries that fit `query`, best first; all in their order without one.

    Names are matched letter by letter, what is said about them and their keys by whole words.
    """
    query = " ".join(query.split())
    if not query:
        return tuple(Match(entry=each) for each in entries)
    scored: list[tuple[float, Match]] = []
    for each in entries:
        score, places = search.match(query, each.label)
        if score > 0:
            scored.append((1 + score, Match(entry=each, places=tuple(places))))
        elif query.lower() in f"{each.detail} {each.keys}".lower():
            scored.append((1, Match(entry=each)))
    scored.sort(key=lambda pair: -pair[0])
    return tuple(match for _, match in scored)


def _in_use(current: bool) -> str:
    return "in use" if current else ""
