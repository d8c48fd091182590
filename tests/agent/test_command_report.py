from __future__ import annotations

from pathlib import Path

import pytest

from codex_tui.agent.tool_calls.command_report import report, status, summary
from codex_tui.protocol.messages import ToolStatus
from codex_tui.protocol.tools import CommandSpec
from codex_tui.sandbox.execution import CommandResult
from codex_tui.sandbox.output import KeptOutput

SPEC = CommandSpec(script="x", directory="/w", workdir=".", timeout_s=120)
WORDS = KeptOutput(head="words\n", total_bytes=6)
NOTHING = KeptOutput(head="")


def result(**fields) -> CommandResult:
    given = {"ending": "exited", "exit_code": 0, "output": WORDS, "duration_s": 0.2, **fields}
    return CommandResult(**given)


@pytest.mark.parametrize(
    ("fields", "line", "how"),
    [
        ({}, "exit 0", ToolStatus.OK),
        ({"exit_code": 1}, "exit 1", ToolStatus.ERROR),
        ({"exit_code": -11}, "killed by SIGSEGV", ToolStatus.ERROR),
        ({"exit_code": -40}, "killed by signal 40", ToolStatus.ERROR),
        ({"exit_code": None}, "ended, exit code unknown", ToolStatus.ERROR),
        ({"ending": "timed_out"}, "timed out after 120 s, killed", ToolStatus.ERROR),
        ({"ending": "interrupted"}, "interrupted, killed", ToolStatus.INTERRUPTED),
        (
            {"ending": "flooded", "output": KeptOutput(head="", total_bytes=1_000_000_000)},
            "stopped after 1,000 MB of output, killed",
            ToolStatus.ERROR,
        ),
    ],
)
def test_each_ending_has_its_line_and_its_status(fields, line, how):
    ended = result(**fields)
    assert summary(ended, SPEC) == line
    assert status(ended) is how
    assert report(ended, SPEC).startswith(line)


def test_the_model_reads_the_exit_code_first_then_the_output():
    assert report(result(exit_code=2), SPEC) == "exit 2\nwords"
    assert report(result(output=NOTHING, duration_s=3.4), SPEC) == "exit 0 (3 s)\n[no output]"


def test_what_was_left_running_and_what_could_not_be_ended_is_told():
    assert report(result(left_running=1, survivors=2), SPEC) == (
        "exit 0\n[1 process left in the background, ended with the command]\n"
        "[2 processes could not be ended]\nwords"
    )


def test_an_interrupt_says_that_effects_remain():
    assert report(result(ending="interrupted"), SPEC) == (
        "interrupted, killed\n[The user interrupted it. Its effects until then remain.]\nwords"
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"file": Path("/t/out"), "file_bytes": 9_000},
            "the full output is in /t/out until codex-tui ends",
        ),
        (
            {"file": Path("/t/out"), "file_bytes": 500},
            "its first 500 bytes are in /t/out until codex-tui ends",
        ),
        (
            {"file_fault": "No space left on device"},
            "they could not be kept: No space left on device",
        ),
    ],
)
def test_a_cut_says_how_much_and_where_the_rest_is(fields, said):
    output = KeptOutput(head="a\n", tail="z\n", total_bytes=9_000, left_out_bytes=8_996, **fields)
    separator = "; "
    expected = f"exit 0\na\n[… 8,996 bytes are left out here{separator}{said}]\nz"
    assert report(result(output=output), SPEC) == expected
