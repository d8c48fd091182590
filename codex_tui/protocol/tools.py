"""What a tool promises to the model, and what it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model sees it. `parameters` is a JSON Schema: object at the root, references
    inlined, keys in the order of declaration.

    `streams_edit` marks tools whose arguments are worth seeing while they arrive.
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    streams_edit: bool = False


class AccessKind(StrEnum):
    """What is done to a path."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAccess:
    """One path a tool call wants to touch, as the workspace resolved it.

    `path` is relative to the workspace where it lies inside, absolute otherwise. `outside`,
    `protected` (`.git`, our own folders) and `secret` (`.env`, key files) are facts; what follows
    from them is the approval policy's business.
    """

    kind: AccessKind
    path: str
    outside: bool = False
    protected: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A shell command a tool wants run.

    `script` is for the shell, exactly as the model wrote it. `directory` is where it starts, an
    absolute path without links; `workdir` is how the workspace calls that. It is ended after
    `timeout_s` seconds. `description` is what the model says it is for, in one line, or nothing.
    """

    script: str
    directory: str
    workdir: str
    timeout_s: int
    description: str = ""
