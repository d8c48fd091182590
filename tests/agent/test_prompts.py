"""The system prompt depends on the model's family and on nothing else."""

import pytest

from codex_tui.agent.prompts import family_of, system_prompt


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
    common = system_prompt("something-else")
    claude, gpt = system_prompt("claude-opus-5-5"), system_prompt("gpt-6.1-sol")
    assert claude.startswith(common)
    assert gpt.startswith(common)
    assert len({common, claude, gpt}) == 3
    assert system_prompt("claude-sonnet-5-5") == claude
    assert "edit_file" in common
