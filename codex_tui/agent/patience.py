"""How long the first piece of an answer may take, where the model's profile says so.

What comes before the answer does not count as one; while the provider is not ready to ask its model
nobody is impatient. Silence in the middle of an answer is the adapter's business.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.base import HostLearned, UsageSeen, Waiting

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from codex_tui.protocol.profiles import ModelProfile
    from codex_tui.providers.base import Endpoint, StreamEvent


class Patience:
    """Surrounds one model call; raises `ProviderError` when it is at its end."""

    def __init__(self, profile: ModelProfile, endpoint: Endpoint) -> None:
        self._limit_s = profile.first_token_timeout_s
        self._endpoint = endpoint
        self._timeout = asyncio.timeout(self._limit_s)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    def hear(self, event: StreamEvent) -> None:
        """Take note of a sign of life."""
        match event:
            case HostLearned() | UsageSeen():
                return
            case Waiting(text="") if self._limit_s is not None:
                self._timeout.reschedule(asyncio.get_running_loop().time() + self._limit_s)
            case _:
                self._timeout.reschedule(None)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._fault() from None

    def _fault(self) -> ProviderError:
        who = self._endpoint.title or self._endpoint.name
        return ProviderError(
            f"{who} began no answer within {self._limit_s or 0:g} s.",
            kind=ProviderErrorKind.TIMEOUT,
            provider=self._endpoint.name,
            hint="Ask again, or raise first_token_timeout_s in the model's profile.",
            retryable=True,
        )
