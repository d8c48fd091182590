"""What a model reads of a compacted conversation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.compaction.past_compactions import shown_compactions
from codex_tui.agent.compaction.shortening import MOST, shortened
from codex_tui.agent.compaction.view import View, without_state
from codex_tui.agent.history import History
from codex_tui.agent.past import PastCompaction
from codex_tui.agent.resume import past_of
from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.compaction import ChangedFile, Compaction
from codex_tui.protocol.messages import (
    AssistantMessage,
    FilePart,
    Message,
    NoticeMessage,
    Opaque,
    Origin,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import ModelInfo, ModelRef, Price, PriceTier
from codex_tui.protocol.plan import PlanStatus, PlanStep
from codex_tui.sessions.compaction_records import (
    Compacted,
    CompactionEdited,
    CompactionRedone,
    CompactionUndone,
)
from codex_tui.sessions.records import MessageAdded
from tests.providers.contract.renderers import NARROWER, RENDERERS
from tests.support.pictures import image

ORIGIN = Origin(api="anthropic-messages", provider="p", base_url="http://h", model="m")
SEALED = Opaque(origin=ORIGIN, kind="thinking", data='{"type": "thinking", "signature": "s"}')


def said(text: str = "", *calls: ToolCall, thought: bool = False) -> AssistantMessage:
    thinking = (ThinkingPart(text="Hm.", opaque=SEALED),) if thought else ()
    words = (TextPart(text=text),) if text else ()
    usage = Usage(input_tokens=1_000, output_tokens=10)
    stop = StopReason.TOOL_USE if calls else StopReason.END
    parts = (*thinking, *words, *calls)
    return AssistantMessage(parts=parts, origin=ORIGIN, stop=stop, usage=usage)


def made(summary: str = "It went well.", *, kept: int = 0, chars: int = 10_000) -> Compaction:
    return Compaction(id=summary, summary=summary, kept=kept, max_word_chars=chars)


def read(*messages: Message, compaction: Compaction) -> list[Message]:
    history = History(messages)
    history.view.compact(compaction)
    return list(history.view.messages)


def texts(messages: list[Message]) -> list[str]:
    return [each.content if isinstance(each, ToolResultMessage) else each.text for each in messages]


def test_users_words_stay_and_all_else_becomes_one_notice() -> None:
    call = ToolCall(id="c", name="read_file", arguments="{}")
    messages = read(
        NoticeMessage(text="Workspace: /w"),
        UserMessage(text="  rename foo\n\tto bär "),
        said("I look.", call, thought=True),
        ToolResultMessage(call_id="c", name="read_file", content="x" * 9_000),
        UserMessage(text="and the tests"),
        said("Done."),
        compaction=made(),
    )
    assert texts(messages)[:3] == ["Workspace: /w", "  rename foo\n\tto bär ", "and the tests"]
    [notice] = messages[3:]
    assert isinstance(notice, NoticeMessage)
    assert notice.text.endswith("Summary:\nIt went well.")


def test_notice_tells_the_plan_and_the_changed_files() -> None:
    compaction = replace(
        made(),
        plan=(
            PlanStep(text="read", status=PlanStatus.COMPLETED),
            PlanStep(text="write", status=PlanStatus.IN_PROGRESS),
        ),
        files=(ChangedFile(path="src/a.py", kind=ChangeKind.MODIFY, added=4, removed=2),),
    )
    [*_, notice] = texts(read(UserMessage(text="go"), said("Well."), compaction=compaction))
    assert "- src/a.py (modify, +4 -2)" in notice
    assert "- [x] read\n- [~] write" in notice


def test_last_messages_are_read_as_they_are_without_state_bound_to_what_is_gone() -> None:
    last = (UserMessage(text="two", images=(image("a.png"),)), said("Second.", thought=True))
    messages = read(UserMessage(text="one"), said("First."), *last, compaction=made(kept=2))
    assert messages[0].text == "one"
    assert messages[2] == last[0]
    assert messages[3] == without_state(last[1])
    assert messages[3].parts == (TextPart(text="Second."),)
    assert messages[3].usage is None, "it counts what is gone"


def test_answers_after_a_compaction_keep_their_state_until_it_is_undone() -> None:
    history = History([UserMessage(text="one"), said("First.", thought=True)])
    history.view.compact(made())
    sealed = said("Second.", thought=True)
    history.append(UserMessage(text="two"))
    history.append(sealed)
    assert history.view.messages[-1] == sealed
    history.view.undo()
    assert history.view.messages[1] == history.messages[1], "the whole beginning is there again"
    assert history.view.messages[-1] == without_state(sealed)
    history.view.redo()
    assert history.view.messages[-1] == sealed
    history.view.edit("Another summary.")
    assert history.view.messages[-1] == without_state(sealed)


def test_words_for_which_there_is_no_room_are_cut_from_the_oldest_on_and_marked() -> None:
    words = [UserMessage(text=f"{number}" * 1_000) for number in range(4)]
    messages = texts(read(*words, said("Well."), compaction=made(chars=1_500)))
    assert messages[0] == "[The user's first 2 messages are left out: there is no room.]"
    assert messages[1] == "2" * 500 + "\n[500 more characters are left out here]"
    assert messages[2] == "3" * 1_000


def test_pictures_and_files_of_compacted_words_are_named() -> None:
    words = UserMessage(
        text="look", images=(image("a.png"),), files=(FilePart(path="b.py", text="x"),)
    )
    [first, _] = read(words, said("Well."), compaction=made())
    assert isinstance(first, UserMessage)
    assert not first.images
    assert not first.files
    assert "a.png" in first.text
    assert "b.py" in first.text
    assert first.text.endswith("\nlook")


def test_second_compaction_covers_the_first_and_undoing_it_brings_the_first_back() -> None:
    history = History([UserMessage(text="one"), said("First.")])
    history.view.compact(made("S1"))
    history.append(UserMessage(text="two"))
    history.append(said("Second."))
    before = history.view.messages
    history.view.compact(made("S2"))
    assert [each.text for each in history.view.messages[:2]] == ["one", "two"]
    assert "S1" not in str(history.view.messages)
    history.view.undo()
    assert history.view.messages == before
    history.view.undo()
    assert history.view.active is None
    assert [each.text for each in history.view.messages] == ["one", "First.", "two", "Second."]


def test_result_whose_call_was_compacted_away_is_no_harm() -> None:
    """A damaged line may shift where a compaction stands."""
    call = ToolCall(id="c", name="read_file", arguments="{}")
    result = ToolResultMessage(call_id="c", name="read_file", content="out")
    messages = read(UserMessage(text="one"), said("I look.", call), result, compaction=made(kept=1))
    for renderer in (*RENDERERS, *NARROWER):
        renderer.of(*messages)


def test_shortening_takes_the_oldest_results_first_and_never_words() -> None:
    long = json.dumps({"path": "p" * 2_000})
    messages = [
        UserMessage(text="u" * 3_000, images=(image("a.png"),)),
        said("w" * 3_000, ToolCall(id="a", name="write_file", arguments=long), thought=True),
        ToolResultMessage(call_id="a", name="write_file", content="x" * 3_000),
        said("", ToolCall(id="b", name="read_file", arguments="{}")),
        ToolResultMessage(call_id="b", name="read_file", content="y" * 3_000),
    ]
    assert shortened(messages, 0) == tuple(messages)
    first, second = shortened(messages, 1), shortened(messages, 2)
    mark = "x" * 200 + "\n[2,800 characters left out]"
    assert [first[at].content for at in (2, 4)] == [mark, "y" * 3_000]
    assert [second[at].content for at in (2, 4)] == [mark, mark.replace("x" * 200, "y" * 200)]
    assert second[1].tool_calls[0].arguments == long
    most = shortened(messages, MOST)
    assert most[0] == UserMessage(text="u" * 3_000)
    assert most[1].text == "w" * 3_000
    assert len(most[1].tool_calls[0].arguments) < 300
    assert "signature" not in str(most)


MODEL = ModelInfo(ref=ModelRef("p", "m"), context_window=200_000)
CLIFF = Price(
    input=1, output=2, tiers=(PriceTier(above_tokens=100_000, price=Price(input=5, output=9)),)
)


@pytest.mark.parametrize(
    ("rules", "model", "limits"),
    [
        (CompactionRules(), MODEL, (160_000, 180_000)),
        (CompactionRules(), replace(MODEL, price=CLIFF), (95_000, 95_000)),
        (CompactionRules(), replace(MODEL, context_window=None), (None, None)),
        (CompactionRules(), replace(MODEL, context_window=None, price=CLIFF), (95_000, 95_000)),
        (CompactionRules(at=0.5), MODEL, (100_000, 180_000)),
        (CompactionRules(at=0.95), MODEL, (190_000, 190_000)),
        (CompactionRules(at=30_000), MODEL, (30_000, 180_000)),
        (CompactionRules(at=30_000), replace(MODEL, context_window=None), (30_000, 30_000)),
        (CompactionRules(at=0.5), replace(MODEL, context_window=None), (None, None)),
    ],
)
def test_a_conversation_is_too_long_at_the_limit_between_turns_and_within_one(
    rules: CompactionRules, model: ModelInfo, limits: tuple[int | None, ...]
) -> None:
    assert (rules.limit_tokens(model), rules.full_tokens(model)) == limits


STEPS = st.lists(
    st.sampled_from(("say", "think", "call", "compact", "keep", "edit", "undo", "redo", "reload")),
    max_size=24,
)


@settings(max_examples=120, deadline=None)
@given(STEPS)
def test_whatever_happens_requests_are_valid_and_no_word_of_the_user_is_lost(
    steps: list[str],
) -> None:
    session = Played()
    for number, step in enumerate(steps):
        before = session.history.view.messages
        session.play(step, number)
        after = session.history.view.messages
        if step in {"say", "think", "call"}:
            assert after[: len(before)] == before, "what was sent stays as it was"
    session.history.append(UserMessage(text="last"))
    read = session.history.view.messages
    for renderer in RENDERERS:
        renderer.of(*read)
    told = [each.text for each in read if isinstance(each, UserMessage)]
    assert told == [each.text for each in session.history.messages if isinstance(each, UserMessage)]


class Played:
    """A conversation and its records."""

    def __init__(self) -> None:
        self.history = History()
        self.records: list[object] = []

    def play(self, step: str, number: int) -> None:
        match step:
            case "say" | "think":
                self.add(UserMessage(text=f"words {number}"))
                self.add(said(f"answer {number}", thought=step == "think"))
            case "call":
                call = ToolCall(id=f"c{number}", name="read_file", arguments="{}")
                self.add(UserMessage(text=f"words {number}"))
                self.add(said("", call, thought=True))
                self.add(ToolResultMessage(call_id=call.id, name="read_file", content="out"))
            case "compact" | "keep":
                self.record(Compacted(compaction=made(f"S{number}", kept=3 * (step == "keep"))))
            case "edit":
                self.record(CompactionEdited(summary=f"edited {number}"))
            case "undo":
                self.record(CompactionUndone())
            case "redo":
                self.record(CompactionRedone())
            case _:
                self.reload()

    def add(self, message: Message) -> None:
        self.history.append(message)
        self.records.append(MessageAdded(message=message))

    def record(self, record: object) -> None:
        self.history.view.apply(record)
        self.records.append(record)

    def reload(self) -> None:
        """The same records make the same request."""
        past = past_of(self.records)
        again = History(past.messages, past.compactions)
        assert again.view.messages == self.history.view.messages
        self.history = again


def test_records_count_from_where_they_stand() -> None:
    messages = [UserMessage(text="one"), said("First."), UserMessage(text="two"), said("Second.")]
    compactions = (PastCompaction(after=2, record=Compacted(compaction=made())),)
    history = History(messages, compactions)
    assert [each.text for each in history.view.messages[2:]] == ["two", "Second."]
    assert isinstance(View().active, type(None))


def test_compactions_are_shown_once_where_they_stood_and_as_they_are_by_now() -> None:
    first, second = made("S1"), made("S2")
    records = (
        Compacted(compaction=first),
        CompactionEdited(summary="Mine."),
        Compacted(compaction=second),
        CompactionUndone(),
    )
    places = (2, 4, 6, 8)
    shown = shown_compactions(
        PastCompaction(after=after, record=record)
        for after, record in zip(places, records, strict=True)
    )
    assert [(each.after, each.compaction.summary, each.note) for each in shown] == [
        (2, "Mine.", "edited"),
        (6, "S2", "undone"),
    ]
