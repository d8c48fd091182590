"""The memory never raises; a disk that refuses costs the memory only."""

import pytest

from codex_tui.config.history import History
from codex_tui.config.memory import UserMemory
from codex_tui.config.paths import Paths
from codex_tui.config.state import StateFile
from codex_tui.protocol.models import Effort, ModelRef

REF = ModelRef("anthropic", "claude-opus-5-5")


def memory(folder) -> UserMemory:
    paths = Paths(config=folder / "config", state=folder / "state", cache=folder / "cache")
    return UserMemory(StateFile(paths), History(paths))


def test_choices_prompts_and_the_draft_survive_a_restart(tmp_path):
    first = memory(tmp_path)
    first.remember_model(REF, Effort.HIGH)
    first.toggle_favourite(REF)
    first.remember_prompt("rename foo")
    first.leave_draft("half a thou")
    second = memory(tmp_path)
    assert list(second.recent_models) == [REF]
    assert list(second.favourite_models) == [REF]
    assert list(second.prompts) == ["rename foo"]
    assert second.take_draft() == "half a thou"
    assert second.take_draft() == ""


@pytest.mark.parametrize("place", ["state", "state/state.json"])
def test_a_disk_that_refuses_is_logged_and_nothing_is_raised(tmp_path, caplog, place):
    blocked = tmp_path / place
    blocked.parent.mkdir(parents=True, exist_ok=True)
    if place == "state":
        blocked.write_text("a file where the folder should be")
    else:
        blocked.mkdir()
    each = memory(tmp_path)
    each.remember_model(REF, None)
    each.toggle_favourite(REF)
    each.remember_prompt("hello")
    each.keep_draft("words")
    each.leave_draft("words")
    assert list(each.recent_models) == [REF]
    assert caplog.records
