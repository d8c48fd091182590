"""What the main screen is to whoever shows events on it: panes that are told, and never asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from codex_tui.protocol.approvals import ApprovalRequest
    from codex_tui.protocol.events import FailOverOffered
    from codex_tui.protocol.ids import RequestId
    from codex_tui.protocol.plan import PlanStep
    from codex_tui.ui.panes.chat import ChatPane
    from codex_tui.ui.widgets.status_bar import Status


class Stage(Protocol):
    """The chat, and what else of the screen can be told something."""

    chat: ChatPane

    def greet(self) -> None:
        """A session began: fresh panes."""
        ...

    def show_branch(self) -> None:
        """The session goes on with another branch."""
        ...

    async def catch_up(self) -> None:
        """Return once what was said before the session or branch began is shown, too."""
        ...

    def show_offer(self, offer: FailOverOffered) -> None:
        """Another model could take over."""
        ...

    def end_offer(self) -> None:
        """None could any more."""
        ...

    def show_name(self, title: str) -> None:
        """The session's title; empty for none."""
        ...

    def review(self, request: ApprovalRequest) -> None:
        """Put a request before the user."""
        ...

    def settle_review(self, request_id: RequestId) -> None:
        """A request is settled."""
        ...

    def set_busy(self, *, busy: bool) -> None:
        """A turn runs, or none."""
        ...

    def show_queue(self, waiting: tuple[str, ...]) -> None:
        """Words that no model has read yet."""
        ...

    def show_plan(self, steps: tuple[PlanStep, ...]) -> None:
        """The model's plan; no steps for none."""
        ...

    def show_status(self, status: Status) -> None:
        """The status bar's texts."""
        ...
