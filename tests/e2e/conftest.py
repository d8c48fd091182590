"""A real repository, and both vendors."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.wires import VENDORS, Vendor
from tests.e2e.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository made of real files of this checkout."""
    repo = tmp_path_factory.mktemp("template") / "repo"
    shutil.copytree(
        CHECKOUT / "codex_tui" / "protocol",
        repo / "protocol",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (repo / "README.md").write_text("# protocol\n\nThe frozen vocabulary.\n", encoding="utf-8")
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Start"]):
        _git(repo, *arguments)
    return repo


def _git(repo: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    env = {"PATH": os.environ["PATH"], "HOME": str(repo.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *who, *arguments], cwd=repo, env=env, check=True, capture_output=True)


@pytest.fixture
def world(tmp_path: Path, template: Path) -> Iterator[World]:
    shutil.copytree(template, tmp_path / "repo")
    with ExitStack() as stack:
        yield World(tmp_path, stack)


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param
