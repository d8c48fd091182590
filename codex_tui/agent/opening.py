"""What a conversation lacks when it is taken up again: results that a crash swallowed, and the word
that it goes on in another folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.agent.history import CRASHED_RESULT
from codex_tui.protocol.messages import Message, NoticeMessage

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.agent.history import History
    from codex_tui.agent.past import Past


def moved(past: Past, root: Path) -> bool:
    """Say whether the session began in another folder."""
    return past.directory not in {"", str(root)}


def missing_messages(history: History, past: Past, root: Path) -> list[Message]:
    """Return what has to be appended before anything new is said."""
    missing: list[Message] = [*history.missing_results(CRASHED_RESULT)]
    notice = NoticeMessage(text=f"The conversation goes on in another folder. Workspace: {root}")
    told = [each for each in history.messages if isinstance(each, NoticeMessage)]
    if moved(past, root) and told[-1:] != [notice]:
        missing.append(notice)
    return missing
