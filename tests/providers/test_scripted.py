"""The scripted provider speaks the neutral stream; the demonstration is a whole piece of work."""

from contextlib import aclosing

import pytest

from codex_tui.composition.demo import FILES, PROMPT, sample_project
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import StopReason, TextPart, UserMessage
from codex_tui.providers.base import (
    ModelRequest,
    PartDelta,
    PartFinished,
    PartStarted,
    StreamFinished,
)
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order, walkthrough
from tests.support.engine import ENDPOINT, REF, Engine, call


async def no_pause() -> None:
    return None


async def play(provider: ScriptedProvider) -> list[object]:
    request = ModelRequest(model="m", system="", messages=(UserMessage(text="hi"),))
    async with aclosing(provider.stream(request)) as events:
        return [event async for event in events]


async def test_parts_come_in_pieces_and_end_with_the_terminal_event():
    tool = call("list_files", "{}")
    text = TextPart(text="0123456789abcdef")
    provider = ScriptedProvider(ENDPOINT, in_order([Reply(parts=(text, tool))]), no_pause)
    assert await play(provider) == [
        PartStarted(index=0, kind="text"),
        PartDelta(index=0, text="0123456789ab"),
        PartDelta(index=0, text="cdef"),
        PartFinished(index=0, part=text),
        PartStarted(index=1, kind="tool_call", call_id="call_1", name="list_files"),
        PartDelta(index=1, text="{}"),
        PartFinished(index=1, part=tool),
        StreamFinished(stop=StopReason.TOOL_USE, response_id="scripted_1"),
    ]


async def test_an_error_comes_after_what_was_streamed():
    fault = ProviderError("gone", kind=ProviderErrorKind.CONNECTION, provider="fake")
    reply = Reply(parts=(TextPart(text="ab"),), error=fault)
    with pytest.raises(ProviderError, match="gone"):
        await play(ScriptedProvider(ENDPOINT, in_order([reply]), no_pause))


async def test_the_demonstration_edits_the_sample_and_its_tests_still_hold():
    with sample_project() as root:
        engine = Engine(root, walkthrough, store=root.parent / "sessions")
        engine.session.start(ApprovalMode.AUTO_EDIT)
        engine.session.select_model(REF)
        await engine.session.submit(PROMPT)
        text = (root / "greeter.py").read_text(encoding="utf-8")
        names: dict[str, object] = {"__name__": "greeter"}
        exec(compile(text, "greeter.py", "exec"), names)
        assert names["greet"]("Ada") == "Hello, Ada!"
        assert "as proposed" in engine.session.messages[-1].text
        await engine.session.submit("and now?")
        assert "whole demonstration" in engine.session.messages[-1].text
        await engine.session.close()
        folder = root
    assert not folder.exists()


async def test_the_demonstration_says_so_where_the_sample_is_not(tmp_path):
    (tmp_path / "work").mkdir()
    engine = Engine(tmp_path / "work", walkthrough)
    engine.session.start(ApprovalMode.AUTO_EDIT)
    engine.session.select_model(REF)
    await engine.session.submit("change my code")
    assert "not a model" in engine.session.messages[-1].text
    assert list((tmp_path / "work").iterdir()) == []
    await engine.session.close()


def test_the_sample_is_fresh_each_time():
    with sample_project() as first:
        (first / "greeter.py").unlink()
        with sample_project() as second:
            assert {each.name for each in second.iterdir()} == set(FILES)
