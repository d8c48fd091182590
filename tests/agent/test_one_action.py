"""The one action of a model without tools: what is asked for, and what is made of the answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.agent.file_words import fenced
from codex_tui.agent.mentions import words_in
from codex_tui.agent.one_shot.action import (
    Allowed,
    Change,
    Reply,
    allowed,
    answer_of,
    is_question,
    read_action,
    schema_of,
)
from codex_tui.agent.one_shot.action_stream import ActionReader, GrowingString
from codex_tui.agent.prompts import one_shot_prompt
from codex_tui.protocol.messages import (
    FilePart,
    Opaque,
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    UserMessage,
)
from codex_tui.providers.base import PartDelta, PartFinished, PartStarted, StreamFinished, Waiting
from tests.servers.schema_rules import schema_problems

OLD, NEW = FilePart(path="src/a.py", text="x"), FilePart(path="b.py", text=None)


@pytest.mark.parametrize(
    ("text", "files", "may"),
    [
        ("Rename x in src/a.py", (OLD,), Allowed(edit=("src/a.py",))),
        ("Rename x in a.py", (OLD,), Allowed(edit=("src/a.py",))),
        ("Now rename x", (OLD,), Allowed(edit=("src/a.py",), may_write=True)),
        ("Make b.py", (NEW,), Allowed(write=("b.py",), may_write=True)),
        ("Make b.py from a.py", (OLD, NEW),
         Allowed(edit=("src/a.py",), write=("b.py",), may_write=True)),
        ("Write a game", (), Allowed(may_write=True)),
        ("What does a.py do?", (OLD,), Allowed()),
        ("Hello there!", (OLD,), Allowed()),
        ("Thanks, now make a game", (), Allowed(may_write=True)),
    ],
)  # fmt: skip
def test_words_and_files_decide_what_is_allowed(text, files, may):
    found = allowed(UserMessage(text=text, files=files))
    assert found == may
    assert list(schema_problems(schema_of(found))) == []
    prompt = one_shot_prompt(found.words)
    assert [word in prompt for word in ('{"edit"', '{"write"', '{"reply"')] == [
        bool(may.edit), may.may_write, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["What is a closure?", "a.py: does it print?", "Explain a.py in one sentence.", "Why",
     "这是什么？", "Can you explain a.py?", "Thanks. How does it work?"],
)  # fmt: skip
def test_what_only_asks_is_a_question(text):
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    ["Rename foo", "Can you rename foo?", "could you please fix it?", "", "Please help?",
     "Why does it crash? Fix it.", "Hi", "Explain it. Then fix it."],
)  # fmt: skip
def test_what_asks_for_more_is_none(text):
    assert not is_question(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Make hello.py, please.", ["hello.py"]),
        ("(see `src/a b.py`) and @notes", ["notes"]),
        ("a server in Node.js 22.1, e.g. json.dumps", []),
        ("see https://host/a.py", []),
        ("def f(x): x.py(1)", []),
    ],
)
def test_names_of_files_are_told_from_other_words(text, named):
    assert [each.path for each in words_in(text) if each.named] == named


def test_fence_is_longer_than_any_in_the_file():
    assert fenced("a.md", "````\nx\n````") == "File a.md:\n`````\n````\nx\n````\n`````"
    assert fenced("a", "") == "File a:\n```\n```"


# -- reading ---------------------------------------------------------------------------------------

EDIT = Change(
    tool="edit_file",
    arguments=json.dumps(
        {"path": "a.py", "edits": [{"old": "x", "new": "y", "replace_all": True}]}
    ),
)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('{"answer": {"reply": "Hi"}}', Reply(text="Hi")),
        ('```json\n{"answer": {"reply": "Hi"}}\n```', Reply(text="Hi")),
        ('{"reply": "Hi"}', Reply(text="Hi")),
        ('{"answer": {"edit": "a.py", "old": "x", "new": "y"}}', EDIT),
        ('{"answer": {"write": "a", "content": "b"}}',
         Change(tool="write_file", arguments='{"path": "a", "content": "b"}')),
    ],
)  # fmt: skip
def test_answer_becomes_an_action(text, action):
    assert read_action(text) == action


def test_answer_that_is_nested_without_end_is_none():
    with pytest.raises(ValueError, match="nested too deeply"):
        read_action('{"answer": ' * 50_000)


def test_action_goes_back_in_the_form_it_came_in():
    call = ToolCall(id="1", name="edit_file", arguments=EDIT.arguments)
    assert answer_of("", [call]) == '{"answer": {"edit": "a.py", "old": "x", "new": "y"}}'
    assert read_action(answer_of("", [call])) == EDIT
    assert answer_of("Hi", [ToolCall(id="1", name="shell", arguments="{}")]) == (
        '{"answer": {"reply": "Hi"}}'
    )
    assert answer_of(" ", [ToolCall(id="1", name="edit_file", arguments="[")]) == ""


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans(), st.data())
def test_string_grows_to_the_whole_however_it_is_cut(text, ascii_only, data):
    raw = json.dumps(text, ensure_ascii=ascii_only)[1:] + ', "more": "x"'
    string, grown = GrowingString(), ""
    while raw:
        size = data.draw(st.integers(1, 9))
        grown += string.feed(raw[:size])
        raw = raw[size:]
        assert text.startswith(grown)
    assert grown == text


def test_string_ends_where_it_is_no_json():
    string = GrowingString()
    assert [string.feed(each) for each in ("ab", r"c\q", "d")] == ["ab", "", ""]


# -- the stream ------------------------------------------------------------------------------------

END = StreamFinished(stop=StopReason.END)


def read(*events):
    reader = ActionReader("acme")
    return [outcome for event in events for outcome in reader.feed(event)]


def words(text: str, index: int = 0, size: int = 5):
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    deltas = [PartDelta(index=index, text=piece) for piece in pieces]
    start = PartStarted(index=index, kind="text")
    return [start, *deltas, PartFinished(index=index, part=TextPart(text=text))]


def test_reply_is_shown_as_it_arrives():
    outcomes = read(Waiting(text="starting"), *words('{"answer": {"reply": "One two."}}'), END)
    deltas = [event.text for event in outcomes if isinstance(event, PartDelta)]
    assert deltas == ["One", " two."]
    assert [event for event in outcomes if not isinstance(event, PartDelta)] == [
        Waiting(text="starting"),
        PartStarted(index=0, kind="text"),
        PartFinished(index=0, part=TextPart(text="One two.")),
        END,
    ]


def test_change_is_announced_by_its_first_word_and_given_out_whole():
    outcomes = read(*words('{ "answer":{"edit":"a.py", "old": "x", "new": "y"}}'), END)
    assert outcomes == [
        PartStarted(index=0, kind="tool_call", name="edit_file"),
        PartFinished(index=0, part=ToolCall(id="", name="edit_file", arguments=EDIT.arguments)),
        StreamFinished(stop=StopReason.TOOL_USE),
    ]


def test_thinking_stays_without_what_signs_it_and_vendors_blocks_go():
    own = Opaque(origin=Origin(api="a", provider="p", base_url="", model="m"), kind="k", data="{}")
    thought = ThinkingPart(text="Hm.", opaque=own)
    outcomes = read(
        PartFinished(index=0, part=ServerPart(opaque=own)),
        PartStarted(index=1, kind="thinking"),
        PartDelta(index=1, text="Hm."),
        PartFinished(index=1, part=thought),
        *words('{"answer": {"reply": "Yes"}}', index=2, size=99),
        END,
    )
    assert outcomes == [
        PartStarted(index=0, kind="thinking"),
        PartDelta(index=0, text="Hm."),
        PartFinished(index=0, part=ThinkingPart(text="Hm.")),
        PartStarted(index=1, kind="text"),
        PartDelta(index=1, text="Yes"),
        PartFinished(index=1, part=TextPart(text="Yes")),
        END,
    ]


def test_refusal_in_plain_words_is_shown():
    refused = StreamFinished(stop=StopReason.REFUSAL)
    assert read(*words("I will not."), refused) == [
        PartFinished(index=0, part=TextPart(text="I will not.")),
        refused,
    ]
