"""What can keep the local model from running, as the errors the user reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.local.models import PROVIDER

if TYPE_CHECKING:
    from pathlib import Path


def unavailable(
    message: str,
    hint: str,
    kind: ProviderErrorKind = ProviderErrorKind.UNAVAILABLE,
    *,
    retryable: bool = False,
) -> ProviderError:
    """Return the error of a local model that cannot be used as things are."""
    return ProviderError(message, kind=kind, provider=PROVIDER, hint=hint, retryable=retryable)


def unwritable(folder: Path, error: OSError) -> ProviderError:
    """Return the error of a cache folder that cannot take the model's file."""
    return unavailable(
        f"The model's file cannot be kept in {folder}: {error.strerror or error}.",
        "Make room there, or move the cache: set XDG_CACHE_HOME or CODEX_TUI_HOME.",
    )
