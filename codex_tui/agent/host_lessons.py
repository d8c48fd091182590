"""What this conversation knows of how its servers differ, kept in its log.

A request is rendered from the log alone, so what an adapter learned of a server stands there too
and comes back when the session is resumed. Learning itself is the adapters'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.events import NoticeShown
from codex_tui.sessions.records import HostLearned as HostLearnedRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.agent.journal import Journal
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.messages import Origin
    from codex_tui.providers.base import Flags, HostLearned

Host = tuple[str, str, str]
"""A provider, its address and the model asked for there."""


def host_of(origin: Origin) -> Host:
    """Return the host an answer of `origin` comes from."""
    return (origin.provider, origin.base_url, origin.model)


class HostLessons:
    """The flags of every host of one session."""

    def __init__(self, past: Mapping[Host, Flags], *, journal: Journal, sink: EventSink) -> None:
        self._known = dict(past)
        self._journal = journal
        self._sink = sink

    def of(self, origin: Origin) -> Flags:
        """Return what is known of a host."""
        return self._known.get(host_of(origin), {})

    def take(self, origin: Origin, event: HostLearned, place: Place) -> None:
        """Put on the record what is known by now, and tell the user what is new."""
        host = provider, base_url, model = host_of(origin)
        self._known[host] = flags = dict(event.learned)
        self._journal.add(
            HostLearnedRecord(provider=provider, base_url=base_url, model=model, flags=flags), place
        )
        if event.told:
            self._sink.publish(NoticeShown(place=place, level="info", text=event.told))
