"""What the user is told to do about a failed turn, beyond what the error says by itself: when a
server that asked to be left alone answers again, which models there are under a similar name, and
that the words that came are not lost and can be gone on with.
"""

from __future__ import annotations

import datetime
import difflib
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.protocol.models import ModelInfo

MAX_NAMES: Final = 3
_ALIKE: Final = 0.5
_A_MINUTE_S: Final = 60
_AN_HOUR_S: Final = 3600


def advice(
    error: ProviderError,
    *,
    kept: bool,
    model: ModelInfo | None,
    known: Iterable[ModelInfo],
    now: datetime.datetime,
) -> str:
    """Return the error's hint with what is known here besides. `kept`: a part of the answer was
    shown and stays. `model` was asked, `known` are all there are; `now` is the local time.
    """
    said = ["What was said so far is kept."] if kept else []
    if kept and error.retryable:
        said.append("Say “go on” to continue it.")
    if error.retry_after_s:
        said.append(_until(error.retry_after_s, now))
    if error.kind is ProviderErrorKind.NOT_FOUND and model is not None:
        said += _alike(model, known)
    return " ".join(filter(None, (*said, error.hint)))


def _until(delay_s: float, now: datetime.datetime) -> str:
    """Say when a server answers again."""
    then = (now + datetime.timedelta(seconds=delay_s)).astimezone(now.tzinfo)
    day = "" if then.date() == now.date() else f" on {then:%Y-%m-%d}"
    return f"It will answer again in {_span(delay_s)}, at {then:%H:%M:%S}{day}."


def _span(delay_s: float) -> str:
    if delay_s < 2 * _A_MINUTE_S:
        return f"{delay_s:.0f} s"
    if delay_s < 2 * _AN_HOUR_S:
        return f"{delay_s / _A_MINUTE_S:.0f} min"
    return f"{delay_s / _AN_HOUR_S:.0f} h"


def _alike(model: ModelInfo, known: Iterable[ModelInfo]) -> list[str]:
    """Name the models of the same provider that are called almost like the one asked for."""
    names = [each.ref.model for each in known if each.ref.provider == model.ref.provider]
    others = [name for name in names if name != model.ref.model]
    near = difflib.get_close_matches(model.ref.model, others, n=MAX_NAMES, cutoff=_ALIKE)
    return [f"It has: {', '.join(near)}."] if near else []
