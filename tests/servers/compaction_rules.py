"""The vendor's compaction on demand: who may ask for a block, and which blocks are taken back.

`Summaries` makes the blocks of one account: the signature covers the model's family, the summary
and (in `encrypted_content`) all that was summarised. `judged(body, betas)` yields what is wrong
with a request that asks for a block or brings one along: the vendor's code, "" where it has none,
and a sentence.

Source: https://platform.claude.com/docs/en/build-with-claude/compaction-on-demand.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from tests.servers.thinking_seals import family_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

BETA = "compact-2026-09-04"
WITHOUT = ("claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5")
"""Models that have no such thing."""


class Summaries:
    """One account's key."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)

    def make(self, body: dict[str, Any], text: str | None) -> dict[str, Any]:
        """Return the block that stands for the messages of `body`; without a text it failed."""
        told = json.dumps([body.get("system"), body.get("tools"), body["messages"]], sort_keys=True)
        covered = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        block = {"type": "compaction", "content": text, "encrypted_content": covered,
                 "tool_changes": []}  # fmt: skip
        return {**block, "signature": self._mac(family_of(body["model"]), block)}

    def judged(self, body: dict[str, Any], betas: Set[str]) -> Iterator[tuple[str, str]]:
        """Yield the code and the sentence of everything that is wrong."""
        if "compaction" in body:
            yield from _asked(body)
        blocks = [
            (number, place, block)
            for number, message in enumerate(body["messages"])
            for place, block in enumerate(message["content"])
            if isinstance(block, dict) and block.get("type") == "compaction"
        ]
        if (blocks or "compaction" in body) and BETA not in betas:
            yield "", "compaction: Extra inputs are not permitted"
        if blocks and "context_management" in body:
            yield "", "context_management: not possible together with a `compaction` block"
        if len(blocks) > 1:
            yield "compaction_block_ambiguous", "messages: more than one `compaction` block"
        for number, place, block in blocks:
            at = f"messages.{number}.content.{place}: the `compaction` block"
            if (number, place) != (0, 0):
                yield "compaction_block_misplaced", f"{at} must be the first of the conversation"
            if not self._is_ours(family_of(body["model"]), block):
                yield "compaction_signature_invalid", f"{at} has a signature that does not verify"

    def _is_ours(self, family: str, block: dict[str, Any]) -> bool:
        plain = {name: value for name, value in block.items() if name != "cache_control"}
        return hmac.compare_digest(str(plain.pop("signature", "")), self._mac(family, plain))

    def _mac(self, family: str, block: dict[str, Any]) -> str:
        told = json.dumps([family, block], sort_keys=True).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()


def _asked(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    match body["compaction"]:
        case {"type": "summarize", **rest} if rest.keys() <= {"instructions"}:
            pass
        case _:
            yield "", "compaction: Input should be {type: summarize, instructions}"
    if str(body["model"]).startswith(WITHOUT):
        yield "", "compaction: not supported by this model"
    for name in body.keys() & {"context_management", "stop_sequences"}:
        yield "", f"compaction: not possible together with {name}"
    if "format" in body.get("output_config", {}):
        yield "", "compaction: not possible together with output_config.format"
    if body.get("tool_choice", {}).get("type") in {"any", "tool"}:
        yield "", "compaction: not possible with a forced tool_choice"
    said = [
        block
        for message in body["messages"]
        for block in message["content"]
        if isinstance(block, str) or block.get("type") != "compaction"
    ]
    if not said:
        yield "compaction_nothing_to_summarize", "compaction: there is nothing to summarize"
    last = body["messages"][-1]
    calls = [block for block in last["content"] if block.get("type") == "tool_use"]
    if last["role"] == "assistant" and calls:
        yield "compaction_incomplete_turn", "compaction: the last turn is not finished"
