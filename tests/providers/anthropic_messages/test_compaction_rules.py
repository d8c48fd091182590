"""The strict server takes back its own blocks of summaries, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers.compaction_rules import BETA, Summaries

HI = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
CALL = {"type": "tool_use", "id": "t1", "name": "read", "input": {}}
ASKED = {"compaction": {"type": "summarize", "instructions": "Be brief."}}


def body(*messages: Any, model: str = "claude-opus-5-5", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": list(messages or [HI]), **fields}


def said_by_model(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def codes(summaries: Summaries, request: dict[str, Any]) -> list[str]:
    return [code for code, _ in summaries.judged(request, {BETA})]


def test_block_of_its_own_is_taken_back_when_it_is_the_first() -> None:
    summaries = Summaries()
    block = summaries.make(body(), "In short.")
    assert codes(summaries, body(said_by_model(block), HI)) == []
    assert codes(summaries, body(said_by_model(block), HI, **ASKED)) == []
    assert codes(summaries, body(HI, said_by_model(block))) == ["compaction_block_misplaced"]
    twice = body(said_by_model(block, block), HI)
    assert codes(summaries, twice) == ["compaction_block_ambiguous", "compaction_block_misplaced"]


@pytest.mark.parametrize("field", ["content", "encrypted_content", "signature", "tool_changes"])
def test_block_that_was_changed_is_refused(field: str) -> None:
    summaries = Summaries()
    block = {**summaries.make(body(), "In short."), field: "other"}
    assert codes(summaries, body(said_by_model(block), HI)) == ["compaction_signature_invalid"]


def test_block_of_another_account_or_family_is_refused() -> None:
    summaries = Summaries()
    block = summaries.make(body(), "In short.")
    request = body(said_by_model(block), HI)
    assert codes(Summaries(), request) == ["compaction_signature_invalid"]
    other = {**request, "model": "claude-opus-4-8"}
    assert codes(summaries, other) == ["compaction_signature_invalid"]


@pytest.mark.parametrize(
    ("request_body", "complaint"),
    [
        (body(compaction={"type": "shorten"}), "Input should be"),
        (body(**ASKED, model="claude-haiku-4-5"), "not supported"),
        (body(**ASKED, context_management={}), "context_management"),
        (body(**ASKED, stop_sequences=["x"]), "stop_sequences"),
        (body(**ASKED, output_config={"format": {}}), "format"),
        (body(**ASKED, tool_choice={"type": "any"}), "tool_choice"),
        (body(HI, said_by_model(CALL), **ASKED), "not finished"),
        (body({"role": "user", "content": []}, **ASKED), "nothing to summarize"),
    ],
)
def test_what_does_not_go_together_is_refused(request_body: Any, complaint: str) -> None:
    ((_, said),) = Summaries().judged(request_body, {BETA})
    assert complaint in said


def test_block_does_not_go_with_the_servers_own_editing_and_needs_its_beta() -> None:
    summaries = Summaries()
    request = body(said_by_model(summaries.make(body(), "In short.")), HI)
    ((_, said),) = summaries.judged({**request, "context_management": {}}, {BETA})
    assert "context_management" in said
    ((_, said),) = summaries.judged(request, set())
    assert "Extra inputs" in said
