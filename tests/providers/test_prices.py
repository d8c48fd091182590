"""What calls cost: the price book against the package's own sums, the cliffs, and who is priced."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelInfo, ModelRef, Price
from codex_tui.providers.base import Endpoint
from codex_tui.providers.knowledge import ModelKnowledge
from codex_tui.providers.presets import PRESETS, is_local
from codex_tui.providers.prices import PriceBook, cost_usd
from codex_tui.providers.registry import built_in_endpoints
from codex_tui.providers.served import ServedLists

OPENAI, ANTHROPIC, DEMO, *_ = built_in_endpoints()
NOVEMBER = datetime(2026, 11, 20, 12, tzinfo=UTC)


def book(now: datetime = NOVEMBER) -> PriceBook:
    made = PriceBook(lambda: now)
    made.load()
    return made


def priced(model: str, endpoint: Endpoint, now: datetime = NOVEMBER) -> ModelInfo:
    return book(now).priced(ModelInfo(ref=ModelRef(endpoint.name, model)), endpoint)


def described(model: str, endpoint: Endpoint) -> ModelInfo:
    return ModelKnowledge(ServedLists(), book()).describe(ModelRef(endpoint.name, model), endpoint)


@pytest.mark.parametrize(
    ("model", "endpoint", "prompt", "expected_usd"),
    [
        ("gpt-6.1-sol", OPENAI, 272_000, (272_000 * 2 + 1_000 * 10) / 1e6),
        ("gpt-6.1-sol", OPENAI, 272_001, (272_001 * 4 + 1_000 * 15) / 1e6),
        ("claude-haiku-5-5", ANTHROPIC, 100_000, (100_000 * 0.1 + 1_000 * 0.5) / 1e6),
        ("claude-haiku-5-5", ANTHROPIC, 100_001, (100_001 * 0.5 + 1_000 * 2.5) / 1e6),
        ("claude-opus-5-5", ANTHROPIC, 900_000, (900_000 * 4 + 1_000 * 20) / 1e6),
    ],
)
@pytest.mark.parametrize("loaded", [True, False])
def test_a_long_prompt_raises_the_price_of_the_whole_call(
    model: str, endpoint: Endpoint, prompt: int, expected_usd: float, *, loaded: bool
) -> None:
    knowledge = ModelKnowledge(ServedLists(), book() if loaded else PriceBook())
    info = knowledge.describe(ModelRef(endpoint.name, model), endpoint)
    usage = Usage(input_tokens=prompt, output_tokens=1_000)
    assert cost_usd(info, usage) == pytest.approx(expected_usd)


@pytest.mark.parametrize("vendor", ["openai", "anthropic", "google", "deepseek", "openrouter"])
def test_every_model_with_prices_in_words_costs_what_the_package_says(vendor: str) -> None:
    import genai_prices
    from genai_prices.data_snapshot import get_snapshot

    presets = {"google": PRESETS["gemini"].endpoint(), "openai": OPENAI, "anthropic": ANTHROPIC}
    endpoint = presets.get(vendor) or PRESETS[vendor].endpoint()
    provider = next(each for each in get_snapshot().providers if each.id == vendor)
    compared = 0
    for listed in provider.models:
        info = priced(listed.id, endpoint)
        if info.price is None:
            continue
        hour = 4_000 if info.price.cache_write_1h is not None else 0
        for tokens in (50_000, 150_000, 250_000, 300_000):
            usage = Usage(
                input_tokens=tokens,
                cache_read_tokens=20_000,
                cache_write_tokens=10_000,
                cache_write_1h_tokens=hour,
                output_tokens=2_000,
            )
            theirs = genai_prices.calc_price(
                genai_prices.Usage(
                    input_tokens=tokens,
                    cache_read_tokens=20_000,
                    cache_write_tokens=10_000,
                    **({"cache_write_1h_tokens": hour} if hour else {}),
                    output_tokens=2_000,
                ),
                listed.id,
                provider_id=vendor,
                genai_request_timestamp=NOVEMBER,
            )
            assert cost_usd(info, usage) == pytest.approx(
                float(theirs.input_price + theirs.output_price)
            )
            compared += 1
    assert compared > 10


def test_a_price_that_changes_by_date_or_hour_is_the_one_in_force() -> None:
    gemini, deepseek = PRESETS["gemini"].endpoint(), PRESETS["deepseek"].endpoint()
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert [priced("gemini-4-argon", gemini, now).price for now in (NOVEMBER, december)] == [
        Price(input=2, output=10, cache_read=0.1),
        Price(input=4, output=20, cache_read=0.2),
    ]
    peak = NOVEMBER.replace(hour=2)
    off_peak, dear = (priced("deepseek-v4-pro", deepseek, now).price for now in (NOVEMBER, peak))
    assert off_peak is not None
    assert dear is not None
    assert dear.input == pytest.approx(2 * off_peak.input)


def test_what_the_book_does_not_know_stays_as_it_was() -> None:
    own = ModelInfo(ref=ModelRef("openai", "gpt-6.2-sol"), context_window=7)
    assert book().priced(own, OPENAI) == own
    house = Endpoint(name="house", api="openai-chat", base_url="https://llm.example/v1")
    assert priced("gpt-6.1-sol", house).price is None
    assert priced("gpt-6.1-sol", PRESETS["xai"].endpoint()).price is None


def test_nothing_is_priced_before_the_book_is_loaded() -> None:
    info = ModelInfo(ref=ModelRef("openai", "gpt-4o"))
    assert PriceBook().priced(info, OPENAI) is info
    assert book().priced(info, OPENAI).price is not None
    assert book().priced(info, OPENAI).context_window == 128_000


@pytest.mark.parametrize(
    ("name", "base_url", "local"),
    [
        ("ollama", "http://gpu-box:11434/v1", True),
        ("mine", "http://127.0.0.1:9/v1", True),
        ("mine", "http://127.9.9.9/v1", True),
        ("mine", "http://[::1]:9/v1", True),
        ("mine", "http://localhost/v1", True),
        ("mine", "http://api.localhost/v1", True),
        ("mine", "http://0.0.0.0:8000/v1", True),
        ("mine", "", True),
        ("mine", "https://localhost.example/v1", False),
        ("mine", "http://192.168.1.5/v1", False),
        ("groq", "https://api.groq.com/openai/v1", False),
        ("groq", "http://127.0.0.1:9/v1", True),
    ],
)
def test_on_ones_own_machine_nothing_has_a_price(name: str, base_url: str, *, local: bool) -> None:
    endpoint = Endpoint(name=name, api="openai-chat", base_url=base_url)
    assert is_local(endpoint) is local
    if local:
        assert priced("openai/gpt-oss-120b", endpoint).price is None
        assert described("openai/gpt-oss-120b", endpoint).price is None


def test_a_claude_on_the_loopback_has_a_window_but_no_price() -> None:
    endpoint = Endpoint(name="gate", api="anthropic-messages", base_url="http://127.0.0.1:4000")
    info = described("claude-opus-5-5", endpoint)
    assert (info.context_window, info.price) == (1_000_000, None)


def test_the_users_price_beats_all_others_and_has_no_cliff() -> None:
    endpoint = Endpoint(
        name="openai",
        api="openai-responses",
        base_url=OPENAI.base_url,
        prices={"gpt-6.1-sol": Price(input=1, output=2)},
    )
    info = described("gpt-6.1-sol", endpoint)
    assert cost_usd(info, Usage(input_tokens=500_000, output_tokens=1)) == pytest.approx(0.500002)
    assert described("gpt-6.1-terra", endpoint).price is not None


def test_reading_the_prices_starts_no_thread_and_opens_no_connection() -> None:
    probe = """
import socket, threading
socket.socket.connect = socket.socket.connect_ex = None
from codex_tui.providers.prices import PriceBook
import sys
print("genai_prices" in sys.modules)
book = PriceBook(); book.load(); book.load()
print("genai_prices" in sys.modules, book.loaded, threading.active_count())
"""
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True", "1"]


def test_prices_that_cannot_be_read_are_logged_and_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    made = book()
    assert made.loaded
    assert made.priced(ModelInfo(ref=ModelRef("openai", "gpt-4o")), OPENAI).price is None
    assert "prices could not be read" in caplog.text
