"""Tokens and money on the screen: figures of a step, `/cost`, `/budget`, and the pause at a cap."""

from __future__ import annotations

import pytest

from codex_tui.composition import assembly
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.ids import SessionId
from codex_tui.protocol.messages import Opaque, Origin, TextPart, ThinkingPart, Usage
from codex_tui.protocol.spending import Budget, StepFigures
from codex_tui.providers.scripted import Reply
from codex_tui.ui.spending_words import spare_words, step_words
from codex_tui.ui.status_report import status_report
from codex_tui.ui.widgets.facts import FactsBlock
from codex_tui.ui.widgets.figures_block import FiguresBlock, fit
from tests.support.pictures import png
from tests.ui.support import CONFIG, LARGE, SMALL, Desk, calls, says, words_of

CAPPED = f"budget_usd = 1.0\n{CONFIG}"
DOLLAR = Usage(input_tokens=12_300, cache_read_tokens=11_900, output_tokens=450, cost_usd=1.2)
ORIGIN = Origin(api="scripted", provider="alpha", base_url="", model="one")
SEALED = Opaque(origin=ORIGIN, kind="seal", data={})
CENT = Usage(input_tokens=12_300, cache_read_tokens=11_900, output_tokens=450, cost_usd=0.012)


def looks(number=1, usage=DOLLAR):
    reply = calls(("list_files", {}), text="Let me look.", number=number)
    return type(reply)(parts=reply.parts, usage=usage)


def work():
    return [looks(), says("All done.", usage=CENT), says("Again.", usage=CENT)]


def blocks(desk, kind):
    transcript = desk.screen.chat._transcript
    return [each for each in map(transcript.block, transcript.keys) if isinstance(each, kind)]


def order_of(desk):
    """The kinds of all blocks down to the last figures."""
    transcript = desk.screen.chat._transcript
    kinds = [type(transcript.block(key)) for key in transcript.keys]
    last = max(place for place, kind in enumerate(kinds) if kind is FiguresBlock)
    return kinds[: last + 1]


def waits_after(desk, tries):
    return len(desk.requests) == tries and desk.screen.chat.awaits_retry


async def paused(desk, pilot):
    await desk.send(pilot, "list them")
    await desk.review(pilot)


async def press(desk, pilot, *keys):
    await pilot.press("ctrl+n", *keys)
    await desk.settle(pilot)


async def test_a_budget_that_is_used_up_pauses_the_turn_and_a_key_goes_on(tmp_path):
    desk = Desk(tmp_path, work(), config=CAPPED)
    async with desk.running(SMALL) as pilot:
        assert "$0.00 of $1.00" in desk.status
        await paused(desk, pilot)
        assert "Budget · $1.00 used up" in desk.text
        assert "$1.20" in desk.text
        assert "Go on up to $1.70?" in desk.text
        assert len(desk.requests) == 1
        await press(desk, pilot, "y")
        await desk.at_rest(pilot)
        assert desk.answers[-1] == "All done."
        assert "$1.21 of $1.70" in desk.status


async def test_another_budget_can_be_written_and_what_is_none_is_said(tmp_path):
    desk = Desk(tmp_path, work(), config=CAPPED)
    async with desk.running(LARGE) as pilot:
        await paused(desk, pilot)
        await press(desk, pilot, "r", *"lots", "enter")
        assert "is no budget" in desk.toasts[-1]
        assert desk.session.busy
        await pilot.press(*["backspace"] * 4, *"$3", "enter")
        await desk.at_rest(pilot)
        assert desk.session.budget.budget == Budget(usd=3)
        assert desk.answers[-1] == "All done."


async def test_s_goes_on_without_a_cap(tmp_path):
    desk = Desk(tmp_path, work(), config=CAPPED)
    async with desk.running(SMALL) as pilot:
        await paused(desk, pilot)
        await press(desk, pilot, "s")
        await desk.at_rest(pilot)
        assert desk.session.budget.budget == Budget()
        assert "$1.21" in desk.status
        assert "of $" not in desk.status


async def test_n_stops_the_turn_and_the_next_one_asks_again(tmp_path):
    desk = Desk(tmp_path, work(), config=CAPPED)
    async with desk.running(SMALL) as pilot:
        await paused(desk, pilot)
        await press(desk, pilot, "n")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert "Stopped: the budget is used up, $1.20 of $1.00." in desk.text
        assert len(desk.results) == 1
        await paused(desk, pilot)
        await pilot.press("escape")
        await desk.send(pilot, "/budget 5")
        await desk.at_rest(pilot)
        assert not desk.session.busy
        assert words_of(desk.requests[-1])[-1] == "list them"
        assert desk.answers[-1] == "All done."


