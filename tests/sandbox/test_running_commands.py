"""Real commands: what they say, how they end, and that nothing of them is left."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from codex_tui.protocol.tools import CommandSpec
from codex_tui.sandbox import supervisor
from codex_tui.sandbox.commands import MAX_FILES, QUIET_TOOLS, CommandRunner
from codex_tui.sandbox.execution import CommandLimits, CommandResult, shell
from codex_tui.sandbox.output import OutputLimits
from codex_tui.sandbox.unconfined import PLAIN_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")

QUICK = CommandLimits(linger_s=0.2, grace_s=0.3)
_numbers = itertools.count(1)


@pytest.fixture
def runner() -> Iterator[CommandRunner]:
    made = CommandRunner(PLAIN_ENVIRONMENT, QUICK)
    yield made
    made.close()


@pytest.fixture
def patient() -> Iterator[CommandRunner]:
    """For commands that end by themselves when they are given time, however busy the machine."""
    made = CommandRunner(PLAIN_ENVIRONMENT, CommandLimits(linger_s=10, grace_s=10))
    yield made
    made.close()


@pytest.fixture
def nap() -> str:
    """A command that would last for hours, and that no other test or process uses."""
    return f"sleep 9{os.getpid()}.{next(_numbers)}"


def spec(script: str, directory: Path, timeout_s: int = 20) -> CommandSpec:
    return CommandSpec(
        script=script, directory=str(directory), workdir=".", timeout_s=timeout_s, description=""
    )


async def run(
    runner: CommandRunner, script: str, directory: Path, timeout_s: int = 20
) -> CommandResult:
    return await runner.run(spec(script, directory, timeout_s), lambda _: None)


def processes(nap: str) -> list[psutil.Process]:
    """What still runs of `nap`, whoever its parent is by now."""
    found = []
    for process in psutil.process_iter():
        try:
            if nap in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def others_may_do(path: Path) -> int:
    return path.stat().st_mode & 0o077


def exists(path: str) -> bool:
    return Path(path).exists()


async def until(condition) -> None:
    """Wait for what another process does; nothing tells us, so it is looked at again and again."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


# -- what it says ----------------------------------------------------------------------------------


async def test_both_streams_come_in_their_order_with_the_exit_code(runner, tmp_path):
    result = await run(runner, "echo one; echo two >&2; echo three; exit 3", tmp_path)
    assert (result.ending, result.exit_code) == ("exited", 3)
    assert result.output.head == "one\ntwo\nthree\n"
    assert (result.output.tail, result.output.left_out_bytes, result.output.file) == ("", 0, None)
    assert (result.left_running, result.survivors) == (0, 0)


async def test_it_starts_in_its_directory_without_input_and_without_a_terminal(runner, tmp_path):
    result = await run(runner, "pwd; cat; tty; (: </dev/tty) 2>/dev/null || echo none", tmp_path)
    assert result.output.head == f"{tmp_path.resolve()}\nnot a tty\nnone\n"


async def test_the_shell_is_bash_and_a_script_may_have_several_lines(runner, tmp_path):
    assert shell().name == "bash"
    result = await run(runner, 'x=(a b)\nfor each in ${x[@]}\ndo echo "<$each>"\ndone', tmp_path)
    assert result.output.head == "<a>\n<b>\n"


async def test_characters_of_the_command_arrive_as_they_are(runner, tmp_path):
    result = await run(runner, "printf '%s' 'grüß 日本 \u202e 👩\u200d💻' | od -An -tx1", tmp_path)
    told = bytes.fromhex("".join(result.output.head.split()))
    assert told.decode() == "grüß 日本 \u202e 👩\u200d💻"


async def test_invalid_utf_8_and_nul_are_made_readable(runner, tmp_path):
    result = await run(runner, r"printf 'a\xff\xfeb\0c\xe2\x82'", tmp_path)
    assert result.output.head == "a��b␀c�"


async def test_colours_and_overwritten_lines_are_taken_out(runner, tmp_path):
    result = await run(runner, r"printf '\033[31mred\033[0m\n10%%\r50%%\r100%%\r\nend'", tmp_path)
    assert result.output.head == "red\n100%\nend"


