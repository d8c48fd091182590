from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.architecture import PACKAGE, violations

ROOT = Path(__file__).parent.parent


def test_the_package_keeps_to_the_drawing() -> None:
    found = violations(ROOT)
    assert not found, "\n" + "\n".join(map(str, found))


def test_the_package_is_really_read() -> None:
    assert len(list((ROOT / PACKAGE).rglob("*.py"))) > 20


def broken(tmp_path: Path, files: dict[str, str]) -> list[str]:
    for name, source in files.items():
        path = tmp_path / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
    return [str(violation) for violation in violations(tmp_path)]


@pytest.mark.parametrize(
    ("name", "source", "rule"),
    [
        ("protocol/a.py", "from codex_tui.bus import X", "protocol imports bus, which is above"),
        ("tools/a.py", "import codex_tui.edits.match", "tools imports edits, which is beside it"),
        ("tools/a.py", "from codex_tui import edits", "tools imports edits, which is beside it"),
        ("tools/a.py", "from ..edits import match", "tools imports edits, which is beside it"),
        ("bus.py", "from codex_tui.agent import loop", "bus imports agent, which is above it"),
        ("agent/a.py", "from codex_tui.ui.app import App", "agent imports ui, which is above it"),
        ("ui/a.py", "from codex_tui.headless import run", "ui imports headless, which is beside"),
        ("headless.py", "import codex_tui.ui", "headless imports ui, which is beside it"),
        ("ui/a.py", "from codex_tui.cli import main", "ui imports cli, which is above it"),
        ("ui/a.py", "from codex_tui.tools.base import T", "ui is a front end and imports tools"),
        ("headless.py", "import codex_tui.sessions.store", "is a front end and imports sessions"),
        ("ui/a.py", "from codex_tui.bus import B", "in ui only codex_tui.ui.bridge does"),
        ("utils.py", "from codex_tui.bus import B", "codex_tui.utils is not in the drawing"),
        ("agent/a.py", "from codex_tui.utils import x", "codex_tui.utils.x is not in the drawing"),
        ("agent/a.py", "import textual.app", "textual is imported only in codex_tui.ui"),
        ("cli.py", "from rich.text import Text", "rich is imported only in codex_tui.ui"),
        ("providers/anthropic_x.py", "import openai", "only in codex_tui.providers.openai_*"),
        ("providers/base.py", "import anthropic", "only in codex_tui.providers.anthropic_*"),
        ("agent/a.py", "import platformdirs", "only in codex_tui.config"),
        ("agent/a.py", "import pydantic_settings as p", "only in codex_tui.config"),
        ("tools/a.py", "import os\nx = os.environ['A']", "the environment (os.environ)"),
        ("tools/a.py", "import os as o\nx = o.getenv('A')", "the environment (os.getenv)"),
        ("tools/a.py", "from os import environ", "the environment (os.environ)"),
        ("tools/a.py", "import subprocess", "processes (subprocess) are started only"),
        ("tools/a.py", "from subprocess import run", "processes (subprocess) are started only"),
        ("tools/a.py", "import pty", "processes (pty) are started only"),
        ("agent/a.py", "import asyncio\nasyncio.create_subprocess_exec('a')", "create_subprocess"),
        ("agent/a.py", "from asyncio import create_subprocess_shell as s", "create_subprocess"),
        ("agent/a.py", "import os\nos.execvp('a', [])", "processes (os.execvp)"),
        ("agent/a.py", "x.get_loop().subprocess_exec()", "subprocess_exec) are started only"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, name: str, source: str, rule: str) -> None:
    found = broken(tmp_path, {name: source})
    assert len(found) == 1, found
    assert rule in found[0]
    line = len(source.splitlines())
    assert found[0].startswith(f"{PACKAGE}/{name}:{line}: ")


@pytest.mark.parametrize(
    "source",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from codex_tui.agent import x",
        "def f():\n    from codex_tui.agent import x",
        "import importlib\nimportlib.import_module('codex_tui.agent.loop')",
        "from importlib import import_module as load\nload('codex_tui.agent.loop')",
        "__import__('codex_tui.agent')",
    ],
)
def test_hidden_imports_count_too(tmp_path: Path, source: str) -> None:
    assert "tools imports agent" in "".join(broken(tmp_path, {"tools/a.py": source}))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tools/a.py", "from codex_tui.tools.base import T\nfrom codex_tui.protocol import ids"),
        ("agent/a.py", "from codex_tui.tools.base import T\nfrom codex_tui.bus import B"),
        ("ui/bridge.py", "from codex_tui.bus import B\nimport textual"),
        ("ui/a.py", "from codex_tui.edits.words import changed_spans\nimport textual.app"),
        ("cli.py", "from codex_tui import __version__, commands, ui\nimport codex_tui.headless"),
        ("headless.py", "from codex_tui.bus import B\nfrom codex_tui import __version__"),
        ("__init__.py", "__version__ = '1'"),
        ("config/a.py", "import os, platformdirs\nx = os.environ, os.getenv('A')"),
        ("sandbox/a.py", "import subprocess\nimport asyncio\nasyncio.create_subprocess_exec()"),
        ("providers/openai_chat/adapter.py", "import openai.types"),
        ("tools/a.py", "import os\nx = os.path.join('environ', 'getenv')"),
        ("mcp/a.py", "import mcp"),
    ],
)
def test_what_is_allowed_is_not_found(tmp_path: Path, name: str, source: str) -> None:
    assert broken(tmp_path, {name: source}) == []


def test_an_import_cycle_is_found_and_drawn(tmp_path: Path) -> None:
    found = broken(
        tmp_path,
        {
            "agent/__init__.py": "",
            "agent/a.py": "from codex_tui.agent.b import B",
            "agent/b.py": "def f():\n    from codex_tui.agent import c",
            "agent/c.py": "import codex_tui.agent.a\nimport codex_tui.agent.d",
            "agent/d.py": "import os",
        },
    )
    way = " → ".join(f"codex_tui.agent.{name}" for name in "abca")
    assert found == [f"codex_tui/agent/a.py:1: import cycle: {way}"]
