"""How much of a server's list of models is read: the list's bytes, and its entries.

A list nobody can look through is no help, and one without end would fill the memory. Which fields
an entry has is the adapters' business; who keeps a list is in `served`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.models import ModelInfo, ModelRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.transport import Reply

MAX_LIST_BYTES: Final = 8 * 1024 * 1024
"""The longest reply taken for a list; a router's list of a thousand models has one megabyte."""

MAX_MODELS: Final = 5_000
"""How many models of a server are listed; the largest routers serve a thousand."""


async def read_list(endpoint: Endpoint, reply: Reply) -> str:
    """Read the reply that holds a list; raises `ProviderError` as soon as it is too long."""
    from codex_tui.providers.transport import read_text  # a whole HTTP client; a start needs none

    text = await read_text(reply, MAX_LIST_BYTES)
    if text is None:
        raise _too_long(endpoint)
    return text


def listable(models: Iterable[ModelInfo]) -> tuple[ModelInfo, ...]:
    """Return the first models of a list, each once: one more than are shown where there are more,
    so that whoever keeps the list can say so.
    """
    found: dict[ModelRef, ModelInfo] = {}
    for info in models:
        found.setdefault(info.ref, info)
        if len(found) > MAX_MODELS:
            break
    return tuple(found.values())


def configured(endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Return the configuration's names as the list of a server that has none."""
    return tuple(ModelInfo(ref=ModelRef(endpoint.name, name)) for name in endpoint.models)


def _too_long(endpoint: Endpoint) -> ProviderError:
    name = endpoint.name
    return ProviderError(
        f"The list of models of {endpoint.title or name} is longer than "
        f"{MAX_LIST_BYTES // 1024**2} MB and is not read.",
        kind=ProviderErrorKind.UNEXPECTED_REPLY,
        provider=name,
        hint=f'Name the models under [providers.{name}]: models = ["…"]; or check its base_url.',
    )
