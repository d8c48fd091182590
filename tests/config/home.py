from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codex_tui.config.paths import Paths, find_paths
from codex_tui.config.settings import Loaded, load


@dataclass
class Home:
    """A user's home for one test, with a project beside it."""

    root: Path

    @property
    def env(self) -> dict[str, str]:
        return {"CODEX_TUI_HOME": str(self.root)}

    @property
    def paths(self) -> Paths:
        return find_paths(self.env)

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def project_file(self) -> Path:
        return self.project / ".codex-tui" / "config.toml"

    @property
    def user_file(self) -> Path:
        return self.paths.config_file

    def write_user(self, text: str) -> None:
        self.user_file.parent.mkdir(parents=True, exist_ok=True)
        self.user_file.write_text(text, encoding="utf-8")

    def write_project(self, text: str) -> None:
        self.project_file.parent.mkdir(parents=True, exist_ok=True)
        self.project_file.write_text(text, encoding="utf-8")

    def trust(self, more: str = "") -> None:
        self.write_user(f'trusted_folders = ["{self.project}"]\n{more}')

    def load(
        self, env: Mapping[str, str] | None = None, flags: Mapping[str, object] | None = None
    ) -> Loaded:
        return load(project=self.project, flags=flags or {}, env={**self.env, **(env or {})})
