"""The folder the engine works in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty workspace; the session files stand beside it."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder
