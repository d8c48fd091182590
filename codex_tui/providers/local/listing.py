"""The local models as the picker and the listing show them. Imports no vendor's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.models import ModelInfo, ModelRef, Price
from codex_tui.providers.local.models import CONTEXT_TOKENS, MODELS, size_words

if TYPE_CHECKING:
    from codex_tui.providers.local.host import LocalHost
    from codex_tui.providers.local.models import LocalModel

_FREE = Price(input=0.0, output=0.0)


def local_models(provider: str, host: LocalHost) -> tuple[ModelInfo, ...]:
    """Return the models that can be used, or all that could be installed when there are none."""
    at_hand = host.weights.names() if not host.missing() else ()
    if not at_hand:
        return tuple(_info(provider, model.name, model) for model in MODELS)
    return tuple(_info(provider, name, host.weights.model(name)) for name in at_hand)


def _info(provider: str, name: str, model: LocalModel | None) -> ModelInfo:
    note = "your own file"
    if model is not None:
        note = (
            f"small local model: {size_words(model.size_bytes)}, "
            f"{size_words(model.memory_bytes)} memory, about {model.tokens_per_s} tokens/s"
        )
    return ModelInfo(
        ref=ModelRef(provider, name),
        name=model.title if model else "",
        context_window=CONTEXT_TOKENS,
        image_input=False,
        price=_FREE,
        note=note,
    )
