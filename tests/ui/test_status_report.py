"""`/status`: the facts, in the chat and nowhere else."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from codex_tui.protocol.messages import Usage
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.facts import FactsBlock
from codex_tui.ui.widgets.rows import Frame
from tests.ui.support import CONFIG, NO_MODEL, Desk, says, words_of

WIDE = (140, 40)
KEY = "sk-not-to-be-shown-anywhere"
USAGE = Usage(input_tokens=30_000, output_tokens=400, cache_read_tokens=15_000)


def facts_of(desk):
    """Return the facts of the last report."""
    blocks = [desk.screen.chat._transcript.block(key) for key in desk.screen.chat._transcript.keys]
    return dict([block for block in blocks if isinstance(block, FactsBlock)][-1].facts)


async def report(desk, pilot):
    await desk.send(pilot, "/status")
    await desk.settle(pilot)
    return facts_of(desk)


async def test_before_the_first_word_everything_says_so(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running(WIDE) as pilot:
        facts = await report(desk, pilot)
        assert facts["model"] == "alpha/one"
        assert facts["mode"] == "suggest · no sandbox"
        assert facts["tokens"] == facts["cost"] == facts["last step"] == "none yet"
        assert facts["provider"] == "http://127.0.0.1:9/v1 · openai-responses · needs no key"
        assert facts["settings"] == str(tmp_path / "config" / "config.toml")
        assert facts["session file"].endswith("(made with the first message)")
        assert facts["version"].startswith("codex-tui ")
        assert "made with the first message" in desk.text


async def test_figures_are_those_of_the_session(tmp_path):
    desk = Desk(tmp_path, [says("Well then, here it is.", usage=USAGE)])
    desk.gate.word_s = 0.5
    async with desk.running(WIDE) as pilot:
        await desk.ask(pilot, "hello there")
        facts = await report(desk, pilot)
        assert facts["context"] == "30,400 tokens"
        assert facts["tokens"] == (
            "30,000 in (15,000 of them cached, 50 %) · 400 out · 1 model call"
        )
        assert facts["cost"] == "$ – · /cost has more"
        assert "first token after" in facts["last step"]
        assert "tokens/s" in facts["last step"]
        assert desk.session.place.session in facts["session"]
        assert facts["session file"].endswith(f"{desk.session.place.session}.jsonl")
        await desk.send(pilot, "/rename a good name")
        assert facts_of(desk) == facts
        assert "a good name" in (await report(desk, pilot))["session"]


async def test_a_server_that_tells_no_figures_has_unknown_ones(tmp_path):
    desk = Desk(tmp_path, [says("One.", usage=None)])
    async with desk.running(WIDE) as pilot:
        await desk.ask(pilot, "hello")
        facts = await report(desk, pilot)
        assert re.fullmatch(r"~\d+k tokens", facts["context"])
        assert facts["tokens"] == "– · 1 model call"


async def test_the_report_is_not_sent_to_the_model_and_not_kept(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Two.")])
    async with desk.running(WIDE) as pilot:
        await desk.ask(pilot, "hello")
        facts = await report(desk, pilot)
        await desk.ask(pilot, "again")
        assert words_of(desk.requests[-1]) == ["hello", "One.", "again"]
        kept = (tmp_path / "state" / "sessions").glob("*.jsonl")
        assert not any(facts["session file"] in file.read_text() for file in kept)


@pytest.mark.parametrize(
    ("config", "env", "source"),
    [
        ("", {"OPENAI_API_KEY": KEY}, "key from OPENAI_API_KEY"),
        ("", {}, "no key"),
        (
            f'[providers.openai]\napi_key_command = "echo {KEY}"\n',
            {},
            "key from its api_key_command",
        ),
    ],
)
async def test_the_source_of_the_key_is_told_and_never_the_key(
    tmp_path, monkeypatch, config, env, source
):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    desk = Desk(tmp_path, config=f'model = "openai/gpt-5.1"\n{config}')
    async with desk.running(WIDE) as pilot:
        await desk.settle(pilot)
        await pilot.press("escape")
        facts = await report(desk, pilot)
        assert facts["provider"].endswith(source)
        assert facts["provider"].startswith("https://api.openai.com")
        assert not any(KEY in words for words in facts.values())


@pytest.mark.parametrize(
    ("ref", "settings", "source"),
    [
        ("cloud/gpt-6.1-sol", "", "key from AWS_BEARER_TOKEN_BEDROCK"),
        ("cloud/gpt-6.1-sol", 'profile = "work"\n', "needs no key"),
        ("demo/walkthrough", "", "needs no key"),
    ],
)
async def test_a_clouds_own_variable_is_told_unless_a_profile_goes_before_it(
    tmp_path, monkeypatch, ref, settings, source
):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    cloud = f'[providers.cloud]\nplatform = "bedrock"\nregion = "eu-west-1"\n{settings}'
    desk = Desk(tmp_path, config=f'model = "{ref}"\n{cloud}')
    async with desk.running(WIDE) as pilot:
        await desk.settle(pilot)
        await pilot.press("escape")
        assert (await report(desk, pilot))["provider"].endswith(source)


async def test_a_stored_key_is_told_by_its_file(tmp_path):
    (tmp_path / "config").mkdir()
    stored = tmp_path / "config" / "credentials.json"
    stored.write_text(f'{{"openai": {{"api_key": "{KEY}"}}}}')
    stored.chmod(0o600)
    desk = Desk(tmp_path, config='model = "openai/gpt-5.1"\n')
    async with desk.running(WIDE) as pilot:
        assert (await report(desk, pilot))["provider"].endswith("key from credentials.json")


async def test_without_a_model_the_rest_is_told(tmp_path):
    desk = Desk(tmp_path, config=NO_MODEL)
    async with desk.running(WIDE) as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press("escape")
        facts = await report(desk, pilot)
        assert facts["model"] == "no model"
        assert "provider" not in facts


async def test_workspace_and_branch_are_told(tmp_path):
    desk = Desk(tmp_path, config=CONFIG)
    (desk.root / ".git").mkdir()
    (desk.root / ".git" / "HEAD").write_text("ref: refs/heads/topic\n")
    async with desk.running(WIDE) as pilot:
        assert (await report(desk, pilot))["workspace"].endswith("/work (topic)")


# -- the block -----------------------------------------------------------------------------------

FACTS = FactsBlock(
    facts=(
        ("short", "one"),
        ("a long label", "two words and a third \x1b[31mred\u202e one"),
        ("宽", "/a/path/without/any/space/that/is/longer/than/the/window"),
    )
)


def rows(width):
    return FACTS.layout(Frame(width=width, symbols=UNICODE))


def test_rows_fit_any_width_and_are_guessed_to_be_at_least_one_a_fact():
    for width in range(4, 100):
        laid = rows(width)
        assert len(laid) >= 3
        assert max(cell_len(row.text) for row in laid) <= width
        assert FACTS.estimate(Frame(width=width, symbols=UNICODE)) >= 3


def test_words_stand_in_one_column():
    assert [row.text for row in rows(60)][:2] == [
        "  short         one",
        "  a long label  two words and a third ␛[31mred\\u202e one",
    ]


def test_what_is_copied_has_a_line_a_fact():
    assert FACTS.source.split("\n")[:2] == [
        "short\tone",
        "a long label\ttwo words and a third ␛[31mred\\u202e one",
    ]


async def test_a_resumed_session_is_counted_from_its_beginning(tmp_path):
    desk = Desk(tmp_path, [says("One.", usage=USAGE)])
    async with desk.running(WIDE) as pilot:
        await desk.ask(pilot, "hello there")
    desk = Desk(tmp_path, [says("Two.", usage=USAGE)], go_on=True)
    async with desk.running(WIDE) as pilot:
        await desk.settle(pilot, lambda: "ctx 30.4k" in desk.status)
        assert "$ –" in desk.status
        assert "cache 50 %" in desk.status
        facts = await report(desk, pilot)
        assert facts["context"] == "30,400 tokens"
        assert facts["tokens"].endswith("· 400 out · 1 model call")
        assert facts["last step"] == "none yet"
        await desk.ask(pilot, "and again")
        facts = await report(desk, pilot)
        assert facts["tokens"] == (
            "60,000 in (30,000 of them cached, 50 %) · 800 out · 2 model calls"
        )
