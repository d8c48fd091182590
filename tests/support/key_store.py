"""A key store that keeps its keys in memory, as a backend of the real `keyring` package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import keyring.core
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryStore(KeyringBackend):
    """Keeps keys by service and user; `asked` counts the reads."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service, username):
        self.asked += 1
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


def in_use() -> Iterator[MemoryStore]:
    """Make a fresh store the one in use, and put back the former one."""
    former = keyring.core._keyring_backend
    store = MemoryStore()
    keyring.set_keyring(store)
    yield store
    keyring.core._keyring_backend = former
