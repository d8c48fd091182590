"""`codex-tui models`: a table that stays one, objects a line, and servers asked when told to."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from codex_tui.cli import main
from codex_tui.listing import ModelListing, Wanted
from codex_tui.protocol.models import Price
from codex_tui.providers.base import Endpoint
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.served import ServedLists
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.chat_rules import Rules
from tests.servers.loopback import LoopbackServer, Plain, Stall, Stream, in_thread

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def home(isolated_environment, tmp_path, monkeypatch):
    (isolated_environment / "config").mkdir()
    monkeypatch.chdir(tmp_path)
    return isolated_environment


def configure(home, **addresses):
    apis = {"one": "openai-responses", "two": "anthropic-messages", "three": "openai-chat"}
    text = "".join(
        f'[providers.{name}]\napi = "{apis[name]}"\nbase_url = "{address}"\n'
        'api_key_env = "THE_KEY"\n'
        for name, address in addresses.items()
    )
    (home / "config" / "config.toml").write_text(text, encoding="utf-8")


def served(entry):
    return in_thread(LoopbackServer(lambda _: entry))


def test_refresh_asks_all_ready_servers_and_the_next_listing_asks_none(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    listed = {"data": [{"id": "house-model", "context_length": 32_768}]}
    with (
        openai_wire.serve_in_thread([], models=["gpt-9-house"]) as one,
        anthropic_wire.serve_in_thread([]) as two,
        chat_wire.serve_in_thread([], models=listed) as three,
    ):
        configure(home, one=one.base_url, two=two.base_url, three=three.base_url)
        assert main(["models", "--refresh"]) == 0
        captured = capsys.readouterr()
    assert captured.err == ""
    for words in ("one/gpt-9-house", "two/claude-haiku-4-5-20251001", "three/house-model"):
        assert words in captured.out
    assert captured.out.count("ready · asked just now") == 3
    assert main(["models"]) == 0  # the servers are gone
    again = capsys.readouterr()
    assert again.out == captured.out
    assert again.err == ""


def test_refresh_has_a_server_tried_again_with_what_it_did_not_take(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    said = [chat_wire.answer(chat_wire.text("ok"))] * 3
    rules = Rules(refused=frozenset({"stream_options"}))
    listed = {"data": [{"id": "house-model"}]}
    ask = ["exec", "-m", "three/house-model", "Hello"]
    with chat_wire.serve_in_thread(said, models=listed, rules=rules) as three:
        configure(home, three=three.base_url)
        assert (main(ask), len(three.refused)) == (0, 1)
        assert (main(ask), len(three.refused)) == (0, 1), "it is known at the next start"
        assert main(["models", "--provider", "three", "--refresh"]) == 0
        assert (main(ask), len(three.refused)) == (0, 2)


def test_one_provider_that_cannot_be_asked_is_code_1_with_a_line_of_why(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    configure(home, one="http://127.0.0.1:9/v1")
    assert main(["models", "--provider", "one", "--refresh"]) == 1
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("one: ")
    assert "test-key" not in line
    assert "built-in list" in captured.out
    assert "one/gpt-6.1-sol" in captured.out
    assert "anthropic/" not in captured.out


def test_one_of_many_that_cannot_be_asked_is_a_line_and_code_0(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    with chat_wire.serve_in_thread([], models={"data": [{"id": "m"}]}) as three:
        configure(home, one="http://127.0.0.1:9/v1", three=three.base_url)
        assert main(["models", "--refresh"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("one: ")
    assert "three/m" in captured.out


def test_a_page_of_html_is_said_in_one_line(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    with served(Plain(headers={"content-type": "text/html"}, body=b"<html>\x1b[31m")) as server:
        configure(home, two=server.base_url)
        assert main(["models", "--provider", "two", "--refresh"]) == 1
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert "\x1b" not in captured.err


def test_a_missing_key_is_said_instead_of_asking(home, capsys):
    configure(home, one="http://127.0.0.1:9/v1")
    assert main(["models", "--provider", "one", "--refresh"]) == 1
    captured = capsys.readouterr()
    assert "THE_KEY" in captured.err
    assert "no key" in captured.out


def test_an_unknown_provider_names_the_nearest(home, capsys):
    assert main(["models", "--provider", "antropic"]) == 2
    assert "anthropic" in capsys.readouterr().err


def test_an_unlisted_preset_can_be_named_and_says_how_to_learn_more(home, capsys):
    assert main(["models", "--provider", "ollama"]) == 0
    out = capsys.readouterr().out
    assert "Ollama (ollama) · ready · built-in list" in out
    assert "codex-tui models --provider ollama --refresh" in out


def test_json_is_one_object_a_line_with_the_providers_state(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    with chat_wire.serve_in_thread([], models={"data": [{"id": "m"}]}) as three:
        configure(home, three=three.base_url)
        assert main(["models", "--provider", "three", "--refresh", "--json"]) == 0
    provider, model = map(json.loads, capsys.readouterr().out.splitlines())
    assert (provider["type"], provider["name"], provider["ready"]) == ("provider", "three", True)
    assert datetime.fromisoformat(provider["served_at"]).tzinfo is not None
    assert (model["type"], model["id"], model["ready"]) == ("model", "three/m", True)
    assert (model["price"], model["context_window"]) == (None, None)


def test_models_of_a_vendor_have_the_prices_of_the_book(home, capsys):
    assert main(["models", "--provider", "xai"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "grok-4.7 " in line)
    assert row.split() == ["xai/grok-4.7", "500k", "–", "$2", "$6", "–", "–"]


async def table_of(*endpoints: Endpoint, now: datetime = NOON) -> list[str]:
    out = io.StringIO()
    registry = ProviderRegistry(endpoints, served=ServedLists(None, lambda: NOON))
    await ModelListing(registry, out, io.StringIO(), lambda: now).run(Wanted())
    return out.getvalue().splitlines()


def local(*models: str, **fields) -> Endpoint:
    values = {"name": "a", "api": "openai-chat", "base_url": "http://127.0.0.1:9", "title": "A"}
    return Endpoint(**{**values, "needs_key": False, "models": models, **fields})


async def test_columns_stay_aligned_whatever_the_names():
    prices = {"m": Price(input=0, output=0.25), "模型": Price(input=1234, output=15)}
    lines = await table_of(local("m", "模型", "n" * 60, "e\u0301", prices=prices))
    assert lines == [
        "A (a) · ready · built-in list",
        "  model   context  output      in    out  images  effort  note",
        "  a/m           –       –      $0  $0.25  –       –",
        "  a/模型        –       –  $1,234    $15  –       –",
        f"  a/{'n' * 60}",
        "                –       –       –      –  –       –",
        "  a/e\u0301           –       –       –      –  –       –",
        "",
    ]


async def test_a_hostile_name_steers_nothing():
    (row,) = [
        line
        for line in await table_of(local("m\x1b]0;title\x07\n\u202egpt", title="T\x9b2J"))
        if "gpt" in line
    ]
    assert row.startswith("  a/m␛]0;title␇ \\u202egpt  ")
    assert not any(ord(each) < 32 for each in row)


async def test_the_age_of_a_list_is_said():
    async with LoopbackServer(lambda _: Plain.of_json({"data": [{"id": "m"}]})) as server:
        out = io.StringIO()
        registry = ProviderRegistry(
            [local(base_url=f"{server.base_url}/v1")], served=ServedLists(None, lambda: NOON)
        )
        later = NOON + timedelta(hours=3, minutes=20)
        listing = ModelListing(registry, out, io.StringIO(), lambda: later)
        assert await listing.run(Wanted(refresh=True)) == 0
        await registry.aclose()
    assert out.getvalue().startswith("A (a) · ready · asked 3 h ago\n")


async def test_a_hanging_server_holds_up_nobody_for_longer_than_its_limit():
    async with LoopbackServer(lambda _: Stream([b"{", Stall()])) as server:
        out, err = io.StringIO(), io.StringIO()
        registry = ProviderRegistry([local(base_url=f"{server.base_url}/v1")], list_timeout_s=0.1)
        listing = ModelListing(registry, out, err)
        assert await listing.run(Wanted(provider="a", refresh=True)) == 1
        await registry.aclose()
    assert err.getvalue().startswith("a: A did not say within 0.1 s")


def test_who_was_just_asked_in_vain_is_not_advised_to_ask_again(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    configure(home, three="http://127.0.0.1:9/v1")
    assert main(["models", "--provider", "three", "--refresh"]) == 1
    captured = capsys.readouterr()
    assert "Nothing answers at http://127.0.0.1:9/v1" in captured.err
    assert "No models are known.\n" in captured.out
    assert "--refresh" not in captured.out


async def test_what_a_server_said_does_not_run_into_the_advice():
    out_of_memory = Plain(status=500, body=b"out of\n memory")
    async with LoopbackServer(lambda _: out_of_memory) as server:
        err = io.StringIO()
        registry = ProviderRegistry([local(base_url=f"{server.base_url}/v1")])
        listing = ModelListing(registry, io.StringIO(), err)
        assert await listing.run(Wanted(provider="a", refresh=True)) == 1
        await registry.aclose()
    (line,) = err.getvalue().splitlines()
    assert "(HTTP 500): out of memory. Ask again in a moment" in line


def test_a_cut_list_says_so(home, capsys, monkeypatch):
    monkeypatch.setenv("THE_KEY", "test-key")
    listed = {"data": [f"m-{number}" for number in range(5_001)]}
    with chat_wire.serve_in_thread([], models=listed) as three:
        configure(home, three=three.base_url)
        assert main(["models", "--provider", "three", "--refresh"]) == 0
        heading, *table = capsys.readouterr().out.splitlines()
        assert main(["models", "--provider", "three", "--json"]) == 0
    assert heading.endswith("asked just now · only its first 5,000 models are listed")
    assert sum("three/m-" in line for line in table) == 5_000
    assert json.loads(capsys.readouterr().out.splitlines()[0])["serves_more"] is True


def test_pictures_the_user_ruled_out_are_no_in_the_table(home, capsys):
    (home / "config" / "config.toml").write_text(
        '[providers.openrouter]\nmodels = ["m"]\ncompat = { images = false }\n', encoding="utf-8"
    )
    assert main(["models", "--provider", "openrouter"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "openrouter/m" in line]
    assert row.split() == ["openrouter/m", "–", "–", "–", "–", "no", "–"]
