"""The shapes of the fixtures in this folder's conftest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.changes import FileChange
    from codex_tui.tools.base import ToolOutput


class Put(Protocol):
    def __call__(self, path: str, content: str | bytes = "") -> Path: ...


class Read(Protocol):
    def __call__(self, name: str, **arguments: object) -> ToolOutput: ...


class Propose(Protocol):
    def __call__(self, name: str, **arguments: object) -> tuple[FileChange, ...]: ...
