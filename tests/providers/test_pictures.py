"""Pictures on all three wires: where they stand, what stands in their place, what stays the same.

Every body is held against the strict rules of its server.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.providers.anthropic_messages import render as messages_wire
from codex_tui.providers.base import Endpoint, ModelRequest
from codex_tui.providers.openai_chat import render as chat_wire_render
from codex_tui.providers.openai_chat.compat import Compat
from codex_tui.providers.openai_chat.lessons import meanings
from codex_tui.providers.openai_responses import render as responses_wire
from codex_tui.providers.pictures import PictureBudget, seen
from tests.providers.chat_support import ask, endpoint_at, fails, opened, request_of
from tests.servers import anthropic_rules, chat_rules, openai_rules
from tests.servers.chat_rules import Rules
from tests.servers.chat_wire import ChatWire, answer, http_error, text
from tests.servers.loopback import Answer
from tests.support.pictures import image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ENDPOINTS = {
    "messages": Endpoint(name="anthropic", api="anthropic-messages", base_url="https://a"),
    "responses": Endpoint(name="openai", api="openai-responses", base_url="https://o"),
    "chat": Endpoint(name="house", api="openai-chat", base_url="https://h"),
    "mistral": Endpoint(name="mistral", api="openai-chat", base_url="https://m"),
}
MODELS = {"messages": "claude-opus-5-5", "responses": "gpt-6.1-sol"}
ALTERNATING = Compat(alternate_roles=True, tool_id="mistral9")
ELSEWHERE = Endpoint(name="x", api="scripted", base_url="").origin("m")
WIRES = list(ENDPOINTS)
PNG_URL = f"data:image/png;base64,{image().data}"


def body_of(wire: str, *messages: Message, **fields: Any) -> dict[str, Any]:
    """The body for one wire; the strict server of that wire takes it."""
    request = request_of(*messages, model=MODELS.get(wire, "house-model"), **fields)
    body, problems = RENDERERS[wire](request, ENDPOINTS[wire])
    assert problems == []
    return body


def _messages(request: ModelRequest, endpoint: Endpoint) -> tuple[dict[str, Any], list[str]]:
    body = messages_wire.render(request, endpoint)
    return body, anthropic_rules.problems(body, {})


def _responses(request: ModelRequest, endpoint: Endpoint) -> tuple[dict[str, Any], list[str]]:
    body = responses_wire.render(request, endpoint)
    return body, openai_rules.problems(body, {})


def _chat(request: ModelRequest, endpoint: Endpoint) -> tuple[dict[str, Any], list[str]]:
    body = chat_wire_render.render(request, endpoint, Compat())
    return body, chat_rules.problems(body, Rules())


def _mistral(request: ModelRequest, endpoint: Endpoint) -> tuple[dict[str, Any], list[str]]:
    body = chat_wire_render.render(request, endpoint, ALTERNATING)
    return body, chat_rules.problems(body, Rules(alternate=True, nine_letter_ids=True))


RENDERERS: dict[str, Callable[[ModelRequest, Endpoint], tuple[dict[str, Any], list[str]]]] = {
    "messages": _messages,
    "responses": _responses,
    "chat": _chat,
    "mistral": _mistral,
}


def called(*names: str) -> AssistantMessage:
    calls = [ToolCall(id=f"call_{name}", name="read_file", arguments="{}") for name in names]
    return AssistantMessage(
        parts=(TextPart(text="Reading."), *calls), origin=ELSEWHERE, stop=StopReason.TOOL_USE
    )


def result(name: str, **fields: Any) -> ToolResultMessage:
    values = {"content": f"[{name}: PNG, 2×1, 68 bytes]", "images": (image(name),)}
    return ToolResultMessage(call_id=f"call_{name}", name="read_file", **{**values, **fields})


def conversation() -> list[Message]:
    """Pictures from both sides, results out of order, one of them without a picture."""
    return [
        UserMessage(text="Compare a.png and b.png.", images=(image("a.png"), image("b.png"))),
        called("c.png", "d.txt", "e.png"),
        result("e.png"),
        result("d.txt", content="words", images=()),
        result("c.png"),
        UserMessage(text="And this?", images=(image("f.png"),)),
    ]


def names_of(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


# -- where pictures stand --------------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
def test_every_picture_is_sent_and_the_words_name_it(wire: str) -> None:
    body = names_of(body_of(wire, *conversation()))
    assert body.count(image().data) == 5
    for name in ("a.png", "b.png", "f.png"):
        assert f"[image {name} 2×1]" in body


def test_messages_wire_puts_pictures_before_words_and_into_results() -> None:
    user, _, results = body_of("messages", *conversation())["messages"]
    assert [block["type"] for block in user["content"]] == [
        "text",
        "image",
        "text",
        "image",
        "text",
    ]
    assert user["content"][1]["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": image().data,
    }
    assert user["content"][-1]["text"] == "Compare a.png and b.png."
    kinds = [[each["type"] for each in block.get("content", [])] for block in results["content"]]
    assert kinds[:3] == [["text", "image"], ["text"], ["text", "image"]]


def test_responses_wire_has_pictures_natively_in_outputs() -> None:
    items = body_of("responses", *conversation())["input"]
    outputs = [item["output"] for item in items if item["type"] == "function_call_output"]
    picture = {"type": "input_image", "image_url": PNG_URL, "detail": "auto"}
    words = {"type": "input_text", "text": "[c.png: PNG, 2×1, 68 bytes]"}
    assert outputs[0] == [words, picture]
    assert outputs[1] == "words"
    assert items[0]["content"][1] == picture


def test_chat_wire_shows_pictures_of_tools_after_all_results() -> None:
    messages = body_of("chat", *conversation())["messages"]
    assert [each["role"] for each in messages] == [
        "system", "user", "assistant", "tool", "tool", "tool", "user", "user",
    ]  # fmt: skip
    assert messages[3]["content"] == "[c.png: PNG, 2×1, 68 bytes]\n(see attached image)"
    assert messages[4]["content"] == "words"
    hoisted = messages[6]["content"]
    assert [part.get("text", "picture") for part in hoisted] == [
        "[image c.png 2×1]", "picture", "[image e.png 2×1]", "picture",
    ]  # fmt: skip
    assert hoisted[1] == {"type": "image_url", "image_url": {"url": PNG_URL}}


def test_a_server_whose_roles_alternate_gets_one_message_of_parts() -> None:
    spoken = [
        UserMessage(text="one"),
        UserMessage(text="two", images=(image(),)),
        UserMessage(text="three"),
    ]
    _, user = body_of("mistral", *spoken)["messages"]
    assert [part.get("text", "picture") for part in user["content"]] == [
        "one", "[image a.png 2×1]", "picture", "two", "three",
    ]  # fmt: skip


@pytest.mark.parametrize("wire", WIRES)
def test_a_picture_without_words_is_a_message(wire: str) -> None:
    assert image().data in names_of(body_of(wire, UserMessage(text="", images=(image(),))))


@pytest.mark.parametrize("wire", WIRES)
def test_without_pictures_nothing_changes_its_form(wire: str) -> None:
    plain = [UserMessage(text="hi"), called("x"), result("x", images=(), content="y")]
    assert body_of(wire, *plain) == body_of(wire, *plain, sees_images=False)


def test_a_failed_result_holds_text_only_where_the_vendor_insists() -> None:
    body = body_of(
        "messages", UserMessage(text="hi"), called("x"), result("x", status=ToolStatus.ERROR)
    )
    assert image().data not in names_of(body)


def test_a_name_that_is_no_text_travels() -> None:
    odd = UserMessage(text="hi", images=(image("\ud83d.png"),))
    for wire in WIRES:
        body_of(wire, odd)


# -- what stands in their place --------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
def test_a_model_without_eyes_gets_a_line_for_each(wire: str) -> None:
    body = names_of(body_of(wire, *conversation(), sees_images=False))
    assert image().data not in body
    for name in ("a.png", "b.png", "c.png", "e.png", "f.png"):
        assert f"[image {name} 2×1: not shown, this model cannot see]" in body


@pytest.mark.parametrize("wire", WIRES)
def test_what_was_sent_stays_as_it_was_while_pictures_come(wire: str) -> None:
    history: list[Message] = []
    before: list[Any] = []
    for number in range(12):
        name = f"{number}.png"
        history += [
            UserMessage(text="look", images=(image(name),) if number % 3 == 0 else ()),
            called(name),
            result(name),
        ]
        body = body_of(wire, *history)
        pieces = pieces_of(body)
        assert pieces[: len(before)] == before
        before = pieces


def pieces_of(body: dict[str, Any]) -> list[Any]:
    """Blocks with their roles: some wires join what one side says. Cache marks may move."""
    pieces: list[Any] = []
    for item in json.loads(json.dumps(body.get("input") or body["messages"])):
        content = item.pop("content", None)
        for block in content if isinstance(content, list) else [content]:
            if isinstance(block, dict):
                block.pop("cache_control", None)
            pieces.append((item, block))
    return pieces


# -- how many --------------------------------------------------------------------------------------


def shown(messages: Sequence[Message], budget: PictureBudget) -> list[str]:
    kept = seen(messages, sees_images=True, budget=budget)
    return [part.name for each in kept for part in getattr(each, "images", ())]


def test_too_many_pictures_leave_oldest_first_and_half_of_the_room_free() -> None:
    budget = PictureBudget(max_count=4)
    history: list[Message] = []
    counts: list[int] = []
    for number in range(10):
        history.append(UserMessage(text="look", images=(image(f"{number}.png"),)))
        counts.append(len(shown(history, budget)))
        assert shown(history, budget)[-1] == f"{number}.png"
    assert counts == [1, 2, 3, 4, 2, 3, 4, 2, 3, 4]


def test_too_large_pictures_leave_too_and_say_so() -> None:
    one = len(image(filler=1_000).data)
    budget = PictureBudget(max_chars=2 * one)
    history = [
        UserMessage(text=f"look {number}", images=(image(f"{number}.png", filler=1_000),))
        for number in range(3)
    ]
    kept = seen(history, sees_images=True, budget=budget)
    assert [len(each.images) for each in kept if isinstance(each, UserMessage)] == [0, 0, 1]
    assert kept[0] == UserMessage(
        text="[image 0.png 2×1: no longer shown, there are too many later ones]\nlook 0"
    )


def test_the_newest_message_keeps_all_its_pictures() -> None:
    budget = PictureBudget(max_count=4)
    many = UserMessage(text="look", images=tuple(image(f"{number}.png") for number in range(4)))
    assert len(shown([UserMessage(text="a", images=(image(),)), many], budget)) == 4


def test_what_is_shown_depends_on_the_history_alone() -> None:
    budget = PictureBudget(max_count=4)
    history = [UserMessage(text="look", images=(image(f"{number}.png"),)) for number in range(6)]
    first = list(seen(history, sees_images=True, budget=budget))
    longer = [*history, UserMessage(text="go on")]
    assert list(seen(longer, sees_images=True, budget=budget))[:6] == first


@pytest.mark.parametrize("filler", [0, 1_500_000])
def test_thirty_large_pictures_fit_into_what_the_vendor_takes(filler: int) -> None:
    history: list[Message] = []
    for number in range(30):
        picture = image(f"{number}.png", 2_500, 1, filler=filler if number % 2 else 0)
        history.append(UserMessage(text="look", images=(picture,)))
    body_of("messages", *history)


# -- servers without eyes --------------------------------------------------------------------------

REFUSALS = [
    "image input is not supported - hint: you may need to provide the mmproj",
    "At most 0 image(s) may be provided in one prompt.",
    "house-model is not a multimodal model",
    "Failed to deserialize: messages[1]: unknown variant `image_url`, expected `text`",
    "No endpoints found that support image input",
    "this model is missing data required for image input",
    "'messages.1': for 'role:user' the content must be a string",
    "Invalid content type. image_url is only supported by certain models.",
]


@pytest.mark.parametrize("said", REFUSALS)
def test_what_servers_say_of_pictures_is_understood(said: str) -> None:
    assert Compat(images=False) in list(meanings(Compat(), said))
    assert list(meanings(Compat(images=False), said)) == []


@pytest.mark.parametrize("status", [400, 404, 422, 500])
async def test_a_server_that_takes_no_pictures_is_told_of_them_from_then_on(status: int) -> None:
    def refuse(found: Sequence[str]) -> Answer:
        return http_error(status, "; ".join(found))

    script = [answer(text("What picture?")), answer(text("None."))]
    history = conversation()
    async with (
        ChatWire(script, rules=Rules(images=False), refuse=refuse) as wire,
        opened(endpoint_at(wire.base_url)) as provider,
    ):
        await ask(provider, request_of(*history))
        await ask(provider, request_of(*history, UserMessage(text="Look again.")))
    refused, first, second = wire.requests
    assert image().data in names_of(refused)
    for body in (first, second):
        assert image().data not in names_of(body)
        assert "[image f.png 2×1: not shown, this model cannot see]" in names_of(body)
    assert second["messages"][: len(first["messages"])] == first["messages"]


async def test_a_refusal_that_is_not_about_pictures_is_told() -> None:
    async with ChatWire([http_error(400, "The sky is not blue.")]) as wire:
        error = await fails(endpoint_at(wire.base_url), request_of(*conversation()))
    assert "The sky is not blue." in error.message
    assert len(wire.requests) == 1
