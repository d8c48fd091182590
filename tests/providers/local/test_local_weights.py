"""Weights: found in packages without importing them, put together once, taken only when right."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.local import made_file
from codex_tui.providers.local.made_file import Progress, Stopped
from codex_tui.providers.local.models import MODELS
from codex_tui.providers.local.weights import WeightsStore
from tests.providers.local.local_support import MODEL, PIECES, WHOLE, install

NEVER = threading.Event()


@pytest.fixture
def site(tmp_path):
    return install(tmp_path / "site")


def store(tmp_path, *search, model=MODEL, own_file=None):
    return WeightsStore(tmp_path / "cache", own_file=own_file, models=[model], search=search)


def prepare(weights, name=MODEL.name, stop=NEVER):
    told = []
    return weights.prepare(name, told.append, stop), told


def test_pieces_become_one_private_file_and_are_never_imported(tmp_path, site):
    file, told = prepare(store(tmp_path, site))
    assert file.read_bytes() == WHOLE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert told[-1] == Progress(len(WHOLE), len(WHOLE))
    assert len(told) == 7
    assert "weights_part1" not in sys.modules


def test_a_checked_file_is_not_read_again_until_it_changes(tmp_path, site):
    weights = store(tmp_path, site)
    file, _ = prepare(weights)
    assert prepare(weights) == (file, [])
    os.utime(file, ns=(1, 1))
    again, told = prepare(weights)
    assert (again, len(told)) == (file, 6)
    assert prepare(weights) == (file, [])


def test_a_file_that_was_changed_is_made_anew_from_the_pieces(tmp_path, site):
    weights = store(tmp_path, site)
    file, _ = prepare(weights)
    file.write_bytes(b"GGUF" + b"x" * (len(WHOLE) - 4))
    prepare(weights)
    assert file.read_bytes() == WHOLE


def test_a_changed_file_without_pieces_is_removed_and_not_used(tmp_path, site):
    file, _ = prepare(store(tmp_path, site))
    file.write_bytes(b"GGUF" + b"x" * (len(WHOLE) - 4))
    with pytest.raises(ProviderError, match="SHA-256") as caught:
        prepare(store(tmp_path))
    assert caught.value.kind is ProviderErrorKind.UNAVAILABLE
    assert not file.exists()


@pytest.mark.parametrize(
    "pieces",
    [
        (PIECES[0], PIECES[1][:-1], PIECES[2]),
        (PIECES[0], PIECES[1], b"d" * 10),
        (PIECES[1], PIECES[0], PIECES[2]),
    ],
    ids=["cut short", "other bytes", "another order"],
)
def test_pieces_of_something_else_are_refused_and_leave_nothing(tmp_path, pieces):
    weights = store(tmp_path, install(tmp_path / "odd", pieces))
    with pytest.raises(ProviderError, match="is not Small Model: the SHA-256 is another"):
        prepare(weights)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_missing_piece_makes_the_model_missing(tmp_path, site):
    (tmp_path / "site" / "weights_part2" / "data" / "part02.bin").unlink()
    weights = store(tmp_path, site)
    assert weights.names() == ()
    assert prepare(weights) == (None, [])


def test_giving_up_leaves_nothing_and_the_next_time_succeeds(tmp_path, site):
    weights, stop = store(tmp_path, site), threading.Event()

    def tell(_):
        stop.set()

    with pytest.raises(Stopped):
        weights.prepare(MODEL.name, tell, stop)
    assert list((tmp_path / "cache").iterdir()) == []
    assert prepare(weights)[0].read_bytes() == WHOLE


def test_two_programs_make_the_file_once(tmp_path, site):
    (tmp_path / "cache").mkdir()
    stop, outcome = threading.Event(), []
    weights = store(tmp_path, site)

    def work():
        outcome.append(prepare(weights))

    with made_file.alone(tmp_path / "cache", stop):
        other = threading.Thread(target=work)
        other.start()
        prepare_elsewhere(tmp_path, site)
    other.join()
    assert outcome == [(tmp_path / "cache" / "small-model.gguf", [])]


def prepare_elsewhere(tmp_path, site):
    """What another program does while it holds the lock."""
    made_file.make(
        tmp_path / "cache" / "small-model.gguf",
        MODEL,
        store(tmp_path, site)._pieces(MODEL),
        lambda _: None,
        NEVER,
    )


def test_who_waits_for_another_program_can_give_up(tmp_path, site):
    (tmp_path / "cache").mkdir()
    stop = threading.Event()
    stop.set()
    with made_file.alone(tmp_path / "cache", NEVER), pytest.raises(Stopped):
        prepare(store(tmp_path, site), stop=stop)


def test_too_little_room_is_said_before_anything_is_written(tmp_path, site):
    huge = replace(MODEL, size_bytes=10**18)
    with pytest.raises(ProviderError, match=r"needs .* of disk space") as caught:
        prepare(store(tmp_path, site, model=huge))
    assert "Make room" in caught.value.hint
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: mounting a small disk needs root")
def test_a_disk_that_fills_up_meanwhile_leaves_no_partial_file(tmp_path, site, monkeypatch):
    disk = tmp_path / "cache"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"NOT TESTED: no small disk can be mounted here: {mounted.stderr}")
    try:
        monkeypatch.setattr(made_file, "SPARE_BYTES", -len(WHOLE))
        with pytest.raises(ProviderError, match="No space left on device"):
            prepare(store(tmp_path, site))
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path, site):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(ProviderError, match="cannot be kept in"):
        prepare(store(tmp_path, site))


def test_the_users_own_file_comes_first_and_must_be_weights(tmp_path, site):
    own = tmp_path / "mine.gguf"
    weights = store(tmp_path, site, own_file=own)
    assert weights.names() == ("mine", "small-model")
    with pytest.raises(ProviderError, match="cannot be read: No such file"):
        prepare(weights, "mine")
    own.write_bytes(b"PK\x03\x04")
    with pytest.raises(ProviderError, match="is no GGUF file"):
        prepare(weights, "mine")
    own.write_bytes(b"GGUF and more")
    assert prepare(weights, "mine") == (own, [])
    assert weights.size_bytes("mine") == 13
    assert weights.model("mine") is None


def test_the_built_in_models_are_whole_and_best_first():
    assert [len(model.packages) for model in MODELS] == [22, 6]
    assert all(len(bytes.fromhex(model.sha256)) == 32 for model in MODELS)
    assert MODELS[0].size_bytes > MODELS[1].size_bytes
