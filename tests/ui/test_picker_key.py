"""Giving a key in the picker: the field, the check, and what is typed meanwhile."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from picker_entries import GPT, KEY_HINT, OPUS, UNLISTED, typical
from settle import settle
from textual import events
from widget_host import WidgetHost, deliver, paste, screen_lines

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, ProviderStatus
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints
from codex_tui.ui.panes.providers import ProviderPicker
from codex_tui.ui.panes.providers.entries import row_ref
from codex_tui.ui.panes.providers.key_field import KeyField
from codex_tui.ui.panes.providers.listing import Listing
from codex_tui.ui.panes.providers.model_list import ModelList
from codex_tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from codex_tui.ui.panes.providers import PickerEntries

SECRET = "sk-test-0123456789-abcdefghij"
HEARS = (
    ProviderPicker.Chosen,
    ProviderPicker.KeyGiven,
    ProviderPicker.KeyWithdrawn,
    ProviderPicker.Asked,
    ProviderPicker.Closed,
)
ASK = "Paste the key for Anthropic"


class Host(WidgetHost):
    """Gives the focus to a line when the picker closes, as the main screen does."""

    def on_provider_picker_closed(self) -> None:
        line = self.query_one("#after", LineInput)
        self.screen.set_focus(line)
        self.query_one(ProviderPicker).hand_on_keys(line)


class Desk:
    """An open picker on a screen, and what it said."""

    def __init__(self, app: WidgetHost, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.heard = app.heard
        self.picker = app.query_one(ProviderPicker)
        self.field = app.query_one(KeyField)

    @property
    def screen(self) -> str:
        return "\n".join(screen_lines(self.app))

    @property
    def in_form(self) -> bool:
        return self.field.has_focus and not self.app.query_one(Listing).display

    @property
    def after(self) -> str:
        """What was read by the one who has the focus after the picker."""
        return self.app.query_one("#after", LineInput).value

    @property
    def filter(self) -> str:
        return self.app.query_one(Listing).filter.value

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def send(self, data: str) -> None:
        await deliver(self.pilot, data)

    async def refuse(self) -> None:
        self.picker.refuse_key("Incorrect API key provided.", "Copy it again.")
        await settle(self.pilot)


@asynccontextmanager
async def desk(
    entries: PickerEntries | None = None, *, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Desk]:
    picker = ProviderPicker(clock=lambda: 0.0)
    app = Host(picker, LineInput(placeholder="", id="after"), hears=HEARS)
    async with app.run_test(size=size) as pilot:
        picker.open(entries or typical(unlisted=UNLISTED))
        await settle(pilot)
        yield Desk(app, pilot)


@asynccontextmanager
async def form(*, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Desk]:
    """The form for Anthropic's key, reached by Enter on one of its models."""
    async with desk(size=size) as d:
        await d.press(*"opus", "enter")
        yield d


async def test_enter_on_a_model_without_a_key_asks_for_the_key():
    async with form() as d:
        assert d.in_form
        assert f"{ASK}  to use claude-opus-4-5" in d.screen
        assert "Get one at https://anthropic.test/keys" in d.screen
        assert KEY_HINT in " ".join(d.screen.split())
        assert "Enter checks and keeps it  Esc back" in d.screen
        assert d.heard == []


@pytest.mark.parametrize("pasted", [SECRET, f"{SECRET}\n", f"\r\n  {SECRET}\r\n"])
async def test_a_pasted_key_is_given_without_line_ends_and_never_shown(pasted):
    async with form() as d:
        await paste(d.pilot, pasted)
        assert f"{'•' * len(SECRET)}▌  {len(SECRET)} characters" in d.screen
        await d.press("enter")
        assert d.heard == [ProviderPicker.KeyGiven("anthropic", SECRET, OPUS, Effort.HIGH)]
        assert "Checking with Anthropic …" in d.screen
        assert SECRET[-4:] not in d.screen
        assert SECRET not in repr(d.heard)


async def test_a_key_can_be_typed_and_corrected():
    async with form() as d:
        await d.press(*"abcx", "backspace", "d")
        assert "••••▌  4 characters" in d.screen
        await d.press("ctrl+u")
        assert "characters" not in d.screen
        await d.press(*"xy", "enter")
        assert d.heard[0].key == "xy"


async def test_control_v_takes_what_was_copied_in_the_program():
    async with form() as d:
        d.app.copy_to_clipboard(SECRET)
        await d.press("ctrl+v", "enter")
        assert d.heard[0].key == SECRET


async def test_lines_of_a_paste_do_not_melt_into_one_key():
    async with form() as d:
        await paste(d.pilot, "one\ntwo")
        await d.press("enter")
        assert d.heard[0].key == "one two"


async def test_nothing_is_given_by_enter_in_the_empty_field():
    async with form() as d:
        await d.press("enter")
        assert d.heard == []
        await paste(d.pilot, SECRET)
        await d.press("enter")
        assert len(d.heard) == 1


