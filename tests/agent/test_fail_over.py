"""Another model takes over: offered, allowed, refused; over real wires and with a clock."""

from __future__ import annotations

import asyncio
import json
from itertools import permutations
from typing import Any

import pytest

from codex_tui.agent.recovery.cool_downs import COOL_DOWN_S, LASTING_S, CoolDowns
from codex_tui.agent.recovery.fail_over import Fallbacks
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    FailOverOffered,
    ModelFellBack,
    ModelReturned,
    ModelSelected,
    NoticeShown,
    RetryScheduled,
    TurnFinished,
)
from codex_tui.protocol.messages import AssistantMessage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.base import Endpoint
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from tests.providers.contract.support import over_wires
from tests.providers.contract.wire import Say, Use, Wire
from tests.providers.contract.wires import WIRES
from tests.servers.loopback import Plain
from tests.support.engine import REF, Engine, FakeRegistry, says

OTHER, THIRD = ModelRef("other", "model"), ModelRef("third", "model")
PAIRS = pytest.mark.parametrize(("first", "second"), list(permutations(WIRES, 2)), ids=str)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def fault(kind: ProviderErrorKind = ProviderErrorKind.OVERLOADED, **fields: Any) -> ProviderError:
    values = {"provider": "fake", "retryable": kind is not ProviderErrorKind.BILLING}
    return ProviderError(f"Failed: {kind}.", kind=kind, **{**values, **fields})


def fails(*args: Any, **fields: Any) -> Reply:
    return Reply(parts=(), error=fault(*args, **fields))


class Three:
    """A session with a model and two that may take over, each with a script of its own."""

    def __init__(
        self,
        root: Any,
        *scripts: list[Reply],
        chain: tuple[ModelRef, ...] = (OTHER, THIRD),
        automatic: bool = True,
        asks: bool = False,
        **fields: Any,
    ) -> None:
        async def no_pause() -> None:
            return None

        self.clock = Clock()
        self.providers = [
            ScriptedProvider(
                Endpoint(
                    name=name, api="scripted", base_url="", needs_key=False, **fields.get(name, {})
                ),
                in_order(script),
                no_pause,
            )
            for name, script in zip(("fake", "other", "third"), scripts, strict=False)
        ]
        root.mkdir()
        self.engine = Engine(
            root,
            [],
            providers=FakeRegistry(self.providers),
            max_retries=fields.get("max_retries", 0),
            fallbacks=Fallbacks(
                chain=chain, automatic=automatic, asks=asks, rests=CoolDowns(self.clock)
            ),
        )
        self.session = self.engine.session
        self.session.start(ApprovalMode.SUGGEST)
        self.session.select_model(REF)

    def seen(self, kind: type) -> list[Any]:
        self.engine.take()
        return [event for event in self.engine.seen if isinstance(event, kind)]

    @property
    def asked(self) -> list[int]:
        return [len(provider.requests) for provider in self.providers]

    @property
    def answers(self) -> list[str]:
        return [each.text for each in self.session.messages if isinstance(each, AssistantMessage)]


# -- taken by itself -----------------------------------------------------------------------------


@PAIRS
async def test_an_overloaded_server_is_left_and_the_other_answers(
    tmp_path: Any, first: Wire, second: Wire
) -> None:
    busy = Plain.of_json(first.error_body("overloaded_error", "Overloaded"), status=529)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text("x = 1\n", encoding="utf-8")
    use = Use("read_file", json.dumps({"path": "a.py"}))
    before = [first.reply(Say("Looking."), use), busy]
    async with (
        first.server(before) as full,
        second.server([second.reply(Say("It sets x.")), second.reply(Say("Yes."))]) as idle,
    ):
        endpoints = [
            first.endpoint(full.base_url),
            second.endpoint(idle.base_url, name="spare", title="Spare"),
        ]
        spare = ModelRef("spare", second.model)
        engine = Engine(
            tmp_path / "work",
            [],
            providers=ProviderRegistry(endpoints),
            fallbacks=Fallbacks(chain=(spare,), automatic=True),
        )
        engine.session.start(ApprovalMode.SUGGEST)
        engine.session.select_model(ModelRef("acme", first.model))
        await engine.session.submit("What does a.py do?")
        await engine.session.submit("Sure?")
        await engine.session.models._providers.aclose()
        assert (full.refused, idle.refused) == ([], [])
        assert (len(full.requests), len(idle.requests)) == (2, 2)
    engine.take()
    (fell,) = [event for event in engine.seen if isinstance(event, ModelFellBack)]
    assert (fell.failed, fell.to) == (f"acme/{first.model}", str(spare))
    assert fell.text.endswith(f". Going on with {spare}; acme/{first.model} rests for 60 s.")
    ends = [event for event in engine.seen if isinstance(event, TurnFinished)]
    assert [(each.outcome, each.text) for each in ends] == [
        ("done", "It sets x."),
        ("done", "Yes."),
    ]


