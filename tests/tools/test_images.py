"""Pictures read from files, and `read_file` on them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.images import MAX_IMAGE_BYTES, described, file_bytes, read_image
from tests.support.pictures import PICTURES, image, png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tools.kit import Put, Read


@pytest.mark.parametrize("media_type", PICTURES)
def test_a_picture_is_known_by_its_bytes_whatever_its_name(put: Put, media_type: str) -> None:
    content, (width, height) = PICTURES[media_type]
    read = read_image(put("notes.txt", content), "notes.txt")
    assert (read.media_type, read.name, read.width, read.height) == (
        media_type,
        "notes.txt",
        width,
        height,
    )
    assert base64.b64decode(read.data, validate=True) == content
    assert file_bytes(read) == len(content)


def test_a_picture_is_described_in_one_line() -> None:
    assert described(image("shots/a.png", 800, 600, filler=30_000)).startswith(
        "shots/a.png: PNG, 800×600, 3"
    )
    assert described(image()) == f"a.png: PNG, 2×1, {len(png())} bytes"


def test_the_data_of_a_picture_is_in_no_repr() -> None:
    assert image().data not in repr(image())


def filled(size: int) -> bytes:
    return png(filler=size - len(png()) - 12 - len("filler\0"))


def test_the_largest_picture_is_taken_and_a_byte_more_is_not(put: Put) -> None:
    assert read_image(put("a.png", filled(MAX_IMAGE_BYTES)), "a.png").width == 2
    too_large = r"a\.png is a picture of 3\.9 MB; the most is 3\.9 MB"
    with pytest.raises(ToolError, match=too_large) as caught:
        read_image(put("a.png", filled(MAX_IMAGE_BYTES + 1)), "a.png")
    assert caught.value.hint == "Make it smaller, or cut out the part that matters."


def test_a_huge_picture_is_no_matter_of_searching(put: Put) -> None:
    with pytest.raises(ToolError, match=r"picture of more than 10 MB; the most is 3\.9 MB"):
        read_image(put("a.png", filled(12_000_000)), "a.png")


def test_eight_thousand_pixels_a_side_are_taken_and_one_more_is_not(put: Put) -> None:
    assert read_image(put("a.png", png(1, 8_000)), "a.png").height == 8_000
    with pytest.raises(ToolError, match="8,001×1 pixels; the most is 8,000 a side"):
        read_image(put("a.png", png(8_001, 1)), "a.png")


def test_a_damaged_picture_is_refused_with_a_way_out(put: Put) -> None:
    with pytest.raises(ToolError, match="begins like a PNG picture, but it is cut short") as caught:
        read_image(put("a.png", png()[:-30]), "a.png")
    assert caught.value.hint == "Save it anew as PNG."


def test_other_formats_are_to_be_converted(put: Put) -> None:
    foreign = r"a\.bmp is a picture in the BMP format; models take PNG"
    with pytest.raises(ToolError, match=foreign) as caught:
        read_image(put("a.bmp", b"BM6\0\0\0"), "a.bmp")
    assert "Convert it to PNG" in (caught.value.hint or "")
    with pytest.raises(ToolError, match="is not a picture"):
        read_image(put("a.png", b"just words"), "a.png")


def test_a_pipe_called_like_a_picture_is_not_opened(fifo: Path) -> None:
    with pytest.raises(ToolError, match="is a named pipe"):
        read_image(fifo, "a.png")


# -- read_file -----------------------------------------------------------------------------------


def test_read_file_shows_a_picture(put: Put, read: Read) -> None:
    put("shots/a.png", png(8, 6))
    output = read("read_file", path="shots/a.png")
    size = len(png(8, 6))
    assert output.content == f"[shots/a.png: PNG, 8×6, {size} bytes]"
    assert output.summary == f"PNG, 8×6, {size} bytes"
    assert output.images == (image("shots/a.png", 8, 6),)


@pytest.mark.parametrize("arguments", [{"offset": 2}, {"limit": 10}])
def test_a_picture_has_no_lines_to_choose(
    put: Put, read: Read, arguments: dict[str, object]
) -> None:
    put("a.png", png())
    with pytest.raises(ToolError, match=r"a\.png is a picture and has no lines") as caught:
        read("read_file", path="a.png", **arguments)
    assert caught.value.hint == "Leave offset and limit out."


def test_the_defaults_written_out_are_no_choice(put: Put, read: Read) -> None:
    put("a.png", png())
    assert len(read("read_file", path="a.png", offset=1, limit=2_000).images) == 1


def test_read_file_says_what_it_cannot_show(put: Put, read: Read) -> None:
    put("a.tif", b"II*\0\x08\0\0\0")
    with pytest.raises(ToolError, match="is a picture in the TIFF format"):
        read("read_file", path="a.tif")
    put("cut.png", png()[:20])
    with pytest.raises(ToolError, match="cut short"):
        read("read_file", path="cut.png")


def test_an_svg_is_read_as_the_text_it_is(put: Put, read: Read) -> None:
    put("a.svg", '<svg width="1"/>\n')
    output = read("read_file", path="a.svg")
    assert output.content == '1\t<svg width="1"/>'
    assert output.images == ()
