from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.plan import PlanStatus, PlanStep
from codex_tui.tools.update_plan import UpdatePlan

if TYPE_CHECKING:
    from tests.tools.kit import Read


def steps(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"step": step, "status": status} for step, status in pairs]


THREE = steps(("look", "completed"), ("rename", "in_progress"), ("test", "pending"))


def test_arguments_have_the_names_that_coding_models_are_trained_on() -> None:
    parameters = UpdatePlan().spec.parameters
    assert parameters == {
        "type": "object",
        "additionalProperties": False,
        "required": ["plan"],
        "properties": {
            "explanation": {
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "default": None,
                "description": "Why the plan changed, in one line; only when it did.",
            },
            "plan": {
                "type": "array",
                "description": "All steps in order, the done ones included; empty to drop the "
                "plan.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["step", "status"],
                    "properties": {
                        "step": {
                            "type": "string",
                            "description": "What is to be done, in one short line.",
                        },
                        "status": {
                            "type": "string",
                            "enum": ["pending", "in_progress", "completed"],
                        },
                    },
                },
            },
        },
    }
    assert list(parameters["properties"]) == ["explanation", "plan"]


def test_the_plan_is_handed_on_and_the_model_told_how_far_it_is(read: Read) -> None:
    output = read("update_plan", plan=THREE)
    assert output.plan == (
        PlanStep(text="look", status=PlanStatus.COMPLETED),
        PlanStep(text="rename", status=PlanStatus.IN_PROGRESS),
        PlanStep(text="test", status=PlanStatus.PENDING),
    )
    assert (output.content, output.summary) == ("Plan updated: 1 of 3 done.", "1 of 3 done")


def test_an_explanation_is_shown_on_one_line_and_null_is_none(read: Read) -> None:
    why = "the tests\nfailed \x1b[2J" + "x" * 500
    output = read("update_plan", plan=THREE, explanation=why)
    assert output.summary.startswith("1 of 3 done: the tests failed ␛[2J")
    assert len(output.summary) < 300
    assert output.content == "Plan updated: 1 of 3 done."
    assert read("update_plan", plan=THREE, explanation=None).summary == "1 of 3 done"


def test_an_empty_plan_drops_it(read: Read) -> None:
    output = read("update_plan", plan=[])
    assert output.plan == ()
    assert output.content == "Plan updated: no steps."


def test_blanks_around_a_step_do_not_count(read: Read) -> None:
    plan = read("update_plan", plan=steps(("  look \n", "pending"))).plan
    assert plan == (PlanStep(text="look", status=PlanStatus.PENDING),)


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (steps(("a", "pending"), (" \n", "pending")), "step 2 is empty"),
        (steps(("a\nb", "pending")), "step 1 has more than one line"),
        (steps(("a\u2028b", "pending")), "step 1 has more than one line"),
        (steps(("x" * 201, "pending")), "step 1 has 201 characters, 200 are the most"),
        (steps(*[("a", "pending")] * 51), "the plan has 51 steps, 50 are the most"),
        (
            steps(("a", "in_progress"), ("b", "pending"), ("c", "in_progress")),
            "steps 1, 3 are in_progress, one may be",
        ),
    ],
)
def test_a_plan_that_cannot_be_shown_is_refused_by_the_number_of_the_step(
    read: Read, plan: list[dict[str, str]], fault: str
) -> None:
    with pytest.raises(ToolError) as caught:
        read("update_plan", plan=plan)
    assert caught.value.message == f"update_plan: {fault}."


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"plan": steps(("a", "done"))},
        {"plan": [{"step": "a"}]},
        {"plan": [{"text": "a", "status": "pending"}]},
        {"plan": "1. look"},
    ],
)
def test_arguments_of_another_shape_do_not_fit(read: Read, arguments: dict[str, object]) -> None:
    with pytest.raises(ToolError, match="the arguments do not fit: plan"):
        read("update_plan", **arguments)


@pytest.mark.parametrize(
    ("plan", "title"),
    [
        (THREE, "rename"),
        (steps(("look", "completed"), ("test", "pending")), "test"),
        (steps(("look", "completed")), ""),
        (steps(("a\x1b[2J\nb", "pending")), "a␛[2J b"),
        ([], ""),
    ],
)
def test_the_title_is_the_step_at_hand(plan: list[dict[str, str]], title: str) -> None:
    tool = UpdatePlan()
    assert tool.title(tool.parse(json.dumps({"plan": plan}))) == title


def test_it_touches_no_file() -> None:
    tool = UpdatePlan()
    assert tool.accesses(tool.parse(json.dumps({"plan": THREE}))) == ()
