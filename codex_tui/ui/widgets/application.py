"""The running application with its type, which Textual leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump


def application_of(node: MessagePump) -> App[None]:
    """Return the application that a widget or screen is part of."""
    return cast("App[None]", node.app)  # pyright: ignore[reportUnknownMemberType]
