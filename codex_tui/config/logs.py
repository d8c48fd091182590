"""Logging into a file of the user's own, never onto the terminal, which belongs to the screen.

Keys are taken out of every line, tracebacks included, just before it is written. Problems of
logging itself are swallowed: there is no place left to report them to.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from typing_extensions import override

from codex_tui.config.private_files import make_private_directory, open_private
from codex_tui.config.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Collection
    from io import TextIOWrapper
    from pathlib import Path

    from codex_tui.config.paths import Paths

MAX_LOG_BYTES = 1_000_000
OLD_LOGS = 2
"""Together with the current file, three."""

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# Control characters would act on the terminal of whoever looks at the log with `cat`.
_VISIBLE = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
}


def set_up_logging(paths: Paths, known_secrets: Collection[str]) -> str | None:
    """Send all logging into the log file; return a notice where that is not possible.

    A second call replaces the first one's file. `known_secrets` is looked at for each line anew, so
    a live set may be handed in. Our own loggers report from INFO on, others from WARNING on.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _OWN_HANDLERS)]:
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(capture=True)
    logging.getLogger("codex_tui").setLevel(logging.INFO)
    try:
        make_private_directory(paths.log_file.parent)
        handler = _PrivateFileHandler(paths.log_file)
    except OSError as error:
        # Without any handler, logging would fall back to the terminal.
        root.addHandler(_Nowhere())
        return f"{paths.log_file}: cannot be written, nothing is logged: {error.strerror}"
    handler.setFormatter(_RedactingFormatter(known_secrets))
    root.addHandler(handler)
    return None


class _RedactingFormatter(logging.Formatter):
    def __init__(self, known_secrets: Collection[str]) -> None:
        super().__init__(_FORMAT)
        self._known_secrets = known_secrets

    @override
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), tuple(self._known_secrets)).translate(_VISIBLE)


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=MAX_LOG_BYTES,
            backupCount=OLD_LOGS,
            encoding="utf-8",
            errors="backslashreplace",
        )

    @override
    def _open(self) -> TextIOWrapper:
        descriptor = open_private(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        return os.fdopen(descriptor, "a", encoding=self.encoding, errors=self.errors)

    @override
    def close(self) -> None:
        with suppress(OSError):  # lines a full disk has not taken
            super().close()

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Lose the line: the default is a traceback across the screen."""


class _Nowhere(logging.NullHandler):
    """Stands in where there is no log file; a class of its own to be found again."""


_OWN_HANDLERS = (_PrivateFileHandler, _Nowhere)