async def test_the_retries_come_first_and_each_model_has_its_own(tmp_path):
    both = [fails(retry_after_s=0.0) for _ in range(2)]
    three = Three(tmp_path / "w", both, both, [says("Third.")], max_retries=1)
    await three.session.submit("go")
    assert three.asked == [2, 2, 1]
    assert [each.attempt for each in three.seen(RetryScheduled)] == [2, 2]
    assert [each.to for each in three.seen(ModelFellBack)] == [str(OTHER), str(THIRD)]
    assert three.answers == ["Third."]
    assert three.seen(FailOverOffered) == []


async def test_a_server_that_wants_a_long_rest_is_left_at_once_and_gets_it(tmp_path):
    script = [fails(ProviderErrorKind.RATE_LIMIT, retry_after_s=500.0), says("Back.")]
    three = Three(tmp_path / "w", script, [says("One."), says("Two.")], max_retries=5)
    await three.session.submit("go")
    assert [each.rest_s for each in three.seen(ModelFellBack)] == [500.0]
    three.clock.now_s = 499.0
    await three.session.submit("more")
    three.clock.now_s = 500.0
    await three.session.submit("more yet")
    assert three.answers == ["One.", "Two.", "Back."]
    (returned,) = three.seen(ModelReturned)
    assert returned.text == "Back to fake/model, which had a rest; other/model stood in for it."
    selected = [str(each.model.ref) for each in three.seen(ModelSelected)]
    assert selected == ["fake/model", "other/model", "fake/model"]


async def test_nobody_comes_back_in_the_middle_of_a_turn(tmp_path):
    three = Three(tmp_path / "w", [fails()], [])

    def slow(_request: Any) -> Reply:
        three.clock.now_s += COOL_DOWN_S
        return says("Late.")

    three.providers[1]._script = slow
    await three.session.submit("go")
    assert three.session.model.ref == OTHER
    assert three.seen(ModelReturned) == []


async def test_a_choice_of_the_user_ends_the_standing_in(tmp_path):
    three = Three(tmp_path / "w", [fails()], [says("One.")], [says("Three.")])
    await three.session.submit("go")
    three.session.select_model(THIRD)
    three.clock.now_s = 2 * COOL_DOWN_S
    await three.session.submit("more")
    assert three.answers == ["One.", "Three."]
    assert three.seen(ModelReturned) == []


async def test_the_stand_in_is_not_the_choice_on_the_record(tmp_path):
    three = Three(tmp_path / "w", [fails()], [says("One.")])
    await three.session.submit("go")
    await three.session.close()
    chosen = [
        each.record.ref
        for each in three.engine.store.load(three.engine.place.session).records
        if each.record.type == "model_chosen"
    ]
    assert chosen == [REF]


# -- not taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        (ProviderErrorKind.OVERLOADED, True),
        (ProviderErrorKind.RATE_LIMIT, True),
        (ProviderErrorKind.CONNECTION, True),
        (ProviderErrorKind.TIMEOUT, True),
        (ProviderErrorKind.STREAM_INTERRUPTED, True),
        (ProviderErrorKind.UNAVAILABLE, True),
        (ProviderErrorKind.BILLING, False),
        (ProviderErrorKind.AUTHENTICATION, False),
        (ProviderErrorKind.INVALID_REQUEST, False),
        (ProviderErrorKind.REFUSAL, False),
    ],
)
async def test_only_what_passes_makes_it_switch_by_itself(tmp_path, kind, taken):
    three = Three(tmp_path / "w", [fails(kind)], [says("One.")])
    await three.session.submit("go")
    assert three.answers == (["One."] if taken else [])
    assert [each.outcome for each in three.seen(TurnFinished)] == ["done" if taken else "failed"]


async def test_a_chain_alone_is_no_consent_where_nobody_can_be_asked(tmp_path):
    three = Three(tmp_path / "w", [fails()], [says("One.")], automatic=False)
    await three.session.submit("go")
    assert three.asked == [1, 0]
    assert [each.outcome for each in three.seen(TurnFinished)] == ["failed"]


