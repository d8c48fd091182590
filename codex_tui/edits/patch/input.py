"""A patch as it comes from a file or a pipe: bytes that may be anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.edits.patch.parts import PatchError, PatchFault

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_PATCH_BYTES = 50_000_000


def read_patch(source: BinaryIO) -> str:
    """Read a patch to its end; raises `PatchError` for one that is too large or not UTF-8."""
    content = source.read(MAX_PATCH_BYTES + 1)
    if len(content) > MAX_PATCH_BYTES:
        raise PatchError(
            f"the patch is larger than {MAX_PATCH_BYTES // 1_000_000} MB", fault=PatchFault.FORMAT
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PatchError(
            f"line {line}: the patch is not UTF-8 (byte 0x{content[error.start]:02x})",
            fault=PatchFault.FORMAT,
        ) from None
