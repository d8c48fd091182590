"""Where OpenAI is told to keep what it has read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codex_tui.protocol.messages import NoticeMessage, UserMessage
from codex_tui.providers.openai_responses.lessons import lessons
from codex_tui.providers.openai_responses.render import render
from tests.providers.contract.support import request_of
from tests.providers.contract.wires import RESPONSES
from tests.servers.openai_rules import problems
from tests.servers.prompt_caches import OpenAICache

OWN = RESPONSES.endpoint("https://api.openai.com/v1")
GO = UserMessage(text="Go.")
MARK = {"mode": "explicit"}


def body(*messages: Any, endpoint: Any = OWN, **fields: Any) -> dict[str, Any]:
    made = render(request_of(*messages, **{"model": "gpt-6.1-sol", **fields}), endpoint)
    assert problems(made, {}) == []
    return made


def test_the_prompt_ends_in_a_breakpoint_on_the_vendors_own_hosts() -> None:
    for host in ("https://api.openai.com/v1", "https://eu.api.openai.com/v1"):
        made = body(GO, endpoint=RESPONSES.endpoint(host))
        part = {"type": "input_text", "text": "Be brief.", "prompt_cache_breakpoint": MARK}
        assert made["input"][0] == {"type": "message", "role": "developer", "content": [part]}
        assert "instructions" not in made
        assert len(made["input"]) == 2


@pytest.mark.parametrize(
    ("host", "model"),
    [
        ("https://api.openai.com.example/v1", "gpt-6.1-sol"),
        ("https://proxy.example/api.openai.com/v1", "gpt-6.1-sol"),
        ("https://api.openai.com/v1", "gpt-5.3-codex"),
        ("https://api.openai.com/v1", "a-house-model"),
    ],
)
def test_nobody_else_is_sent_one(host: str, model: str) -> None:
    made = body(GO, endpoint=RESPONSES.endpoint(host), model=model)
    assert made["instructions"] == "Be brief."
    assert "prompt_cache_breakpoint" not in str(made)


def test_prompt_and_tools_are_found_when_the_conversation_goes_another_way() -> None:
    cache = OpenAICache()
    cache.usage(body(GO))
    other = cache.usage(body(UserMessage(text="Something else.")))
    assert other.cache_read_tokens > 0
    longer = cache.usage(body(GO, NoticeMessage(text="More.")))
    assert longer.cache_read_tokens == cache.usages[0].input_tokens


def test_a_request_without_words_still_has_some() -> None:
    assert [item["role"] for item in render(_silent(), OWN)["input"]] == ["developer", "user"]
    assert body(GO, system=" ")["input"][0]["role"] == "user"


def _silent() -> Any:
    return replace(request_of(model="gpt-6.1-sol"), messages=())


def test_a_refused_breakpoint_is_left_out() -> None:
    request = request_of(GO, model="gpt-6.1-sol")
    said = "Unknown parameter: 'input[0].content[0].prompt_cache_breakpoint'."
    lesson = next(lessons(request, OWN, said))
    made = render(replace(request, learned=lesson.flags), OWN)
    assert "prompt_cache_breakpoint" not in str(made)
    assert made["input"][0]["content"] == [{"type": "input_text", "text": "Be brief."}]


def test_the_cache_key_fits() -> None:
    assert body(GO, session="s" * 100)["prompt_cache_key"] == "s" * 64