async def test_escape_stops_a_turn_that_waits_and_nothing_is_lost(tmp_path):
    desk = Desk(tmp_path, work(), config=CAPPED)
    async with desk.running(SMALL) as pilot:
        await paused(desk, pilot)
        await pilot.press("escape", "escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert not desk.screen.approval.active
        assert [each.name for each in desk.results] == ["list_files"]


async def test_the_warning_comes_before_the_cap(tmp_path):
    desk = Desk(tmp_path, [says("One.", usage=DOLLAR)], config=f"budget_usd = 1.4\n{CONFIG}")
    async with desk.running(SMALL) as pilot:
        await desk.ask(pilot, "hello")
        assert "85 % of the budget is used: $1.20 of $1.40." in desk.text
        assert not desk.screen.approval.active


async def test_budget_is_set_shown_and_taken_away_by_the_command(tmp_path):
    desk = Desk(tmp_path, work())
    async with desk.running(LARGE) as pilot:
        await desk.send(pilot, "/budget 200k tokens")
        assert "0 of 200k tokens" in desk.status
        await desk.send(pilot, "/budget nothing")
        assert "'nothing' is no budget." in desk.text
        await desk.send(pilot, "/budget")
        assert blocks(desk, FactsBlock)[-1].facts == (("budget", "0 of 200,000 tokens"),)
        await desk.send(pilot, "/budget off")
        assert "gone: nothing stops this session" in desk.text
        assert "tokens" not in desk.status


async def test_the_figures_of_each_step_show_with_the_details_and_go_with_them(tmp_path):
    desk = Desk(tmp_path, work())
    desk.gate.word_s = 0.6
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "list them")
        assert not blocks(desk, FiguresBlock)
        rows = list(desk.screen.chat._transcript.keys)
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        first, second = (block.text for block in blocks(desk, FiguresBlock))
        assert first.startswith("alpha/one · 0.0 s to first token · ")
        assert first.endswith(" tok/s · 12.3k in (96 % cached) · 450 out · $1.20")
        assert second.endswith("$0.012")
        assert desk.text.index("Let me look") < desk.text.index(first[:40])
        assert desk.text.index(second[-40:]) > desk.text.index("All done.")
        await desk.ask(pilot, "again")
        assert len(blocks(desk, FiguresBlock)) == 3
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        assert not blocks(desk, FiguresBlock)
        assert list(desk.screen.chat._transcript.keys)[: len(rows)] == rows


async def test_cost_lists_the_session_by_turn_and_the_steps_of_the_last_one(tmp_path):
    desk = Desk(tmp_path, work())
    async with desk.running(LARGE) as pilot:
        await desk.send(pilot, "/cost")
        assert blocks(desk, FactsBlock)[-1].facts == (
            ("session", "no model call yet"),
            ("budget", "no cap; /budget sets one"),
        )
        await desk.ask(pilot, "list them")
        await desk.ask(pilot, "again")
        await desk.send(pilot, "/cost")
        facts = blocks(desk, FactsBlock)[-1].facts
        assert [label for label, _ in facts] == [
            "session", "budget", "turn 1", "turn 2", "step 2.1",
        ]  # fmt: skip
        assert facts[0][1].startswith("$1.22 · 3 calls · 36.9k in (96 % cached) · 1.4k out")
        assert facts[2][1].startswith("$1.21 · 2 calls")
        assert facts[4][1].startswith("alpha/one · ")


async def test_a_resumed_session_tells_the_cost_of_its_past(tmp_path):
    desk = Desk(tmp_path, work())
    async with desk.running(SMALL) as pilot:
        await desk.ask(pilot, "list them")
        await desk.send(pilot, "/budget 9")
    desk = Desk(tmp_path, [says("Yes.", usage=CENT)], go_on=True)
    async with desk.running(LARGE) as pilot:
        await desk.settle(pilot, lambda: "$1.21 of $9.00" in desk.status)
        await desk.ask(pilot, "more")
        await desk.send(pilot, "/cost")
        facts = dict(blocks(desk, FactsBlock)[-1].facts)
        assert facts["turn 1"].startswith("$1.21 · 2 calls")
        assert facts["turn 2"].startswith("$0.012 · 1 call ")
        assert facts["session"].startswith("$1.22")


