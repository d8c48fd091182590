"""What `codex-tui exec` says, and returns, when something is wrong around it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer
from tests.servers.loopback import Cut, Plain

if TYPE_CHECKING:
    from tests.e2e.wires import Vendor
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>Portal</body></html>"
VARIABLES = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", ""),
}


def test_a_wrong_key_is_named_with_where_to_set_it(world: World, vendor: Vendor) -> None:
    variable = VARIABLES[vendor.name][1]
    with vendor.serve([], key="the right one") as wire:
        ran = world.run("exec", "-m", wire.ref, "Hello", env=wire.env)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "refuses the key" in ran.stderr
    assert variable in ran.stderr
    assert wire.env[variable] not in ran.stderr


def test_a_missing_key_is_named_before_any_request(world: World, vendor: Vendor) -> None:
    with vendor.serve([]) as wire:
        base_url, key, _ = VARIABLES[vendor.name]
        ran = world.run("exec", "-m", wire.ref, "Hello", env={base_url: wire.env[base_url]})
        assert wire.requests == []
    assert ran.returncode == 1
    assert "no key" in ran.stderr
    assert key in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("-m", "opnai/gpt-6.1-sol"), "opnai"),
        (("-m", "gpt-6.1-sol"), "provider/model"),
        (("--mode", "yolo"), "yolo"),
        (("-C", "no-such-folder"), "no-such-folder"),
    ],
)
def test_an_unusable_flag_ends_it_before_anything(
    world: World, arguments: tuple[str, ...], named: str
) -> None:
    ran = world.run("exec", *arguments, "Hello", env={})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert named in ran.stderr
    assert "Traceback" not in ran.stderr
    assert world.sessions() == []


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ('theme = "codex-dark"\nmodle = "openai/gpt-6.1-sol"\n', 2, "model"),
        ('approval_mode = "suggest\n', 1, "TOML"),
        ("\n\nmax_retries = -1\n", 3, "max_retries"),
        ('[providers.openai]\napi = "open-ai"\n', 2, "openai-responses"),
    ],
)
def test_a_bad_line_of_the_configuration_is_named_before_anything(
    world: World, text: str, line: int, named: str
) -> None:
    path = world.configure(text)
    ran = world.run("exec", "Hello", env={})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"{path}:{line}" in ran.stderr
    assert named in ran.stderr
    assert world.sessions() == []


@pytest.mark.parametrize("arguments", [["models"], ["config", "show"]])
def test_a_bad_configuration_stops_every_command(world: World, arguments: list[str]) -> None:
    path = world.configure("max_retries = -1\n")
    ran = world.run(*arguments, env={})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"{path}:1" in ran.stderr


def test_an_unknown_model_is_answered_with_where_to_look(world: World) -> None:
    with ANTHROPIC.serve([]) as wire:
        ran = world.run("exec", "-m", "anthropic/nobody-9", "Hello", env=wire.env)
    assert ran.returncode == 1
    assert "404" in ran.stderr
    assert "nobody-9" in ran.stderr
    assert "codex-tui models" in ran.stderr


def test_a_server_that_is_not_there_is_named_with_its_address(world: World, vendor: Vendor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base_url, key, path = VARIABLES[vendor.name]
    env = {base_url: f"http://127.0.0.1:{port}{path}", key: "some-key"}
    ran = world.run("exec", "-m", vendor.ref, "Hello", env=env)
    assert ran.returncode == 1
    assert f"127.0.0.1:{port}" in ran.stderr
    assert "base_url" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_web_page_instead_of_an_answer_is_recognised(world: World) -> None:
    page = Plain(headers={"content-type": "text/html; charset=utf-8"}, body=PAGE)
    with OPENAI.serve([page]) as wire:
        ran = world.run("exec", "-m", wire.ref, "Hello", env=wire.env)
    assert ran.returncode == 1
    assert "html" in ran.stderr.lower()
    assert "base_url" in ran.stderr


def test_a_stream_that_ends_early_fails_and_the_session_goes_on(
    world: World, vendor: Vendor
) -> None:
    broken = Answer("Half of an answer that never ends.", sent=lambda frames: [*frames[:-3], Cut()])
    with vendor.serve([broken, work.CLOSE]) as wire:
        ran = world.run("exec", "-m", wire.ref, work.PROMPT, env=wire.env)
        assert ran.returncode == 1
        assert "broke off" in ran.stderr
        assert "Half of" in ran.stdout
        again = world.run("exec", "resume", "--last", "Try again.", env=wire.env)
        assert (again.returncode, again.stdout) == (0, work.CLOSING + "\n"), again.stderr
        assert wire.refusals() == []


def test_there_is_no_session_to_go_on_with(world: World) -> None:
    with OPENAI.serve([]) as wire:
        ran = world.run("exec", "resume", "--last", "Go on", env=wire.env)
    assert ran.returncode == 1
    assert "no earlier session" in ran.stderr


def test_without_a_terminal_the_screen_is_refused_with_the_way_out(world: World) -> None:
    ran = world.run(env={})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "codex-tui exec" in ran.stderr
