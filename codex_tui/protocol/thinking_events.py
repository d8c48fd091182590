"""What the engine reports of thinking that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingCounted:
    """The model has thought about so many tokens in this step without showing them."""

    place: Place
    tokens: int
    type: Literal["thinking_counted"] = "thinking_counted"
