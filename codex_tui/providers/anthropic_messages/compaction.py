"""The vendor's compaction on demand: summaries it makes, signs and takes back as its own blocks.

The one call for a summary is made in this way where a model has it, so nothing is paid twice: what
it returns is a summary that everybody can read, in a signed block. That block goes back in the
place of the words as long as a model of the same family is asked at the same address. For everybody
else, and when a server refuses any of it, the words are there.

When a conversation is compacted, and what else is read in the place of it, is not decided here.

Source: https://platform.claude.com/docs/en/build-with-claude/compaction-on-demand.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.compaction import SUMMARY_BLOCK, SummaryNotice
from codex_tui.protocol.messages import ServerPart, TextPart, UserMessage
from codex_tui.providers.anthropic_messages.families import family_of, same_family
from codex_tui.providers.base import PartFinished, PartStarted, StreamFinished
from codex_tui.providers.faults import unheeded
from codex_tui.providers.lessons import Lesson
from codex_tui.providers.wire_json import as_text, clean_text, read_object

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from codex_tui.protocol.messages import Opaque
    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent

FIELD: Final = "compaction"
"""The part of a body that asks for a block."""
BETA: Final = "compact-2026-09-04"

_FLAG: Final = "summary_block_refused"
"""The flag that names the block that is not taken back (see `_name`), or `_ANY`."""
_ANY: Final = "*"
_REFUSED: Final = re.compile(r"compact", re.IGNORECASE)
_UNKNOWN: Final = re.compile(
    r"not permitted|not supported|does not support|unexpected value|unknown|without the compaction",
    re.IGNORECASE,
)
"""Said by a server that does not have it at all; other refusals are about one conversation."""


def instructions_of(request: ModelRequest, endpoint: Endpoint) -> str:
    """Return what the vendor is to be told of the summary that is asked for; "" when none is, or
    the model is asked in words.
    """
    last = request.messages[-1] if request.messages else None
    if not request.summarises or not isinstance(last, UserMessage):
        return ""
    asked = family_of(request.model).compacts and FIELD not in endpoint.leave_out
    return clean_text(last.text) if asked and request.learned.get(_FLAG) != _ANY else ""


def block_of(request: ModelRequest, endpoint: Endpoint) -> Opaque | None:
    """Return the block this server made for the conversation's summary, unless it refused that.
    Which models it is for, `is_for` says.
    """
    for message in request.messages:
        if isinstance(message, SummaryNotice):
            return message.block if _is_taken(message.block, request, endpoint) else None
    return None


def _is_taken(block: Opaque, request: ModelRequest, endpoint: Endpoint) -> bool:
    return (
        block.origin == endpoint.origin(block.origin.model)
        and FIELD not in endpoint.leave_out
        and request.learned.get(_FLAG) not in {_ANY, _name(block)}
        and read_object(block.data).get("type") == SUMMARY_BLOCK
    )


def is_for(block: Opaque, model: str) -> bool:
    """Say whether `model` reads the block; others are told the summary in words."""
    return same_family(model, block.origin.model)


def betas_of(body: Mapping[str, Any]) -> list[str]:
    """Return the betas that a body needs for this."""
    first = body["messages"][0]["content"][0]
    return [BETA] if FIELD in body or first.get("type") == SUMMARY_BLOCK else []


def compaction_lessons(request: ModelRequest, endpoint: Endpoint, said: str) -> Iterator[Lesson]:
    """Yield what a refusal means for blocks, if it speaks of them."""
    if not _REFUSED.search(said):
        return
    block = block_of(request, endpoint)
    if instructions_of(request, endpoint):
        lasting = _UNKNOWN.search(said) is not None
        yield Lesson(flags={_FLAG: _ANY}, told="it is asked for summaries in words",
                     lasting=lasting)  # fmt: skip
    elif block is not None and is_for(block, request.model):
        yield Lesson(flags={_FLAG: _name(block)}, told="it is told the summary in words",
                     lasting=False)  # fmt: skip


async def summary_in(
    endpoint: Endpoint, events: AsyncGenerator[StreamEvent, None]
) -> AsyncGenerator[StreamEvent, None]:
    """Give out the answer to a body with `FIELD` as words that bring along their block. Raises
    `ProviderError` at the first sign that it is no such answer.
    """
    found = False
    async for event in events:
        match event:
            case PartFinished(part=ServerPart(opaque=block)) if block.kind == SUMMARY_BLOCK:
                text = clean_text(as_text(read_object(block.data).get("content")))
                found = bool(text.strip())
                if found:
                    yield PartFinished(index=event.index, part=TextPart(text=text, opaque=block))
            case PartStarted():
                raise unheeded(endpoint, "the compaction it was asked for")
            case StreamFinished() if not found:
                raise unheeded(endpoint, "any words in the compaction")
            case _:
                yield event


def _name(block: Opaque) -> str:
    return hashlib.sha256(block.data.encode("utf-8", "surrogatepass")).hexdigest()[:16]
