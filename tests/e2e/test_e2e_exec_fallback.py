"""`codex-tui exec --fallback`: the whole program, two vendors, one of them overloaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.wires import ANTHROPIC, OPENAI, Answer
from tests.servers.loopback import Plain

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

BUSY = Plain.of_json(
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, status=529
)


def test_the_flag_is_consent_and_the_answer_comes_from_the_other(world: World) -> None:
    world.configure("max_retries = 0\n")
    with ANTHROPIC.serve([BUSY, BUSY]) as full, OPENAI.serve([Answer("Hi.")] * 2) as idle:
        words = ("-m", full.ref, "--fallback", idle.ref, "Hello")
        env = full.env | idle.env
        ran = world.run("exec", *words, env=env)
        as_json = world.run("exec", "--json", *words, env=env)
        assert (len(full.requests), len(idle.requests)) == (2, 2)
    assert (ran.returncode, ran.stdout) == (0, "Hi.\n")
    assert f"Going on with {idle.ref}; {full.ref} rests for 60 s." in ran.stderr
    events = [json.loads(line) for line in as_json.stdout.splitlines()]
    (fell,) = [event for event in events if event["type"] == "model_fell_back"]
    assert (fell["failed"], fell["to"], fell["rest_s"]) == (full.ref, idle.ref, 60.0)


def test_a_configured_chain_alone_is_no_consent(world: World) -> None:
    with ANTHROPIC.serve([BUSY]) as full, OPENAI.serve([]) as idle:
        world.configure(f'max_retries = 0\nfallbacks = ["{idle.ref}"]\n')
        ran = world.run("exec", "-m", full.ref, "Hello", env=full.env | idle.env)
        assert idle.requests == []
    assert ran.returncode == 1
    assert "overloaded" in ran.stderr.lower()


def test_an_unknown_provider_in_the_chain_is_named_before_anything(world: World) -> None:
    ran = world.run("exec", "--fallback", "opnai/x", "Hello", env={})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "there is no provider 'opnai'" in ran.stderr
    assert world.sessions() == []
