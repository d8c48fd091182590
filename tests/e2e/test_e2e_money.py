"""What one session cost, told the same by every part of the program that tells it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.loopback import Plain

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

CONFIG = """\
max_retries = 0
compact_at = {compact_at}

[providers.alpha]
api = "openai-responses"
base_url = "{alpha}"
api_key_env = "LOOPBACK_KEY"
prices = {{ one = {{ input = 2, output = 8, cache_read = 0.2 }} }}

[providers.beta]
api = "anthropic-messages"
base_url = "{beta}"
api_key_env = "LOOPBACK_KEY"

[providers.beta.prices.claude-sonnet-5-5]
input = 3
output = 15
cache_read = 0.3
cache_write = 3.75

[providers.gamma]
api = "openai-chat"
base_url = "{gamma}"
api_key_env = "LOOPBACK_KEY"
prices = {{ three = {{ input = 0.5, output = 1.5 }} }}
"""
KEYS = {"LOOPBACK_KEY": "test-key"}
LONG = "It is a long story, told at length. " * 200
BUSY = Plain.of_json(
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, status=529
)
ALPHA = [
    openai_wire.answer(
        openai_wire.text(LONG), tokens=openai_wire.usage(100_000, 20_000, cached=40_000)
    ),
    openai_wire.answer(openai_wire.text("Goal: a story."), tokens=openai_wire.usage(30_000, 700)),
    openai_wire.answer(openai_wire.text("Gone on."), tokens=openai_wire.usage(12_000, 300)),
]
BETA = [
    BUSY,
    anthropic_wire.Reply(
        anthropic_wire.Text(LONG),
        usage={
            "input_tokens": 50_000,
            "cache_read_input_tokens": 30_000,
            "cache_creation_input_tokens": 10_000,
            "output_tokens": 4_000,
        },
    ),
]
GAMMA = [chat_wire.answer(chat_wire.text("In its place."), tokens=chat_wire.usage(80_000, 9_000))]
COSTS = [
    (60_000 * 2 + 40_000 * 0.2 + 20_000 * 8) / 1e6,
    (80_000 * 0.5 + 9_000 * 1.5) / 1e6,
    (50_000 * 3 + 30_000 * 0.3 + 10_000 * 3.75 + 4_000 * 15) / 1e6,
    (30_000 * 2 + 700 * 8) / 1e6,
    (12_000 * 2 + 300 * 8) / 1e6,
]
"""Of the calls in their order: a turn, its neighbour by another model, that turn run again by a
third, the summary, the last turn.
"""


def events(world: World, *words: str) -> list[dict[str, Any]]:
    """Run one turn without a screen; what it told, line by line."""
    ran = world.run("exec", *words, env=KEYS)
    assert ran.returncode == 0, ran.stderr + ran.stdout[-800:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.timeout(180)  # seven starts of the program
def test_all_sums_of_a_session_agree(world: World) -> None:
    with (
        openai_wire.serve_in_thread(ALPHA) as alpha,
        anthropic_wire.serve_in_thread(BETA) as beta,
        chat_wire.serve_in_thread(GAMMA) as gamma,
    ):
        addresses = {"alpha": alpha.base_url, "beta": beta.base_url, "gamma": gamma.base_url}
        world.configure(CONFIG.format(compact_at=900_000, **addresses))
        told = events(world, "--json", "-m", "alpha/one", "Tell a story")
        spare = ("--fallback", "gamma/three")
        told += events(
            world, "resume", "--last", "--json", "-m", "beta/claude-sonnet-5-5", *spare, "And then?"
        )
        told += events(
            world, "resume", "--last", "--json", "-m", "beta/claude-sonnet-5-5", "--retry"
        )
        world.configure(CONFIG.format(compact_at=2_000, **addresses))
        told += events(world, "resume", "--last", "--json", "-m", "alpha/one", "Go on")
        assert beta.refused == []
        assert [len(each.requests) for each in (alpha, beta, gamma)] == [3, 2, 1]

        steps = [each for each in told if each["type"] == "step_finished"]
        assert [each["cost_usd"] for each in steps] == pytest.approx(COSTS)
        turns = [each["cost"]["usd"] for each in told if each["type"] == "turn_finished"]
        assert sum(turns) == pytest.approx(sum(COSTS))
        assert any(each["type"] == "model_fell_back" for each in told)
        assert any(each["type"] == "conversation_compacted" for each in told)

        for by, count in (("model", 3), ("session", 1)):
            ran = world.run("usage", "--json", "--by", by, env=KEYS)
            *lines, total = map(json.loads, ran.stdout.splitlines())
            assert len(lines) == count
            assert sum(each["cost_usd"] for each in lines) == pytest.approx(sum(COSTS))
            assert (total["calls"], total["cost_missing"], total["cost_late"]) == (5, 0, 0)
            assert total["cost_usd"] == pytest.approx(sum(COSTS))

        terminal = world.open("--last", command=["resume"], env=KEYS, columns=120, rows=40)
        sums = f"${sum(COSTS):.2f}"
        terminal.wait_for(("Gone on.", f"{sums} │"))
        work.ask(terminal, "/cost")
        shown = terminal.wait_for(("session   $", "model     $"))
        assert f"session   ${sum(COSTS):.3f} · 5 calls" in shown
        by_model = dict(re.findall(r"model     \$([\d.]+) · (\S+) ", shown))
        assert {model: float(usd) for usd, model in by_model.items()} == pytest.approx(
            {
                "alpha/one": COSTS[0] + COSTS[3] + COSTS[4],
                "beta/claude-sonnet-5-5": COSTS[2],
                "gamma/three": COSTS[1],
            },
            abs=0.0006,
        )
        assert work.quit_by_command(terminal) == 0
        assert_restored(terminal)
