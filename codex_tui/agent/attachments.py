"""What goes with the user's words: pictures, given to the program or named in the words, and the
text of named files for a model that cannot read them by itself.

The user named the file, so nobody is asked for approval, inside the workspace or outside. A place
that looks like it holds secrets is the exception, because words may come from elsewhere by way of
the clipboard. A picture that cannot be taken is explained, and the words go without it. Files are
read in a thread.
"""

from __future__ import annotations

import asyncio
import os.path
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.agent.mentions import MAX_SEARCHED_CHARS, Mention, mentions_in, words_in
from codex_tui.protocol.errors import ConfigError, ToolError
from codex_tui.protocol.messages import FilePart, ImagePart
from codex_tui.protocol.tools import AccessKind
from codex_tui.tools.images import file_bytes, read_image
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codex_tui.tools.workspace import ResolvedPath, Workspace

MAX_IMAGES = 20
MAX_FILES = 5
MAX_FILE_CHARS = 200_000
"""Far more than fits a small model's window, so that nothing large is kept for nothing."""
MAX_TOTAL_BYTES = 15_000_000
"""Of one message; what every vendor takes in one request (see `providers.pictures`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What goes with one message; `problems` say what does not, and why, a sentence each."""

    images: tuple[ImagePart, ...] = ()
    files: tuple[FilePart, ...] = ()
    problems: tuple[str, ...] = ()


class Attachments:
    """Finds what words name, in one workspace. `redact` takes the user's keys out of texts."""

    def __init__(self, workspace: Workspace, redact: Callable[[str], str]) -> None:
        self._workspace = workspace
        self._redact = redact

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

    async def with_files(self, attached: Attached, text: str, recent: str | None) -> Attached:
        """Return what is `attached` and the text files that `text` names; where it names none, the
        file `recent`. Never raises.
        """
        files, problems = await asyncio.to_thread(self._files, text, recent)
        return replace(attached, files=files, problems=(*attached.problems, *problems))

    def _files(self, text: str, recent: str | None) -> tuple[tuple[FilePart, ...], list[str]]:
        files, problems = dict[str, FilePart](), list[str]()
        for mention in words_in(text):
            try:
                file = self._file(mention)
                if file is None or len(files) == MAX_FILES:
                    continue
                files.setdefault(file.path, file)
            except ToolError as error:
                if mention.named or self._is_meant(mention.path):
                    problems.append(f"Not attached: {error.message}")
        if not files and recent is not None:
            with suppress(ToolError):  # it is gone, and nobody spoke of it
                file = self._file(Mention(recent))
                files = {} if file is None else {file.path: file}
        return tuple(files.values()), problems

    def _is_meant(self, path: str) -> bool:
        """Whether a word is a file's path and no word that a file happens to be called like."""
        if "." not in path and "/" not in path:
            return False
        with suppress(OSError, ValueError):
            return (self._workspace.root / path).is_file()
        return False

    def _file(self, mention: Mention) -> FilePart | None:
        """Read the text file a word means, None when it means none; raises `ToolError`."""
        found = self._workspace.resolve(
            os.path.expanduser(mention.path),  # noqa: PTH111 - never fails
            AccessKind.READ,
        )
        if not os.path.lexists(found.absolute):
            return FilePart(path=found.display, text=None) if mention.named else None
        if mention.pictorial or not os.path.isfile(found.absolute):  # noqa: PTH113 - never fails
            return None
        _refuse_secret(found)
        file = self._workspace.read_text(found)
        if len(file.text) > MAX_FILE_CHARS:
            raise ToolError(f"{found.display} is too large: {len(file.text):,} characters.")
        # An edit of an older state is refused; replacing a file whole takes more than a mention.
        self._workspace.note_read(found.display, file.hash, (), file.text.count("\n") + 1)
        return FilePart(path=found.display, text=self._redact(file.text))

    def _resolve(self, mention: Mention) -> ResolvedPath | None:
        """Find the file a mention means, None when it means none; raises `ToolError`."""
        path = os.path.expanduser(mention.path)  # noqa: PTH111 - never fails
        found = self._workspace.resolve(path, AccessKind.READ)
        if not os.path.isfile(found.absolute):  # noqa: PTH113 - never fails
            if mention.named:
                raise ToolError(f"there is no file {printable(mention.path)}.")
            return None
        _refuse_secret(found, hint="Start codex-tui with --image to show it all the same.")
        # An SVG is text, and mostly spoken of as that.
        return None if path.lower().endswith(".svg") and not mention.named else found


def _refuse_secret(found: ResolvedPath, hint: str | None = None) -> None:
    if found.access.secret:
        raise ToolError(f"{found.display} looks like it lies among secrets.", hint=hint)


def read_given(paths: Sequence[Path]) -> tuple[ImagePart, ...]:
    """Read the pictures given on the command line; raises `ConfigError`."""
    images: list[ImagePart] = []
    for path in paths:
        name = printable(str(path))
        try:
            place = path.expanduser().resolve()
            if not place.exists() or place.is_dir():  # the tool's hint would be for a model
                what = "is a directory" if place.exists() else "does not exist"
                raise ConfigError(f"--image: {name} {what}.", hint="Give the path of a picture.")
            image = read_image(place, name)
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
