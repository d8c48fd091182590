from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_tui.sessions.store import SessionStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state" / "sessions"


@pytest.fixture
def store(directory: Path) -> SessionStore:
    return SessionStore(directory, now=lambda: datetime(2026, 1, 2, 3, 4, 5, 678901, UTC))
