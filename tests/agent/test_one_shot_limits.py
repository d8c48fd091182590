"""How much a model without tools is told and may answer, and an answer that knows no end."""

from __future__ import annotations

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import AssistantMessage
from codex_tui.providers.scripted import Reply
from tests.agent.one_shot_support import SHOP, asked, describe, started
from tests.support.engine import last_turn, notices

LONG = " ".join(map(str, range(800)))


@pytest.fixture
def root(root):
    (root / "shop.py").write_text(SHOP, encoding="utf-8")
    return root


async def test_request_stays_within_the_window_and_says_what_is_left_out(root):
    (root / "long.py").write_text("value = 123456789\n" * 1_000, encoding="utf-8")
    engine = started(root, {"reply": LONG}, {"reply": "Well."})
    describe(engine, context_window=2_000)
    await engine.session.submit("Tell me something.")
    await engine.session.submit("Now change @long.py")
    request = engine.sent[-1]
    told = len(request.system) + sum(len(each.text) for each in request.messages)
    assert told <= 0.75 * 2_000 * 3
    assert request.max_output_tokens == 500
    assert len(request.messages) == 1
    assert [text for text in notices(engine) if "window" in text] == [
        "long.py does not fit into the context window of fake/model: "
        f"it is told the first {asked(engine).count('value =')} of 1,000 lines.",
        "The exchange before does not fit into the context window of fake/model.",
    ]
    assert "are left out)" in asked(engine)


@pytest.mark.parametrize(
    ("words", "window", "tokens"),
    [
        ("What is shop.py?", 8_192, 819),
        ("Rename foo in shop.py", 8_192, 998),
        ("Make new.py", 8_192, 1_638),
        ("Make new.py out of shop.py", 8_192, 1_820),
        ("Make new.py out of shop.py", 1_024, 256),
        ("Rename foo in shop.py", 200_000, None),
    ],
)
async def test_answer_is_limited_by_what_it_can_need(root, words, window, tokens):
    engine = started(root, {"reply": "Well."})
    describe(engine, context_window=window)
    await engine.session.submit(words)
    assert engine.sent[-1].max_output_tokens == tokens


@pytest.mark.parametrize(
    "kind", [ProviderErrorKind.CONTEXT_WINDOW, ProviderErrorKind.REQUEST_TOO_LARGE]
)
async def test_what_is_too_long_for_it_is_not_told_to_be_compacted(root, kind):
    fault = ProviderError("Too long.", kind=kind, provider="fake", hint="Shorten it: /compact.")
    engine = started(root, {"reply": LONG}, Reply(error=fault))
    await engine.session.submit("Tell me something.")
    await engine.session.submit("What is in @shop.py?")
    end = last_turn(engine)
    assert (end.outcome, end.message) == ("failed", "Too long.")
    assert end.hint.startswith("Ask with fewer words or smaller files")
    assert len(engine.sent) == 2
    assert [text for text in notices(engine) if "compact" in text] == []


async def test_words_that_went_in_circles_are_kept_but_no_example_for_the_next_answer(root):
    engine = started(root, {"reply": "Well, and so on. " * 900}, {"reply": "It prints 1."})
    await engine.session.submit("What does shop.py do?")
    end = last_turn(engine)
    assert (end.outcome, end.message) == (
        "failed",
        "The model repeated itself without end and was stopped.",
    )
    (said,) = [each for each in engine.session.messages if isinstance(each, AssistantMessage)]
    assert said.text.startswith("Well, and so on.")
    assert len(said.text) < 2_000
    await engine.session.submit("Again, in short?")
    assert last_turn(engine).text == "It prints 1."
    assert [each.type for each in engine.sent[-1].messages] == ["user"]