async def test_who_cannot_take_over_is_passed_over_with_the_reason(tmp_path):
    chain = (ModelRef("other", "m"), ModelRef("third", "m"), ModelRef("gone", "m"))
    three = Three(
        tmp_path / "w",
        [fails()],
        [],
        [],
        chain=chain,
        other={"tools": False},
    )
    blind = three.providers[2].endpoint
    three.session.models._providers._endpoints["third"] = Endpoint(
        name="third", api="openai-chat", base_url="http://127.0.0.1:9", title=blind.title
    )
    await three.session.submit("go")
    (notice,) = three.seen(NoticeShown)
    assert notice.text == (
        "No other model can take over: other/m makes no tool calls; third/m cannot be used "
        "(no key); gone/m cannot be used (There is no provider 'gone')."
    )
    assert three.asked == [1, 0, 0]


async def test_a_window_that_is_too_small_is_no_help(tmp_path):
    three = Three(tmp_path / "w", [fails()], [], chain=(OTHER,))
    models = three.session.models
    describe = models._providers.describe

    def small(ref: ModelRef) -> Any:
        from dataclasses import replace

        return replace(describe(ref), context_window=1_000 if ref == OTHER else None)

    models._providers.describe = small
    await three.session.submit("word " * 2_000)
    (notice,) = three.seen(NoticeShown)
    assert "other/model has too small a window for ~2," in notice.text


async def test_when_all_have_failed_the_turn_fails_and_nothing_half_said_but_the_last_is_kept(
    tmp_path,
):
    three = Three(tmp_path / "w", [fails()], [fails()], [fails()])
    await three.session.submit("go")
    assert three.asked == [1, 1, 1]
    assert [each.outcome for each in three.seen(TurnFinished)] == ["failed"]
    assert all(each.origin.provider == "third" for each in three.session.messages[2:])
    (notice,) = three.seen(NoticeShown)
    assert "fake/model" not in notice.text
    assert "other/model rests for 60 s more" in notice.text


async def test_where_none_answers_each_is_asked_once_however_long_that_takes(tmp_path):
    three = Three(tmp_path / "w", [], [], [])

    def fail_slowly(_request: Any) -> Reply:
        three.clock.now_s += 2 * COOL_DOWN_S
        return fails()

    for provider in three.providers:
        provider._script = fail_slowly
    await three.session.submit("go")
    assert three.asked == [1, 1, 1]
    assert [each.outcome for each in three.seen(TurnFinished)] == ["failed"]
    assert "other/model has just failed" in three.seen(NoticeShown)[-1].text
    await three.session.submit("again")
    assert three.asked == [2, 2, 2]


@pytest.mark.parametrize("kind", [ProviderErrorKind.CONNECTION, ProviderErrorKind.UNAVAILABLE])
async def test_a_provider_out_of_reach_is_left_with_all_its_models(tmp_path, kind):
    twin = ModelRef("fake", "twin")
    three = Three(tmp_path / "w", [fails(kind)], [says("Here.")], chain=(twin, OTHER))
    await three.session.submit("go")
    assert three.asked == [1, 1]
    assert three.answers == ["Here."]


async def test_a_stand_in_named_for_another_try_is_the_users_choice(tmp_path):
    three = Three(tmp_path / "w", [fails()], [says("Here."), says("Once more.")])
    await three.session.submit("go")
    three.clock.now_s += COOL_DOWN_S
    await three.session.retry(OTHER)
    assert three.asked == [1, 2]
    assert three.answers == ["Once more."]
    assert (three.session.model.ref, three.session.models.home) == (OTHER, None)


# -- offered -------------------------------------------------------------------------------------


async def turn(three: Three, words: str = "go") -> asyncio.Task[None]:
    return asyncio.ensure_future(three.session.submit(words))


async def test_during_a_wait_one_word_goes_on_with_the_other(tmp_path):
    first = [fails(retry_after_s=50.0)]
    three = Three(tmp_path / "w", first, [says("One.")], automatic=False, asks=True, max_retries=3)
    running = await turn(three)
    offer = await three.engine.until(FailOverOffered)
    assert (offer.failed, offer.to, offer.waits) == (str(REF), str(OTHER), False)
    assert three.session.take_fallback()
    await running
    assert three.answers == ["One."]
    assert not three.session.take_fallback()


async def test_after_the_retries_the_turn_waits_for_the_word(tmp_path):
    three = Three(tmp_path / "w", [fails()], [says("One.")], automatic=False, asks=True)
    running = await turn(three)
    offer = await three.engine.until(FailOverOffered)
    assert offer.waits
    assert three.session.busy
    assert three.session.take_fallback()
    await running
    assert three.answers == ["One."]


