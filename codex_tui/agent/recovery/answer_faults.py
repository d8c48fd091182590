"""Answers that came whole and are none: declined, filtered, or cut because nothing more fits.

The wire called them a success, so the fault is found here, in the terms all wires share. Some
servers say that a prompt is too long by answering with nothing; that is seen here, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.agent.compaction.limits import outgrown
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import StopReason
from codex_tui.providers.fault_words import FAULT_WORDS

if TYPE_CHECKING:
    from codex_tui.agent.model_call import Target
    from codex_tui.protocol.messages import AssistantMessage
    from codex_tui.protocol.models import ModelInfo

LESS_AT_ONCE: Final = (
    "Ask with fewer words or smaller files, or choose a model with a larger context window"
    " (Ctrl+L)."
)


def fault_in(message: AssistantMessage, detail: str, target: Target) -> ProviderError | None:
    """Return what is wrong with an answer; `detail` is what the vendor said of its stop."""
    match message.stop:
        case StopReason.REFUSAL:
            kind = ProviderErrorKind.REFUSAL
        case StopReason.FILTER:
            kind = ProviderErrorKind.FILTER
        case _ if _outgrown(message, target.model.context_window):
            kind, detail = ProviderErrorKind.CONTEXT_WINDOW, ""
        case _:
            return None
    words, endpoint = FAULT_WORDS[kind], target.provider.endpoint
    told = words.headline.format(who=endpoint.title or endpoint.name)
    return ProviderError(
        f"{told}{f' ({detail})' if detail else ''}.",
        kind=kind,
        provider=endpoint.name,
        hint=words.hint,
        request_id=message.request_id,
    )


def suit_hint(error: ProviderError, model: ModelInfo) -> None:
    """Have a fault's hint name what helps with `model`: one without tools is told the last words
    and their files only, so that a shorter conversation changes nothing.
    """
    if model.tools is False and outgrown(error):
        error.hint = LESS_AT_ONCE


def _outgrown(message: AssistantMessage, window: int | None) -> bool:
    """Say whether the conversation left no room for an answer, by the server's word or by its
    silence: nothing said at the output limit, or to a prompt larger than the model's window.
    """
    if message.stop is StopReason.CONTEXT:
        return True
    if message.parts:
        return False
    prompt = message.usage.input_tokens if message.usage else 0
    return message.stop is StopReason.LENGTH or (window is not None and prompt > window)
