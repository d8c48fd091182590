"""Prompt and edit tools depend on the model's profile and on nothing else."""

import json

import pytest

from codex_tui.agent.prompts import system_prompt, withheld_tools
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.messages import TextPart, ToolCall
from codex_tui.protocol.models import ModelRef
from codex_tui.protocol.profiles import SHIPPED_PROMPTS, EditWay, ModelProfile
from codex_tui.providers.base import Endpoint
from codex_tui.providers.profiles import Profiles
from codex_tui.providers.scripted import Reply
from tests.support.engine import Engine


def profile_of(model: str) -> ModelProfile:
    endpoint = Endpoint(name="any", api="scripted", base_url="")
    return Profiles().wished(ModelRef("any", model), endpoint).profile


@pytest.mark.parametrize(
    ("model", "prompt"),
    [
        ("claude-opus-5-5", "claude"),
        ("anthropic/claude-opus-5.5", "claude"),
        ("Claude-Next", "claude"),
        ("gpt-6.1-sol", "gpt"),
        ("o3", "gpt"),
        ("qwen3-coder", "plain"),
        ("walkthrough", "plain"),
    ],
)
def test_a_model_is_told_the_text_of_its_family(model, prompt):
    assert profile_of(model).prompt == prompt


def test_each_family_adds_to_the_common_text_and_repeats_byte_for_byte():
    models = ("stranger", "claude-opus-5-5", "gpt-6.1-sol")
    stranger, claude, gpt = (system_prompt(profile_of(model)) for model in models)
    assert claude.startswith(stranger)
    assert len({stranger, claude, gpt}) == 3
    assert system_prompt(profile_of("claude-sonnet-5-5")) == claude


@pytest.mark.parametrize("edit_tool", EditWay)
@pytest.mark.parametrize("prompt", SHIPPED_PROMPTS)
@pytest.mark.parametrize("text", [None, "House rules."])
def test_a_model_reads_of_the_edit_tools_it_is_offered_and_of_no_other(edit_tool, prompt, text):
    withheld = withheld_tools(edit_tool)
    offered = {"edit_file", "write_file", "apply_patch"} - withheld
    said = system_prompt(ModelProfile(prompt=prompt, prompt_text=text, edit_tool=edit_tool))
    assert edit_tool.value in offered
    assert withheld
    assert all(f"`{name}`" in said for name in offered)
    assert not any(f"`{name}`" in said for name in withheld)
    assert said.startswith(text or "You are the coding assistant")


async def test_a_model_is_offered_one_way_of_editing_and_may_still_use_the_other(tmp_path):
    (tmp_path / "w").mkdir()
    patch = "*** Begin Patch\n*** Add File: a.txt\n+words\n*** End Patch\n"
    call = ToolCall(id="1", name="apply_patch", arguments=json.dumps({"input": patch}))
    script = [Reply(parts=(call,)), Reply(parts=(TextPart(text="Done."),))]
    engine = Engine(tmp_path / "w", script)
    engine.session.start(ApprovalMode.AUTO_EDIT)
    for model, expected in (("stranger", "edit_file"), ("gpt-6.1-sol", "apply_patch")):
        names = {spec.name for spec in engine.tools.specs_for(profile_of(model).edit_tool)}
        assert names & {"edit_file", "apply_patch"} == {expected}
    engine.session.select_model(ModelRef("fake", "stranger"))
    await engine.session.submit("write a file")
    assert "apply_patch" not in {spec.name for spec in engine.provider.requests[0].tools}
    assert (tmp_path / "w" / "a.txt").read_text() == "words\n"
