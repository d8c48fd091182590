"""The demonstration's sample project: a scratch copy in a private temporary folder.

The scripted provider does a real edit in it with the real tools, so a newcomer sees the whole way
without a key and without risk to their own files.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

PROMPT = "Make the greeting friendlier and give it a default name."

FILES = {
    "README.md": """# greeter

Says hello to everybody it is told about.

    python greeter.py Ada Grace
""",
    "greeter.py": '''"""Say hello."""

import sys


def greet(name):
    return "Hello " + name


def shout(text):
    """Return the text as loud as a terminal can be."""
    return text.upper()


def main(names):
    """Greet everybody, one a line."""
    for name in names:
        print(greet(name))


if __name__ == "__main__":
    main(sys.argv[1:])
''',
    "test_greeter.py": """from greeter import greet, shout


def test_greet_names_the_person():
    assert "Ada" in greet("Ada")


def test_shout():
    assert shout("hello") == "HELLO"
""",
}


@contextmanager
def sample_project() -> Generator[Path]:
    """Make a fresh copy of the sample project; it is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="codex-tui-demo-") as folder:
        root = Path(folder).resolve() / "greeter"
        root.mkdir()
        for name, text in FILES.items():
            (root / name).write_text(text, encoding="utf-8")
        yield root
