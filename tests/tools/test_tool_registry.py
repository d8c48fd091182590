from __future__ import annotations

import json
import re

import pytest

from codex_tui.edits.engine import TextEditor
from codex_tui.protocol.errors import ToolError
from codex_tui.sandbox.unconfined import Unconfined
from codex_tui.tools.base import EditTool, ReadTool, ToolArguments, plain_schema
from codex_tui.tools.registry import ToolRegistry, default_tools
from codex_tui.tools.workspace import Workspace


@pytest.fixture
def tools(workspace: Workspace) -> ToolRegistry:
    return default_tools(workspace, TextEditor(), Unconfined())


def test_specs_are_sorted_and_the_same_at_every_call(
    tools: ToolRegistry, workspace: Workspace
) -> None:
    names = [spec.name for spec in tools.specs()]
    assert names == [
        "apply_patch",
        "edit_file",
        "list_files",
        "read_file",
        "search",
        "shell",
        "update_plan",
        "write_file",
    ]
    other = default_tools(workspace, TextEditor(), Unconfined())
    first, second = (
        [json.dumps(spec.parameters) for spec in each.specs()] for each in (tools, other)
    )
    assert first == second


def test_tools_are_found_by_name_and_know_their_kind(tools: ToolRegistry) -> None:
    kinds = {spec.name: type(tools.find(spec.name)).__mro__[1] for spec in tools.specs()}
    editing = {"apply_patch", "edit_file", "write_file"}
    assert {name for name, kind in kinds.items() if kind is EditTool} == editing
    assert {name for name, kind in kinds.items() if kind is ReadTool} == {
        "list_files",
        "read_file",
        "search",
        "update_plan",
    }
    assert {spec.name for spec in tools.specs() if spec.streams_edit} == editing


@pytest.mark.parametrize(
    ("name", "near"),
    [("readfile", "Did you mean read_file?"), ("Edit_File", "Did you mean edit_file?")],
)
def test_an_unknown_name_gets_the_nearest_one(tools: ToolRegistry, name: str, near: str) -> None:
    with pytest.raises(ToolError) as caught:
        tools.find(name)
    assert caught.value.message == f"There is no tool {name!r}. {near}"
    names = ", ".join(spec.name for spec in tools.specs())
    assert caught.value.hint == f"The tools are: {names}."


def test_a_hostile_name_is_shown_safely_and_short(tools: ToolRegistry) -> None:
    with pytest.raises(ToolError) as caught:
        tools.find("\x1b]0;x\x07" + "y" * 10_000)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_schemas_are_plain_objects_without_references_or_titles(tools: ToolRegistry) -> None:
    for spec in tools.specs():
        text = json.dumps(spec.parameters)
        assert spec.parameters["type"] == "object"
        assert spec.parameters["additionalProperties"] is False
        assert not re.search(r'"(\$ref|\$defs|title)"', text)
        assert len(spec.description) > 100


def test_arguments_are_told_in_the_order_they_are_best_written(tools: ToolRegistry) -> None:
    properties = {spec.name: list(spec.parameters["properties"]) for spec in tools.specs()}
    assert properties["edit_file"] == ["path", "edits"]
    assert properties["write_file"] == ["path", "content"]


def test_fields_keep_their_names_and_descriptions() -> None:
    class Inner(ToolArguments):
        """A docstring that models need not read."""

        title: str
        description: int = 3

    class Outer(ToolArguments):
        """Another."""

        inner: list[Inner]

    assert plain_schema(Outer) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["inner"],
        "properties": {
            "inner": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["title"],
                    "properties": {
                        "title": {"type": "string"},
                        "description": {"type": "integer", "default": 3},
                    },
                },
            }
        },
    }
