"""Keys in the operating system's own store, through the `keyring` package where both are there.

The package is an extra, imported when a key is asked for or stored, never at the start. Only a real
store counts: `keyring` also has backends that refuse, forget, or write plain text. A store may be
locked, broken or waiting for somebody to answer a dialog, so every call has a time limit; what it
left running then ends with the program.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from codex_tui.config.secrets import redact
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE: Final = "codex-tui"
TIME_LIMIT_S: Final = 30.0
"""Long enough for somebody to type the password that unlocks the store."""

_NO_STORES: Final = ("keyring.backends.fail.", "keyring.backends.null.", "keyrings.alt.")
"""Beginnings of the names of backends that refuse, forget, write plain text or ask on the terminal.
"""
_LONGEST_REASON: Final = 200

T = TypeVar("T")


class _Store(Protocol):
    """What `keyring` calls a backend, as far as it is used here."""

    def get_password(self, service: str, username: str, /) -> str | None: ...

    def set_password(self, service: str, username: str, password: str, /) -> None: ...

    def delete_password(self, service: str, username: str, /) -> None: ...


class SystemKeys:
    """The system's key store; the provider's name is the user name of an entry.

    Every method blocks for up to `time_limit_s` seconds and belongs in a thread.
    """

    def __init__(self, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s

    def available(self) -> bool:
        """Say whether there is a real store; a broken one raises `ConfigError`."""
        return self._in_time(_store) is not None

    def get(self, provider: str) -> str | None:
        """Return the stored key, None when there is none; raises `ConfigError`."""
        return self._in_time(lambda: _required().get_password(SERVICE, provider))

    def put(self, provider: str, key: str) -> None:
        """Store a key, over an older one; raises `ConfigError`."""
        self._in_time(lambda: _required().set_password(SERVICE, provider, key))

    def remove(self, provider: str) -> bool:
        """Remove the key; False when there was none. Raises `ConfigError`."""

        def remove() -> bool:
            store = _required()
            if store.get_password(SERVICE, provider) is None:
                return False
            store.delete_password(SERVICE, provider)
            return True

        return self._in_time(remove)

    def _in_time(self, ask: Callable[[], T]) -> T:
        """Ask in a thread of its own, which the program does not wait for at its end."""
        answers: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

        def work() -> None:
            try:
                answers.put((ask(),))
            except Exception as error:  # noqa: BLE001 - a border: backends raise whatever they like
                answers.put(error)

        threading.Thread(target=work, name="system-keys", daemon=True).start()
        try:
            answer = answers.get(timeout=self._time_limit_s)
        except queue.Empty:
            raise _unusable(f"it did not answer within {self._time_limit_s:g} s") from None
        match answer:
            case (value,):
                return value
            case ConfigError():
                raise answer
            case _:
                reason = str(answer) or type(answer).__name__
                raise _unusable(one_line(redact(reason), _LONGEST_REASON)) from None


def _store() -> _Store | None:
    """Return the real store, None where the package or a store is missing."""
    try:
        import keyring
    except ImportError:
        return None
    return _real(keyring.get_keyring())


def _required() -> _Store:
    store = _store()
    if store is None:
        raise _unusable("there is none, or the Python package keyring is not installed")
    return store


def _real(backend: object) -> _Store | None:
    """Return the first real store in `backend`, which may be a chain of them."""
    from keyring.backends.chainer import ChainerBackend

    if isinstance(backend, ChainerBackend):
        chained = cast("list[object]", backend.backends)
        return next((each for each in map(_real, chained) if each is not None), None)
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    return None if name.startswith(_NO_STORES) else cast("_Store", backend)


def _unusable(reason: str) -> ConfigError:
    return ConfigError(
        f"the system's key store cannot be used: {reason}",
        hint="Unlock it, or keep the key in a file: codex-tui login PROVIDER --file.",
    )
