"""What servers refuse in a picture, whichever wire it comes over.

The vendors' limits: https://platform.claude.com/docs/en/build-with-claude/vision and
https://platform.openai.com/docs/guides/images-vision.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_IMAGE_CHARS = 5 * 1024 * 1024
MAX_SIDE = 8_000
FIRST_BYTES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def image_problems(media_type: object, data: object, max_side: int = MAX_SIDE) -> Iterator[str]:
    """Every reason to refuse the base64 `data` as a picture of that type."""
    if not isinstance(media_type, str) or media_type not in FIRST_BYTES:
        yield f"media type {media_type!r} is not supported"
        return
    if not isinstance(data, str) or len(data) > MAX_IMAGE_CHARS:
        yield "the picture is no text, or too large"
        return
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        yield "the picture is not valid base64"
        return
    if not content.startswith(FIRST_BYTES[media_type]):
        yield f"the picture does not look like {media_type}"
    elif media_type == "image/png":
        width, height = struct.unpack(">II", content[16:24])
        if max(width, height) > max_side:
            yield f"the picture is larger than {max_side} pixels a side"
        if not content.endswith(b"IEND\xaeB`\x82"):
            yield "the picture is cut short"


def url_problems(url: object) -> Iterator[str]:
    """Every reason to refuse a picture's address; nothing is fetched here."""
    if not isinstance(url, str) or not url.startswith("data:") or ";base64," not in url:
        yield "the picture has no data URL"
        return
    media_type, _, data = url.removeprefix("data:").partition(";base64,")
    yield from image_problems(media_type, data)
