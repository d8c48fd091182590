from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from codex_tui.edits.engine import TextEditor
from codex_tui.sandbox.unconfined import Unconfined
from codex_tui.tools.base import EditTool, ReadTool, ToolOutput
from codex_tui.tools.registry import default_tools
from codex_tui.tools.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.changes import FileChange
    from tests.tools.kit import Propose, Put, Read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    root.mkdir()
    return root


@pytest.fixture
def workspace(root: Path) -> Workspace:
    return Workspace(root)


@pytest.fixture
def put(root: Path) -> Put:
    def put(path: str, content: str | bytes = "") -> Path:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return put


@pytest.fixture
def read(workspace: Workspace) -> Read:
    """Calls a reading tool by name, as the tool runner does, and checks what every output holds."""
    tools = default_tools(workspace, TextEditor(), Unconfined())

    def read(name: str, **arguments: object) -> ToolOutput:
        tool = tools.find(name)
        assert isinstance(tool, ReadTool)
        output = tool.run(tool.parse(json.dumps(arguments)))
        output.content.encode()  # a lone surrogate would stop an event or a request
        assert len(output.content.encode()) < 52_000
        assert "\n" not in output.summary
        return output

    return read


@pytest.fixture
def propose(workspace: Workspace) -> Propose:
    tools = default_tools(workspace, TextEditor(), Unconfined())

    def propose(name: str, **arguments: object) -> tuple[FileChange, ...]:
        tool = tools.find(name)
        assert isinstance(tool, EditTool)
        return tool.propose(tool.parse(json.dumps(arguments)))

    return propose


@pytest.fixture
def fifo(root: Path) -> Path:
    path = root / "pipe"
    os.mkfifo(path)
    return path
