"""Enter in the list of sessions while it is still being read."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from session_rows import NOW, row
from settle import settle
from widget_host import WidgetHost, deliver, screen_lines

from codex_tui.ui.panes.sessions import SessionsPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

APPLES, PEARS = row(1, "about apples", 1), row(2, "about pears", 2)


@asynccontextmanager
async def reading() -> AsyncIterator[tuple[Pilot[None], WidgetHost, SessionsPane]]:
    pane = SessionsPane(now=lambda: NOW)
    host = WidgetHost(pane, hears=(SessionsPane.Chosen,))
    async with host.run_test() as pilot:
        pane.open()
        await settle(pilot)
        yield pilot, host, pane


async def test_enter_waits_for_the_first_one_that_fits_and_so_does_what_is_typed_behind_it() -> (
    None
):
    async with reading() as (pilot, host, pane):
        await deliver(pilot, "apples\rnext")
        pane.add([PEARS])
        await settle(pilot)
        assert host.heard == []
        pane.add([APPLES])
        await settle(pilot, lambda: host.heard)
        assert host.heard == [SessionsPane.Chosen(APPLES.summary.session)]
        assert pane._line.value == "apples"
        pane.finish_loading()
        pane.refuse("It is open elsewhere.")
        await settle(pilot, lambda: pane._line.value == "applesnext")
        assert len(host.heard) == 1


async def test_enter_chooses_nothing_when_all_is_read_and_nothing_fits() -> None:
    async with reading() as (pilot, host, pane):
        await deliver(pilot, "plums\ry")
        pane.add([APPLES, PEARS])
        pane.finish_loading()
        await settle(pilot, lambda: pane._line.value == "plumsy")
        assert host.heard == []


async def test_a_list_that_cannot_be_read_says_so_behind_an_early_enter() -> None:
    async with reading() as (pilot, host, pane):
        await deliver(pilot, "\r")
        pane.finish_loading("The folder cannot be read.")
        await settle(pilot, lambda: "The folder cannot be read." in "\n".join(screen_lines(host)))
        assert host.heard == []


async def test_a_list_that_was_closed_chooses_nothing_any_more() -> None:
    async with reading() as (pilot, host, pane):
        await deliver(pilot, "\r")
        pane.close()
        pane.add([APPLES])
        pane.finish_loading()
        await settle(pilot)
        assert host.heard == []
