"""The list of models a compatible server gives: what it says of each of them, and nothing else.

Servers agree on `data[].id` and on nothing else. Sources: vLLM (`max_model_len`), llama.cpp
(`meta.n_ctx`), LM Studio and Mistral (`max_context_length`), OpenRouter (`context_length`,
`pricing`, `architecture`, `top_provider`), Groq (`context_window`, `max_completion_tokens`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from codex_tui.protocol.models import ModelInfo, ModelRef, Price
from codex_tui.providers.listed import listable
from codex_tui.providers.wire_json import as_amount, as_count, as_object, as_text, clean_text

if TYPE_CHECKING:
    from codex_tui.providers.base import Endpoint

Json = dict[str, Any]

_MILLION: Final = 1_000_000
# Best first: what is loaded counts before what would be possible.
_WINDOWS: Final = (
    "loaded_context_length", "max_model_len", "context_length", "context_window",
    "max_context_length",
)  # fmt: skip
# Parts of the names of models that do not hold a conversation in text.
_OTHER_TRADES: Final = (
    "embed", "whisper", "tts", "rerank", "moderation", "dall-e", "image", "imagen", "veo", "guard",
    "transcribe", "ocr",
)  # fmt: skip


def read_models(reply: object, endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Read the reply of `GET /models`; raises ValueError when it is no list. Entries without a
    name, and models that hold no conversation, are passed over.
    """
    listed: object = reply
    if isinstance(reply, dict):
        fields = as_object(cast("object", reply))
        listed = fields.get("data", fields.get("models"))
    if not isinstance(listed, list):
        raise ValueError("no list of models")  # noqa: TRY004 - the reply is wrong, not a type
    return listable(
        _info(name, entry, endpoint)
        for entry in map(_entry, cast("list[object]", listed))
        if (name := _name(entry)) and _converses(name, entry)
    )


def _entry(value: object) -> Json:
    return {"id": value} if isinstance(value, str) else as_object(value)


def _name(entry: Json) -> str:
    """Return the name to ask for a model by; Google lists its models as in a folder."""
    named = (as_text(entry.get(key)) for key in ("id", "model", "name"))
    return clean_text(next(filter(None, named), "")).removeprefix("models/")


def _converses(name: str, entry: Json) -> bool:
    """Say whether a model writes text in answer to text: by its own word, else by its name."""
    outputs = as_object(entry.get("architecture")).get("output_modalities")
    if isinstance(outputs, list):
        return "text" in cast("list[object]", outputs)
    chats = as_object(entry.get("capabilities")).get("completion_chat")
    if isinstance(chats, bool):
        return chats
    return not any(trade in name.lower() for trade in _OTHER_TRADES)


def _info(name: str, entry: Json, endpoint: Endpoint) -> ModelInfo:
    called = clean_text(as_text(entry.get("name")) or as_text(entry.get("display_name")))
    return ModelInfo(
        ref=ModelRef(endpoint.name, name),
        name=called if called != name else "",
        context_window=_window(entry),
        max_output=_max_output(entry),
        image_input=_sees(entry),
        price=_price(as_object(entry.get("pricing"))),
    )


def _window(entry: Json) -> int | None:
    meta = as_object(entry.get("meta"))
    told = [*(entry.get(name) for name in _WINDOWS), meta.get("n_ctx"), meta.get("n_ctx_train")]
    return next(filter(None, map(as_count, told)), None)


def _max_output(entry: Json) -> int | None:
    top = as_object(entry.get("top_provider"))
    told = (top.get("max_completion_tokens"), entry.get("max_completion_tokens"))
    return next(filter(None, map(as_count, told)), None)


def _sees(entry: Json) -> bool | None:
    inputs = as_object(entry.get("architecture")).get("input_modalities")
    if isinstance(inputs, list):
        return "image" in cast("list[object]", inputs)
    sees = as_object(entry.get("capabilities")).get("vision")
    return sees if isinstance(sees, bool) else None


def _price(pricing: Json) -> Price | None:
    """Read prices in US dollars per token; a negative one means "depends"."""
    told = {
        name: _dollars(pricing.get(name))
        for name in ("prompt", "completion", "input_cache_read", "input_cache_write")
    }
    prompt, completion = told["prompt"], told["completion"]
    if prompt is None or completion is None:
        return None
    return Price(
        input=prompt,
        output=completion,
        cache_read=told["input_cache_read"],
        cache_write=told["input_cache_write"],
    )


def _dollars(value: object) -> float | None:
    """Return US dollars per million tokens."""
    try:
        a_token = as_amount(float(value) if isinstance(value, str) else value)
    except ValueError:
        return None
    return None if a_token is None else as_amount(round(a_token * _MILLION, 6))
