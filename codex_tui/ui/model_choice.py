"""What the picker lists: the catalogue, what the servers serve, what the user remembers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import CodexError
from codex_tui.ui.panes.providers import PickerEntries

if TYPE_CHECKING:
    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.models import ModelInfo, ProviderStatus
    from codex_tui.ui.workbench import Memory

log = logging.getLogger(__name__)

SCRIPTED_API = "scripted"


class ModelChoice:
    """Gathers the picker's entries; what a server serves is asked once a run."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._served: dict[str, tuple[ModelInfo, ...]] = {}
        self._notices: dict[str, str] = {}

    def entries(self, session: AgentSession) -> PickerEntries:
        """Return everything there is to choose from now."""
        known = {info.ref: info for info in session.list_models()}
        for served in self._served.values():
            known.update({info.ref: info for info in served if info.ref not in known})
        statuses = session.provider_statuses()
        return PickerEntries(
            models=tuple(known.values()),
            providers=statuses,
            current=session.model.ref if session.model else None,
            effort=session.effort,
            recent=tuple(self._memory.recent_models),
            favourites=tuple(self._memory.favourite_models),
            first_run=not any(
                status.ready and not is_demo(session, status.name) for status in statuses
            ),
            notice=" ".join(self._notices.values()),
        )

    def unasked(self, session: AgentSession) -> tuple[ProviderStatus, ...]:
        """Return the ready providers whose servers were not asked yet."""
        return tuple(
            status
            for status in session.provider_statuses()
            if status.ready and status.name not in self._served
        )

    async def ask(self, session: AgentSession, status: ProviderStatus) -> None:
        """Ask one provider what it serves; one that cannot say leaves a notice."""
        self._notices.pop(status.name, None)
        try:
            self._served[status.name] = await session.list_served_models(status.name)
        except CodexError as error:
            log.info("%s does not list its models: %s", status.name, error)
            self._notices[status.name] = f"{status.title} could not be asked for its models."


def is_usable(session: AgentSession) -> bool:
    """Say whether a model is chosen whose provider has what it needs."""
    model = session.model
    return model is not None and any(
        status.ready and status.name == model.ref.provider for status in session.provider_statuses()
    )


def is_demo(session: AgentSession, provider: str | None = None) -> bool:
    """Say whether a provider (the chosen model's when None) is the script of the demonstration."""
    if provider is None:
        if session.model is None:
            return False
        provider = session.model.ref.provider
    return session.speaks(provider) == SCRIPTED_API
