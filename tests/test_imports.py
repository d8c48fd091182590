"""Start-up pays only for what it uses: what a real process has imported when it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from codex_tui import __version__
from codex_tui.composition.demo import FILES, PROMPT
from codex_tui.ui.screens.furnishing import LATER

if TYPE_CHECKING:
    from pathlib import Path

_PROBE = """
import json, pathlib, sys
report, sys.argv = pathlib.Path(sys.argv[1]), ["codex-tui", *sys.argv[2:]]
code = None
try:
    from codex_tui.cli import main
    code = main()
except SystemExit as end:
    code = end.code
finally:
    packages = sorted({name.partition(".")[0] for name in sys.modules})
    report.write_text(json.dumps({"code": code or 0, "packages": packages}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    packages: frozenset[str]
    out: str


def run(tmp_path: Path, *arguments: str) -> Ended:
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(report), *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(report.read_text())
    return Ended(code=told["code"], packages=frozenset(told["packages"]), out=done.stdout)


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["exec", "--help"], ["help", "providers"]]
)
def test_asking_for_words_imports_neither_the_screen_nor_a_vendor(
    tmp_path: Path, arguments: list[str]
) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.code == 0
    assert (__version__ if "--version" in arguments else "usage") in ended.out
    assert ended.packages & {"textual", "rich", "openai", "anthropic", "genai_prices"} == set()


def test_a_headless_turn_imports_no_screen(tmp_path: Path) -> None:
    workspace = tmp_path / "greeter"
    workspace.mkdir()
    for name, text in FILES.items():
        (workspace / name).write_text(text)
    ended = run(
        tmp_path,
        *("exec", "-m", "demo/walkthrough", "--mode", "auto-edit", "-C", str(workspace), PROMPT),
    )
    assert ended.code == 0
    assert ended.out.strip()
    assert (workspace / "greeter.py").read_text() != FILES["greeter.py"]
    assert ended.packages & {"textual", "openai", "anthropic", "genai_prices"} == set()


def test_listing_models_imports_no_screen_and_no_vendor(tmp_path: Path) -> None:
    ended = run(tmp_path, "models", "-C", str(tmp_path))
    assert "openai/gpt-6.1-sol" in ended.out
    assert ended.packages & {"textual", "openai", "anthropic", "keyring"} == set()


def test_the_first_paint_needs_no_pane_that_opens_later_and_no_http_client() -> None:
    later = {
        *LATER,
        "codex_tui.ui.widgets.diff_view",
        *("httpx2", "openai", "anthropic", "genai_prices", "keyring", "markdown_it"),
    }
    code = (
        "import sys; import codex_tui.commands.screen, codex_tui.composition.assembly, "
        "codex_tui.ui.app, codex_tui.ui.screens.main; "
        f"print(sorted({later!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout.strip() == "[]"