async def test_escape_goes_back_to_the_list_as_it_was_and_forgets_the_key():
    async with form() as d:
        await paste(d.pilot, SECRET)
        await d.press("escape")
        assert not d.in_form
        assert d.filter == "opus"
        await d.press("enter")
        assert "characters" not in d.screen
        await d.press("escape", "escape")
        assert d.heard == [ProviderPicker.Closed()]


async def test_a_refusal_is_said_and_the_field_is_ready_for_another_key():
    async with form() as d:
        await paste(d.pilot, "wrong")
        await d.press("enter")
        await d.refuse()
        assert "✗ Incorrect API key provided." in d.screen
        assert "Copy it again." in d.screen
        await paste(d.pilot, SECRET)
        await d.press("enter")
        assert [each.key for each in d.heard] == ["wrong", SECRET]
        assert "Incorrect" not in d.screen


async def test_an_accepted_key_closes_the_picker_where_a_model_was_wanted():
    async with form() as d:
        await paste(d.pilot, SECRET)
        await d.press("enter")
        d.picker.accept_key("The key is kept.")
        await settle(d.pilot)
        assert d.heard[1:] == [ProviderPicker.Closed()]


async def test_escape_stops_the_check():
    async with form() as d:
        await paste(d.pilot, SECRET)
        await d.press("enter", "escape")
        assert d.heard[1:] == [ProviderPicker.KeyWithdrawn()]
        assert d.in_form
        assert "The check was stopped." in d.screen
        await d.press("enter")
        assert d.heard[2:] == [ProviderPicker.KeyGiven("anthropic", SECRET, OPUS, Effort.HIGH)]


async def test_a_paste_behind_a_stopped_check_replaces_the_key_that_was_given():
    async with form() as d:
        await paste(d.pilot, "the-wrong-one")
        await d.press("enter", "escape")
        await paste(d.pilot, SECRET)
        await d.press("enter")
        assert d.heard[-1] == ProviderPicker.KeyGiven("anthropic", SECRET, OPUS, Effort.HIGH)


async def test_closing_from_outside_stops_the_check_too():
    async with form() as d:
        await paste(d.pilot, SECRET)
        await d.press("enter")
        d.picker.close()
        await settle(d.pilot)
        assert d.heard[1:] == [ProviderPicker.KeyWithdrawn(), ProviderPicker.Closed()]


async def test_control_k_replaces_a_key_and_comes_back_to_the_list():
    async with desk() as d:
        await d.press("ctrl+k")
        assert "Paste the key for OpenAI\n" in d.screen.replace("  \n", "\n")
        await paste(d.pilot, SECRET)
        await d.press("enter")
        assert d.heard == [ProviderPicker.KeyGiven("openai", SECRET, None, None)]
        d.picker.accept_key("The key for openai is kept.")
        await settle(d.pilot)
        assert "The key for openai is kept." in d.screen
        assert row_ref(d.app.query_one(ModelList).highlighted) == GPT
        await d.press("down")
        assert "is kept" not in d.screen


async def test_the_demonstration_takes_no_key():
    async with desk() as d:
        await d.press(*"walkthrough", "ctrl+k", "x")
        assert not d.in_form
        assert d.filter == "walkthroughx"


# -- providers that are not listed ---------------------------------------------------------------


async def test_the_list_ends_with_the_names_of_those_that_are_not_in_it():
    async with desk(size=(120, 40)) as d:
        assert "More  type a name: deepseek, ollama" in d.screen


@pytest.mark.parametrize("typed", ["deep", "DeepSeek", "deepseek/"])
async def test_an_unlisted_vendor_is_found_by_its_name_and_takes_a_key(typed):
    async with desk() as d:
        await d.send(typed)
        assert "› DeepSeek  no key  Enter adds a key" in d.screen
        await d.press("enter")
        await paste(d.pilot, SECRET)
        await d.press("enter")
        assert d.heard == [ProviderPicker.KeyGiven("deepseek", SECRET, None, None)]


async def test_an_unlisted_vendors_model_can_be_typed_in_full():
    async with desk() as d:
        await d.send("deepseek/deepseek-chat")
        await d.press("down", "enter")
        await paste(d.pilot, SECRET)
        await d.press("enter")
        ref = ModelRef("deepseek", "deepseek-chat")
        assert d.heard == [ProviderPicker.KeyGiven("deepseek", SECRET, ref, None)]


async def test_an_unlisted_local_server_is_asked_and_the_answer_is_said():
    async with desk() as d:
        await d.send("olla")
        assert "› Ollama  Enter asks http://127.0.0.1:11434" in d.screen
        await d.press("enter")
        assert d.heard == [ProviderPicker.Asked("ollama")]
        assert "asking http://127.0.0.1:11434 …" in d.screen
        d.picker.say("Nothing listens at http://127.0.0.1:11434.", "Start Ollama.")
        await settle(d.pilot)
        assert "asking" not in d.screen
        assert "Nothing listens at http://127.0.0.1:11434." in d.screen


