"""What the picker lists: sections without a filter, ranked matches with one. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, ProviderStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_tui.ui.widgets.fuzzy import BoundedSearch

DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerEntries:
    """Everything the picker knows.

    `effort` is what the session asks for now; `recent` is newest first. `first_run` explains the
    picker to somebody who sees it for the first time; `notice` is one line about the list itself
    ("offline: the built-in catalogue").
    """

    models: tuple[ModelInfo, ...]
    providers: tuple[ProviderStatus, ...]
    current: ModelRef | None
    effort: Effort | None
    recent: tuple[ModelRef, ...] = ()
    favourites: tuple[ModelRef, ...] = ()
    first_run: bool = False
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The title of a section; it cannot be highlighted."""

    title: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model that can be chosen. `qualified` rows show the provider in the name; `matched` are
    the places in `provider/model` that the filter hit.
    """

    info: ModelInfo
    provider: ProviderStatus
    current: bool
    qualified: bool
    matched: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRow:
    """A reference that is in no list but can be chosen as it was typed."""

    ref: ModelRef
    provider: ProviderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """A provider that lists no models."""

    provider: ProviderStatus


Row = Heading | ModelRow | TypedRow | ProviderRow


def row_ref(row: Row | None) -> ModelRef | None:
    """Return the model a row stands for."""
    if isinstance(row, ModelRow):
        return row.info.ref
    return row.ref if isinstance(row, TypedRow) else None


def list_rows(entries: PickerEntries, query: str, search: BoundedSearch) -> tuple[Row, ...]:
    """Return the rows for `query`: sections when it is blank, else the matches, best first."""
    words = query.split()
    if not words:
        return tuple(_sections(entries))
    rows: list[Row] = [*_ranked(entries, words, search)]
    typed = _typed_row(entries, query.strip())
    return (*rows, typed) if typed is not None else tuple(rows)


def why_nothing(entries: PickerEntries, query: str) -> tuple[str, str]:
    """Return why `query` has no rows, and what to do about it."""
    names = ", ".join(provider.name for provider in entries.providers)
    name, slash, model = query.strip().partition("/")
    if not names:
        return "No provider is configured.", "Add one to the configuration and start again."
    if slash and model and name not in {provider.name for provider in entries.providers}:
        return f"No provider is called “{name}”.", f"Configured are: {names}."
    return (
        f"No model matches “{query.strip()}”.",
        "Shorten the filter, or type provider/model in full to use one that is not listed.",
    )


def _sections(entries: PickerEntries) -> Iterator[Row]:
    known = _known(entries)
    shown: set[ModelRef] = set()
    for title, refs in (("Favourites", entries.favourites), ("Recent", _recent(entries, known))):
        fresh = [ref for ref in dict.fromkeys(refs) if ref not in shown]
        rows = [row for ref in fresh if (row := _model_row(entries, known, ref)) is not None]
        shown.update(row.info.ref for row in rows)
        if rows:
            yield Heading(title=title)
            yield from rows
    for provider in sorted(entries.providers, key=lambda status: not status.ready):
        yield from _provider_section(entries, provider, shown)


def _provider_section(
    entries: PickerEntries, provider: ProviderStatus, shown: set[ModelRef]
) -> Iterator[Row]:
    models = [info for info in entries.models if info.ref.provider == provider.name]
    rest = [info for info in models if info.ref not in shown]
    if not rest and models:
        return
    yield Heading(title=provider.title, remark="" if provider.ready else "no key")
    for info in rest:
        yield ModelRow(
            info=info,
            provider=provider,
            current=info.ref == entries.current,
            qualified=False,
        )
    if not models:
        yield ProviderRow(provider=provider)


def _recent(entries: PickerEntries, known: dict[ModelRef, ModelInfo]) -> Iterable[ModelRef]:
    """Return the recent models, led by a current one that no list knows."""
    if entries.current is not None and entries.current not in known:
        return (entries.current, *entries.recent)
    return entries.recent


def _known(entries: PickerEntries) -> dict[ModelRef, ModelInfo]:
    return {info.ref: info for info in entries.models}


def _model_row(
    entries: PickerEntries, known: dict[ModelRef, ModelInfo], ref: ModelRef
) -> ModelRow | None:
    """Return a qualified row for `ref`; None when its provider is not configured any more."""
    for provider in entries.providers:
        if provider.name == ref.provider:
            return ModelRow(
                info=known.get(ref) or ModelInfo(ref=ref),
                provider=provider,
                current=ref == entries.current,
                qualified=True,
            )
    return None


def _ranked(entries: PickerEntries, words: list[str], search: BoundedSearch) -> list[ModelRow]:
    providers = {provider.name: provider for provider in entries.providers}
    liked = {*entries.favourites, *entries.recent}
    scored: list[tuple[bool, float, ModelRow]] = []
    for info in entries.models:
        provider = providers.get(info.ref.provider)
        score, matched = _match(info, words, search)
        if provider is None or score <= 0:
            continue
        row = ModelRow(
            info=info,
            provider=provider,
            current=info.ref == entries.current,
            qualified=True,
            matched=matched,
        )
        scored.append((provider.ready, score * (1.25 if info.ref in liked else 1.0), row))
    scored.sort(key=lambda entry: entry[:2], reverse=True)
    return [entry[2] for entry in scored]


def _match(
    info: ModelInfo, words: list[str], search: BoundedSearch
) -> tuple[float, frozenset[int]]:
    """Match every word against `provider/model name`; no score when one of them misses."""
    candidate = f"{info.ref} {info.name}"
    total = 0.0
    matched: set[int] = set()
    for word in words:
        score, positions = search.match(word, candidate)
        if score <= 0:
            return 0.0, frozenset()
        total += score
        matched.update(positions)
    return total, frozenset(matched)


def _typed_row(entries: PickerEntries, text: str) -> TypedRow | None:
    try:
        ref = ModelRef.parse(text)
    except ConfigError:
        return None
    if any(character.isspace() for character in text) or ref in _known(entries):
        return None
    for provider in entries.providers:
        if provider.name == ref.provider:
            return TypedRow(ref=ref, provider=provider)
    return None
