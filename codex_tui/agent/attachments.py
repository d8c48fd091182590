"""The pictures that go with the user's words: those given to the program, and those the words name.

The user named the file, so nobody is asked for approval, inside the workspace or outside. A place
that looks like it holds secrets is the exception, because words may come from elsewhere by way of
the clipboard. A picture that cannot be taken is explained, and the words go without it. Files are
read in a thread.
"""

from __future__ import annotations

import asyncio
import os.path
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.agent.mentions import MAX_SEARCHED_CHARS, Mention, mentions_in
from codex_tui.protocol.errors import ConfigError, ToolError
from codex_tui.protocol.messages import ImagePart
from codex_tui.protocol.tools import AccessKind
from codex_tui.tools.images import file_bytes, read_image
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_tui.tools.workspace import ResolvedPath, Workspace

MAX_IMAGES = 20
MAX_TOTAL_BYTES = 15_000_000
"""Of one message; what every vendor takes in one request (see `providers.pictures`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What goes with one message; `problems` say what does not, and why, a sentence each."""

    images: tuple[ImagePart, ...] = ()
    problems: tuple[str, ...] = ()


class Attachments:
    """Finds the pictures that words name, in one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def of(self, text: str, given: Sequence[ImagePart] = ()) -> Attached:
        """Return the `given` pictures and those that `text` names; never raises."""
        if len(text) <= MAX_SEARCHED_CHARS and not mentions_in(text):
            return Attached(images=tuple(given))
        return await asyncio.to_thread(self._find, text, given)

    def _find(self, text: str, given: Sequence[ImagePart]) -> Attached:
        images, problems = list(given), list[str]()
        paths: set[str] = set()
        for mention in mentions_in(text):
            try:
                found = self._resolve(mention)
                if found is None or found.display in paths:
                    continue
                paths.add(found.display)
                image = self._workspace.read_image(found)
                if image.name not in {each.name for each in images}:
                    _require_room(images, image)
                    images.append(image)
            except ToolError as error:
                if mention.pictorial:
                    problems.append(f"Not attached: {error.message} {error.hint or ''}".rstrip())
        return Attached(images=tuple(images), problems=tuple(problems))

    def _resolve(self, mention: Mention) -> ResolvedPath | None:
        """Find the file a mention means, None when it means none; raises `ToolError`."""
        path = os.path.expanduser(mention.path)  # noqa: PTH111 - never fails
        found = self._workspace.resolve(path, AccessKind.READ)
        if not os.path.isfile(found.absolute):  # noqa: PTH113 - never fails
            if mention.named:
                raise ToolError(f"there is no file {printable(mention.path)}.")
            return None
        if found.access.secret:
            raise ToolError(
                f"{found.display} looks like it lies among secrets.",
                hint="Start codex-tui with --image to show it all the same.",
            )
        # An SVG is text, and mostly spoken of as that.
        return None if path.lower().endswith(".svg") and not mention.named else found


def read_given(paths: Sequence[Path]) -> tuple[ImagePart, ...]:
    """Read the pictures given on the command line; raises `ConfigError`."""
    images: list[ImagePart] = []
    for path in paths:
        name = printable(str(path))
        try:
            image = read_image(path.expanduser().resolve(), name)
            _require_room(images, image)
        except ToolError as error:
            raise ConfigError(f"--image: {error.message}", hint=error.hint) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise ConfigError(f"--image: {name} cannot be read: {error}") from None
        images.append(image)
    return tuple(images)


def _require_room(images: Sequence[ImagePart], another: ImagePart) -> None:
    if len(images) == MAX_IMAGES:
        raise ToolError(
            f"{another.name} is one picture too many: {MAX_IMAGES} go with one message.",
            hint="Send the others with the next one.",
        )
    if sum(map(file_bytes, [*images, another])) > MAX_TOTAL_BYTES:
        raise ToolError(
            f"{another.name} is too much for one message, which holds "
            f"{MAX_TOTAL_BYTES // 1_000_000} MB of pictures.",
            hint="Send it with the next one.",
        )