async def test_one_letter_names_nobody():
    async with desk() as d:
        await d.send("d")
        assert "DeepSeek" not in d.screen


# -- what is typed behind a key ------------------------------------------------------------------


async def test_a_burst_finds_the_model_gives_the_key_and_loses_nothing():
    async with desk() as d:
        await d.send(f"opus\r\x1b[200~{SECRET}\n\x1b[201~\rhello there")
        assert d.heard == [ProviderPicker.KeyGiven("anthropic", SECRET, OPUS, Effort.HIGH)]
        d.picker.accept_key("kept")
        await settle(d.pilot)
        assert d.after == "hello there"


async def test_a_key_typed_in_one_burst_with_its_enters_arrives_whole():
    async with desk() as d:
        await d.send(f"opus\r{SECRET}\r")
        assert d.heard == [ProviderPicker.KeyGiven("anthropic", SECRET, OPUS, Effort.HIGH)]


async def test_words_behind_a_choice_go_to_the_next_reader():
    async with desk() as d:
        await d.send("gpt-5.1\rhello")
        assert d.heard[0] == ProviderPicker.Chosen(GPT, Effort.HIGH)
        assert d.after == "hello"


async def test_words_behind_an_escape_go_where_it_leads():
    async with desk() as d:
        await d.press(*"opus", "enter")
        await d.press("x", "escape", *"-4-5", "escape", *"hello")
        assert d.filter == "opus-4-5"
        assert d.after == "hello"


async def test_keys_in_one_burst_behind_an_escape_go_where_it_leads():
    async with form() as d:
        field = d.field
        for key in ("x", "escape", "-", "4", "escape", "h", "i"):
            d.app.post_message(events.Key(key, None))
        await settle(d.pilot, lambda: d.after == "hi")
        assert d.filter == "opus-4"
        assert field.secret == ""


async def test_after_a_refusal_words_wait_for_the_conversation_and_keys_do_nothing():
    async with form() as d:
        await paste(d.pilot, "wrong")
        await d.send("\rhello\r")
        await d.refuse()
        assert len(d.heard) == 1
        assert "characters" not in d.screen
        await d.press("escape", "escape")
        assert d.after == "hello"


async def test_a_key_pasted_once_more_goes_into_no_conversation():
    async with form() as d:
        await paste(d.pilot, SECRET)
        await d.press("enter")
        await paste(d.pilot, SECRET)
        d.picker.accept_key("kept")
        await settle(d.pilot)
        assert d.after == ""


async def test_hostile_words_reach_no_terminal():
    async with form() as d:
        await paste(d.pilot, "x")
        await d.press("enter")
        d.picker.refuse_key("no\x1b]0;x\x07\u202e", "\x9b2J")
        await settle(d.pilot)
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(d.screen)
        assert "␛" in d.screen


async def test_what_is_not_installed_stands_before_what_lacks_a_key_and_says_how_to_get_it():
    small = ModelInfo(ref=ModelRef("here", "small"), note="small local model: 790 MB memory")
    provider = ProviderStatus(
        name="here",
        title="Local model",
        base_url="",
        ready=False,
        key_hint="Install it (512 MB): python -m pip install 'x[local]'",
        takes_key=False,
    )
    plain = typical()
    entries = replace(
        plain, models=(*plain.models, small), providers=(*plain.providers, provider), recent=()
    )
    async with desk(entries) as d:
        assert d.screen.index("Local model  not installed") < d.screen.index("Anthropic  no key")
        await d.press(*"here/small")
        assert "small local model: 790 MB memory" in d.screen
        assert "Not installed. Enter shows how to change that." in d.screen
        await d.press("enter")
        assert "Install it (512 MB): python -m pip install 'x[local]'" in d.screen
        assert not d.in_form
        assert d.heard == []
        await d.press("ctrl+k")
        assert not d.in_form


async def test_a_cloud_that_is_not_set_up_asks_for_no_key_and_says_what_is_missing():
    registry = ProviderRegistry(built_in_endpoints(), named=["bedrock"])
    plain = typical()
    providers = (*plain.providers, registry.status("bedrock"))
    models = (*plain.models, *registry.models_of("bedrock"))
    async with desk(replace(plain, models=models, providers=providers, recent=())) as d:
        await d.press(*"bedrock/claude-opus-5-5")
        assert "Not set up. Enter shows how to change that." in d.screen
        await d.press("enter")
        assert "Set region under [providers.bedrock], or AWS_REGION." in d.screen
        assert not d.in_form
        assert d.heard == []


@pytest.mark.parametrize("size", [(40, 24), (60, 15), (30, 12)])
async def test_the_form_is_usable_in_a_small_window(size):
    async with form(size=size) as d:
        await paste(d.pilot, SECRET)
        assert "Paste the key for Anthropic" in d.screen
        assert f"▌  {len(SECRET)} characters" in d.screen
