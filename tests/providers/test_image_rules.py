"""The strict servers refuse pictures that real ones refuse."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.servers import anthropic_rules, chat_rules, openai_rules
from tests.servers.image_rules import image_problems, url_problems
from tests.support.pictures import PICTURES, image, png


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("media_type", PICTURES)
def test_whole_pictures_are_taken(media_type: str) -> None:
    data = encoded(PICTURES[media_type][0])
    assert list(image_problems(media_type, data)) == []
    assert list(url_problems(f"data:{media_type};base64,{data}")) == []


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("image/bmp", encoded(png())),
        ("image/jpeg", encoded(png())),
        ("image/png", "no base64!"),
        ("image/png", encoded(png())[:-4] + "\n" + encoded(png())[-4:]),
        ("image/png", encoded(png(8_001, 1))),
        ("image/png", encoded(png()[:-6])),
        ("image/png", encoded(png(filler=8_000_000))),
        ("image/png", None),
    ],
)
def test_others_are_not(media_type: str, data: str | None) -> None:
    assert list(image_problems(media_type, data))


def test_an_address_on_the_web_is_not_fetched() -> None:
    assert list(url_problems("https://example.org/a.png"))


def messages_with(count: int, width: int) -> dict[str, Any]:
    source = {
        "type": "base64",
        "media_type": "image/png",
        "data": image(width=width).data,
    }
    content = [{"type": "image", "source": source} for _ in range(count)]
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]}


def test_many_pictures_have_to_be_small() -> None:
    assert anthropic_rules.problems(messages_with(20, 2_001), {}) == []
    assert anthropic_rules.problems(messages_with(21, 2_000), {}) == []
    assert anthropic_rules.problems(messages_with(21, 2_001), {})


def test_pictures_stand_only_where_they_may() -> None:
    body = messages_with(1, 1)
    body["messages"].insert(0, {"role": "user", "content": "hi"})
    body["messages"][1]["role"] = "assistant"
    assert anthropic_rules.problems(body, {})
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    chat = {"model": "m", "stream": True, "messages": [{"role": "system", "content": [part]}]}
    assert chat_rules.problems(chat, chat_rules.Rules())
    item = {"type": "message", "role": "developer", "content": [{"type": "input_image"}]}
    refused = openai_rules.problems({"input": [item]}, {})
    assert any("does not belong to developer" in each for each in refused)
