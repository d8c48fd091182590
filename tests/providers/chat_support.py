"""What the tests of the Chat Completions adapter share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.providers.asking import Asking
from tests.providers.contract.wires import CHAT
from tests.servers.chat_wire import ChatWire

if TYPE_CHECKING:
    from codex_tui.protocol.messages import AssistantMessage
    from tests.servers.chat_wire import Reply

MODEL = CHAT.model

_ASKING = Asking(CHAT, "house", "House")
endpoint_at = _ASKING.endpoint_at
request_of = _ASKING.request_of
opened = _ASKING.opened
ask = _ASKING.ask
stream_all = _ASKING.stream_all
fails = _ASKING.fails
message_of = _ASKING.message_of


async def heard(reply: Reply, **options: Any) -> AssistantMessage:
    """The message the adapter makes of a single reply."""
    async with ChatWire([reply], **options) as wire:
        endpoint = endpoint_at(wire.base_url)
        return message_of(await stream_all(endpoint), endpoint)
