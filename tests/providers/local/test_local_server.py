"""The server's life with a runtime that stands in: each way to fail, and that nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing
from dataclasses import replace

import httpx2
import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.local.server import LocalServer, ServerState
from codex_tui.providers.local.start import MAX_LOG_BYTES
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.sandbox.helper_server import start_helper
from tests.providers.local.local_support import MODEL, child_of, host, install, is_left, lives


async def prepare(server):
    async with aclosing(server.prepare()) as words:
        return [text async for text in words]


def instead(program):
    """Start another Python program in the place of the child."""

    def launch(argv, *, line, log):
        return start_helper([sys.executable, "-c", program], line=line, log=log)

    return launch


async def test_a_server_starts_once_serves_who_has_the_key_and_ends(tmp_path):
    server = LocalServer("own-model", host(tmp_path))
    assert server.state is ServerState.STOPPED
    assert await prepare(server) == ["starting own-model …"]
    assert server.state is ServerState.READY
    child, place = child_of(tmp_path), server.place
    assert await prepare(server) == []
    assert server.place == place
    assert place.base_url.startswith("http://127.0.0.1:")
    assert place.key not in repr(place)
    assert place.key not in " ".join(child.cmdline()) + str(child.environ())
    async with httpx2.AsyncClient(trust_env=False) as client:
        refused = await client.post(f"{place.base_url}/chat/completions", json={})
    assert refused.status_code == 401
    await server.aclose()
    assert not lives(child)
    assert server.state is ServerState.STOPPED


async def test_the_child_has_nothing_of_our_environment_and_a_session_of_its_own(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "k-secret")
    server = LocalServer("own-model", host(tmp_path))
    await prepare(server)
    child = child_of(tmp_path)
    assert "k-secret" not in str(child.environ())
    assert os.getsid(child.pid) == child.pid
    await server.aclose()


async def test_callers_at_the_same_time_share_one_start(tmp_path):
    server = LocalServer("own-model", host(tmp_path))
    first, second = await asyncio.gather(prepare(server), prepare(server))
    assert first == ["starting own-model …"]
    assert second == ["waiting for own-model, which is assembling"]
    assert server.state is ServerState.READY
    await server.aclose()


async def test_pieces_are_put_together_before_the_start(tmp_path):
    weights = WeightsStore(tmp_path / "cache", models=[MODEL], search=[install(tmp_path / "site")])
    server = LocalServer(MODEL.name, host(tmp_path, weights=weights), start_limit_s=20)
    assert (await prepare(server))[-1] == "starting small-model …"
    assert (tmp_path / "cache" / "small-model.gguf").exists()
    await server.aclose()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("dies", "could not be started: it ended with exit code 3"),
        ("taken", "could not be started: OSError: .*Address already in use"),
    ],
)
async def test_a_server_that_cannot_start_says_why(tmp_path, words, complaint):
    server = LocalServer("own-model", host(tmp_path, words))
    with pytest.raises(ProviderError, match=complaint) as caught:
        await prepare(server)
    assert str(tmp_path / "state" / "log" / "local-model.log") in caught.value.hint
    assert server.state is ServerState.FAILED
    assert not is_left(tmp_path)


async def test_what_a_server_said_that_cannot_start_outlives_its_log(tmp_path, caplog):
    server = LocalServer("own-model", host(tmp_path, "taken"))
    with pytest.raises(ProviderError):
        await prepare(server)
    (kept,) = [record.getMessage() for record in caplog.records if "It said" in record.getMessage()]
    assert "own-model: OSError: [Errno 98] Address already in use" in kept
    assert kept.endswith("It said: cannot bind")


@pytest.mark.parametrize("words", ["hangs", "unwell", "unwell and stubborn"])
async def test_a_server_that_does_not_get_ready_is_given_up_and_ended(tmp_path, words):
    server = LocalServer("own-model", host(tmp_path, words), start_limit_s=2)
    with pytest.raises(ProviderError, match="was not ready after 2 s") as caught:
        await prepare(server)
    assert caught.value.kind is ProviderErrorKind.TIMEOUT
    assert not is_left(tmp_path)


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("print('hello \\x1b[2J world')", "it did not say where it listens"),
        ('print(\'{"port": "x"}\')', "it did not say where it listens"),
        ("print('x' * 100_000)", "it did not say where it listens"),
        ('print(\'{"error": "bad \\\\u001b[2J file"}\')', r"bad .*file"),
        ("raise SystemExit(7)", "exit code 7|it ended"),
    ],
)
async def test_an_answer_that_is_none_is_an_error_in_clean_words(tmp_path, program, complaint):
    server = LocalServer("own-model", host(tmp_path, launch=instead(program)))
    with pytest.raises(ProviderError, match=complaint) as caught:
        await prepare(server)
    assert "\x1b" not in caught.value.message


async def test_a_program_that_cannot_be_run_is_an_error_for_people(tmp_path):
    def launch(argv, *, line, log):
        return start_helper(["/no/such/program"], line=line, log=log)

    server = LocalServer("own-model", host(tmp_path, launch=launch))
    with pytest.raises(ProviderError, match="could not be started: No such file"):
        await prepare(server)


async def test_a_server_that_ignores_the_request_to_end_is_ended_by_force(tmp_path):
    server = LocalServer("own-model", host(tmp_path, "stubborn", launch=deaf))
    await prepare(server)
    child = child_of(tmp_path)
    async with asyncio.timeout(10):
        await server.aclose()
    assert not lives(child)


def deaf(argv, *, line, log):
    """Start the child so that the end of its input does not end it either."""
    program = (
        "import os, runpy, sys; r, w = os.pipe(); line = sys.stdin.buffer.readline();"
        "os.write(w, line); os.dup2(r, 0); sys.stdin = open(0); os.set_inheritable(w, True);"
        f"runpy.run_path({argv[-1]!r}, run_name='__main__')"
    )
    return start_helper([*argv[:-1], "-c", program], line=line, log=log)


async def test_a_server_that_died_is_started_again_at_the_next_use(tmp_path):
    server = LocalServer("own-model", host(tmp_path))
    await prepare(server)
    first, place = child_of(tmp_path), server.place
    first.kill()
    assert await server.death() == -signal.SIGKILL
    assert server.state is ServerState.STOPPED
    assert await prepare(server) == ["starting own-model …"]
    assert server.place.key != place.key
    assert lives(child_of(tmp_path))
    await server.aclose()


async def test_who_waits_may_give_up_and_the_server_goes(tmp_path):
    server = LocalServer("own-model", host(tmp_path, "hangs"))
    async with aclosing(server.prepare()) as words:
        assert await anext(words) == "starting own-model …"
        waiting = asyncio.ensure_future(anext(words))
        while not (tmp_path / "own-model.gguf.pid").exists():  # noqa: ASYNC110
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert server.state is ServerState.STOPPED
    assert not is_left(tmp_path)


async def test_closing_ends_a_start_that_is_under_way(tmp_path):
    server = LocalServer("own-model", host(tmp_path, "hangs"))
    waiting = asyncio.ensure_future(prepare(server))
    while not (tmp_path / "own-model.gguf.pid").exists():  # noqa: ASYNC110
        await asyncio.sleep(0)
    await server.aclose()
    with pytest.raises(ProviderError, match="could not be started"):
        await waiting
    assert not is_left(tmp_path)


async def test_too_little_memory_is_said_with_figures(tmp_path):
    server = LocalServer("own-model", host(tmp_path, memory=lambda: 100_000_000))
    with pytest.raises(ProviderError, match="about 300 MB of memory; 100 MB are free") as caught:
        await prepare(server)
    assert "smaller model" in caught.value.hint


async def test_without_the_runtime_the_command_that_installs_it_is_told(tmp_path):
    bare = host(tmp_path, runtime=lambda: None)
    with pytest.raises(ProviderError, match="is not installed") as caught:
        await prepare(LocalServer("own-model", bare))
    assert f"{sys.executable} -m pip install -e '" in caught.value.hint
    assert "[local]'" in caught.value.hint
    assert "512 MB" in caught.value.hint


async def test_a_model_that_is_not_here_names_those_that_are(tmp_path):
    with pytest.raises(ProviderError, match="weights of other are not installed") as caught:
        await prepare(LocalServer("other", host(tmp_path)))
    assert caught.value.hint == "There are: own-model."


async def test_nothing_missing_is_said_only_when_all_is_there(tmp_path):
    whole = host(tmp_path)
    assert whole.missing() == ""
    empty = WeightsStore(tmp_path / "cache", search=())
    assert "[local-large]" in replace(whole, weights=empty).missing()


async def test_native_words_go_to_a_log_of_bounded_size(tmp_path):
    server = LocalServer("own-model", host(tmp_path, "noisy"))
    await prepare(server)
    log = tmp_path / "state" / "log" / "local-model.log"
    assert log.read_bytes().startswith(b"noise\n")
    assert log.stat().st_size <= MAX_LOG_BYTES
    assert log.stat().st_mode & 0o077 == 0
    await server.aclose()