async def test_a_signal_is_told_as_such(runner, tmp_path):
    result = await run(runner, "kill -SEGV $$", tmp_path)
    assert (result.ending, result.exit_code) == ("exited", -11)


async def test_output_is_seen_while_the_command_runs(runner, tmp_path):
    seen: list[str] = []
    here = asyncio.current_task()
    script = "echo first; while [ ! -e go ]; do sleep 0.01; done; echo last"

    def show(text: str) -> None:
        assert asyncio.current_task() is not here
        assert threading.current_thread() is threading.main_thread()
        seen.append(text)
        (tmp_path / "go").touch()

    result = await runner.run(spec(script, tmp_path), show)
    assert "".join(seen) == "first\nlast\n" == result.output.head
    assert len(seen) == 2


async def test_a_command_that_cannot_start_says_why(runner, tmp_path):
    with pytest.raises(FileNotFoundError):
        await run(runner, "echo", tmp_path / "missing")
    assert (await run(runner, "echo still", tmp_path)).output.head == "still\n"


# -- what it gets to know --------------------------------------------------------------------------


async def test_the_environment_is_what_was_handed_in(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    runner = CommandRunner({"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "A": "b"}, QUICK)
    result = await run(runner, "env", tmp_path)
    told = dict(line.split("=", 1) for line in result.output.head.splitlines())
    temporary = told.pop("TMPDIR")
    assert {name: told[name] for name in ("PATH", "LANG", "A")} == {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "A": "b",
    }
    assert {name: told[name] for name in QUIET_TOOLS} == QUIET_TOOLS
    assert set(told) <= {"PATH", "LANG", "A", "PWD", "SHLVL", "_", "LC_CTYPE", *QUIET_TOOLS}
    assert others_may_do(Path(temporary).parent) == 0
    runner.close()
    assert not exists(temporary)


# -- how it ends -----------------------------------------------------------------------------------


async def test_a_timeout_ends_it_and_keeps_what_it_said(patient, tmp_path, nap):
    result = await run(
        patient, f"echo before; trap 'echo bye; exit 7' TERM; {nap} & wait", tmp_path, 1
    )
    assert result.ending == "timed_out"
    assert result.exit_code == 7
    assert result.output.head == "before\nbye\n"
    assert processes(nap) == []


async def test_a_child_that_ignores_sigterm_is_killed_after_the_grace(runner, tmp_path, nap):
    result = await run(runner, f"trap '' TERM; echo on; while :; do {nap}; done", tmp_path, 1)
    assert (result.ending, result.exit_code) == ("timed_out", -9)
    assert result.duration_s >= 1 + QUICK.grace_s
    assert processes(nap) == []


async def test_a_stopped_child_is_ended_too(runner, tmp_path, nap):
    result = await run(runner, f"{nap} & kill -STOP $!; wait", tmp_path, 1)
    assert result.ending == "timed_out"
    assert processes(nap) == []


async def test_a_tree_of_grandchildren_ends_with_the_command(runner, tmp_path, nap):
    script = f"for a in 1 2 3; do (for b in 1 2 3; do ({nap} & {nap}) & done; wait) & done; wait"
    result = await run(runner, script, tmp_path, 1)
    assert result.ending == "timed_out"
    assert processes(nap) == []


@linux
async def test_a_child_that_left_the_group_is_found(runner, tmp_path, nap):
    result = await run(
        runner, f"setsid sh -c 'trap \"\" TERM; {nap}; {nap}' & echo $!; {nap}", tmp_path, 1
    )
    assert result.ending == "timed_out"
    assert processes(nap) == []


@linux
async def test_a_daemon_that_forked_twice_ends_with_a_finished_command(runner, tmp_path, nap):
    script = f"(setsid sh -c '({nap} >/dev/null 2>&1 </dev/null &)' &) ; sleep 0.1; echo done"
    result = await run(runner, script, tmp_path)
    assert (result.ending, result.exit_code) == ("exited", 0)
    assert result.left_running >= 1
    assert result.output.head == "done\n"
    assert processes(nap) == []


async def test_a_grandchild_that_holds_the_pipe_does_not_hold_up_the_call(runner, tmp_path, nap):
    result = await run(runner, f"{nap} & echo done", tmp_path)
    assert (result.ending, result.exit_code, result.left_running) == ("exited", 0, 1)
    assert result.output.head == "done\n"
    assert result.duration_s < 10
    assert processes(nap) == []


async def test_what_finishes_by_itself_soon_after_is_left_to_finish(patient, tmp_path):
    result = await run(patient, "echo words > >(sleep 0.02; cat > kept)", tmp_path)
    assert (result.exit_code, result.left_running) == (0, 0)
    assert (tmp_path / "kept").read_text() == "words\n"


async def test_a_command_that_closes_its_output_is_waited_for(runner, tmp_path):
    result = await run(runner, "echo a; exec >&- 2>&-; sleep 0.1; exit 5", tmp_path)
    assert (result.exit_code, result.output.head) == (5, "a\n")


async def test_killing_the_supervisor_does_not_free_the_group(runner, tmp_path, nap):
    result = await run(runner, f"{nap} & kill -9 $PPID; {nap}", tmp_path)
    assert result.exit_code is None
    await until(lambda: not processes(nap))


async def test_stopping_the_supervisor_does_not_hold_up_the_end(runner, tmp_path, nap, monkeypatch):
    monkeypatch.setattr("codex_tui.sandbox.execution.REPORT_S", 0.2)
    result = await run(runner, f"kill -STOP $PPID; {nap} & {nap}", tmp_path, 1)
    assert (result.ending, result.exit_code) == ("timed_out", None)
    await until(lambda: not processes(nap))


async def test_a_process_left_behind_cannot_hold_up_the_end(runner, tmp_path, nap, monkeypatch):
    monkeypatch.setattr("codex_tui.sandbox.execution.REPORT_S", 0.5)
    script = f"(sleep 0.05; kill -STOP $PPID; exec {nap}) & exit 4"
    result = await run(runner, script, tmp_path)
    assert result.ending == "exited"
    await until(lambda: not processes(nap))


GROUP_ALONE = """
import sys
sys.path.insert(0, {root!r})
from codex_tui.sandbox import supervisor
supervisor._sees_processes = lambda: False
supervisor._prctl = lambda operation, value: None
supervisor.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("script", "ending", "timeout_s"),
    [
        ("{nap} & echo said", "exited", 20),
        ("echo said; trap '' TERM; ({nap} & {nap}) & while :; do {nap}; done", "timed_out", 1),
    ],
)
async def test_where_processes_cannot_be_seen_the_group_is_ended(
    runner, tmp_path, nap, monkeypatch, script, ending, timeout_s
):
    other = tmp_path / "supervisor.py"
    other.write_text(GROUP_ALONE.format(root=str(Path(supervisor.__file__).parents[2])))
    monkeypatch.setattr(supervisor, "__file__", str(other))
    result = await run(runner, script.format(nap=nap), tmp_path, timeout_s)
    assert (result.ending, result.output.head) == (ending, "said\n")
    await until(lambda: not processes(nap))


# -- floods ----------------------------------------------------------------------------------------

SMALL = OutputLimits(head_bytes=1_000, tail_bytes=2_000, file_bytes=50_000, live_bytes=500)


async def test_a_flood_is_ended_at_the_cap_in_bounded_memory(tmp_path):
    seen: list[str] = []
    runner = CommandRunner(
        PLAIN_ENVIRONMENT, CommandLimits(output=SMALL, max_output_bytes=5_000_000, grace_s=0.3)
    )
    result = await runner.run(spec("yes", tmp_path), seen.append)
    output = result.output
    assert result.ending == "flooded"
    assert 5_000_000 < output.total_bytes < 5_200_000
    assert (len(output.head), len(output.tail)) <= (1_000, 2_000)
    assert output.left_out_bytes == output.total_bytes - len(output.head) - len(output.tail)
    assert output.file is not None
    assert output.file.stat().st_size == output.file_bytes == 50_000
    assert output.file.stat().st_mode & 0o777 == 0o600
    assert all(len(text) <= 502 for text in seen)
    assert sum(map(len, seen)) < 100_000
    runner.close()
    assert not output.file.exists()


async def test_the_full_output_of_a_long_one_is_in_the_file(tmp_path):
    runner = CommandRunner(PLAIN_ENVIRONMENT, CommandLimits(output=SMALL))
    result = await run(runner, "seq 2000", tmp_path)
    assert result.output.file is not None
    assert result.output.file.read_text() == "".join(f"{n}\n" for n in range(1, 2_001))
    assert result.output.head.startswith("1\n2\n")
    assert result.output.tail.endswith("1999\n2000\n")
    runner.close()


async def test_old_full_outputs_give_way_to_new_ones(tmp_path):
    runner = CommandRunner(PLAIN_ENVIRONMENT, CommandLimits(output=SMALL))
    files = [(await run(runner, "seq 999", tmp_path)).output.file for _ in range(MAX_FILES + 2)]
    assert [file.exists() for file in files] == [False, False] + [True] * MAX_FILES
    runner.close()


# -- interrupts ------------------------------------------------------------------------------------


async def interrupted(runner: CommandRunner, script: str, directory: Path, ready) -> CommandResult:
    """Run `script`, cancel it as soon as `ready()` holds, and return what it came to."""
    running = asyncio.get_running_loop().create_task(run(runner, script, directory, 60))
    await until(ready)
    running.cancel()
    return await running


async def test_an_interrupt_returns_when_all_of_it_is_gone(runner, tmp_path, nap):
    script = f"echo said; trap '' TERM; setsid {nap} & touch go; while :; do {nap}; done"
    result = await interrupted(
        runner, script, tmp_path, lambda: (tmp_path / "go").exists() and processes(nap)
    )
    assert result.ending == "interrupted"
    assert result.output.head == "said\n"
    assert processes(nap) == []


async def test_an_interrupt_before_the_start_starts_nothing(runner, tmp_path):
    running = asyncio.get_running_loop().create_task(run(runner, "touch ran", tmp_path))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not (tmp_path / "ran").exists()


async def test_a_second_interrupt_does_not_hurry_the_end(runner, tmp_path, nap):
    running = asyncio.get_running_loop().create_task(
        run(runner, f"trap '' TERM; touch go; while :; do {nap}; done", tmp_path)
    )
    await until(lambda: (tmp_path / "go").exists() and processes(nap))
    running.cancel()
    await asyncio.wait({running}, timeout=0.01)
    running.cancel()
    result = await running
    assert (result.ending, running.cancelling()) == ("interrupted", 2)
    assert processes(nap) == []


async def test_an_interrupt_at_any_moment_leaves_nothing(runner, tmp_path, nap):
    for turns in range(12):
        task = asyncio.get_running_loop().create_task(run(runner, f"{nap} & {nap}", tmp_path, 60))
        await asyncio.wait({task}, timeout=turns * 0.004)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled() or task.result().ending == "interrupted"
        assert processes(nap) == []


@linux
async def test_nothing_is_left_when_the_program_itself_is_killed(tmp_path, nap):
    code = (
        "import asyncio, sys\n"
        "from codex_tui.protocol.tools import CommandSpec\n"
        "from codex_tui.sandbox.commands import CommandRunner\n"
        "spec = CommandSpec(script=sys.argv[1], directory=sys.argv[2], workdir='.', timeout_s=60)\n"
        "runner = CommandRunner({'PATH': '/usr/bin:/bin'})\n"
        "asyncio.run(runner.run(spec, lambda text: None))\n"
    )
    script = f"setsid {nap} & touch go; {nap}"
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, script, str(tmp_path)), env={"TMPDIR": str(tmp_path)}
    )
    await until(lambda: (tmp_path / "go").exists() and processes(f"sleep {nap.split()[1]}"))
    program.kill()
    await program.wait()
    await until(lambda: not processes(nap))
