"""A conversation that changes its vendor at any point is accepted by both wires."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    Opaque,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.providers.anthropic_messages import render as anthropic_render
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_responses import render as openai_render
from tests.providers.openai_support import request_of
from tests.servers import anthropic_rules, openai_rules
from tests.servers.openai_rules import Issued

if TYPE_CHECKING:
    from codex_tui.protocol.messages import Origin

OPENAI = Endpoint(name="openai", api="openai-responses", base_url="https://api.openai.com/v1")
ANTHROPIC = Endpoint(
    name="anthropic", api="anthropic-messages", base_url="https://api.anthropic.com"
)
GPT, CLAUDE = "gpt-6.1-sol", "claude-opus-5-5"


@dataclass
class History:
    """Writes answers as either vendor gives them, and remembers what each server has issued."""

    openai_issued: dict[str, Issued] = field(default_factory=dict)
    anthropic_issued: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def gpt(self, *, calls: int = 0, text: str = "From GPT.") -> AssistantMessage:
        origin = OPENAI.origin(GPT)
        self.count += 1
        turn = self.count
        ids = [f"msg_{turn}", *(f"fc_{turn}_{number}" for number in range(calls))]
        self.openai_issued[f"rs_{turn}"] = Issued(
            type="reasoning", encrypted=f"sealed {turn}", follower=ids[0]
        )
        for each in ids:
            kind = "message" if each.startswith("msg") else "function_call"
            self.openai_issued[each] = Issued(type=kind)
        thought = {
            "id": f"rs_{turn}",
            "type": "reasoning",
            "summary": [],
            "encrypted_content": f"sealed {turn}",
        }
        return AssistantMessage(
            parts=(
                ThinkingPart(text="", opaque=opaque(origin, "reasoning", thought)),
                TextPart(
                    text=text,
                    phase="commentary" if calls else "final",
                    opaque=opaque(origin, "message", {"id": ids[0], "status": "completed"}),
                ),
                *(
                    ToolCall(
                        id=f"call_{turn}_{number}",
                        name="read_file",
                        arguments='{"path":"a.py"}',
                        opaque=opaque(origin, "function_call", {"id": f"fc_{turn}_{number}"}),
                    )
                    for number in range(calls)
                ),
            ),
            origin=origin,
            stop=StopReason.TOOL_USE if calls else StopReason.END,
        )

    def claude(self, *, calls: int = 0, text: str = "From Claude.") -> AssistantMessage:
        origin = ANTHROPIC.origin(CLAUDE)
        self.count += 1
        signature = f"sig_{self.count}"
        self.anthropic_issued[signature] = "Let me think."
        thought = {"type": "thinking", "thinking": "Let me think.", "signature": signature}
        return AssistantMessage(
            parts=(
                ThinkingPart(text="Let me think.", opaque=opaque(origin, "thinking", thought)),
                TextPart(text=text),
                *(
                    ToolCall(id=f"toolu_{self.count}_{number}", name="read_file", arguments="{}")
                    for number in range(calls)
                ),
            ),
            origin=origin,
            stop=StopReason.TOOL_USE if calls else StopReason.END,
        )

    def check(self, messages: list[Message]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Render for both wires; both servers must accept."""
        gpt = openai_render.render(request_of(*messages, model=GPT), OPENAI)
        claude = anthropic_render.render(request_of(*messages, model=CLAUDE), ANTHROPIC)
        assert openai_rules.problems(gpt, self.openai_issued) == []
        assert anthropic_rules.problems(claude, self.anthropic_issued) == []
        return gpt, claude


def opaque(origin: Origin, kind: str, data: dict[str, Any]) -> Opaque:
    return Opaque(origin=origin, kind=kind, data=json.dumps(data))


def results_of(answer: AssistantMessage, **fields: Any) -> list[Message]:
    """The results, last call first: tools that run together finish in any order."""
    return [
        ToolResultMessage(**{"call_id": call.id, "name": call.name, "content": "x", **fields})
        for call in reversed(answer.tool_calls)
    ]


