"""What the picker lists: sections without a filter, ranked matches with one. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, ProviderStatus
from codex_tui.ui.panes.providers.columns import describe_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_tui.ui.widgets.fuzzy import BoundedSearch

DEMONSTRATION = "demonstration"


def no_losses(_info: ModelInfo) -> str:
    """Say of any model that nothing is lost on it."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerEntries:
    """Everything the picker knows.

    `unlisted` are the providers that appear when the filter names them. `effort` is what the
    session asks for now; `recent` is newest first. `list_ages_s` says how old a provider's list of
    models is, in seconds; None is the built-in list. `first_run` explains the picker to somebody
    who sees it for the first time; `notice` is one line about the lists ("offline: …"). `to_read`
    are the tokens, about, of the conversation that another model would read anew, `losses` says
    what of it would be lost on one.
    """

    models: tuple[ModelInfo, ...]
    providers: tuple[ProviderStatus, ...]
    current: ModelRef | None
    effort: Effort | None
    unlisted: tuple[ProviderStatus, ...] = ()
    list_ages_s: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    recent: tuple[ModelRef, ...] = ()
    favourites: tuple[ModelRef, ...] = ()
    first_run: bool = False
    notice: str = ""
    to_read: int = 0
    losses: Callable[[ModelInfo], str] = no_losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The title of a section; it cannot be highlighted. `missing` is what keeps its models from
    being used.
    """

    title: str
    missing: str = ""
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
    """A provider of which no models are known. `qualified` rows stand below no heading that names
    it.
    """

    provider: ProviderStatus
    qualified: bool


OpenRow = ModelRow | TypedRow | ProviderRow
Row = Heading | OpenRow


def row_ref(row: Row | None) -> ModelRef | None:
    """Return the model a row stands for."""
    if isinstance(row, ModelRow):
        return row.info.ref
    return row.ref if isinstance(row, TypedRow) else None


def place_of(provider: ProviderStatus) -> str:
    """Return the place of a server, without the path that all compatible ones have."""
    return provider.base_url.rstrip("/").removesuffix("/v1")


def list_rows(entries: PickerEntries, query: str, search: BoundedSearch) -> tuple[Row, ...]:
    """Return the rows for `query`: sections when it is blank, else the matches, best first."""
    words = query.split()
    if not words:
        return tuple(_sections(entries))
    models = _ranked(entries, words, search)
    named = tuple(_named_providers(entries, words))
    # A provider's own name says more than letters strewn over a model's.
    sure = [row for row in models if not named or (row.provider.ready and _spells(row, words))]
    rest = [row for row in models if row not in sure] if named else []
    typed = _typed_row(entries, query.strip())
    return (*sure, *named, *rest, *((typed,) if typed is not None else ()))


def why_nothing(entries: PickerEntries, query: str) -> tuple[str, str]:
    """Return why `query` has no rows, and what to do about it."""
    known = [provider.name for provider in (*entries.providers, *entries.unlisted)]
    name, slash, model = query.strip().partition("/")
    if not known:
        return "No provider is configured.", "Add one to the configuration and start again."
    if slash and model and name not in known:
        return f"No provider is called “{name}”.", f"Known are: {', '.join(known)}."
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
    for provider in sorted(entries.providers, key=_distance):
        yield from _provider_section(entries, provider, shown)
    if entries.unlisted:
        names = ", ".join(provider.name for provider in entries.unlisted)
        yield Heading(title="More", remark=f"type a name: {names}")


def _distance(provider: ProviderStatus) -> int:
    """Rank a provider by what it takes to use it: nothing, an installation, somebody's key."""
    return 0 if provider.ready else 2 if provider.takes_key else 1


def _provider_section(
    entries: PickerEntries, provider: ProviderStatus, shown: set[ModelRef]
) -> Iterator[Row]:
    models = [info for info in entries.models if info.ref.provider == provider.name]
    rest = [info for info in models if info.ref not in shown]
    if not rest and models:
        return
    yield Heading(
        title=provider.title,
        missing=provider.lacks,
        remark=describe_list(entries.list_ages_s, provider.name) if models else "",
    )
    for info in rest:
        yield ModelRow(
            info=info,
            provider=provider,
            current=info.ref == entries.current,
            qualified=False,
        )
    if not models:
        yield ProviderRow(provider=provider, qualified=False)


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


def _named_providers(entries: PickerEntries, words: list[str]) -> Iterator[ProviderRow]:
    """Find the providers without models of which a word of the filter is the name's beginning."""
    with_models = {info.ref.provider for info in entries.models}
    typed = [word.lower().partition("/")[0] for word in words]
    for provider in (*entries.providers, *entries.unlisted):
        names = (provider.name.lower(), provider.title.lower())
        named = any(len(word) > 1 and name.startswith(word) for word in typed for name in names)
        if named and provider.name not in with_models:
            yield ProviderRow(provider=provider, qualified=True)


def _spells(row: ModelRow, words: list[str]) -> bool:
    text = f"{row.info.ref} {row.info.name}".lower()
    return all(word.lower() in text for word in words)


def _typed_row(entries: PickerEntries, text: str) -> TypedRow | None:
    try:
        ref = ModelRef.parse(text)
    except ConfigError:
        return None
    if any(character.isspace() for character in text) or ref in _known(entries):
        return None
    for provider in (*entries.providers, *entries.unlisted):
        if provider.name == ref.provider:
            return TypedRow(ref=ref, provider=provider)
    return None
