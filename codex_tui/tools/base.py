"""What a tool is: arguments it can parse, paths it touches, and either an output, a proposed change
or a command to run.

A tool never asks, never writes, starts no command and never decides: `agent/tool_runner` is the
one place that judges, asks and carries out. All methods may block on the disk; the runner calls
them in a thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.messages import ImagePart
from codex_tui.protocol.plan import PlanStep
from codex_tui.protocol.tools import CommandSpec, PathAccess, ToolSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.changes import FileChange


class ToolArguments(BaseModel):
    """Base of every tool's arguments: unknown names are errors, values are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


A = TypeVar("A", bound=ToolArguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutput:
    """What a tool found. `content` is for the model and already capped; `summary` is one line for
    the transcript; `images` are what a model with eyes sees besides. `plan` is the model's new
    plan, from the tool that sets it.
    """

    content: str
    summary: str
    images: tuple[ImagePart, ...] = ()
    plan: tuple[PlanStep, ...] | None = None


class BaseTool(ABC, Generic[A]):
    """Name, description and typed arguments of one tool."""

    name: ClassVar[str]
    description: ClassVar[str]
    streams_edit: ClassVar[bool] = False
    arguments: type[A]

    @property
    def spec(self) -> ToolSpec:
        """The tool as a model sees it; the same object contents at every call."""
        return ToolSpec(
            name=self.name,
            description=self.description,
            parameters=plain_schema(self.arguments),
            streams_edit=self.streams_edit,
        )

    def parse(self, arguments: str) -> A:
        """Read the model's JSON; raises `ToolError` that names each bad argument."""
        try:
            return self.arguments.model_validate_json(arguments or "{}")
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}"
                for fault in error.errors(include_url=False)
            )
            raise ToolError(f"the arguments do not fit: {faults}") from None

    @abstractmethod
    def title(self, arguments: A) -> str:
        """One line for the transcript, without the tool's name: `src/a.py`, `"foo" in src/`."""


class ReadTool(BaseTool[A]):
    """A tool without effects; calls of these run together, but for tools of which the last call
    counts.
    """

    together: ClassVar[bool] = True

    @abstractmethod
    def accesses(self, arguments: A) -> tuple[PathAccess, ...]:
        """Name the paths a call would read; raises `ToolError` for a path that cannot be."""

    @abstractmethod
    def run(self, arguments: A) -> ToolOutput:
        """Do it; raises `ToolError`."""


class EditTool(BaseTool[A]):
    """A tool that proposes changes to files; it does not write them."""

    @abstractmethod
    def propose(self, arguments: A) -> tuple[FileChange, ...]:
        """Compute the change against the files as they are; raises `ToolError` or `EditError`, and
        never returns nothing.
        """

    @abstractmethod
    def accesses(self, arguments: A) -> tuple[PathAccess, ...]:
        """Name the paths a call would write; raises `ToolError` for a path that cannot be."""


class CommandTool(BaseTool[A]):
    """A tool that wants a shell command run; it does not run it."""

    @abstractmethod
    def command(self, arguments: A) -> CommandSpec:
        """Say what is to be run and where; raises `ToolError` for what cannot be."""


Tool = ReadTool[ToolArguments] | EditTool[ToolArguments] | CommandTool[ToolArguments]
"""Any tool, as the registry hands it out: its own `parse` gives the arguments its methods take."""


class Editor(Protocol):
    """What edit tools need of the edit engine; handed in by the composition root."""

    def replace(self, text: str, old: str, new: str, *, path: str, replace_all: bool) -> str:
        """Return `text` with `old` replaced by `new`; raises `EditError` when it does not fit."""
        ...

    def change(self, path: str, before: str | None, after: str | None) -> FileChange:
        """Cut the difference of two texts into a `FileChange`."""
        ...


class _PlainSchema(GenerateJsonSchema):
    """Leaves out what a model has no use for: a title for every field."""

    @override
    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def plain_schema(arguments: type[ToolArguments]) -> dict[str, object]:
    """Return a JSON Schema without titles: object at the root, references inlined, properties in
    declaration order, because models write arguments in that order.
    """
    schema = cast("dict[str, object]", arguments.model_json_schema(schema_generator=_PlainSchema))
    definitions = cast("dict[str, dict[str, object]]", schema.pop("$defs", {}))
    return {key: _inlined(value, definitions) for key, value in _nameless(schema).items()}


def _nameless(model: Mapping[str, object]) -> dict[str, object]:
    """Leave out a model's own title and docstring; its fields keep theirs."""
    return {key: value for key, value in model.items() if key not in {"title", "description"}}


def _inlined(value: object, definitions: Mapping[str, Mapping[str, object]]) -> object:
    """Put definitions in the place of references to them."""
    if isinstance(value, list):
        return [_inlined(each, definitions) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    node = cast("dict[str, object]", value)
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _inlined(_nameless(definitions[reference.rpartition("/")[2]]), definitions)
    return {key: _inlined(each, definitions) for key, each in node.items()}
