"""What was learned of the models' tokenizers, one factor a model, from one start to the next.

A lost or damaged file costs nothing but some precision, so nothing here complains.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final, cast

from codex_tui.config.private_files import exclusive, read_regular, replace_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.config.paths import Paths

log = logging.getLogger(__name__)

MAX_MODELS: Final = 200
"""The models learned of last are kept."""


class KeptFactors:
    """The factors (actual tokens to estimated ones) by `provider/model`."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.estimates_file

    def read(self) -> Mapping[str, float]:
        """Return what is kept; nothing of a file that cannot be read."""
        try:
            content: object = json.loads(read_regular(self._path))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(content, dict):
            return {}
        values = cast("Mapping[str, object]", content)
        return {
            model: float(factor)
            for model, factor in values.items()
            if isinstance(factor, int | float) and not isinstance(factor, bool)
        }

    def keep(self, learned: Mapping[str, float]) -> None:
        """Keep these besides those of other models, which another codex-tui may have learned."""
        if not learned:
            return
        try:
            with exclusive(self._path.parent):
                others = {k: v for k, v in self.read().items() if k not in learned}
                last = list({**others, **learned}.items())[-MAX_MODELS:]
                replace_private(self._path, json.dumps(dict(last)) + "\n")
        except OSError as error:
            log.info("%s: cannot be written: %s", self._path, error)
