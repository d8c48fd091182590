"""Which paths are protected (ours and git's own folders) and which look like they hold secrets.

Facts by name alone; what follows from them is the approval policy's business.
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import translate

PROTECTED_FOLDERS = frozenset({".git", ".codex-tui"})

_SECRET_FOLDERS = frozenset({".ssh", ".aws", ".gnupg", ".azure", ".kube"})
_SECRET_NAMES = (
    ".env*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.ppk",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".git-credentials",
    ".vault-token",
    "credentials.json",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
)
_HARMLESS_NAMES = (
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    "*.pub",
)
_SECRET_PLACES = (
    "/proc/*/environ",
    "/proc/*/mem",
    "/etc/shadow*",
    "/etc/gshadow*",
    "*/.docker/config.json",
    "*/.config/gcloud/*",
    "*/.config/gh/hosts.yml",
)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)))


_secret_name = _any_of(_SECRET_NAMES)
_harmless_name = _any_of(_HARMLESS_NAMES)
_secret_place = _any_of(_SECRET_PLACES)


def is_protected(path: str) -> bool:
    """Say whether a path is, or lies in, a folder that is never edited unasked."""
    return not PROTECTED_FOLDERS.isdisjoint(_folded(path).split("/"))


def lies_in(path: str, folder: str) -> bool:
    """Say whether an absolute path is `folder` or lies in it."""
    return f"{_folded(path)}/".startswith(f"{_folded(folder)}/")


def is_secret(path: str) -> bool:
    """Say whether a path's name, or a folder it lies in, is one that secrets are kept under."""
    parts = _folded(path).split("/")
    return not _SECRET_FOLDERS.isdisjoint(parts) or (
        _secret_name.match(parts[-1]) is not None and _harmless_name.match(parts[-1]) is None
    )


def is_secret_place(path: str) -> bool:
    """Say whether an absolute path is a place of the system or the home that holds secrets."""
    return _secret_place.match(_folded(path)) is not None


def _folded(path: str) -> str:
    """Fold a path as the most forgiving file systems do: letter case, Unicode form and invisible
    characters do not count there.
    """
    if path.isascii():
        return path.casefold()
    visible = (each for each in path if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", "".join(visible)).casefold()
