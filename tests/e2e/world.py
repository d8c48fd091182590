"""The program's surroundings: a repository, a home of its own, the command as users start it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack

COMMAND = Path(sys.executable).with_name("codex-tui")
READY = "Ask for a change"


class World:
    """`repo` is what the program works in, `home` where its own files go."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.repo = folder / "repo"
        self.home = folder / "home"
        self.home.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CODEX_TUI_HOME": str(self.home / "codex-tui"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "CODEX_TUI_MAX_RETRIES": "0",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TEXTUAL_ANIMATIONS": "none",
        }
        self._stack = stack

    def open(
        self,
        *arguments: str,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        command: Sequence[str] = (),
    ) -> Terminal:
        """Start the program on the repository in a terminal; it is ended with the test.

        `command` are the words that come first, as `resume`.
        """
        return self._stack.enter_context(
            Terminal(
                [str(COMMAND), *command, "-C", str(self.repo), *arguments],
                cwd=self.home,
                env={**self.env, **env},
                columns=columns,
                rows=rows,
            )
        )

    def start(self, *arguments: str, env: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start the program without a terminal; it is ended with the test."""
        process = subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.repo,
            env={**self.env, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return process

    def run(
        self, *arguments: str, env: Mapping[str, str], stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the program without a terminal to its end."""
        return subprocess.run(
            [str(COMMAND), *arguments],
            cwd=self.repo,
            env={**self.env, **env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def configure(self, text: str) -> Path:
        """Write the user's config.toml; returns where."""
        path = self.home / "codex-tui" / "config" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def contents(self) -> dict[str, bytes]:
        """Return every file of the repository but git's own."""
        return {
            str(path.relative_to(self.repo)): path.read_bytes()
            for path in sorted(self.repo.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }

    def sessions(self) -> list[Path]:
        """Return the session files, oldest first."""
        folder = self.home / "codex-tui" / "state" / "sessions"
        return sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
