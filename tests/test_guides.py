"""What users read is true: every example in the README and the guides is run or checked."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tomllib
from contextlib import ExitStack
from subprocess import run
from typing import TYPE_CHECKING

import pytest

from codex_tui.agent.recovery import retry
from codex_tui.agent.recovery.fail_over import LASTING, PASSING
from codex_tui.cli import main
from codex_tui.commands.arguments.parsers import PARSERS
from codex_tui.commands.arguments.reader import read
from codex_tui.composition.assembly import Assembly
from codex_tui.config.settings import load
from codex_tui.config.vendors import VENDORS
from codex_tui.guides import GUIDES, guide
from codex_tui.protocol.errors import ConfigError, ProviderErrorKind
from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import PROFILE_FIELDS
from codex_tui.ui.commands import COMMANDS
from tests import guide_tables
from tests.architecture import ROWS
from tests.providers.contract.cohere_row import Cohere, CohereServer
from tests.providers.contract.wire import Say
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.loopback import in_thread
from tests.support.examples import (
    CHECKOUT,
    Example,
    documents,
    examples,
    said_inline,
    shell_lines,
    words_of,
)
from tests.test_guide_adapter import example as adapter_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "test-key-0123456789"
SHELL = {"console", "indented"}
OF_THE_COPY = {"patch", "toml with-the-patch"}
"""These are run together, in a copy of the program."""
LANGUAGES = {*SHELL, *OF_THE_COPY, "toml", "python", ""}
HOUSE = """\
default_provider = "anthropic"

[providers.work]
api = "openai-chat"
base_url = "{chat}"
api_key_env = "WORK_LLM_KEY"
models = ["large", "small"]

[providers.lab]
api = "openai-chat"
base_url = "{chat}"
api_key_env = "WORK_LLM_KEY"