@pytest.mark.parametrize("shown_since", ["the end", "the beginning"])
async def test_an_attempt_that_was_taken_back_leaves_its_figures(tmp_path, shown_since):
    error = ProviderError(
        "Busy.",
        kind=ProviderErrorKind.OVERLOADED,
        provider="alpha",
        retryable=True,
        retry_after_s=12.0,
    )
    broken = Reply(parts=(ThinkingPart(text="Half a thought"),), usage=CENT, error=error)
    desk = Desk(tmp_path, [broken, broken, says("Whole.", usage=CENT)])
    async with desk.running(LARGE) as pilot:
        # Shown, hidden and shown: the lines find their places each time.
        presses = 3 if shown_since == "the beginning" else 1
        await pilot.press(*["ctrl+o"] * (presses > 1))
        await desk.send(pilot, "hello")
        for tries in (1, 2):
            await desk.settle(pilot, lambda tries=tries: waits_after(desk, tries))
            await pilot.press("enter")
            await desk.settle(pilot)
        await desk.at_rest(pilot)
        for _ in range(presses - (presses > 1)):
            await pilot.press("ctrl+o")
            await desk.settle(pilot)
        told = [block.text for block in blocks(desk, FiguresBlock)]
        assert ["broke off" in each for each in told] == [True, True, False]
        assert "Half a thought" not in desk.text
        assert desk.text.index("hello") < desk.text.index(told[0][:30])
        assert desk.text.index("Whole.") < desk.text.rindex(told[2][:30])


async def test_a_resumed_session_shows_the_figures_of_its_past_steps_where_they_were(tmp_path):
    error = ProviderError("Lost.", kind=ProviderErrorKind.AUTHENTICATION, provider="alpha")
    broken = Reply(parts=(TextPart(text="Half an ans"),), usage=CENT, error=error)
    desk = Desk(tmp_path, [*work(), broken])
    async with desk.running(LARGE) as pilot:
        for words in ("list them", "again", "and then"):
            await desk.ask(pilot, words)
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        figures = [block.text for block in blocks(desk, FiguresBlock)]
        lived = order_of(desk)
        assert len(figures) == 4
        assert "broke off" in figures[-1]
    desk = Desk(tmp_path, [], go_on=True)
    async with desk.running(LARGE) as pilot:
        assert not blocks(desk, FiguresBlock)
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        assert [block.text for block in blocks(desk, FiguresBlock)] == figures
        assert order_of(desk) == lived


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_the_question_fits_the_window(tmp_path, size):
    desk = Desk(tmp_path, work(), config=CAPPED)
    async with desk.running(size) as pilot:
        await paused(desk, pilot)
        await press(desk, pilot)
        assert "y go on" in desk.text
        assert "n stop" in desk.text
        assert "another budget" in desk.text


async def test_a_switch_says_before_and_after_what_the_other_model_reads(tmp_path):
    long = says("word " * 6_000, usage=CENT)
    desk = Desk(tmp_path, [long, says("Hm.")])
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "tell me more")
        await pilot.press("ctrl+l", *"beta")
        await desk.settle(pilot)
        assert "reads ~8k tokens" in desk.text
        await pilot.press("enter")
        await desk.settle(pilot)
        assert "beta/three reads the conversation anew: ~8k tokens." in desk.text


@pytest.mark.parametrize(
    ("facts", "lost"),
    [
        ("sees_images = false", "1 reasoning block cannot travel · cannot see 1 picture"),
        ("context_window = 6000", "holds less than ~8k tokens: has to be compacted"),
        ("tools = false", "is told only a part of the conversation"),
    ],
)
async def test_the_picker_says_before_a_switch_what_the_other_model_loses(tmp_path, facts, lost):
    thought = ThinkingPart(text="Hm.", opaque=SEALED)
    reply = Reply(parts=(thought, TextPart(text="word " * 6_000)), usage=CENT)
    config = f'{CONFIG}\n[models."beta/*"]\n{facts}\n'
    desk = Desk(tmp_path, [reply], config=config)
    (desk.root / "seen.png").write_bytes(png(30, 20))
    async with desk.running(SMALL) as pilot:
        await desk.ask(pilot, "tell me more of seen.png")
        await pilot.press("ctrl+l", *"beta")
        await desk.settle(pilot)
        assert lost in desk.text


