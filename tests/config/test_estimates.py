"""What was learned of tokenizers outlives the program."""

from __future__ import annotations

import pytest

from codex_tui.config.estimates import MAX_MODELS, KeptFactors
from codex_tui.config.paths import Paths


@pytest.fixture
def paths(tmp_path) -> Paths:
    return Paths(config=tmp_path / "c", state=tmp_path / "s", cache=tmp_path / "k")


def test_what_is_learned_joins_what_another_program_learned(paths):
    KeptFactors(paths).keep({"a/b": 1.5, "c/d": 0.9})
    KeptFactors(paths).keep({"a/b": 1.25})
    assert KeptFactors(paths).read() == {"a/b": 1.25, "c/d": 0.9}


def test_nothing_learned_writes_nothing(paths):
    KeptFactors(paths).keep({})
    assert not paths.state.exists()


@pytest.mark.parametrize("text", ["", "[1]", '{"a/b": "x", "c/d": true}', "\x00"])
def test_a_damaged_file_is_nothing(paths, text):
    paths.state.mkdir()
    paths.estimates_file.write_text(text)
    assert KeptFactors(paths).read() == {}


def test_only_the_models_learned_of_last_are_kept(paths):
    KeptFactors(paths).keep({f"a/{number}": 1.0 for number in range(MAX_MODELS)})
    KeptFactors(paths).keep({"b/new": 2.0})
    kept = KeptFactors(paths).read()
    assert len(kept) == MAX_MODELS
    assert "a/0" not in kept
    assert kept["b/new"] == 2.0


def test_a_disk_that_refuses_costs_only_precision(paths):
    paths.state.parent.mkdir(exist_ok=True)
    paths.state.write_text("in the way")
    KeptFactors(paths).keep({"a/b": 1.0})
    assert KeptFactors(paths).read() == {}
