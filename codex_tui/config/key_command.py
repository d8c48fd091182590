"""Runs the command that prints a provider's key, as the user wrote it into the configuration.

The command is the user's own and gets the user's environment (password managers need `HOME`, their
sockets and their sessions), but none of the keys we know of, no terminal and no input. It starts in
the home folder: the project must not be able to put a program in its way. What it prints is a key
and appears in no message.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_tui.config.paths import expand_home
from codex_tui.config.secrets import SHORTEST_UNMISTAKABLE, redact
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from codex_tui.protocol.programs import Completed, Programs

TIME_LIMIT_S: Final = 30.0
MAX_KEY_BYTES: Final = 65_536
"""Room for the longest tokens there are, and an end to what is no key at all."""
SHELL: Final = "/bin/sh"
_LONGEST_SHOWN: Final = 200

KeyCommand = str | tuple[str, ...]
"""One text for the shell, or a program and its arguments."""


class KeyCommands:
    """Runs key commands. It blocks, for up to `time_limit_s` seconds, and belongs in a thread."""

    def __init__(
        self, programs: Programs, env: Mapping[str, str], *, time_limit_s: float = TIME_LIMIT_S
    ) -> None:
        """`env` is the user's environment."""
        self._programs = programs
        self._env = env
        self._time_limit_s = time_limit_s

    def run(
        self,
        provider: str,
        command: KeyCommand,
        *,
        secrets: Collection[str],
        key_variables: Collection[str],
    ) -> str:
        """Return what the command printed, stripped.

        Args:
            provider: whose key it is.
            command: what to run.
            secrets: the keys that are known; no variable with one of them is passed on.
            key_variables: variables that hold keys of providers.

        Raises:
            ConfigError: it cannot be run, failed, or printed no single line; says what it said.
        """
        env = _environment(self._env, secrets, key_variables)
        try:
            argv = (SHELL, "-c", command) if isinstance(command, str) else _found(command, env)
            ended = self._programs.run(
                argv,
                cwd=Path.home(),
                timeout_s=self._time_limit_s,
                max_output_bytes=MAX_KEY_BYTES,
                env=env,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise _failure(provider, command, f"cannot be run: {reason or error}") from None
        fault = self._fault(ended, secrets)
        if fault:
            raise _failure(provider, command, fault)
        return ended.stdout.decode("utf-8", "replace").strip()

    def _fault(self, ended: Completed, secrets: Collection[str]) -> str:
        """Say why there is no key in what the command printed, nothing when there is."""
        if ended.timed_out:
            return f"took longer than {self._time_limit_s:g} s and was ended"
        if ended.truncated:
            return "printed far more than a key"
        if ended.exit_code != 0:
            said = redact(ended.stderr.decode("utf-8", "replace").strip(), secrets)
            first = one_line(said.partition("\n")[0], _LONGEST_SHOWN)
            how = f"exit {ended.exit_code}"
            if ended.exit_code < 0:
                how = f"killed by signal {-ended.exit_code}"
            return f"failed ({how}): {first}" if first else f"failed ({how}) and said nothing"
        lines = len(ended.stdout.strip().splitlines())
        if lines != 1:
            return f"printed {lines} lines; a key is one" if lines else "printed nothing"
        return ""


def _environment(
    env: Mapping[str, str], secrets: Collection[str], key_variables: Collection[str]
) -> dict[str, str]:
    passed = {
        name: value
        for name, value in env.items()
        if name not in key_variables and not any(_holds(value, secret) for secret in secrets)
    }
    # A relative place would be looked up in whatever folder the program stands.
    places = (place for place in passed.get("PATH", "").split(":") if place.startswith("/"))
    return {**passed, "PATH": ":".join(places)} if "PATH" in passed else passed


def _holds(value: str, secret: str) -> bool:
    """Say whether a variable has a secret. A short one is a word that `PATH` may have as well."""
    return value == secret or (len(secret) >= SHORTEST_UNMISTAKABLE and secret in value)


def _found(command: tuple[str, ...], env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command with its program as a whole path."""
    program = expand_home(command[0])
    if "/" in command[0] and not program.is_absolute():
        raise ValueError(f"{command[0]} must be a name, a whole path or begin with ~")
    found = shutil.which(str(program), path=env.get("PATH"))
    if found is None:
        raise ValueError(f"there is no program {command[0]}")
    return (found, *command[1:])


def _failure(provider: str, command: KeyCommand, what: str) -> ConfigError:
    shown = command if isinstance(command, str) else shlex.join(command)
    return ConfigError(
        f"the api_key_command of {provider} {what}",
        hint=f"Run it by hand to see more: {one_line(redact(shown), _LONGEST_SHOWN)}",
    )
