"""What the refusals of compatible servers mean, and how the user is told."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.providers.lessons import Lesson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.providers.openai_chat.compat import Compat

_WORDS: Final[Mapping[tuple[str, str | bool], str]] = {
    ("include_usage", False): "it is not asked to count its tokens",
    ("max_tokens", "max_completion_tokens"): "answers are limited by max_completion_tokens",
    ("max_tokens", "none"): "the length of its answers is not limited",
    ("system_role", "system"): "instructions go out in the system role",
    ("reasoning_effort", "none"): "no effort is asked for",
    ("reasoning_echo", "reasoning_content"): "its reasoning goes back to it with its tool calls",
    ("reasoning_echo", "none"): "its reasoning is not sent back to it",
    ("echo_state", False): "its own state is not sent back to it",
    ("thought_signatures", True): "tool calls of other models get the mark it wants to see",
    ("tool_id", "mistral9"): "tool calls get ids of nine letters and digits",
    ("stream_tools", False): "answers come in one piece",
    ("alternate_roles", True): "your messages and the answers take turns strictly",
    ("empty_tools", False): "an empty list of tools is left out",
    ("images", False): "pictures are only told in words",
    ("temperature", False): "no temperature is asked for",
    ("json_schema", False): "the form of an answer is asked for in words",
}
"""Every change of a field that a refusal may ask for, in words that complete "from now on …"."""


def lessons(compat: Compat, said: str) -> Iterator[Lesson]:
    """Yield what a refusal may mean, likeliest first, as changes of `compat`."""
    for meant in meanings(compat, said):
        flags = compat.differences(meant)
        told = ", ".join(
            _WORDS.get(change, f"{change[0]} is {change[1]}") for change in flags.items()
        )
        yield Lesson(flags=flags, told=told)


_ROLE_ORDER = re.compile(
    r"roles must alternate|alternate (between )?user|unexpected role|after role", re.IGNORECASE
)
_CALL_ID = re.compile(r"tool[ _]call[ _]id.*\b9\b", re.IGNORECASE | re.DOTALL)
_STREAMED_TOOLS = re.compile(r"\btools?\b.*\bstream|\bstream(ing|ed)?\b.*\btool", re.I | re.DOTALL)
# What servers say of pictures they cannot take: llama.cpp and OpenRouter ("support"), vLLM ("is not
# a multimodal model", "At most 0 image(s)"), DeepSeek ("unknown variant `image_url`"), Ollama
# ("missing data required for image input"), OpenAI ("Invalid content type"), Groq ("a string").
_NO_IMAGES = re.compile(
    r"(image|vision|multi-?modal).*support|support.*(image|vision|multi-?modal)"
    r"|not a multi-?modal|at most 0 image|unknown variant .?image|required for image input"
    r"|content\b.*must be a string|invalid content type.*image",
    re.IGNORECASE | re.DOTALL,
)
_NO_SCHEMA = re.compile(r"\bresponse_format\b|json_schema|structured.outputs?\b", re.IGNORECASE)
_IMPOSSIBLE = re.compile(r"support|cannot|can't|not allowed|must", re.IGNORECASE)
_NO_TOOLS = re.compile(r"\btools\b.*(empty|too short|at least|\[\])", re.IGNORECASE | re.DOTALL)


def meanings(compat: Compat, said: str) -> Iterator[Compat]:
    """Yield what a refusal may mean, likeliest first: `compat` without what the server names.

    Whether the server was sent that at all is for the caller to see.
    """
    if _names(said, "stream_options", "include_usage"):
        yield replace(compat, include_usage=False)
    yield from _token_lessons(compat, said)
    yield from _reasoning_lessons(compat, said)
    yield from _state_lessons(compat, said)
    if _names(said, "developer"):
        yield replace(compat, system_role="system")
    if _ROLE_ORDER.search(said):
        yield replace(compat, alternate_roles=True)
    if _CALL_ID.search(said):
        yield replace(compat, tool_id="mistral9")
    if _NO_TOOLS.search(said):
        yield replace(compat, empty_tools=False)
    if _STREAMED_TOOLS.search(said) and _IMPOSSIBLE.search(said):
        yield replace(compat, stream_tools=False)
    if compat.images and _NO_IMAGES.search(said):
        yield replace(compat, images=False)
    if _names(said, "temperature"):
        yield replace(compat, temperature=False)
    if compat.json_schema and _NO_SCHEMA.search(said):
        yield replace(compat, json_schema=False)


def _token_lessons(compat: Compat, said: str) -> Iterator[Compat]:
    if not _names(said, "max_tokens", "max_completion_tokens"):
        return
    if compat.max_tokens == "max_tokens" and _names(said, "max_completion_tokens"):
        yield replace(compat, max_tokens="max_completion_tokens")
    yield replace(compat, max_tokens="none")


def _reasoning_lessons(compat: Compat, said: str) -> Iterator[Compat]:
    if _names(said, compat.reasoning_effort):
        yield replace(compat, reasoning_effort="none")
    if compat.reasoning_echo == "none" and _names(said, "reasoning_content"):
        yield replace(compat, reasoning_echo="reasoning_content")
    elif _names(said, compat.reasoning_echo):
        yield replace(compat, reasoning_echo="none")


def _state_lessons(compat: Compat, said: str) -> Iterator[Compat]:
    if not compat.thought_signatures and _names(said, "thought_signature"):
        yield replace(compat, thought_signatures=True)
    if _names(said, "reasoning_details", "extra_content"):
        yield replace(compat, echo_state=False, thought_signatures=False)


def _names(said: str, *names: str) -> bool:
    return any(name != "none" and re.search(rf"\b{name}\b", said) for name in names)
