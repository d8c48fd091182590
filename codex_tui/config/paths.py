"""Where codex-tui keeps its files: configuration, state and cache folders of the user.

`CODEX_TUI_HOME` moves all three into one folder. Nothing is created here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import PlatformDirs

from codex_tui.config import environment
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_NAME = "codex-tui"
HOME_VARIABLE = "CODEX_TUI_HOME"
PROJECT_FILE = Path(".codex-tui") / "config.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The three folders, and the names of the files in them."""

    config: Path
    state: Path
    cache: Path

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """All that is the program's own, which no tool and no patch may touch."""
        return (self.config, self.state, self.cache)

    @property
    def config_file(self) -> Path:
        """The user's settings; read, never written."""
        return self.config / "config.toml"

    @property
    def credentials_file(self) -> Path:
        """Keys by provider, readable by the user alone."""
        return self.config / "credentials.json"

    @property
    def sessions_dir(self) -> Path:
        """One growing file a session."""
        return self.state / "sessions"

    @property
    def state_file(self) -> Path:
        """What the program remembers by itself: last model, recents, favourites."""
        return self.state / "state.json"

    @property
    def estimates_file(self) -> Path:
        """What was learned of how models count tokens."""
        return self.state / "estimates.json"

    @property
    def history_file(self) -> Path:
        """What was sent from the composer, one JSON object a line."""
        return self.state / "history.jsonl"

    @property
    def drafts_dir(self) -> Path:
        """The composer's unsent text, one file for each running program."""
        return self.state / "drafts"

    @property
    def models_dir(self) -> Path:
        """What each provider said it serves; can be asked for again."""
        return self.cache / "models"

    @property
    def lessons_dir(self) -> Path:
        """What each provider's server was found to take; can be learned again."""
        return self.cache / "lessons"

    @property
    def weights_dir(self) -> Path:
        """Files of models that run on this machine; can be made again."""
        return self.cache / "weights"

    @property
    def local_log_file(self) -> Path:
        """What the local model's server said since its last start."""
        return self.state / "log" / "local-model.log"

    @property
    def log_file(self) -> Path:
        """The current log; older ones stand beside it with a number."""
        return self.state / "log" / "codex-tui.log"


def find_paths(env: Mapping[str, str] | None = None) -> Paths:
    """Return the folders for `env` (the process's own when None).

    Raises:
        ConfigError: `CODEX_TUI_HOME` is not an absolute path. A relative one would make the folder
            one happens to stand in, possibly somebody else's repository, supply the settings.
    """
    env = environment.current() if env is None else env
    home = env.get(HOME_VARIABLE, "").strip()
    if home:
        folder = expand_home(home)
        if not folder.is_absolute():
            raise ConfigError(
                f"environment variable {HOME_VARIABLE}: {home!r} is not an absolute path",
                hint="Give the whole path, or begin it with ~.",
            )
        return Paths(config=folder / "config", state=folder / "state", cache=folder / "cache")
    folders = PlatformDirs(APP_NAME, appauthor=False)
    return Paths(
        config=folders.user_config_path,
        state=folders.user_state_path,
        cache=folders.user_cache_path,
    )


def expand_home(text: str) -> Path:
    """Return `text` as a path with a leading `~` or `~name` expanded where that home is known."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # no such user: the path stays relative and is judged as such
        return path
