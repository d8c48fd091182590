"""Reasoning in the shapes compatible servers send it in, and the state some want back verbatim.

Sources: OpenRouter's page on reasoning tokens (`reasoning_details`), DeepSeek's on thinking
(`reasoning_content`), Mistral's on reasoning (content in chunks).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from codex_tui.protocol.messages import Opaque, ServerPart
from codex_tui.providers.openai_chat.transcript import REASONING_STATE
from codex_tui.providers.wire_json import as_object, as_text, clean_text

if TYPE_CHECKING:
    from codex_tui.protocol.messages import Origin

Json = dict[str, Any]

_FIELDS: Final = ("reasoning_content", "reasoning", "reasoning_text")
# A detail's type → the field that grows; what is not here is kept as it comes.
_GROWING: Final = {"reasoning.text": "text", "reasoning.summary": "summary"}


def objects(value: object) -> list[Json]:
    """Return the objects of a JSON array, none for anything else."""
    if not isinstance(value, list):
        return []
    return [fields for each in cast("list[object]", value) if (fields := as_object(each))]


def split_content(content: object) -> tuple[str, str]:
    """Return the reasoning and the words of a `content`, which is text or a list of chunks."""
    thought: list[str] = []
    words = [as_text(content)]
    for each in objects(content):
        inner = each.get("thinking")
        thought += [as_text(inner), *(as_text(chunk.get("text")) for chunk in objects(inner))]
        words.append(as_text(each.get("text")))
    return clean_text("".join(thought)), clean_text("".join(words))


class Reasoning:
    """The structured reasoning of one answer, merged from its pieces."""

    def __init__(self) -> None:
        self._details: list[Json] = []

    def read(self, delta: Json) -> str:
        """Take in what a delta brings; return the words of it to be shown."""
        details = objects(delta.get("reasoning_details"))
        for detail in details:
            self._take(detail)
        plain = next(filter(None, (as_text(delta.get(name)) for name in _FIELDS)), "")
        told = (as_text(each.get("text")) or as_text(each.get("summary")) for each in details)
        return clean_text(plain or "".join(told))

    def part(self, origin: Origin) -> ServerPart | None:
        """Return the details as they are to go back; None when there were none."""
        if not self._details:
            return None
        data = json.dumps(self._details, separators=(",", ":"))
        return ServerPart(opaque=Opaque(origin=origin, kind=REASONING_STATE, data=data))

    def _take(self, detail: Json) -> None:
        """Append a detail, or grow the one before it if both are pieces of the same text."""
        grows = _GROWING.get(as_text(detail.get("type")))
        last = self._details[-1] if self._details else {}
        same = all(last.get(name) == detail.get(name) for name in ("type", "index"))
        if grows is None or not last or not same:
            self._details.append(dict(detail))
            return
        text = as_text(last.get(grows)) + as_text(detail.get(grows))
        last.update({name: value for name, value in detail.items() if value is not None})
        last[grows] = text
