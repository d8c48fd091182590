"""The guide's table of what travels between vendors, held against what each wire renders."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.guides import guide
from codex_tui.protocol.compaction import SUMMARY_BLOCK, SummaryNotice
from codex_tui.protocol.messages import (
    ImagePart,
    NoticeMessage,
    Opaque,
    ServerPart,
    TextPart,
    ThinkingPart,
    ToolCall,
    UserMessage,
)
from tests import guide_tables
from tests.providers.contract.histories import HI, call, result, said
from tests.providers.contract.renderers import HERE, NARROWER, RENDERERS
from tests.providers.contract.support import request_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.messages import Message, Origin
    from tests.providers.contract.renderers import Renderer

    Made = Callable[[Origin], list[Message]]

HEADING = "| what | to the same model | to another vendor | back again |"
MARK = "bWFya2Vk"
UNFINISHED = "did not finish"
ASKED_FOR = "where the server asks for it"
SENT = ("verbatim", "as they are", "as words", "told as not finished")
LEFT = ("stays here", "stay here", "not sent", ASKED_FOR)  # none of the three asks
OF_THE_PROGRAM = {"your approvals, budget, mode"}
"""No part of any request."""


def own_state(origin: Origin, **block: Any) -> Opaque:
    return Opaque(origin=origin, kind=block["type"], data=json.dumps(block))


def reasoned(origin: Origin) -> list[Message]:
    """An answer behind the reasoning that each vendor wants back."""
    match origin.api:
        case "anthropic-messages":
            block = {"type": "thinking", "thinking": "Hm.", "signature": MARK}
            part = ThinkingPart(text="Hm.", opaque=own_state(origin, **block))
        case "openai-responses":
            item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": MARK}
            part = ThinkingPart(text="Hm.", opaque=own_state(origin, **item))
            words = {"type": "message", "id": "msg_1", "status": "completed"}
            text = TextPart(text="Well.", opaque=own_state(origin, **words))
            return [HI, said(part, text, origin=origin)]
        case _:
            details = json.dumps([{"type": "reasoning.encrypted", "data": MARK}])
            state = Opaque(origin=origin, kind="reasoning_details", data=details)
            part = ServerPart(opaque=state)
    return [HI, said(part, "Well.", origin=origin)]


def redacted(origin: Origin) -> list[Message]:
    if origin.api != "anthropic-messages":
        return reasoned(origin)
    block = {"type": "redacted_thinking", "data": MARK}
    part = ThinkingPart(text="", redacted=True, opaque=own_state(origin, **block))
    return [HI, said(part, "Well.", origin=origin)]


def unknown(origin: Origin) -> list[Message]:
    if origin.api == "openai-chat":
        return reasoned(origin)
    item = {"type": "dream_call", "id": "d1", "mood": MARK}
    words = {"type": "message", "id": "msg_1", "status": "completed"}
    own = own_state(origin, **words) if origin.api == "openai-responses" else None
    part = ServerPart(opaque=own_state(origin, **item))
    return [HI, said(part, TextPart(text="Well.", opaque=own), origin=origin)]


def seen(_: Origin) -> list[Message]:
    image = ImagePart(data=MARK, media_type="image/png", name="a.png", width=1, height=1)
    return [UserMessage(text="look", images=(image,))]


def called(origin: Origin) -> list[Message]:
    return [HI, said(call("a", '{"path": "x"}'), origin=origin), result("a", MARK)]


def cut(origin: Origin) -> list[Message]:
    half = ToolCall(id="c", name="read_file", arguments=f'{{"path": "{MARK}', complete=False)
    return [HI, said("Well.", half, origin=origin)]


MADE: dict[str, Made] = {
    "words": lambda origin: [HI, said(MARK, origin=origin)],
    "tool calls and results": called,
    "calls whose results never came": lambda origin: [HI, said(call("a"), origin=origin)],
    "calls cut off while they were written": cut,
    "pictures": seen,
    "signed or encrypted reasoning": reasoned,
    "redacted reasoning": redacted,
    "reasoning you can read": lambda origin: [
        HI,
        said(ThinkingPart(text=MARK), "Well.", origin=origin),
    ],
    "parts only the vendor knows": unknown,
    "plan, changed files, compaction summary": lambda _: [HI, NoticeMessage(text=MARK)],
    "compaction summary, where the vendor signs it (Claude)": lambda origin: [
        HI,
        SummaryNotice(
            text=MARK, beside="Above.", block=own_state(origin, type=SUMMARY_BLOCK, content=MARK)
        ),
    ],
}


def table() -> dict[str, list[str]]:
    cells = ([cell.strip() for cell in row.strip("|").split("|")]
             for row in guide_tables.rows_of(guide("providers"), HEADING))  # fmt: skip
    return {what: rest for what, *rest in cells}


def rendered(to: Renderer, messages: list[Message]) -> str:
    body = to.body(replace(request_of(model=to.wire.model), messages=tuple(messages)))
    return json.dumps(body)


def test_every_row_of_the_table_is_tried() -> None:
    assert {*table()} == {*MADE} | OF_THE_PROGRAM


@pytest.mark.parametrize("what", MADE)
@pytest.mark.parametrize("maker", RENDERERS, ids=str)
@pytest.mark.parametrize("to", RENDERERS, ids=str)
def test_what_travels_is_what_the_guide_says(maker: Renderer, to: Renderer, what: str) -> None:
    here, elsewhere, back = table()[what]
    origin = maker.wire.endpoint(HERE).origin(maker.wire.model)
    messages = MADE[what](origin)
    mark = UNFINISHED if here == "told as not finished" else MARK
    for cell in (here, back) if to is maker else (elsewhere,):
        assert cell.startswith((*SENT, *LEFT))
        assert (mark in rendered(to, messages)) == cell.startswith(SENT)


def test_reasoning_in_words_goes_back_where_the_server_asks_for_it() -> None:
    assert table()["reasoning you can read"] == [ASKED_FOR, "stays here", ASKED_FOR]
    (deepseek,) = (each for each in NARROWER if str(each) == "deepseek")
    origin = deepseek.wire.endpoint(HERE).origin(deepseek.wire.model)
    answer = said(ThinkingPart(text=MARK), call("a"), origin=origin)
    assert MARK in rendered(deepseek, [HI, answer, result("a")])
    foreign = said(ThinkingPart(text=MARK), call("a"))
    assert MARK not in rendered(deepseek, [HI, foreign, result("a")])
