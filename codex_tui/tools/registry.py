"""Which tools there are: found by name, told to models in a fixed order."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Protocol, cast

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.apply_patch import ApplyPatch, Patcher
from codex_tui.tools.base import Editor
from codex_tui.tools.edit_file import EditFile
from codex_tui.tools.list_files import ListFiles
from codex_tui.tools.matching import LineMatcher, Matcher, Ripgrep
from codex_tui.tools.names import printable
from codex_tui.tools.read_file import ReadFile
from codex_tui.tools.search import Search
from codex_tui.tools.shell import Shell
from codex_tui.tools.update_plan import UpdatePlan
from codex_tui.tools.write_file import WriteFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from codex_tui.protocol.programs import Programs
    from codex_tui.protocol.tools import ToolSpec
    from codex_tui.tools.base import BaseTool, Tool, ToolArguments
    from codex_tui.tools.workspace import Workspace

    A = TypeVar("A", bound=ToolArguments)

_MAX_NAME_CHARS = 64  # of an unknown name repeated in a message


class ToolRegistry:
    """The tools of a session; the set does not change while it lasts."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        """Hold `tools`; of two with the same name the later one counts."""
        self._tools = {tool.name: tool for tool in sorted(tools, key=lambda tool: tool.name)}

    def specs(self) -> tuple[ToolSpec, ...]:
        """Describe all tools, sorted by name: the same bytes in every request."""
        return tuple(tool.spec for tool in self._tools.values())

    def find(self, name: str) -> Tool:
        """Return a tool; raises `ToolError` that names the nearest one and all there are."""
        tool = self._tools.get(name)
        if tool is not None:
            return tool
        near = difflib.get_close_matches(name, self._tools, n=1)
        raise ToolError(
            f"There is no tool {printable(name[:_MAX_NAME_CHARS])!r}."
            + (f" Did you mean {near[0]}?" if near else ""),
            hint=f"The tools are: {', '.join(self._tools)}.",
        )


class EditEngine(Editor, Patcher, Protocol):
    """All that the tools need of the edit engine."""


def default_tools(workspace: Workspace, editor: EditEngine, runner: Programs) -> ToolRegistry:
    """Make the tools of a session; ripgrep searches where the system has it."""
    return ToolRegistry(
        [
            _any_tool(ReadFile(workspace)),
            _any_tool(ListFiles(workspace)),
            _any_tool(Search(workspace, runner, best_matcher(runner))),
            _any_tool(EditFile(workspace, editor)),
            _any_tool(WriteFile(workspace, editor)),
            _any_tool(Shell(workspace)),
            _any_tool(ApplyPatch(workspace, editor)),
            _any_tool(UpdatePlan()),
        ]
    )


def best_matcher(runner: Programs) -> Matcher:
    """Choose ripgrep where the system has it, else our own."""
    program = runner.find("rg")
    return LineMatcher() if program is None else Ripgrep(program)


def _any_tool(tool: BaseTool[A]) -> Tool:
    """Forget a tool's own type of arguments: whoever holds a `Tool` feeds it what it parsed."""
    return cast("Tool", tool)
