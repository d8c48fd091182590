"""Histories as switches, interrupts, crashes and other vendors leave them, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    Opaque,
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)

if TYPE_CHECKING:
    from codex_tui.protocol.messages import AssistantPart, Message
    from tests.providers.contract.renderers import Heard

ELSEWHERE = Origin(api="scripted", provider="other", base_url="https://other", model="m")
HI, GO = UserMessage(text="hi"), UserMessage(text="go on")
NOTE = NoticeMessage(text="The mode changed.")
UNKNOWN = "The call did not finish; what it did is not known."


def said(*parts: AssistantPart | str, origin: Origin = ELSEWHERE, **fields: Any) -> Message:
    whole = (TextPart(text=part) if isinstance(part, str) else part for part in parts)
    return AssistantMessage(parts=tuple(whole), origin=origin, **{"stop": StopReason.END, **fields})


def call(call_id: str = "a", arguments: str = "{}", **fields: Any) -> ToolCall:
    return ToolCall(**{"id": call_id, "name": "read_file", "arguments": arguments, **fields})


def result(call_id: str = "a", content: str = "out", **fields: Any) -> ToolResultMessage:
    return ToolResultMessage(call_id=call_id, name="read_file", content=content, **fields)


def called(number: int = 0, name: str = "read_file", **arguments: Any) -> Heard:
    return ("call", number, name, arguments)


def got(number: int = 0, words: str = "out", *, good: bool = True) -> Heard:
    return ("result", number, good, words)


CUT = call("cut", '{"path": "x', complete=False)
FOREIGN = (
    ThinkingPart(text="Hm.", opaque=Opaque(origin=ELSEWHERE, kind="thinking", data='{"a":1}')),
    ThinkingPart(text="", redacted=True),
    ServerPart(opaque=Opaque(origin=ELSEWHERE, kind="search", data='{"type":"search","id":"s"}')),
)
USER, MORE, NOTICE = ("user", "hi"), ("user", "go on"), ("notice", "The mode changed.")
WELL = ("assistant", "Well.")

HISTORIES: dict[str, tuple[list[Message], list[Heard]]] = {
    "a question": ([HI], [USER]),
    "users and notices in a row": ([NOTE, HI, NOTE, HI, GO], [NOTICE, USER, NOTICE, USER, MORE]),
    "blank words": ([HI, UserMessage(text=" \n"), NoticeMessage(text=" "), GO], [USER, MORE]),
    "an answer": ([HI, said("Well."), GO], [USER, WELL, MORE]),
    "an answer last": ([HI, said("Well.")], [USER, WELL]),
    "an answer first": ([said("Well."), HI], [WELL, USER]),
    "answers in a row": ([HI, said("Well."), said("Well."), GO], [USER, WELL, WELL, MORE]),
    "nothing said": ([HI, said(), said(""), said(*FOREIGN), GO], [USER, MORE]),
    "foreign thinking": ([HI, said(*FOREIGN, "Well.", *FOREIGN), GO], [USER, WELL, MORE]),
    "foreign thinking before a call": (
        [HI, said(*FOREIGN, call()), result()],
        [USER, called(), got()],
    ),
    "a call and its result": (
        [HI, said("Well.", call("a", '{"path": "x"}')), result()],
        [USER, WELL, called(path="x"), got()],
    ),
    "results out of order": (
        [HI, said(call("a"), call("b"), call("c")), *(result(each, each) for each in "cab")],
        [USER, called(0), called(1), called(2), got(0, "a"), got(1, "b"), got(2, "c")],
    ),
    "words before the results": (
        [HI, said(call("a"), call("b")), GO, result("b", "B"), NOTE, result("a", "A")],
        [USER, called(0), called(1), got(0, "A"), got(1, "B"), MORE, NOTICE],
    ),
    "no output": (
        [HI, said(call("a"), call("b")), result("a", ""), result("b", " \n\t")],
        [USER, called(0), called(1), got(0, "(no output)"), got(1, "(no output)")],
    ),
    **{
        f"a result that is {status}": (
            [HI, said(call()), result(status=status)],
            [USER, called(), got(good=status is ToolStatus.OK)],
        )
        for status in ToolStatus
    },
    "a call without a result": (
        [HI, said(call("a"), call("b")), result("b"), GO],
        [USER, called(0), called(1), got(0, UNKNOWN, good=False), got(1), MORE],
    ),
    "calls without results, one answer after the other": (
        [HI, said(call("a")), said(call("b")), result("a"), result("b"), GO],
        [USER, called(0), got(0, UNKNOWN, good=False), called(1), got(1), MORE],
    ),
    "results without a call": ([result("z"), HI, said("Well."), result("z"), GO],
                               [USER, WELL, MORE]),
    "two results of one call": (
        [HI, said(call()), result(content="one"), result(content="two")],
        [USER, called(), got(0, "one")],
    ),
    "an interrupted call": (
        [HI, said("Well.", CUT, stop=StopReason.INTERRUPTED), result("cut"), GO],
        [USER, WELL, MORE],
    ),
    "nothing but an interrupted call": ([HI, said(CUT), result("cut"), GO], [USER, MORE]),
    "an interrupted call with the id of a good one": (
        [HI, said(call("cut", '{"path": "x'[:5], complete=False), call("cut")),
         result("cut", "of the first"), result("cut", "of the second")],
        [USER, called(), got(0, "of the second")],
    ),
    "an interrupted call between good ones": (
        [HI, said(call("a"), CUT, call("b")), result("cut"), result("b", "B"), result("a", "A")],
        [USER, called(0), called(1), got(0, "A"), got(1, "B")],
    ),
    "one id in one answer": (
        [HI, said(call("x"), call("x")), result("x", "one"), result("x", "two")],
        [USER, called(0), called(1), got(0, "one"), got(1, "two")],
    ),
    "one id in two answers": (
        [HI, said(call("x")), result("x", "one"), said(call("x")), result("x", "two")],
        [USER, called(0), got(0, "one"), called(1), got(1, "two")],
    ),
    "words between the calls": (
        [HI, said(call("a"), "Well."), result("a")],
        [USER, called(), got(), WELL],
    ),
}  # fmt: skip
