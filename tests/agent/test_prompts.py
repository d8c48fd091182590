"""Prompt and edit tools depend on the model's family and on nothing else."""

import json

import pytest

from codex_tui.agent.prompts import family_of, system_prompt, withheld_tools
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.messages import TextPart, ToolCall
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.scripted import Reply
from tests.support.engine import Engine


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-opus-5-5", "claude"),
        ("anthropic/claude-opus-5.5", "claude"),
        ("gpt-6.1-sol", "gpt"),
        ("o3", "gpt"),
        ("qwen3-coder", None),
        ("walkthrough", None),
    ],
)
def test_families(model, family):
    assert family_of(model) == family


def test_each_family_adds_to_the_common_text_and_repeats_byte_for_byte():
    stranger, claude, gpt = map(system_prompt, ("stranger", "claude-opus-5-5", "gpt-6.1-sol"))
    assert claude.startswith(stranger)
    assert len({stranger, claude, gpt}) == 3
    assert system_prompt("claude-sonnet-5-5") == claude


@pytest.mark.parametrize("model", ["stranger", "claude-opus-5-5", "gpt-6.1-sol", "gpt-oss-120b"])
def test_a_model_reads_of_the_edit_tools_it_is_offered_and_of_no_other(model):
    withheld = withheld_tools(model)
    offered = {"edit_file", "write_file", "apply_patch"} - withheld
    text = system_prompt(model)
    assert offered
    assert withheld
    assert all(f"`{name}`" in text for name in offered)
    assert not any(f"`{name}`" in text for name in withheld)


async def test_a_model_is_offered_one_way_of_editing_and_may_still_use_the_other(tmp_path):
    (tmp_path / "w").mkdir()
    patch = "*** Begin Patch\n*** Add File: a.txt\n+words\n*** End Patch\n"
    call = ToolCall(id="1", name="apply_patch", arguments=json.dumps({"input": patch}))
    script = [Reply(parts=(call,)), Reply(parts=(TextPart(text="Done."),))]
    engine = Engine(tmp_path / "w", script)
    engine.session.start(ApprovalMode.AUTO_EDIT)
    for model, expected in (("stranger", "edit_file"), ("gpt-6.1-sol", "apply_patch")):
        names = {spec.name for spec in engine.tools.specs_for(model)}
        assert names & {"edit_file", "apply_patch"} == {expected}
    engine.session.select_model(ModelRef("fake", "stranger"))
    await engine.session.submit("write a file")
    assert "apply_patch" not in {spec.name for spec in engine.provider.requests[0].tools}
    assert (tmp_path / "w" / "a.txt").read_text() == "words\n"