async def test_a_bill_is_offered_and_rests_for_long(tmp_path):
    bill = [fails(ProviderErrorKind.BILLING)]
    three = Three(tmp_path / "w", bill, [says("One.")], automatic=True, asks=True)
    running = await turn(three)
    assert (await three.engine.until(FailOverOffered)).waits
    three.session.take_fallback()
    await running
    (fell,) = three.seen(ModelFellBack)
    assert fell.rest_s == LASTING_S
    assert "rests for 60 min" in fell.text


async def test_a_model_that_was_chosen_by_hand_may_take_over_again(tmp_path):
    unpaid = fails(ProviderErrorKind.BILLING)
    script = [fails(), fails()]
    three = Three(tmp_path / "work", script, [unpaid, says("Paid.")], chain=(OTHER,))
    await three.session.submit("one")
    assert three.seen(TurnFinished)[-1].outcome == "failed"
    three.session.select_model(OTHER)
    three.session.select_model(REF)
    await three.session.submit("two")
    assert three.answers[-1] == "Paid."


async def test_choosing_a_model_answers_the_offer_too(tmp_path):
    three = Three(tmp_path / "w", [fails()], [], [says("Three.")], automatic=False, asks=True)
    running = await turn(three)
    await three.engine.until(FailOverOffered)
    three.session.select_model(THIRD)
    await running
    assert three.answers == ["Three."]
    assert three.seen(ModelFellBack) == []


@pytest.mark.parametrize("retries", [0, 3])
async def test_interrupting_ends_an_offer(tmp_path, retries):
    three = Three(
        tmp_path / "w",
        [fails(retry_after_s=50.0)],
        [],
        automatic=False,
        asks=True,
        max_retries=retries,
    )
    running = await turn(three)
    await three.engine.until(FailOverOffered)
    assert three.session.interrupt()
    await running
    assert [each.outcome for each in three.seen(TurnFinished)] == ["interrupted"]
    assert not three.session.take_fallback()


# -- rests ---------------------------------------------------------------------------------------


def test_an_overloaded_model_rests_alone_and_an_unreachable_server_with_all_its_models():
    clock = Clock()
    rests = CoolDowns(clock)
    one, two = ModelRef("p", "one"), ModelRef("p", "two")
    assert rests.note(one, fault()) == COOL_DOWN_S
    assert (rests.left_s(one), rests.left_s(two)) == (COOL_DOWN_S, 0.0)
    rests.note(one, fault(ProviderErrorKind.CONNECTION))
    clock.now_s = 20.0
    assert (rests.left_s(one), rests.left_s(two)) == (40.0, 40.0)
    assert rests.left_s(ModelRef("q", "one")) == 0.0
    clock.now_s = 60.0
    assert rests.left_s(two) == 0.0


def test_a_model_the_user_chooses_needs_no_rest():
    rests = CoolDowns(Clock())
    rests.note(REF, fault(ProviderErrorKind.BILLING), lasting=True)
    rests.note(OTHER, fault())
    rests.end(REF)
    assert (rests.left_s(REF), rests.left_s(OTHER)) == (0.0, COOL_DOWN_S)


def test_a_second_fault_never_shortens_a_rest():
    rests = CoolDowns(Clock())
    rests.note(REF, fault(retry_after_s=900.0))
    rests.note(REF, fault())
    assert rests.left_s(REF) == 900.0


@over_wires
async def test_a_model_of_the_same_provider_may_take_over_from_an_overloaded_one(
    tmp_path: Any, wire: Wire
) -> None:
    busy = Plain.of_json(wire.error_body("overloaded_error", "Overloaded"), status=529)
    (tmp_path / "w").mkdir()
    async with wire.server([busy, wire.reply(Say("Small."))]) as server:
        small = ModelRef("acme", wire.model)
        engine = Engine(
            tmp_path / "w",
            [],
            providers=ProviderRegistry([wire.endpoint(server.base_url)]),
            fallbacks=Fallbacks(chain=(small,), automatic=True),
        )
        engine.session.start(ApprovalMode.SUGGEST)
        engine.session.select_model(ModelRef("acme", f"{wire.model}-large"))
        await engine.session.submit("go")
        await engine.session.models._providers.aclose()
    engine.take()
    ends = [event for event in engine.seen if isinstance(event, TurnFinished)]
    assert [each.text for each in ends] == ["Small."]
