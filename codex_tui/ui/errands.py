"""What the picker sends the main screen for: a key to be kept, a server to be asked.

Both end in words for the picker, whatever happens; a fault in the program is logged. A key is in
neither the words nor the log.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import CodexError, ProviderError, ProviderErrorKind

if TYPE_CHECKING:
    from codex_tui.agent.session import AgentSession
    from codex_tui.ui.panes.providers import ProviderPicker
    from codex_tui.ui.workbench import Workbench

log = logging.getLogger(__name__)


async def keep_key(
    workbench: Workbench, picker: ProviderPicker, given: ProviderPicker.KeyGiven
) -> str | None:
    """Have a key checked and kept; return what was done, None where the picker was told why not."""
    try:
        return await workbench.log_in(given.provider, given.key)
    except CodexError as error:
        wrong = isinstance(error, ProviderError) and error.kind is ProviderErrorKind.AUTHENTICATION
        picker.refuse_key(error.message, "Check it, and paste it again." if wrong else error.hint)
    except Exception:  # a named border: unhandled, a fault would be shown with what it worked on
        log.exception("the key for %s could not be kept", given.provider)
        picker.refuse_key("Something went wrong inside codex-tui.", "The log has the details.")
    return None


async def ask_provider(session: AgentSession, picker: ProviderPicker, provider: str) -> bool:
    """Ask a provider what it serves; say whether it answered, and tell the picker if there is
    nothing to choose from.
    """
    try:
        served = await session.models.try_provider(provider)
    except CodexError as error:
        # An unlisted provider that needs nothing is a server on this computer, not yet running.
        startable = any(each.ready and each.name == provider for each in session.models.unlisted())
        picker.say(error.message, "Start it and press Enter again." if startable else error.hint)
        return False
    picker.say("" if served else "It answers, but it serves no models yet.")
    return True
