from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from picker_entries import DEMO, GPT, MINI, QWEN, first_run, info, many, typical
from settle import settle
from widget_host import WidgetHost, deliver, paste, screen_lines

from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.ui.panes.providers import PickerEntries, ProviderPicker
from codex_tui.ui.panes.providers.entries import Heading, ModelRow, row_ref
from codex_tui.ui.panes.providers.model_list import ModelList
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

HEARS = (
    ProviderPicker.Chosen,
    ProviderPicker.FavouriteToggled,
    ProviderPicker.Asked,
    ProviderPicker.Closed,
)


class Desk:
    """An open picker on a screen, and what it said."""

    def __init__(self, app: WidgetHost, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.picker = app.query_one(ProviderPicker)
        self.list = app.query_one(ModelList)

    @property
    def heard(self) -> list[object]:
        return self.app.heard

    @property
    def here(self) -> ModelRef | None:
        return row_ref(self.list.highlighted)

    @property
    def screen(self) -> str:
        return "\n".join(screen_lines(self.app))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def clear(self) -> None:
        await self.press("ctrl+u")


@asynccontextmanager
async def desk(entries: PickerEntries, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Desk]:
    picker = ProviderPicker()
    app = WidgetHost(picker, StatusBar(), hears=HEARS)
    async with app.run_test(size=size) as pilot:
        picker.open(entries)
        await settle(pilot)
        yield Desk(app, pilot)


async def test_opens_above_the_status_bar_on_the_current_model():
    async with desk(typical()) as d:
        assert d.picker.region.bottom == d.app.query_one(StatusBar).region.y
        assert d.picker.region.width == 80
        assert d.here == GPT
        assert "● gpt-5.1 " in d.screen


@pytest.mark.parametrize("columns", [24, 40, 60])
async def test_names_stay_readable_where_facts_do_not_fit(columns):
    async with desk(typical(), size=(columns, 24)) as d:
        chosen = next(line for line in d.screen.split("\n") if "●" in line)
        assert "gpt-5.1" in chosen


async def test_is_about_eighty_columns_wide_on_a_wide_screen():
    async with desk(typical(), size=(120, 40)) as d:
        assert d.picker.region.width == 84


async def test_ready_providers_come_before_those_without_a_key():
    async with desk(typical()) as d:
        titles = [row.title for row in d.list.rows if isinstance(row, Heading)]
        assert titles == ["OpenAI", "Local server", "Demonstration", "Anthropic"]
        assert "Anthropic  no key" in d.screen


async def test_favourites_and_recents_come_first_and_once():
    async with desk(typical(favourites=(QWEN,), recent=(MINI, QWEN))) as d:
        titles = [row.title for row in d.list.rows if isinstance(row, Heading)]
        assert titles[:3] == ["Favourites", "Recent", "OpenAI"]
        refs = [row_ref(row) for row in d.list.rows if isinstance(row, ModelRow)]
        assert refs[:2] == [QWEN, MINI]
        assert len(refs) == len(set(refs))


async def test_facts_are_shown_and_unknown_is_a_dash():
    async with desk(typical()) as d:
        assert "400k  $1.25/$10    img  ‹high›" in d.screen
        assert "1M  $0.25/$2     –    low–high" in d.screen
        assert "32k  free" in d.screen
        assert "–  –            –    demonstration" in d.screen
        assert "context 400k · output 128k · images · $1.25 in, $10 out" in d.screen


async def test_enter_chooses_with_effort_and_closes():
    async with desk(typical()) as d:
        await d.press("enter")
        assert d.heard == [ProviderPicker.Chosen(GPT, Effort.HIGH), ProviderPicker.Closed()]
        assert not d.picker.display


async def test_escape_and_ctrl_c_close_without_a_choice():
    for key in ("escape", "ctrl+c"):
        async with desk(typical()) as d:
            await d.press(key)
            assert d.heard == [ProviderPicker.Closed()]
            d.picker.close()
            await settle(d.pilot)
            assert d.heard == [ProviderPicker.Closed()]


async def test_arrows_skip_headings_and_stop_at_the_ends():
    async with desk(typical()) as d:
        await d.press("up")
        assert d.here == GPT
        await d.press("down", "down")
        assert d.here == QWEN
        await d.press("tab", "shift+tab")
        assert d.here == QWEN
        await d.press("pagedown", "pagedown")
        assert d.here == ModelRef("anthropic", "claude-haiku-4-5")
        await d.press("down")
        assert d.here == ModelRef("anthropic", "claude-haiku-4-5")
        await d.press("pageup")
        assert d.here == GPT


async def test_highlight_stays_in_sight():
    async with desk(many()) as d:
        await d.press(*["pagedown"] * 7)
        assert d.here is not None
        assert "› " in d.screen
        await d.press(*["pageup"] * 9)
        assert d.here == GPT
        assert d.list.scroll_offset.y == 0


async def test_filter_is_fuzzy_and_best_match_is_highlighted():
    async with desk(typical()) as d:
        await d.press(*"gpmi")
        assert d.here == MINI
        await d.clear()
        assert d.here == GPT
        await d.press(*"open mini")
        assert d.here == MINI


async def test_filter_finds_the_models_own_name():
    async with desk(typical()) as d:
        await d.press(*"walkthrough")
        assert d.here == DEMO


async def test_usable_models_rank_before_those_without_a_key():
    twin = info(ModelRef("local", "claude-opus-4-5-twin"))
    entries = typical(models=(*typical().models, twin))
    async with desk(entries) as d:
        await d.press(*"opus")
        assert d.here == twin.ref


async def test_burst_of_filter_and_enter_chooses_what_was_typed():
    async with desk(typical()) as d:
        await deliver(d.pilot, "mimi\x7f\x7fni\r")
        assert d.heard[0] == ProviderPicker.Chosen(MINI, Effort.HIGH)


async def test_effort_changes_within_the_models_own():
    async with desk(typical()) as d:
        await d.press("left", "left", "left", "left", "left")
        assert "‹minimal›" in d.screen
        await d.press("right", "enter")
        assert d.heard[0] == ProviderPicker.Chosen(GPT, Effort.LOW)


async def test_effort_is_mapped_down_to_what_a_model_takes():
    async with desk(typical(effort=Effort.MAX, current=MINI)) as d:
        await d.press("enter")
        assert d.heard[0] == ProviderPicker.Chosen(MINI, Effort.HIGH)


async def test_default_effort_is_offered_when_none_is_set():
    async with desk(typical(effort=None)) as d:
        await d.press("enter")
        assert d.heard[0] == ProviderPicker.Chosen(GPT, Effort.MEDIUM)


async def test_model_without_efforts_has_none():
    async with desk(typical(current=QWEN)) as d:
        await d.press("right")
        assert "no reasoning effort" in d.screen
        await d.press("enter")
        assert d.heard[0] == ProviderPicker.Chosen(QWEN, None)


async def test_favourite_is_reported_and_refresh_keeps_filter_and_highlight():
    async with desk(typical()) as d:
        await d.press(*"mini", "ctrl+s")
        assert d.heard == [ProviderPicker.FavouriteToggled(MINI)]
        d.picker.refresh_entries(typical(favourites=(MINI,)))
        await settle(d.pilot)
        assert d.here == MINI
        assert "· favourite" in d.screen
        await d.clear()
        await d.press("down", "down")
        here = d.here
        d.picker.refresh_entries(many(10))
        await settle(d.pilot)
        assert d.here == here


async def test_typed_reference_can_be_chosen_as_it_is():
    async with desk(typical()) as d:
        await d.press(*"openai/xyz")
        assert "use openai/xyz as typed" in d.screen
        await d.press("enter")
        assert d.heard[0] == ProviderPicker.Chosen(ModelRef("openai", "xyz"), None)


async def test_typed_reference_comes_after_matches_and_needs_a_key_too():
    async with desk(typical()) as d:
        await d.press(*"openai/gpt")
        assert d.here in {GPT, MINI}
        await d.press("pagedown")
        assert d.here == ModelRef("openai", "gpt")
        await d.clear()
        await d.press(*"anthropic/zzz", "enter")
        assert d.heard == []
        assert "Paste the key for Anthropic  to use zzz" in d.screen


async def test_nothing_found_says_why_and_what_to_do():
    async with desk(typical()) as d:
        await d.press(*"zzzz", "enter")
        assert "No model matches “zzzz”." in d.screen
        assert "type provider/model in full" in d.screen
        await d.clear()
        await d.press(*"nope/zzz")
        assert "No provider is called “nope”." in d.screen
        assert "anthropic, openai, local, demo" in d.screen
        assert d.heard == []


async def test_nothing_configured_says_so():
    async with desk(PickerEntries(models=(), providers=(), current=None, effort=None)) as d:
        await d.press("down", "right", "ctrl+s", "enter")
        assert "No provider is configured." in d.screen
        assert d.heard == []


async def test_provider_that_lists_nothing_explains_itself():
    entries = typical(models=tuple(m for m in typical().models if m.ref.provider != "local"))
    async with desk(entries) as d:
        await d.press("down", "down")
        assert "Enter asks https://local.test" in d.screen
        assert "Or type local/ and a model's full name." in d.screen
        await d.press("enter")
        assert d.heard == [ProviderPicker.Asked("local")]


async def test_current_model_that_no_list_knows_is_shown():
    ref = ModelRef("openai", "private-tune")
    async with desk(typical(current=ref)) as d:
        assert d.here == ref
        assert "● openai/private-tune" in d.screen


async def test_first_run_explains_and_points_to_the_demonstration():
    async with desk(first_run()) as d:
        assert "Welcome. Choose the model to work with." in d.screen
        assert d.here == DEMO


async def test_first_choice_is_a_real_model_where_a_key_is_present():
    async with desk(typical(current=None, first_run=True)) as d:
        assert d.here == GPT


async def test_first_choice_is_what_was_chosen_where_nothing_but_its_key_is_missing():
    async with desk(dataclasses.replace(first_run(), current=GPT)) as d:
        assert d.here == GPT
        assert "No key yet. Enter lets you paste it." in d.screen


async def test_a_notice_about_the_lists_is_shown():
    async with desk(typical(notice="offline: the built-in catalogue")) as d:
        assert "offline: the built-in catalogue" in d.screen


async def test_a_click_chooses_the_model():
    async with desk(typical()) as d:
        await d.pilot.click(ModelList, offset=(10, 0))
        assert d.heard == []
        await d.pilot.click(ModelList, offset=(10, 2))
        await settle(d.pilot)
        assert d.heard[0] == ProviderPicker.Chosen(MINI, Effort.HIGH)


async def test_reopening_starts_afresh():
    async with desk(typical()) as d:
        await d.press(*"mini", "left", "escape")
        d.picker.open(typical())
        await settle(d.pilot)
        assert d.here == GPT
        assert "type to filter" in d.screen
        await d.press(*"mini", "enter")
        assert d.heard[-2] == ProviderPicker.Chosen(MINI, Effort.HIGH)


async def test_hostile_names_and_filters_reach_no_terminal():
    evil = info(ModelRef("openai", "a\x1b]0;x\x07\u202eb"), name="n\x1b[31m\n", note="\x9b1m")
    async with desk(typical(models=(evil,), notice="x\x1b[2J")) as d:
        await d.press("down")
        await paste(d.pilot, "o\x1b[31m\x9b")
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(d.screen)
        assert "␛" in d.screen


async def test_long_list_filters_in_step_with_typing():
    async with desk(many(), size=(120, 40)) as d:
        await deliver(d.pilot, "openrouterdeepseek2025\r")
        chosen = d.heard[0]
        assert isinstance(chosen, ProviderPicker.Chosen)
        assert "deepseek" in chosen.ref.model


async def test_small_terminal_still_shows_filter_and_list():
    async with desk(typical(), size=(60, 15)) as d:
        assert "type to filter" in d.screen
        assert "gpt-5.1" in d.screen
        assert d.list.size.height >= 3
