"""How many tokens something is before a server has said it, and how that is learned."""

from __future__ import annotations

import pytest

from codex_tui.agent.spending.context_meter import ContextMeter
from codex_tui.agent.spending.estimate import Estimator, estimate_tokens, last_count
from codex_tui.bus import MessageBus
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import (
    AssistantMessage,
    FilePart,
    ImagePart,
    NoticeMessage,
    Opaque,
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.base import ModelRequest

ORIGIN = Origin(api="x", provider="a", base_url="http://h", model="m")
MODEL = "a/m"
FILE = FilePart(path="p" * 100, text="x" * 300)
LONG = UserMessage(text="word " * 4_000)


def answer(*parts, usage=None, origin=ORIGIN) -> AssistantMessage:
    return AssistantMessage(parts=parts, origin=origin, stop=StopReason.END, usage=usage)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (UserMessage(text=""), UserMessage(text="x" * 400)),
        (UserMessage(text=""), UserMessage(text="", files=(FILE,))),
        (NoticeMessage(text=""), NoticeMessage(text="x" * 400)),
        (answer(), answer(TextPart(text="x" * 200), ThinkingPart(text="x" * 200))),
        (answer(), answer(ToolCall(id="c", name="n" * 100, arguments="x" * 300))),
        (answer(), answer(ServerPart(opaque=Opaque(origin=ORIGIN, kind="k", data="x" * 400)))),
        (
            ToolResultMessage(call_id="c", name="", content=""),
            ToolResultMessage(call_id="c", name="", content="x" * 400),
        ),
    ],
    ids=lambda message: message.type,
)  # fmt: skip
def test_everything_a_model_reads_counts(short, long):
    assert estimate_tokens([long]) - estimate_tokens([short]) == 100


def test_prompt_tools_and_pictures_count_and_claude_reads_more_tokens():
    tool = ToolSpec(name="n" * 40, description="d" * 40, parameters={})
    assert estimate_tokens([], system="s" * 400, tools=[tool]) == round((400 + 80 + 2) / 4)
    picture = ImagePart(media_type="image/png", data="x" * 9_999, name="a", width=750, height=100)
    assert estimate_tokens([UserMessage(text="", images=(picture,))]) == 100 + 16 // 4
    assert estimate_tokens([LONG], model="claude-x") > estimate_tokens([LONG], model="gpt-x")


def test_a_factor_is_learned_at_once_and_then_moves_slowly():
    estimator = Estimator()
    plain = estimator.tokens(MODEL, [LONG])
    estimator.learn(MODEL, estimated=plain, actual=2 * plain)
    assert estimator.tokens(MODEL, [LONG]) == 2 * plain
    estimator.learn(MODEL, estimated=2 * plain, actual=plain)
    assert plain < estimator.tokens(MODEL, [LONG]) < 2 * plain
    assert estimator.tokens("a/other", [LONG]) == plain
    assert Estimator(estimator.learned).tokens(MODEL, [LONG]) == estimator.tokens(MODEL, [LONG])


@pytest.mark.parametrize(("estimated", "actual"), [(10, 15), (1_000, 10), (1_000, 90_000)])
def test_what_says_nothing_about_a_tokenizer_teaches_nothing(estimated, actual):
    estimator = Estimator()
    estimator.learn(MODEL, estimated=estimated, actual=actual)
    assert not estimator.learned


def test_a_kept_factor_that_cannot_be_is_not_used():
    assert Estimator({MODEL: 1e9}).tokens(MODEL, [LONG]) == estimate_tokens([LONG])


