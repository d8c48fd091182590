"""`/retry`, `/branches` and the key that lets another model take over, on the screen."""

from __future__ import annotations

import pytest

from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.scripted import Reply
from tests.ui.support import CONFIG, LARGE, NUMBERS, SMALL, Desk, calls, says

CHAIN = f'fallbacks = ["beta/three"]\nmax_retries = 0\n{CONFIG}'
WAITING = f'fallbacks = ["beta/three"]\n{CONFIG}'


def overloaded(**fields) -> Reply:
    return Reply(
        parts=(),
        error=ProviderError(
            "Alpha is overloaded.",
            kind=ProviderErrorKind.OVERLOADED,
            provider="alpha",
            retryable=True,
            **fields,
        ),
    )


async def asked(desk, pilot, text="go"):
    """Send words to a turn that comes to wait for the user."""
    await desk.send(pilot, text)
    await desk.settle(pilot, lambda: desk.screen.offering)


# -- /retry --------------------------------------------------------------------------------------


async def test_a_failed_turn_is_run_again_on_another_model(tmp_path):
    error = ProviderError("No credit left.", kind=ProviderErrorKind.BILLING, provider="alpha")
    desk = Desk(tmp_path, [Reply(parts=(), error=error), says("Here it is.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "explain this")
        assert "No credit left." in desk.text
        await desk.send(pilot, "/retry beta/three")
        await desk.settle(pilot, lambda: desk.answers)
        await desk.at_rest(pilot)
        assert "No credit left." not in desk.text
        assert desk.text.count("explain this") == 1
        assert "Here it is." in desk.text
        assert "Branch 2: the last turn again, with beta/three." in desk.text
        assert "beta/three" in desk.status
        assert desk.memory.recent_models[0].model == "three"


async def test_each_branch_shows_its_own_answer_and_the_list_tells_them_apart(tmp_path):
    desk = Desk(tmp_path, [says("Common."), says("First answer."), says("Second answer.")])
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "hello")
        await desk.ask(pilot, "and then?")
        await desk.send(pilot, "/retry")
        await desk.settle(pilot, lambda: desk.answers == ["Common.", "Second answer."])
        await desk.at_rest(pilot)
        assert "First answer." not in desk.text
        await desk.send(pilot, "/branches")
        await desk.settle(pilot)
        assert "branch 1         2 turns · alpha/one · just now · First answer." in desk.text
        assert "branch 2 (here)  2 turns · alpha/one · just now · Second answer." in desk.text
        await desk.send(pilot, "/branches 1")
        await desk.settle(pilot, lambda: "First answer." in desk.text)
        assert "Second answer." not in desk.text
        assert desk.text.count("Common.") == 1
        assert "This is branch 1 of 2." in desk.text


async def test_the_files_of_the_turn_are_named(tmp_path):
    edit = ("edit_file", {"path": "a.txt", "edits": [{"old": "line 2\n", "new": "two\n"}]})
    desk = Desk(
        tmp_path,
        [calls(edit), says("Done."), says("Again.")],
        config=f'approval_mode = "auto-edit"\n{CONFIG}',
    )
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.send(pilot, "/retry")
        await desk.settle(pilot, lambda: desk.answers == ["Again."])
        await desk.at_rest(pilot)
        assert "The files this turn changed stay as they are: a.txt." in desk.text


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("/retry", "There is no turn to run again yet."),
        ("/retry nobody/x", "There is no provider 'nobody'"),
        ("/retry x", "'x' is not a model reference"),
        ("/retry demo/walkthrough", "go over to the demonstration"),
        ("/branches two", "'two' is not the number of a branch."),
        ("/branches 7", "There is no branch 7."),
    ],
)
async def test_what_cannot_be_done_is_said_and_stays_in_the_composer(tmp_path, command, complaint):
    desk = Desk(tmp_path, [says("Fine.")])
    async with desk.running() as pilot:
        if command != "/retry":
            await desk.ask(pilot, "hello")
        await desk.send(pilot, command)
        await desk.settle(pilot)
        assert complaint in desk.text
        assert desk.draft == command


