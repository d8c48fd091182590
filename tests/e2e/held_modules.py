"""Modules of the program that load only when a test lets them, or not at all.

Python runs a `sitecustomize` of the test's before the program; its finder comes before all others.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

HOOK = """\
import sys


class Held:
    def find_spec(self, name, path=None, target=None):
        if name in {names!r}:
            with open({gate!r}) as gate:
                if gate.read() == "broken":
                    raise ImportError(name + " cannot be loaded")
        return None


sys.meta_path.insert(0, Held())
"""


class HeldModules:
    """Holds back `names` in a program that is started with `env`; `release` answers one import."""

    def __init__(self, folder: Path, names: Collection[str]) -> None:
        self._gate = folder / "gate"
        os.mkfifo(self._gate)
        site = folder / "site"
        site.mkdir()
        hook = HOOK.format(names=sorted(names), gate=str(self._gate))
        (site / "sitecustomize.py").write_text(hook, encoding="utf-8")
        self.env: Mapping[str, str] = {"PYTHONPATH": str(site)}

    def release(self, *, broken: bool = False) -> None:
        """Wait until a module is asked for, and let it load or fail."""
        self._gate.write_text("broken" if broken else "whole", encoding="utf-8")