async def test_what_is_learned_of_a_tokenizer_is_kept_for_the_next_start(tmp_path):
    desk = Desk(tmp_path, [says("Yes.", usage=Usage(input_tokens=5_000, output_tokens=1))])
    async with desk.running(SMALL) as pilot:
        await desk.ask(pilot, "hello")
        await desk.settle(pilot, lambda: "ctx 5.0k" in desk.status)
    assert "alpha/one" in (tmp_path / "state" / "estimates.json").read_text()


async def test_the_meter_is_an_estimate_until_the_first_answer(tmp_path):
    desk = Desk(tmp_path, [says("Yes.", usage=CENT)])
    desk.gate.shut()
    async with desk.running(SMALL) as pilot:
        await desk.send(pilot, "hello")
        await desk.settle(pilot, lambda: "ctx ~" in desk.status)
        desk.gate.open()
        await desk.settle(pilot, lambda: "ctx 12.8k" in desk.status)


async def test_a_new_conversation_keeps_the_budget_and_begins_to_count(tmp_path):
    desk = Desk(tmp_path, work())
    async with desk.running(SMALL) as pilot:
        await desk.send(pilot, "/budget 5")
        await desk.ask(pilot, "list them")
        await desk.send(pilot, "/clear")
        await desk.settle(pilot, lambda: "$0.00 of $5.00" in desk.status)


# -- pictures ------------------------------------------------------------------------------------


@pytest.fixture
def desk_at_home(tmp_path, monkeypatch):
    """A desk below a home of its own, so that no path differs from run to run."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def make(script, config=CONFIG):
        desk = Desk(tmp_path, script, config=config)
        desk.gate.word_s = 0.6
        return desk

    return make


BOTH = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@BOTH
def test_picture_of_the_question_at_the_end_of_a_budget(snap_compare, desk_at_home, size):
    desk = desk_at_home(work(), CAPPED)

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await paused(desk, pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@BOTH
def test_picture_of_what_a_session_cost(snap_compare, desk_at_home, size):
    unpriced = says(
        "Of a model whose price nobody knows.", usage=Usage(input_tokens=40_000, output_tokens=90)
    )
    desk = desk_at_home([*work(), unpriced])

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.ask(pilot, "list them")
        await desk.ask(pilot, "again")
        await desk.send(pilot, "/model beta/three")
        await desk.ask(pilot, "and you?")
        await desk.send(pilot, "/cost")
        await desk.settle(pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@BOTH
def test_picture_of_the_figures_of_the_steps(snap_compare, desk_at_home, size):
    desk = desk_at_home(work())

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.ask(pilot, "list them")
        await desk.ask(pilot, "again")
        await pilot.press("ctrl+o")
        await desk.settle(pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@BOTH
def test_picture_of_the_status_after_a_compaction(snap_compare, desk_at_home, monkeypatch, size):
    monkeypatch.setattr(assembly, "new_session_id", lambda: SessionId("20260102-142000-5ba9d73b"))
    long = says("It is a long story. " * 130, usage=DOLLAR)
    desk = desk_at_home([long, says("## Goal\nA story.", usage=CENT)])

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.ask(pilot, "tell me")
        await desk.send(pilot, "/compact")
        await desk.settle(pilot, lambda: desk.session.compactor.active)
        await desk.at_rest(pilot)
        # What else the command tells are the summary's own time, paths, and the version.
        *facts, _ = status_report(desk.session, desk.screen._bridge.tally, "~/work")
        desk.screen.chat.add_facts(facts)
        await desk.settle(pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("width", range(20, 100))
def test_figures_of_a_step_stay_on_one_row_and_lose_the_least_first(width):
    usage = Usage(input_tokens=123_456, cache_read_tokens=120_000, output_tokens=4_567)
    step = StepFigures(
        model="anthropic/claude-opus-5-5",
        usage=usage,
        duration_ms=12_345,
        first_token_ms=1_234,
        cost_usd=1.2345,
    )
    text = step_words(step)
    left = fit(text, spare_words(step), width)
    assert left.endswith(" · 123.5k in · 4.6k out · $1.23") or "% cached" in left
    assert len(left) <= width or left == "claude-opus-5-5 · 123.5k in · 4.6k out · $1.23"
    assert left == text or len(text) > width
