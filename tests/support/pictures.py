"""Real pictures, small and of any size, made without a picture library."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from codex_tui.protocol.messages import ImagePart

if TYPE_CHECKING:
    from collections.abc import Mapping


def png(width: int = 2, height: int = 1, *, filler: int = 0) -> bytes:
    """A white PNG; `filler` bytes of comment make the file larger."""
    rows = b"".join(b"\0" + b"\xff" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    comment = _chunk(b"tEXt", b"filler\0" + b"x" * filler) if filler else b""
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            comment,
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(tag: bytes, data: bytes) -> bytes:
    body = tag + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """The frame of a JPEG with an EXIF segment, fill bytes and a restart interval before it."""
    exif = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\0\0"
    interval = b"\xff\xff\xdd" + struct.pack(">HH", 4, 1)
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\0\0\x3f\0" + b"\x12\xff\x00\x34"
    return b"\xff\xd8" + exif + interval + frame + scan + b"\xff\xd9"


def gif(width: int = 4, height: int = 3, *, frames: int = 1) -> bytes:
    """A GIF with a palette, a comment and as many frames."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    comment = b"!\xfe\x05hello\0"
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\0"
    return b"GIF89a" + screen + comment + frame * frames + b";"


def webp(
    width: int = 5, height: int = 4, *, kind: bytes = b"VP8 ", animated: bool = False
) -> bytes:
    """The frame of a WebP of one of its three kinds: `VP8 `, `VP8L`, `VP8X`."""
    match kind:
        case b"VP8 ":
            body = b"\x30\x01\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 10
        case b"VP8L":
            body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 5
        case _:
            flags = b"\x02\0\0\0" if animated else b"\0\0\0\0"
            body = flags + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


PICTURES: Mapping[str, tuple[bytes, tuple[int, int]]] = {
    "image/png": (png(2, 1), (2, 1)),
    "image/jpeg": (jpeg(3, 2), (3, 2)),
    "image/gif": (gif(4, 3), (4, 3)),
    "image/webp": (webp(5, 4), (5, 4)),
}
"""One of each, with its size."""


def image(name: str = "a.png", width: int = 2, height: int = 1, *, filler: int = 0) -> ImagePart:
    """A PNG as it stands in a conversation."""
    data = base64.b64encode(png(width, height, filler=filler)).decode()
    return ImagePart(media_type="image/png", data=data, name=name, width=width, height=height)
