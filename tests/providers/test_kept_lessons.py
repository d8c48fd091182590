"""What was learned of a server is known at the next start, for a month at most."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.config.kept_texts import KeptTexts
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import UserMessage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.base import HostLearned, StreamEvent
from codex_tui.providers.kept_lessons import BELIEVED_FOR, KeptLessons
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.support import ask, request_of
from tests.providers.contract.wire import Say, Wire
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES
from tests.servers.loopback import Plain
from tests.support.pictures import image

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REFUSED = {
    MESSAGES: "thinking.block_binding: Extra inputs are not permitted",
    RESPONSES: "Unknown parameter: 'prompt_cache_key'.",
    CHAT: "Unrecognized request argument supplied: stream_options",
}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def refusal(wire: Wire, words: str = "") -> Plain:
    words = words or REFUSED[wire]
    return Plain.of_json(wire.error_body("invalid_request_error", words), status=400)


class Program:
    """The program as it starts again and again; `folder` outlives it."""

    def __init__(self, folder: Path, wire: Wire, address: str) -> None:
        self.folder, self.wire, self.address = folder, wire, address
        self.now = NOON

    @asynccontextmanager
    async def started(self, **fields: Any) -> AsyncIterator[ProviderRegistry]:
        endpoint = self.wire.endpoint(self.address, **fields)
        kept = KeptLessons(KeptTexts(self.folder), now=lambda: self.now)
        registry = ProviderRegistry([endpoint], lessons=kept)
        try:
            yield registry
        finally:
            await registry.aclose()

    async def answer(self, *, model: str = "", **fields: Any) -> list[StreamEvent]:
        async with self.started(**fields) as registry:
            return await ask(await registry.open("acme"), self.request(model))

    def request(self, model: str = "") -> Any:
        return request_of(model=model or self.wire.model)


over_wires = pytest.mark.parametrize("wire", list(REFUSED), ids=str)


@over_wires
async def test_the_next_start_is_refused_nothing_and_says_so_to_the_log_alone(
    wire: Wire, tmp_path: Path
) -> None:
    said = wire.reply(Say("ok"))
    async with wire.server([refusal(wire), said, said]) as server:
        program = Program(tmp_path / "kept", wire, server.base_url)
        taught, *_ = await program.answer()
        known, *_ = await program.answer()
        first, second, third = server.requests
    assert isinstance(taught, HostLearned)
    assert taught.told
    assert known == HostLearned(learned=taught.learned)
    assert first != second
    assert third == second


async def test_a_month_later_the_server_is_tried_again(tmp_path: Path) -> None:
    said = MESSAGES.reply(Say("ok"))
    async with MESSAGES.server([refusal(MESSAGES), said, refusal(MESSAGES), said, said]) as server:
        program = Program(tmp_path, MESSAGES, server.base_url)
        await program.answer()
        program.now += BELIEVED_FOR
        taught, *_ = await program.answer()
        assert isinstance(taught, HostLearned)
        assert taught.told, "it was tried, and still is refused"
        program.now += BELIEVED_FOR - timedelta(seconds=1)
        await program.answer()
        whole, less, *later = server.requests
    assert later == [whole, less, less]


async def test_a_lesson_is_of_one_model_and_one_address(tmp_path: Path) -> None:
    said = RESPONSES.reply(Say("ok"))
    other = "gpt-6.1-terra"
    async with (
        RESPONSES.server([refusal(RESPONSES), said, refusal(RESPONSES), said, said, said]) as one,
        RESPONSES.server([said]) as two,
    ):
        program = Program(tmp_path, RESPONSES, one.base_url)
        for model in ("", other, "", other):
            await program.answer(model=model)
        program.address = two.base_url
        await program.answer()
        with_key = ["prompt_cache_key" in body for body in one.requests]
        assert with_key == [True, False, True, False, False, False]
        assert "prompt_cache_key" in two.requests[0]


@pytest.mark.parametrize("how", ["refreshed", "another key"])
async def test_a_server_that_is_asked_anew_is_tried_anew_with_the_program_running(
    how: str, tmp_path: Path
) -> None:
    said = CHAT.reply(Say("ok"))
    async with CHAT.server([refusal(CHAT), said, said, said, said]) as server:
        program = Program(tmp_path, CHAT, server.base_url)
        async with program.started(models=("house-model",)) as registry:
            for _ in range(2):
                await ask(await registry.open("acme"), program.request())
            if how == "another key":
                await registry.replace(CHAT.endpoint(server.base_url))
            else:
                await registry.refresh_models("acme", force=True)
            await ask(await registry.open("acme"), program.request())
        await program.answer()
        asked = ["stream_options" in body for body in server.requests]
    assert asked == [True, False, False, True, True]


async def test_a_lesson_that_is_taken_back_is_not_kept(tmp_path: Path) -> None:
    said = RESPONSES.reply(Say("ok"))
    async with RESPONSES.server([refusal(RESPONSES), refusal(RESPONSES), said]) as server:
        program = Program(tmp_path, RESPONSES, server.base_url)
        with pytest.raises(ProviderError):
            await program.answer()
        first, *_ = await program.answer()
        whole, _, last = server.requests
    assert not isinstance(first, HostLearned)
    assert last == whole


async def test_a_model_found_blind_is_known_to_be(tmp_path: Path) -> None:
    said = CHAT.reply(Say("ok"))
    pictured = request_of(UserMessage(text="See.", images=(image("a.png"),)), model=CHAT.model)
    script = [refusal(CHAT, "this model does not support image input"), said, said]
    async with CHAT.server(script) as server:
        program = Program(tmp_path, CHAT, server.base_url)
        for _ in range(2):
            async with program.started() as registry:
                provider = await registry.open("acme")
                async with aclosing(provider.stream(pictured)) as events:
                    async for _event in events:
                        pass
                assert registry.describe(ModelRef("acme", CHAT.model)).image_input is False
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 1, "api": "anthropic-messages", "address": "ADDRESS", "models": '
        '{"claude-opus-5-5": {"flags": {"left_out": "thinking"}}}}',
        '{"version": 1, "api": "anthropic-messages", "address": "ADDRESS", "models": '
        '{"claude-opus-5-5": {"since": "2026-11-20T12:00:00", "flags": {"left_out": "a"}}}}',
        '{"version": 1, "api": "anthropic-messages", "address": "ADDRESS", "models": '
        '{"claude-opus-5-5": {"since": "2027-11-20T12:00:00Z", "flags": {"left_out": "a"}}}}',
    ],
)
async def test_a_damaged_file_counts_as_none_and_is_replaced(text: str, tmp_path: Path) -> None:
    said = MESSAGES.reply(Say("ok"))
    async with MESSAGES.server([refusal(MESSAGES), said, said]) as server:
        program = Program(tmp_path, MESSAGES, server.base_url)
        (tmp_path / "acme.json").write_text(text.replace("ADDRESS", server.base_url))
        taught, *_ = await program.answer(model="claude-opus-5-5")
        assert isinstance(taught, HostLearned)
        assert taught.told
        known, *_ = await program.answer(model="claude-opus-5-5")
        assert known == HostLearned(learned=taught.learned)


async def test_a_full_disk_costs_a_refused_request(tmp_path: Path) -> None:
    said = MESSAGES.reply(Say("ok"))
    folder = tmp_path / "kept"
    folder.write_text("a file in the place of the folder")
    async with MESSAGES.server([refusal(MESSAGES), said] * 2) as server:
        program = Program(folder, MESSAGES, server.base_url)
        for _ in range(2):
            taught, *_ = await program.answer()
            assert isinstance(taught, HostLearned)
            assert taught.told


async def test_two_programs_keep_what_each_has_learned(tmp_path: Path) -> None:
    endpoint = MESSAGES.endpoint("http://127.0.0.1:1")
    programs = [KeptLessons(KeptTexts(tmp_path), now=lambda: NOON) for _ in range(2)]
    for model, program in zip(("one", "two"), programs, strict=True):
        assert program.of(endpoint, model) == {}
        program.keep(endpoint, model, {"left_out": model})
    for program in programs:
        program.store(endpoint)
    later = KeptLessons(KeptTexts(tmp_path), now=lambda: NOON)
    assert [later.of(endpoint, model) for model in ("one", "two", "three")] == [
        {"left_out": "one"},
        {"left_out": "two"},
        {},
    ]
