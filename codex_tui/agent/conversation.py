"""The conversation of one session: what was said, on the record, and reported from its place.

All parts of a session share it. What is added to it, and when, is their business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.history import History
from codex_tui.protocol.events import NoticeShown

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.agent.journal import Journal
    from codex_tui.agent.past import Past
    from codex_tui.bus import EventSink
    from codex_tui.protocol.errors import SessionError
    from codex_tui.protocol.ids import Place
    from codex_tui.sessions.records import Record


class Conversation:
    """What the parts of a session have in common.

    Attributes:
        place: the session, and the branch it is on.
        history: what was said on this branch, as models read it.
        journal: the record of all branches.
        sink: who hears what is reported.
    """

    def __init__(
        self,
        place: Place,
        past: Past,
        *,
        journal: Callable[[Callable[[SessionError], None]], Journal],
        sink: EventSink,
    ) -> None:
        """Go on from a `past`. `journal` makes the record, and is given whom it warns."""
        self.place = replace(place, branch=past.branch)
        self.history = History(past.messages, past.compactions)
        self.journal = journal(lambda error: self.warn(str(error)))
        self.journal.log.extend(past.branches.log if past.branches else ())
        self.sink = sink

    def record(self, record: Record) -> None:
        """Put a fact about the session as a whole on the record."""
        self.journal.add(record, self.place)

    def notify(self, text: str) -> None:
        """Show the user a remark, in its place among the other events; no model hears it."""
        self.sink.publish(NoticeShown(place=self.place, level="info", text=text))

    def warn(self, text: str) -> None:
        """Show the user a remark about something to see to."""
        self.sink.publish(NoticeShown(place=self.place, level="warning", text=text))