async def test_while_a_turn_runs_a_retry_is_refused(tmp_path):
    desk = Desk(tmp_path, [says("Slowly does it.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "hello")
        await desk.settle(pilot, lambda: desk.session.busy)
        await desk.send(pilot, "/retry")
        assert "A turn is running." in desk.text
        desk.gate.open()
        await desk.at_rest(pilot)
        assert desk.answers == ["Slowly does it."]


async def test_the_next_start_shows_the_branch_that_was_left_on_the_screen(tmp_path):
    desk = Desk(tmp_path, [says("First answer."), says("Second answer.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "hello")
        await desk.send(pilot, "/retry")
        await desk.settle(pilot, lambda: desk.answers == ["Second answer."])
        await desk.at_rest(pilot)
    later = Desk(tmp_path, go_on=True)
    async with later.running() as pilot:
        assert "Second answer." in later.text
        assert "First answer." not in later.text
        await later.send(pilot, "/branches 1")
        await later.settle(pilot, lambda: "First answer." in later.text)


# -- fail-over -----------------------------------------------------------------------------------


async def test_one_key_goes_on_with_the_model_that_is_offered(tmp_path):
    desk = Desk(tmp_path, [overloaded(), says("Beta here.")], config=CHAIN)
    async with desk.running() as pilot:
        await asked(desk, pilot)
        assert "beta/three can take over: Ctrl+S goes on with it" in desk.text
        assert "waiting for your decision" in desk.text
        assert "Ctrl+S other model  Ctrl+L models  Esc stop" in desk.footer
        assert "Enter" not in desk.footer
        desk.write("typed meanwhile")
        await pilot.press("ctrl+s")
        await desk.at_rest(pilot)
        assert desk.answers == ["Beta here."]
        assert "Going on with beta/three; alpha/one rests for 60 s." in desk.text.replace("\n", " ")
        assert "beta/three" in desk.status
        assert "Ctrl+S" not in desk.footer
        assert desk.draft == "typed meanwhile"


async def test_a_wait_a_decision_and_a_stand_in_are_one_line_that_changes(tmp_path):
    script = [overloaded(retry_after_s=50.0), overloaded(), says("Beta here.")]
    desk = Desk(tmp_path, script, config=CHAIN.replace("max_retries = 0", "max_retries = 1"))
    async with desk.running(LARGE) as pilot:
        await asked(desk, pilot)
        assert "Alpha is overloaded. Trying again: attempt 2 of 2." in desk.text
        await pilot.press("enter")
        await desk.settle(pilot, lambda: desk.screen.chat.asking)
        await pilot.press("ctrl+s")
        await desk.at_rest(pilot)
        assert desk.answers == ["Beta here."]
        said = [line for line in desk.lines if "Alpha is overloaded." in line]
        assert [line.strip() for line in said] == [
            "! Alpha is overloaded. Going on with beta/three; alpha/one rests for 60 s."
        ]


async def test_the_key_cuts_a_wait_short(tmp_path):
    desk = Desk(tmp_path, [overloaded(retry_after_s=50.0), says("Beta here.")], config=WAITING)
    async with desk.running() as pilot:
        await asked(desk, pilot)
        assert "Enter now · Esc stops · Ctrl+S beta/three" in desk.text
        assert "Ctrl+S other model  Enter try now  Esc stop" in desk.footer
        await pilot.press("ctrl+s")
        await desk.at_rest(pilot)
        assert desk.answers == ["Beta here."]


async def test_escape_stops_the_turn_instead(tmp_path):
    desk = Desk(tmp_path, [overloaded()], config=CHAIN)
    async with desk.running() as pilot:
        await asked(desk, pilot)
        await pilot.press("escape")
        await desk.at_rest(pilot)
        assert not desk.screen.offering
        assert not desk.screen.chat.asking
        assert "alpha/one" in desk.status


@pytest.mark.parametrize("config", [CHAIN, WAITING], ids=["asks", "waits"])
async def test_a_new_conversation_asks_nothing_of_the_old_one(tmp_path, config):
    desk = Desk(tmp_path, [overloaded(retry_after_s=50.0), says("Afresh.")], config=config)
    async with desk.running() as pilot:
        await asked(desk, pilot)
        await desk.send(pilot, "/clear")
        await desk.settle(pilot, lambda: "What shall we work on?" in desk.text)
        assert "waiting for your decision" not in desk.text
        assert "trying again" not in desk.text
        assert "Ctrl+S" not in desk.footer
        await desk.ask(pilot, "hello")
        assert desk.answers == ["Afresh."]


async def test_it_switches_by_itself_where_that_is_allowed(tmp_path):
    desk = Desk(
        tmp_path,
        [overloaded(), says("Beta here.")],
        config=f"auto_fallback = true\n{CHAIN}",
    )
    async with desk.running() as pilot:
        await desk.ask(pilot, "go")
        assert desk.answers == ["Beta here."]
        assert "Alpha is overloaded. Going on with beta/three" in desk.text


async def test_without_an_offer_the_key_does_nothing(tmp_path):
    desk = Desk(tmp_path, [says("Fine.")], config=CHAIN)
    async with desk.running() as pilot:
        desk.write("a draft")
        await pilot.press("ctrl+s")
        await desk.settle(pilot)
        assert desk.draft == "a draft"
        assert desk.toasts == []


# -- pictures ------------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
TEXT = "Explain how this project is put together, and why it is so"


@pytest.fixture
def desk_at_home(tmp_path, monkeypatch):
    """A desk below a home of its own, so that no path differs from run to run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda script, config=CONFIG: Desk(tmp_path, script, config=config)


@BOTH
def test_picture_of_an_offer(snap_compare, desk_at_home, size):
    desk = desk_at_home([says("Alpha says hello."), overloaded()], CHAIN)

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.ask(pilot, "Say hello")
        await asked(desk, pilot, TEXT)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@BOTH
def test_picture_of_a_wait_that_can_be_cut_short(snap_compare, desk_at_home, size):
    desk = desk_at_home([overloaded(retry_after_s=40.0)], WAITING)

    async def play(pilot) -> None:
        await desk.ready(pilot)
        desk.session._remedies.waiting._policy = RetryPolicy(jitter=lambda: 0.0)
        await asked(desk, pilot, TEXT)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@BOTH
def test_picture_of_a_stand_in(snap_compare, desk_at_home, size):
    desk = desk_at_home([overloaded(), says("Beta says hello.")], f"auto_fallback = true\n{CHAIN}")

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.ask(pilot, TEXT)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)


@BOTH
def test_picture_of_the_branches(snap_compare, desk_at_home, size):
    desk = desk_at_home([says("The first answer."), says("Another answer.")])

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.ask(pilot, TEXT)
        await desk.send(pilot, "/retry beta/three")
        await desk.settle(pilot, lambda: desk.answers == ["Another answer."])
        await desk.at_rest(pilot)
        await desk.send(pilot, "/branches")
        await desk.settle(pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)
