"""The one place that reads the process's environment.

Everybody else is handed a mapping, so that tests and front ends decide what is in it.
"""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def current() -> Mapping[str, str]:
    """Return a read-only snapshot of the environment."""
    return MappingProxyType(dict(os.environ))