@pytest.mark.parametrize("order", list(permutations(("gpt", "claude", "gpt", "claude"), 3)))
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_any_order_of_vendors_is_accepted_at_every_step(order: tuple[str, ...], calls: int) -> None:
    history = History()
    messages: list[Message] = [NoticeMessage(text="The folder is /w."), UserMessage(text="hi")]
    history.check(messages)
    for vendor in order:
        answer = getattr(history, vendor)(calls=calls)
        messages += [answer, *results_of(answer)]
        history.check(messages)
        messages += [NoticeMessage(text="The mode changed."), UserMessage(text="go on")]
        history.check(messages)


def test_each_vendor_gets_its_own_thinking_back_and_not_the_others() -> None:
    history = History()
    first, second = history.gpt(calls=1), history.claude(calls=1)
    gpt, claude = history.check(
        [UserMessage(text="hi"), first, *results_of(first), second, *results_of(second)]
    )
    assert json.dumps(gpt).count("sealed 1") == 1
    assert "sig_2" not in json.dumps(gpt)
    assert json.dumps(claude).count("sig_2") == 1
    assert "sealed" not in json.dumps(claude)
    for body in (json.dumps(gpt), json.dumps(claude)):
        assert "From GPT." in body
        assert "From Claude." in body


@pytest.mark.parametrize("vendor", ["gpt", "claude"])
@pytest.mark.parametrize(
    "status", [ToolStatus.DENIED, ToolStatus.CANCELLED, ToolStatus.INTERRUPTED, ToolStatus.ERROR]
)
def test_results_that_are_none_travel(vendor: str, status: ToolStatus) -> None:
    history = History()
    answer = getattr(history, vendor)(calls=2)
    results = results_of(answer, status=status, content="")
    gpt, claude = history.check([UserMessage(text="hi"), answer, *results, UserMessage(text="ok")])
    assert json.dumps(gpt).count("(no output)") == 2
    assert json.dumps(claude).count('"is_error": true') == 2


@pytest.mark.parametrize("vendor", ["gpt", "claude"])
def test_interrupted_answer_travels(vendor: str) -> None:
    history = History()
    whole = getattr(history, vendor)(calls=2)
    parts = (
        whole.parts[0],
        TextPart(text="I wi"),
        ToolCall(id="call_cut", name="read_file", arguments='{"pa', complete=False),
    )
    for length in range(len(parts) + 1):
        cut = AssistantMessage(
            parts=parts[:length], origin=whole.origin, stop=StopReason.INTERRUPTED
        )
        history.check([UserMessage(text="hi"), cut, UserMessage(text="go on")])


@pytest.mark.parametrize("vendor", ["gpt", "claude"])
def test_conversation_that_ends_in_an_answer_or_starts_with_one_travels(vendor: str) -> None:
    history = History()
    answer = getattr(history, vendor)()
    history.check([UserMessage(text="hi"), answer])
    history.check([answer, UserMessage(text="hi")])


def test_odd_ids_texts_and_names_travel() -> None:
    history = History()
    origin = Endpoint(name="local", api="scripted", base_url="").origin("m")
    calls = tuple(
        ToolCall(id=each, name="functions.read file", arguments="not json")
        for each in ("call:1/2", "x" * 90, "ü", "call_0", "call_0")
    )
    odd = AssistantMessage(
        parts=(TextPart(text="\ud83d"), *calls, TextPart(text=" ")),
        origin=origin,
        stop=StopReason.TOOL_USE,
    )
    again = AssistantMessage(parts=calls[-1:], origin=origin, stop=StopReason.TOOL_USE)
    stray = ToolResultMessage(call_id="nobody", name="read_file", content="?")
    history.check(
        [
            UserMessage(text="a\ud83db"),
            odd,
            *results_of(odd, content="\udc00"),
            stray,
            again,
            *results_of(again),
            NoticeMessage(text=" "),
        ]
    )


def test_calls_without_results_travel() -> None:
    history = History()
    first, second = history.gpt(calls=2), history.claude(calls=2)
    history.check([UserMessage(text="hi"), first, UserMessage(text="and?"), second])
