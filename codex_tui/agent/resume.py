"""From a session's records back to what goes on: its messages, its model, its gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.agent.history import History
from codex_tui.agent.session import Past
from codex_tui.sessions.records import MessageAdded, ModeChosen, ModelChosen, SessionOpened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.sessions.records import Record


def past_of(records: Iterable[Record]) -> Past:
    """Fold the records, oldest first. A result whose call was lost with a damaged line is left out,
    since a provider would refuse it.
    """
    history, directory = History(), ""
    model, effort, mode = None, None, None
    for record in records:
        match record:
            case SessionOpened():
                directory = record.directory
            case MessageAdded(message=message) if history.accepts(message):
                history.append(message)
            case ModelChosen():
                model, effort = record.ref, record.effort
            case ModeChosen():
                mode = record.mode
            case _:
                pass
    return Past(
        directory=directory, messages=history.messages, model=model, effort=effort, mode=mode
    )