[providers.openrouter]
base_url = "{chat}"
"""
PATCH = "*** Begin Patch\n*** Add File: new.txt\n+new\n*** End Patch\n"
SHOWN_AND_LEFT = {"login": 0, "logout": 0, "exec": 0, "models": 0, "config": 0, "usage": 0,
                  "sessions": 0, "apply-patch": 0, "help": 0, "exec resume": 0}  # fmt: skip
"""The commands that need no terminal, and how they end."""


def of_language(*languages: str) -> list[object]:
    chosen = [each for each in examples() if each.language in languages]
    return [pytest.param(each, id=each.place) for each in chosen]


def lines_in_shells() -> list[object]:
    return [
        pytest.param(line, id=f"{each.place}: {line[:60]}")
        for each in examples()
        if each.language in SHELL
        for line in shell_lines(each)
    ]


@pytest.mark.parametrize("example", [pytest.param(each, id=each.place) for each in examples()])
def test_every_example_has_somebody_who_runs_it(example: Example) -> None:
    assert example.language in LANGUAGES
    assert example.text.strip()
    if example.language == "python":
        assert example.text == adapter_source()  # `test_guide_adapter` runs it


# ---- configuration ------------------------------------------------------------------------------


@pytest.mark.parametrize("example", of_language("toml"))
async def test_configuration_is_taken_as_it_stands(
    example: Example, isolated_environment: Path, tmp_path: Path
) -> None:
    (isolated_environment / "config").mkdir()
    (isolated_environment / "config" / "config.toml").write_text(example.text, "utf-8")
    loaded = load(project=tmp_path, flags={})
    assembly = Assembly(loaded, tmp_path, interactive=False)
    try:
        told = tomllib.loads(example.text)
        assert {*told.get("providers", {})} <= {*assembly.providers.names()}
        for name in told:
            assert getattr(loaded.settings, name) is not None
    finally:
        await assembly.aclose()


# ---- shell lines --------------------------------------------------------------------------------


@pytest.fixture
def house(
    isolated_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder of work, and servers of all three wires that answer once."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    script = [openai_wire.answer(openai_wire.text("Done."))]
    with ExitStack() as stack:
        openai = stack.enter_context(openai_wire.serve_in_thread(script * 2, key=KEY))
        claude = stack.enter_context(
            anthropic_wire.serve_in_thread([anthropic_wire.Reply("Done.")] * 2, key=KEY)
        )
        answers = [chat_wire.answer(chat_wire.text("Done."))] * 2
        chat = stack.enter_context(chat_wire.serve_in_thread(answers, key=KEY))
        (isolated_environment / "config").mkdir()
        config = isolated_environment / "config" / "config.toml"
        config.write_text(HOUSE.format(chat=chat.base_url), "utf-8")
        for vendor, address in (("OPENAI", openai.base_url), ("ANTHROPIC", claude.base_url)):
            monkeypatch.setenv(f"{vendor}_API_KEY", KEY)
            monkeypatch.setenv(f"{vendor}_BASE_URL", address)
        monkeypatch.setenv("WORK_LLM_KEY", KEY)
        yield folder


@pytest.mark.parametrize("line", lines_in_shells())
def test_shell_line_does_what_it_says(
    line: str,
    house: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    match words_of(line):
        case ["codex-tui", *words]:
            command, _ = read(words)
            if command in SHOWN_AND_LEFT:
                given = {"login": KEY, "apply-patch": PATCH}.get(command, "what is piped in")
                monkeypatch.setattr("sys.stdin", piped(given))
                if command == "exec resume":
                    assert main(["exec", "-m", "work/large", "before"]) == 0
                capsys.readouterr()
                assert main(words) == SHOWN_AND_LEFT[command], capsys.readouterr().err
                assert "Done." in capsys.readouterr().out or not command.startswith("exec")
        case ["export", assignment]:
            variables = {name for vendor in VENDORS.values() for name in vendor.key_variables}
            assert assignment.partition("=")[0] in variables
        case ["pip" | ".venv/bin/pip", "install", *what]:
            wanted = re.search(r"\[(.+)\]", what[-1])
            assert wanted is None or wanted[1] in extras()
        case ["make", *rest]:
            makefile = (CHECKOUT / "Makefile").read_text("utf-8")
            targets = [each for each in rest if "=" not in each and not each.startswith("-")]
            assert all(re.search(rf"^{each}:", makefile, re.MULTILINE) for each in targets[:1])
        case [".venv/bin/python", "-m", "pytest", path]:
            assert (CHECKOUT / path).exists()
        case ["git", "clone", *_] | ["cd", _]:
            pass  # the user's own
        case other:
            raise AssertionError(f"nobody runs {other}")


def piped(text: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")


def extras() -> set[str]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    return {*project["optional-dependencies"]}


@pytest.mark.parametrize("name", documents())
def test_commands_and_variables_in_the_prose_exist(name: str) -> None:
    known = {each.name for each in COMMANDS}
    variables = {
        each
        for vendor in VENDORS.values()
        for each in (*vendor.key_variables, *vendor.base_url_variables)
    }
    for said in said_inline(documents()[name]):
        words = said.split()
        if words[:1] == ["codex-tui"] and words[1:] and not words[1].startswith("-"):
            assert words[1] in {"login", "logout"} | {*SHOWN_AND_LEFT, "resume"}
        elif said.startswith("/") and len(said) > 1:
            assert words[0][1:] in known, said
        elif re.fullmatch(r"[A-Z]+_(API_KEY|BASE_URL)", said):
            assert said in variables


# ---- what is made of the code -------------------------------------------------------------------


@pytest.mark.parametrize("heading", guide_tables.tables())
def test_tables_say_what_the_code_says(heading: str) -> None:
    assert guide_tables.rows_of(guide("providers"), heading) == guide_tables.tables()[heading]


def test_profile_fields_and_efforts_are_all_there() -> None:
    rows = guide_tables.rows_of(guide("providers"), "| field | meaning |")
    assert [row.split("`")[1] for row in rows] == [*PROFILE_FIELDS]
    assert " · ".join(each.value for each in Effort) in guide("providers")


def test_errors_at_which_another_model_takes_over_are_named() -> None:
    section = guide("providers").partition("## Failing over")[2].partition("\n## ")[0]
    by_itself, _, offered = section.partition("only ever offered")[0].partition("`unavailable`. At")
    kinds = {kind.value for kind in ProviderErrorKind}
    assert {*said_inline(f"{by_itself}`unavailable`")} & kinds == {each.value for each in PASSING}
    assert {*said_inline(offered)} & kinds == {each.value for each in LASTING}


def test_settings_of_the_guide_are_the_defaults_where_it_says_so() -> None:
    assert f"max_retries = {retry.RetryPolicy().max_retries}" in guide("providers")


def test_readme_names_every_command() -> None:
    said = " ".join(said_inline(documents()["README"])) + " ".join(
        line for each in examples() if each.place.startswith("README") for line in shell_lines(each)
    )
    assert [each.name for each in COMMANDS if f"/{each.name}" not in said] == []
    unsaid = [name for name in PARSERS if not re.search(rf"codex-tui {name}\b|\b{name}\b", said)]
    assert unsaid == []


def test_readme_draws_every_part_of_the_program() -> None:
    drawing = next(each.text for each in examples() if each.language == "")
    parts = {path.name for path in (CHECKOUT / "codex_tui").iterdir() if path.is_dir()}
    drawn = {*re.findall(r"[a-z]+", drawing)}
    assert parts - {"__pycache__"} <= drawn
    assert parts - {"__pycache__"} <= {*ROWS}


# ---- reading ------------------------------------------------------------------------------------


def test_help_lists_the_guides_and_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    listed = capsys.readouterr().out
    assert all(f"codex-tui help {name}" in listed for name in GUIDES)
    assert main(["help", "providers"]) == 0
    assert capsys.readouterr().out == guide("providers")
    assert main(["help", "exec"]) == 0
    assert "usage: codex-tui exec [-h]" in capsys.readouterr().out
    assert main(["help", "exec", "resume"]) == 0
    assert "usage: codex-tui exec resume" in capsys.readouterr().out


def test_unknown_guide_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "provider"]) == 2
    assert "Did you mean 'providers'?" in capsys.readouterr().err
    assert main(["help", "modles"]) == 2
    assert "Did you mean 'models'?" in capsys.readouterr().err
    assert main(["help", "../README"]) == 2
    assert "codex-tui help lists the guides" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="no guide"):
        guide("../README")


def test_every_guide_is_in_the_package_and_listed() -> None:
    files = {path.stem for path in guide_tables.guide_file().parent.glob("*.md")}
    assert files == {*GUIDES}
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["codex_tui"]}


# ---- the adapter --------------------------------------------------------------------------------


def test_a_program_with_the_guides_adapter_runs_a_turn_on_it(
    isolated_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "codex_tui", copy / "codex_tui", ignore=unwanted)
    (copy / "codex_tui" / "providers" / "cohere.py").write_text(adapter_source(), "utf-8")
    (patch,) = (each.text for each in examples() if each.language == "patch")
    monkeypatch.chdir(copy)
    monkeypatch.setattr("sys.stdin", piped(patch))
    assert main(["apply-patch"]) == 0

    row = Cohere(name="cohere", adapter=lambda _: None, model="command-a-03-2025")
    with in_thread(CohereServer([row.reply(Say("Fog clears at dawn."))], KEY)) as server:
        (config,) = (each.text for each in examples() if each.language == "toml with-the-patch")
        (isolated_environment / "config").mkdir()
        file = isolated_environment / "config" / "config.toml"
        file.write_text(config.replace("https://api.cohere.com/v2", server.base_url), "utf-8")
        monkeypatch.setenv("CO_API_KEY", KEY)
        words = ["exec", "--json", "-m", "cohere/command-a-03-2025", "hi"]
        done = run(
            [sys.executable, "-m", "codex_tui", *words],
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert (done.returncode, server.refused) == (0, []), done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert "Fog clears at dawn." in "".join(event.get("text", "") for event in events)
