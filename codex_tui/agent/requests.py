"""From the conversation to the request of the next model call.

A pure function of the log, of the model's profile and of what was learned of its server: between
two steps of a session the beginning of a request stays the same bytes, on which the vendors' caches
and their signed thinking depend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.agent.file_words import in_words
from codex_tui.agent.prompts import system_prompt
from codex_tui.providers.base import ModelRequest

if TYPE_CHECKING:
    from codex_tui.agent.history import History
    from codex_tui.agent.model_call import Target
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.messages import Message


def next_request(target: Target, history: History, tools: ToolRunner, place: Place) -> ModelRequest:
    """Return the whole conversation for this target. What of it a model without tools is told is
    up to its `one_shot.provider.OneShot`.
    """
    profile, one_shot = target.profile, target.model.tools is False
    return ModelRequest(
        model=target.model.ref.model,
        system="" if one_shot else system_prompt(profile),
        messages=history.messages if one_shot else _read(history),
        tools=() if one_shot else tools.specs_for(profile.edit_tool),
        effort=target.effort,
        show_thinking=profile.show_thinking is not False,
        max_output_tokens=profile.max_output_tokens,
        temperature=profile.temperature,
        cache_life=profile.cache_life,
        timeout_s=profile.timeout_s,
        session=place.session,
        sees_images=target.model.image_input is not False,
        learned=target.lessons.of(target.origin),
    )


def _read(history: History) -> tuple[Message, ...]:
    messages = history.view.messages
    return in_words(messages) if history.has_files else messages
