"""What a switch of the model costs: the other one has to read the conversation anew, uncached, and
some of it cannot be read by every model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.figures import format_tokens, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.agent.history import History
    from codex_tui.agent.spending.estimate import Estimator
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint

MIN_SWITCH_TOKENS: Final = 5_000
"""To read less once more is not worth a word."""


def tokens_to_read(info: ModelInfo, history: History, estimator: Estimator) -> int:
    """Return what the model would read at first; 0 where that is little, where it gave the last
    answer itself, and where it is told only a part of the conversation.
    """
    last = history.last_origin
    same = last is not None and (last.provider, last.model) == (info.ref.provider, info.ref.model)
    if last is None or same or info.tools is False:
        return 0
    tokens = estimator.tokens(str(info.ref), history.view.messages)
    return tokens if tokens >= MIN_SWITCH_TOKENS else 0


def switch_words(info: ModelInfo, tokens: int) -> str:
    """Return "~48k tokens, ~$0.12"; without the price where that is not known."""
    price = info.price and info.price.at(tokens)
    usd = f", ~${tokens * price.input / 1_000_000:,.2f}" if price and price.input else ""
    return f"~{format_tokens(tokens)} tokens{usd}"


def switch_warnings(
    info: ModelInfo, endpoint: Endpoint, history: History, estimator: Estimator
) -> tuple[str, ...]:
    """Say in sentences what a switch to a model loses of the conversation, and what it costs."""
    return tuple(_warnings(info, endpoint, history, estimator))


def _warnings(
    info: ModelInfo, endpoint: Endpoint, history: History, estimator: Estimator
) -> Iterator[str]:
    last, pictures = history.last_origin, history.image_count
    blocks = history.thinking_left_behind(endpoint)
    if blocks and last is not None and last.provider != endpoint.name:
        yield (
            f"{plural(blocks, 'signed reasoning block')} cannot travel to "
            f"{endpoint.title or endpoint.name}; words and tool results do."
        )
    if pictures and info.image_input is False:
        yield f"{plural(pictures, 'picture')} cannot be seen by {info.ref}."
    if info.tools is False and history.word_count > 1:
        yield (
            f"{info.ref} makes no tool calls: it is told your words, the files they name and the "
            "exchange before, and answers with words or one change."
        )
    if tokens := tokens_to_read(info, history, estimator):
        yield f"{info.ref} reads the conversation anew: {switch_words(info, tokens)}."


def losses(info: ModelInfo, endpoint: Endpoint, history: History, tokens: int) -> str:
    """Say in few words what a switch to a model loses of a conversation of about `tokens`; nothing
    where all of it travels.
    """
    last, lost = history.last_origin, list[str]()
    blocks, pictures = history.thinking_left_behind(endpoint), history.image_count
    if info.tools is False:
        lost.append("is told only a part of the conversation")
    elif info.context_window and tokens > info.context_window:
        lost.append(f"holds less than ~{format_tokens(tokens)} tokens: has to be compacted")
    if blocks and last is not None and last.provider != endpoint.name:
        lost.append(f"{plural(blocks, 'reasoning block')} cannot travel")
    if pictures and info.image_input is False:
        lost.append(f"cannot see {plural(pictures, 'picture')}")
    return " · ".join(lost)