def test_the_last_count_of_the_model_is_exact_and_the_rest_is_estimated():
    counted = answer(TextPart(text="hi"), usage=Usage(input_tokens=5_000, output_tokens=10))
    meter = ContextMeter(MessageBus(), Estimator())
    added = estimate_tokens([LONG])
    assert last_count([LONG, counted, LONG], MODEL) == (5_010, 2)
    assert meter.measure(request(LONG, counted, LONG), MODEL).tokens == 5_010 + added
    uncounted = answer(TextPart(text="hi"))
    assert last_count([LONG, counted, LONG, uncounted], MODEL) == (5_010, 2)
    assert last_count([LONG, counted], "a/other") == (0, 0)
    assert last_count([LONG, uncounted], MODEL) == (0, 0)
    assert meter.measure(request(LONG), "a/other").tokens == added


def test_of_an_answer_that_broke_off_the_prompt_was_counted_and_its_words_are_estimated() -> None:
    meter = ContextMeter(MessageBus(), Estimator())
    for stop in (StopReason.INTERRUPTED, StopReason.ERROR):
        begun = Usage(input_tokens=1_000, output_tokens=1)
        broken = AssistantMessage(
            parts=(TextPart(text=LONG.text),), origin=ORIGIN, stop=stop, usage=begun
        )
        expected = meter.measure(request(LONG, broken, LONG), MODEL)
        assert (expected.counted, expected.added) == (1_000, estimate_tokens([broken, LONG]))


def request(*messages) -> ModelRequest:
    return ModelRequest(model="m", system="", messages=messages)


def test_a_request_is_announced_and_its_count_teaches():
    bus = MessageBus()
    heard = bus.subscribe()
    meter = ContextMeter(bus, Estimator())
    model = ModelInfo(ref=ModelRef("a", "m"))
    place = Place(session=SessionId("s"))
    plain = estimate_tokens([LONG])
    expected = meter.expect(request(LONG), model, place)
    meter.compare(expected, Usage(input_tokens=2 * plain))
    meter.expect(request(LONG), model, place)
    assert [event.tokens for event in heard.take()] == [plain, 2 * plain]
    meter.compare(meter.expect(request(LONG), model, place), None)
    assert meter.estimator.tokens(MODEL, [LONG]) == 2 * plain


def test_a_model_that_is_told_only_a_part_is_not_estimated():
    bus = MessageBus()
    meter = ContextMeter(bus, Estimator())
    model = ModelInfo(ref=ModelRef("a", "m"), tools=False)
    assert meter.expect(request(LONG), model, Place(session=SessionId("s"))) is None


class CountedText(str):
    """Words that know how often somebody measured them."""

    __slots__ = ("measured",)

    def __len__(self) -> int:
        self.measured = getattr(self, "measured", 0) + 1
        return super().__len__()


def test_a_conversation_that_grows_is_measured_message_by_message() -> None:
    texts = [CountedText("word " * 100) for _ in range(50)]
    messages = tuple(UserMessage(text=text) for text in texts)
    estimator = Estimator()
    for count in range(1, 51):
        assert estimator.tokens(MODEL, messages[:count]) == count * (500 + 16) / 4
    assert {text.measured for text in texts} == {1}


class SlowText(str):
    """Words whose measuring takes until somebody else has measured the conversation, too."""

    __slots__ = ("meanwhile",)

    def __len__(self) -> int:
        meanwhile, self.meanwhile = getattr(self, "meanwhile", None), None
        if meanwhile is not None:
            meanwhile()
        return super().__len__()


def test_a_conversation_is_measured_right_while_another_thread_measures_it() -> None:
    text = SlowText("word " * 100)
    messages = [UserMessage(text=text)]
    estimator, seen = Estimator(), list[int]()
    text.meanwhile = lambda: seen.append(estimator.tokens(MODEL, messages))
    for _ in range(2):
        assert estimator.tokens(MODEL, messages) == estimate_tokens(messages)
    assert seen == [estimate_tokens(messages)]


def test_another_conversation_is_estimated_by_itself() -> None:
    first, second, other = (UserMessage(text=letter * 400) for letter in "abc")
    estimator = Estimator()
    for messages in ([first, second], [first], [other, second, first], [], [second]):
        assert estimator.tokens(MODEL, messages) == estimate_tokens(messages)
