from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    root = tmp_path / "home"
    (root / "project").mkdir(parents=True)
    return Home(root)
