"""How the vendor binds thinking: to the family of models that thought, and to all before it.

`Seals` signs the blocks a server streams with a keyed hash of family, conversation and text, and
judges what comes back: a signature or data it did not make is refused; a block another family made
is passed over where the asking model cannot read it; a block whose conversation was altered before
it is refused, or passed over where the request says so. Each server has a key of its own, which is
how one account's blocks are worth nothing at another's.

Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_RELEASE = re.compile(r"-\d{8}$")
BINDING = re.compile(r"claude-(?:opus|sonnet|haiku|fable|mythos)-5(?:-|$)")
"""Models whose blocks hold in one conversation only."""
READS_MORE = {
    "claude-fable-5-1": {"claude-opus-5", "claude-opus-5-5"},
    "claude-fable-5-2": {"claude-opus-5", "claude-opus-5-5", "claude-fable-5-1"},
}


def family_of(model: str) -> str:
    """Return the vendor's name of a model without its date, also where a gateway spells it."""
    return _RELEASE.sub("", model.rpartition("/")[2].replace(".", "-"))


def reads(model: str, family: str) -> bool:
    """Say whether a model can read what a family thought."""
    own = family_of(model)
    return own == family or family in READS_MORE.get(own, set())


class Seals:
    """One account's key, and what it has sealed; see the top of this module."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._redacted: dict[str, set[str]] = {}

    def sign(self, text: str, body: dict[str, Any]) -> str:
        """Return the signature of what the model asked in `body` thinks next."""
        family = family_of(body["model"])
        bound = _digest(body, len(body["messages"])) if BINDING.match(family) else "-"
        return f"sig_{family}_{bound}_{self._mac(family, bound, text)}"

    def seal(self, data: str, body: dict[str, Any]) -> None:
        """Know redacted data as made here."""
        self._redacted.setdefault(data, set()).add(self.sign("", body))

    def judged(self, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with thinking blocks: where, and "signature" or the vendor's reason
        for passing a block over.
        """
        for number, message in enumerate(body["messages"]):
            content = message["content"] if isinstance(message["content"], list) else []
            for position, block in enumerate(content):
                found = self._judge(block, body, number)
                if found:
                    yield f"messages.{number}.content.{position}", found

    def readable(self, block: dict[str, Any], body: dict[str, Any], number: int) -> bool:
        """Say whether the asked model gets to see a block of message `number`."""
        return not self._judge(block, body, number)

    def _judge(self, block: dict[str, Any], body: dict[str, Any], number: int) -> str:
        match block:
            case {"type": "thinking", "signature": str(signature), "thinking": str(text)}:
                return self._judge_signatures({signature}, text, body, number)
            case {"type": "redacted_thinking", "data": str(data)}:
                return self._judge_signatures(self._redacted.get(data, {""}), "", body, number)
            case _:
                return ""

    def _judge_signatures(
        self, signatures: set[str], text: str, body: dict[str, Any], number: int
    ) -> str:
        found = {self._judge_one(each, text, body, number) for each in signatures}
        return "" if "" in found else max(found)

    def _judge_one(self, signature: str, text: str, body: dict[str, Any], number: int) -> str:
        _, family, bound, mac = [*signature.split("_"), "", "", ""][:4]
        if not hmac.compare_digest(mac, self._mac(family, bound, text)):
            return "signature"
        if not reads(str(body.get("model")), family):
            return "model_binding_mismatch"
        return "" if bound in {"-", _digest(body, number)} else "prefix_binding_mismatch"

    def _mac(self, *facts: str) -> str:
        told = "\0".join(facts).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()[:32]


def _digest(body: dict[str, Any], number: int) -> str:
    """Identify the conversation before message `number`; cache marks do not belong to it."""
    prefix = [body.get("system"), body.get("tools"), body["messages"][:number]]
    text = json.dumps(_unmarked(prefix), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _unmarked(inner) for k, inner in value.items() if k != "cache_control"}
    return [_unmarked(inner) for inner in value] if isinstance(value, list) else value
