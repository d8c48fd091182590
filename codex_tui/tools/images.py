"""Reads a picture as models take it, or says precisely why it cannot be taken.

A picture is known by its bytes, whatever its name. The limits are the narrowest of the vendors'
(https://platform.claude.com/docs/en/build-with-claude/vision and
https://platform.openai.com/docs/guides/images-vision): a picture that is taken can be shown to
every model that sees, so that a session can change its model at any time.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.messages import ImagePart
from codex_tui.tools.image_header import DamagedImageError, foreign_format_of, format_of, size_of
from codex_tui.tools.limits import MAX_FILE_BYTES
from codex_tui.tools.text_file import TextFile, read_beginning, text_file_of

if TYPE_CHECKING:
    from pathlib import Path

MAX_IMAGE_BYTES = 3_900_000
"""What becomes 5 MiB in base64, the least that a vendor takes of one picture (Anthropic's vision
guide).
"""
MAX_SIDE_PIXELS = 8_000

_SMALLER = "Make it smaller, or cut out the part that matters."
_OTHER_FORMAT = "Convert it to PNG, for example with: magick FILE shot.png"


def read_image(path: Path, name: str) -> ImagePart:
    """Read a picture; raises `ToolError`. `path` has its links resolved, `name` is for people."""
    data = read_beginning(path, name)
    image = image_of(data, name)
    if image is not None:
        return image
    foreign = foreign_format_of(data)
    if foreign is not None:
        raise _foreign(foreign, name)
    raise ToolError(f"{name} is not a picture.", hint="PNG, JPEG, GIF and WebP can be shown.")


def read_text_or_image(path: Path, name: str) -> TextFile | ImagePart:
    """Read a file as what it is; raises `ToolError`. An SVG is text, and read as that."""
    data = read_beginning(path, name)
    image = image_of(data, name)
    if image is not None:
        return image
    foreign = foreign_format_of(data)
    if foreign not in {None, "SVG"}:
        raise _foreign(f"{foreign}", name)
    return text_file_of(data, name)


def image_of(data: bytes, name: str) -> ImagePart | None:
    """Make a picture of a file's bytes, None when they are none; raises `ToolError` for one that
    cannot be taken.
    """
    kind = format_of(data)
    if kind is None:
        return None
    if len(data) > MAX_IMAGE_BYTES:
        raise ToolError(
            f"{name} is a picture of {_file_size(len(data))}; the most is "
            f"{_file_size(MAX_IMAGE_BYTES)}.",
            hint=_SMALLER,
        )
    try:
        width, height = size_of(data, kind)
    except DamagedImageError as error:
        raise ToolError(
            f"{name} begins like a {kind} picture, but {error}.", hint="Save it anew as PNG."
        ) from None
    if max(width, height) > MAX_SIDE_PIXELS:
        raise ToolError(
            f"{name} is a picture of {width:,}×{height:,} pixels; the most is "
            f"{MAX_SIDE_PIXELS:,} a side.",
            hint=_SMALLER,
        )
    return ImagePart(
        media_type=f"image/{kind.lower()}",
        data=base64.b64encode(data).decode("ascii"),
        name=name,
        width=width,
        height=height,
    )


def described(image: ImagePart) -> str:
    """Say in one line what a picture is: `a.png: PNG, 800×600, 34 KB`."""
    kind = image.media_type.removeprefix("image/")
    kind = "WebP" if kind == "webp" else kind.upper()
    size = _file_size(file_bytes(image))
    return f"{image.name}: {kind}, {image.width}×{image.height}, {size}"


def file_bytes(image: ImagePart) -> int:
    """Return how large the picture's file is."""
    return len(image.data) * 3 // 4 - image.data[-2:].count("=")


def _foreign(kind: str, name: str) -> ToolError:
    return ToolError(
        f"{name} is a picture in the {kind} format; models take PNG, JPEG, GIF and WebP.",
        hint=_OTHER_FORMAT,
    )


def _file_size(size: int) -> str:
    if size > MAX_FILE_BYTES:
        return f"more than {MAX_FILE_BYTES // 1_000_000} MB"
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000_000:.3g} MB" if size >= 1_000_000 else f"{round(size / 1_000)} KB"
