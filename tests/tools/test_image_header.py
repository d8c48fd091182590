"""Format and size of a picture from its bytes, and every way those can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.tools.image_header import (
    DamagedImageError,
    foreign_format_of,
    format_of,
    size_of,
)
from tests.support.pictures import PICTURES, gif, jpeg, png, webp

EVERY = [content for content, _ in PICTURES.values()]


@pytest.mark.parametrize("media_type", PICTURES)
def test_format_and_size_are_read(media_type: str) -> None:
    content, size = PICTURES[media_type]
    kind = format_of(content)
    assert kind is not None
    assert media_type == f"image/{kind.lower()}"
    assert size_of(content, kind) == size


@pytest.mark.parametrize("kind", [b"VP8 ", b"VP8L", b"VP8X"])
@pytest.mark.parametrize("size", [(1, 1), (800, 600), (16_383, 8_001)])
def test_every_kind_of_webp_tells_its_size(kind: bytes, size: tuple[int, int]) -> None:
    assert size_of(webp(*size, kind=kind), "WebP") == size


def test_bytes_behind_the_end_do_not_matter() -> None:
    for content in EVERY:
        kind = format_of(content)
        assert kind is not None
        assert size_of(content + b"\0" * 9, kind) == size_of(content, kind)


@pytest.mark.parametrize("content", EVERY, ids=list(PICTURES))
def test_a_picture_that_is_cut_anywhere_is_never_taken(content: bytes) -> None:
    for length in range(len(content)):
        cut = content[:length]
        kind = format_of(cut)
        if kind is not None:
            with pytest.raises(DamagedImageError):
                size_of(cut, kind)


@given(st.sampled_from(EVERY), st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_behind_a_signature_are_taken_or_refused(
    content: bytes, noise: bytes, start: int
) -> None:
    mixed = content[: 12 + start] + noise
    kind = format_of(mixed)
    assert kind is not None
    try:
        width, height = size_of(mixed, kind)
    except DamagedImageError as error:
        assert str(error).startswith("it")
    else:
        assert width > 0 < height


@given(st.binary(max_size=64))
def test_any_bytes_at_all_have_a_format_or_none(content: bytes) -> None:
    kind = format_of(content)
    assert kind is None or foreign_format_of(content) is None


BROKEN = {
    "png without pixels": png().replace(b"IDAT", b"teXt"),
    "png with a changed header": png().replace(b"\0\0\0\x02\0\0\0\x01", b"\0\0\0\x09\0\0\0\x01"),
    "png of no width": png(0, 1),
    "png with endless empty chunks": png()[:33] + b"\0\0\0\0teXtcrc." * 100_001,
    "jpeg without a frame": jpeg().replace(b"\xff\xc2", b"\xff\xe2"),
    "jpeg of no height": jpeg(3, 0),
    "jpeg that is filled up": b"\xff\xd8" + b"\xff" * 99,
    "jpeg with a segment of no length": b"\xff\xd8\xff\xe0\0\0",
    "jpeg with endless restarts": b"\xff\xd8" + b"\xff\xd0" * 100_001,
    "gif without a frame": gif(frames=0),
    "gif with an unknown block": gif()[:-1] + b"?",
    "webp of an unknown kind": webp().replace(b"VP8 ", b"VP9 "),
    "webp without its start code": webp().replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_structure_is_refused(name: str) -> None:
    kind = format_of(BROKEN[name])
    assert kind is not None
    with pytest.raises(DamagedImageError, match=r"structure is broken|no pixels|cut short"):
        size_of(BROKEN[name], kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(gif(frames=2), "GIF"), (webp(kind=b"VP8X", animated=True), "WebP")],
    ids=["gif", "webp"],
)
def test_moving_pictures_are_refused(content: bytes, kind: str) -> None:
    with pytest.raises(DamagedImageError, match="animated"):
        size_of(content, kind)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"BM\x36\0\0\0", "BMP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\x01\0\x01\0", "ICO"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "SVG"),
        (b"\xef\xbb\xbf <svg/>", "SVG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", None),
        (b"BMW is a car", None),
        (b"plain <svg> in words", None),
        (b"", None),
    ],
)
def test_other_formats_are_named(head: bytes, kind: str | None) -> None:
    assert format_of(head) is None
    assert foreign_format_of(head) == kind
