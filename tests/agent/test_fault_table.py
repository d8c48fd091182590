"""Every fault on every wire, through the whole engine: what the user sees, and what is kept."""

from __future__ import annotations

import pytest

from codex_tui.protocol.errors import ProviderErrorKind
from codex_tui.providers.fault_words import FAULT_WORDS
from tests.benchmarks.fault_table import FAULTS, Fault, rows
from tests.providers.contract.wires import WIRES


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_fault_ends_the_same_way_on_every_wire(fault: Fault) -> None:
    played = await rows(fault)
    assert played
    assert fault.needs is not None or len(played) == len(WIRES)
    for row in played:
        assert row.found == fault.expected, row.wire
        assert bool(row.message) == bool(row.hint) == (fault.kind is not None), row.wire
    assert len({row.message for row in played if "127.0.0.1" not in row.message}) <= 1


def test_every_kind_of_error_has_its_own_words_and_says_what_to_do() -> None:
    assert set(FAULT_WORDS) == set(ProviderErrorKind)
    assert len({each.headline for each in FAULT_WORDS.values()}) == len(FAULT_WORDS)
    for words in FAULT_WORDS.values():
        assert words.hint
        assert words.action in words.hint
