from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from codex_tui.protocol.programs import Completed
from codex_tui.sandbox.unconfined import PLAIN_ENVIRONMENT, Unconfined, find_program

if TYPE_CHECKING:
    from pathlib import Path


def run_python(
    code: str, tmp_path: Path, *, timeout_s: float = 20, max_output_bytes: int = 100_000
) -> Completed:
    return Unconfined().run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        timeout_s=timeout_s,
        max_output_bytes=max_output_bytes,
    )


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still there"


def test_output_error_and_exit_code_come_back(tmp_path: Path) -> None:
    done = run_python(
        "import os,sys; print(os.getcwd()); print('bad', file=sys.stderr); sys.exit(3)", tmp_path
    )
    assert done == Completed(
        exit_code=3, stdout=f"{tmp_path.resolve()}\n".encode(), stderr=b"bad\n"
    )


def test_keys_in_our_environment_do_not_reach_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    done = run_python("import os; print(sorted(os.environ))", tmp_path)
    assert b"ANTHROPIC_API_KEY" not in done.stdout
    assert set(eval(done.stdout)) <= set(PLAIN_ENVIRONMENT) | {"LC_CTYPE"}


def test_given_variables_are_added(tmp_path: Path) -> None:
    done = Unconfined().run(
        [sys.executable, "-I", "-S", "-c", "import os; print(os.environ['EXTRA'])"],
        cwd=tmp_path,
        timeout_s=20,
        max_output_bytes=100,
        env={"EXTRA": "here"},
    )
    assert done.stdout == b"here\n"


def test_endless_output_is_cut_and_the_child_killed(tmp_path: Path) -> None:
    done = run_python("while True: print('x' * 1000)", tmp_path, max_output_bytes=5_000)
    assert len(done.stdout) == 5_000
    assert done.truncated
    assert not done.timed_out
    assert done.exit_code == -9


def test_output_of_exactly_the_cap_is_not_truncated(tmp_path: Path) -> None:
    done = run_python("print('x' * 99)", tmp_path, max_output_bytes=100)
    assert (len(done.stdout), done.truncated, done.exit_code) == (100, False, 0)


def test_endless_errors_are_capped_without_ending_the_child(tmp_path: Path) -> None:
    done = run_python("import sys; sys.stderr.write('e' * 500_000); print('end')", tmp_path)
    assert (done.stdout, len(done.stderr), done.exit_code) == (b"end\n", 64_000, 0)


def test_a_silent_child_is_killed_at_the_timeout(tmp_path: Path) -> None:
    done = run_python(
        "import signal; print('on', flush=True); signal.pause()", tmp_path, timeout_s=0.5
    )
    assert done.timed_out
    assert done.exit_code == -9


def test_a_child_that_closes_its_output_is_still_timed(tmp_path: Path) -> None:
    done = run_python(
        "import os,signal; os.close(1); os.close(2); signal.pause()", tmp_path, timeout_s=0.5
    )
    assert done.timed_out
    assert done.exit_code == -9


def test_grandchildren_die_with_the_group(tmp_path: Path) -> None:
    code = (
        "import subprocess,sys,signal\n"
        "p=subprocess.Popen([sys.executable,'-I','-S','-c','import signal; signal.pause()'])\n"
        "print(p.pid, flush=True)\n"
    )
    done = run_python(code, tmp_path)
    assert not done.timed_out, "a grandchild that holds the pipe open must not delay the answer"
    wait_until_gone(int(done.stdout))


def test_stop_ends_what_runs(tmp_path: Path) -> None:
    runner = Unconfined()
    marker = tmp_path / "running"
    outcomes: list[Completed] = []

    def call() -> None:
        code = f"import signal; open({str(marker)!r}, 'w').close(); signal.pause()"
        argv = [sys.executable, "-I", "-S", "-c", code]
        outcomes.append(runner.run(argv, cwd=tmp_path, timeout_s=50, max_output_bytes=10))

    thread = threading.Thread(target=call)
    thread.start()
    deadline = time.monotonic() + 20
    while not marker.exists():
        assert time.monotonic() < deadline
    runner.stop()
    thread.join(20)
    assert [each.exit_code for each in outcomes] == [-9]
    assert not outcomes[0].timed_out


def test_a_missing_program_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Unconfined().run(["/nowhere/tool"], cwd=tmp_path, timeout_s=1, max_output_bytes=1)


def test_programs_are_found_in_system_directories_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "planted-tool"
    planted.write_text("#!/bin/sh\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}.")
    monkeypatch.chdir(tmp_path)
    assert find_program("planted-tool") is None
    assert find_program("./planted-tool") is None
    assert find_program(str(planted)) is None
    assert find_program("") is None
    found = Unconfined().find("sh")
    assert found is not None
    assert found.is_absolute()
