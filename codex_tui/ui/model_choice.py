"""What the picker lists: the catalogue, what the servers serve, what the user remembers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import CodexError
from codex_tui.protocol.figures import format_age
from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.models import ModelInfo, ProviderStatus
    from codex_tui.ui.panes.providers import PickerEntries
    from codex_tui.ui.workbench import Memory

log = logging.getLogger(__name__)

SCRIPTED_API = "scripted"


class ModelChoice:
    """Gathers the picker's entries, and has old lists of the servers' models made new."""

    def __init__(
        self, memory: Memory, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._memory = memory
        self._now = now
        self._silent: dict[str, str] = {}

    def entries(self, session: AgentSession) -> PickerEntries:
        """Return everything there is to choose from now."""
        from codex_tui.ui.panes.providers import PickerEntries  # with the pane, behind the start

        statuses = session.models.statuses()
        return PickerEntries(
            models=session.list_models(),
            providers=statuses,
            unlisted=session.models.unlisted(),
            list_ages_s={each.name: self._age_s(session, each.name) for each in _servers(session)},
            current=session.model.ref if session.model else None,
            effort=session.effort,
            recent=tuple(self._memory.recent_models),
            favourites=tuple(self._memory.favourite_models),
            first_run=not any(status.ready and status.takes_key for status in statuses)
            and (session.model is None or is_demo(session)),
            notice=self._notice(session),
            to_read=session.models.to_read,
            losses=session.models.losses,
        )

    def unasked(self, session: AgentSession) -> tuple[ProviderStatus, ...]:
        """Return the ready providers that did not say for a day what they serve."""
        outdated = session.models.outdated()
        return tuple(each for each in session.models.statuses() if each.name in outdated)

    async def ask(self, session: AgentSession, status: ProviderStatus) -> None:
        """Ask one provider what it serves; one that cannot say is named in the notice."""
        self._silent.pop(status.name, None)
        try:
            await session.models.refresh(status.name)
        except CodexError as error:
            log.info("%s does not list its models: %s", status.name, error)
            self._silent[status.name] = status.title

    def _age_s(self, session: AgentSession, provider: str) -> float | None:
        asked_at = session.models.served_at(provider)
        return None if asked_at is None else (self._now() - asked_at).total_seconds()

    def _notice(self, session: AgentSession) -> str:
        """Say which servers could not be asked, what is shown in the place of their word, and whose
        lists are too long to be shown whole.
        """
        silent = [f"{title} ({self._shown(session, name)})" for name, title in self._silent.items()]
        longer = [each.title for each in _servers(session) if session.models.serves_more(each.name)]
        said = [f"Could not ask {', '.join(silent)}."] if silent else []
        if longer:
            said.append(f"Not all models of {', '.join(longer)} are listed.")
        return " ".join(said)

    def _shown(self, session: AgentSession, provider: str) -> str:
        age_s = self._age_s(session, provider)
        return "the built-in list" if age_s is None else f"the list of {format_age(age_s)}"


def _servers(session: AgentSession) -> Iterator[ProviderStatus]:
    """Yield the ready providers that have a server to ask."""
    return (each for each in session.models.statuses() if each.ready and each.base_url)


def effort_words(model: ModelInfo, effort: Effort | None) -> str:
    """Say how much a model thinks and what it takes."""
    if not model.efforts:
        return f"{model.ref} is not known to take an effort."
    ladder = ", ".join(each.value for each in sorted(model.efforts, key=list(Effort).index))
    now = "left to the vendor" if effort is None else effort.value
    return f"effort {now}; {model.ref} takes {ladder}."


def is_usable(session: AgentSession) -> bool:
    """Say whether a model is chosen whose provider has what it needs."""
    model = session.model
    return model is not None and any(
        status.ready and status.name == model.ref.provider for status in session.models.statuses()
    )


def is_demo(session: AgentSession, provider: str | None = None) -> bool:
    """Say whether a provider (the chosen model's when None) is the script of the demonstration."""
    if provider is None:
        if session.model is None:
            return False
        provider = session.model.ref.provider
    return session.models.speaks(provider) == SCRIPTED_API
