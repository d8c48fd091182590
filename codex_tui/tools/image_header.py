"""What a picture's bytes say of it: which format it is in, and how many pixels it has.

Pure functions over the bytes. Nothing is decoded, but the frame of the file is walked to its end,
because a picture that is cut short is refused by the vendors, with everything that was sent along.
Whatever the bytes are, the walk ends after a bounded number of steps.

Sources: PNG (W3C, third edition), JPEG (ITU T.81 annex B), GIF89a, WebP (RFC 9649).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Size = tuple[int, int]

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_FOREIGN: Final = (
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\1\0", "ICO"),
    (b"8BPS", "Photoshop"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
)
_BRANDS: Final = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC"),
}
_MAX_STEPS: Final = 100_000
_MAX_FILL_BYTES: Final = 16
_HEAD_BYTES: Final = 1_024

_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _END = 0xDA, b"\xff\xd9"
_ANIMATED_WEBP: Final = 0x02


class DamagedImageError(ValueError):
    """The bytes begin like a picture and do not go on like one; says what is wrong with "it"."""


def format_of(data: bytes) -> str | None:
    """Return the format of a picture that models take (`PNG`, `JPEG`, `GIF`, `WebP`), else None."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((name for mark, name in _SIGNATURES if data.startswith(mark)), None)


def foreign_format_of(data: bytes) -> str | None:
    """Return the format of a picture that models do not take, None when it looks like none."""
    head = data[:_HEAD_BYTES]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in head:
        return "SVG"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if b"\0" not in head:  # a text may well begin with "BM"
        return None
    return next((name for mark, name in _FOREIGN if head.startswith(mark)), None)


def size_of(data: bytes, kind: str) -> Size:
    """Return width and height in pixels of a whole picture of the format `kind`.

    Raises:
        DamagedImageError: It is broken, cut short, empty or moves.
    """
    width, height = _READERS[kind](data)
    if not (width and height):
        raise DamagedImageError("it has no pixels")
    return width, height


def _take(data: bytes, at: int, length: int) -> bytes:
    piece = data[at : at + length]
    if len(piece) < length:
        raise DamagedImageError("it is cut short")
    return piece


def _big(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(_take(data, at, length), "big")


def _little(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(_take(data, at, length), "little")


def _broken() -> DamagedImageError:
    return DamagedImageError("its structure is broken")


def _png(data: bytes) -> Size:
    header = _take(data, 12, 17)
    if _big(data, 8, 4) != 13 or header[:4] != b"IHDR" or zlib.crc32(header) != _big(data, 29, 4):
        raise _broken()
    at, has_pixels = 8, False
    for _ in range(_MAX_STEPS):
        tag = _take(data, at + 4, 4)
        if tag == b"IEND":
            _take(data, at, 12)
            break
        has_pixels = has_pixels or tag == b"IDAT"
        at += 12 + _big(data, at, 4)
    else:
        raise _broken()
    if not has_pixels:
        raise _broken()
    return _big(data, 16, 4), _big(data, 20, 4)


def _jpeg(data: bytes) -> Size:
    at, size = 2, None
    for _ in range(_MAX_STEPS):
        at = _marker_after(data, at)
        marker = data[at]
        if marker in _BARE_MARKERS:
            at += 1
            continue
        length = _big(data, at + 1, 2)
        if length < 2:
            raise _broken()
        if marker in _FRAME_MARKERS:
            size = _big(data, at + 6, 2), _big(data, at + 4, 2)
        at += 1 + length
        if marker == _SCAN:
            break
    if size is None:
        raise _broken()
    if data.find(_END, at) < 0:
        raise DamagedImageError("it is cut short")
    return size


def _marker_after(data: bytes, at: int) -> int:
    """Return the place of a marker's second byte; fill bytes may stand before it."""
    if _take(data, at, 1) != b"\xff":
        raise _broken()
    for place in range(at + 1, at + 1 + _MAX_FILL_BYTES):
        if _take(data, place, 1) != b"\xff":
            return place
    raise _broken()


def _gif(data: bytes) -> Size:
    at = 13 + _palette_bytes(_take(data, 10, 1)[0])
    frames = 0
    for _ in range(_MAX_STEPS):
        match _take(data, at, 1):
            case b"!":
                at = _after_blocks(data, at + 2)
            case b",":
                frames += 1
                at += 10 + _palette_bytes(_take(data, at + 9, 1)[0])
                at = _after_blocks(data, at + 1)
            case b";" if frames:
                break
            case _:
                raise _broken()
    if frames > 1:
        raise DamagedImageError("it is animated, and models take still pictures only")
    return _little(data, 6, 2), _little(data, 8, 2)


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Return the place behind a chain of data blocks, each with its length before it."""
    for _ in range(_MAX_STEPS):
        length = _take(data, at, 1)[0]
        at += 1 + length
        if not length:
            return at
    raise _broken()


def _webp(data: bytes) -> Size:
    if len(data) < 8 + _little(data, 4, 4):
        raise DamagedImageError("it is cut short")
    match _take(data, 12, 4):
        case b"VP8 " if _take(data, 23, 3) == b"\x9d\x01\x2a":
            return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF
        case b"VP8L" if _take(data, 20, 1) == b"\x2f":
            bits = _little(data, 21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            if _take(data, 20, 1)[0] & _ANIMATED_WEBP:
                raise DamagedImageError("it is animated, and models take still pictures only")
            return _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
        case _:
            raise _broken()


_READERS: Final[Mapping[str, Callable[[bytes], Size]]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "GIF": _gif,
    "WebP": _webp,
}
