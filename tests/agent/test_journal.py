"""What becomes of a conversation that the disk refuses, at its end."""

from __future__ import annotations

import pytest

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.sessions.file import LOST_HINT
from tests.support.engine import REF, Engine, notices, says


@pytest.fixture
def blocked(tmp_path):
    """Where the folder of the sessions would be, a file."""
    path = tmp_path / "sessions"
    path.write_text("in the way")
    return path


def started(root, *replies) -> Engine:
    engine = Engine(root, replies)
    engine.session.start(ApprovalMode.SUGGEST)
    engine.session.select_model(REF)
    return engine


async def test_what_is_lost_at_the_end_is_told_though_it_was_told_that_it_waits(root, blocked):
    engine = started(root, says("One."))
    await engine.session.submit("go")
    (waiting,) = notices(engine)
    assert "goes on in memory" in waiting
    await engine.session.close()
    _, lost = notices(engine)
    assert "cannot be written: File exists." in lost
    assert lost.endswith(LOST_HINT)
    await engine.session.close()
    assert len(notices(engine)) == 2


async def test_what_waited_is_written_at_the_end_once_the_disk_takes_it(root, blocked):
    engine = started(root, says("One."))
    await engine.session.submit("go")
    blocked.unlink()
    await engine.session.close()
    assert len(notices(engine)) == 1
    records = engine.store.load(engine.place.session).records
    assert {"message_added", "turn_closed"} <= {each.record.type for each in records}


async def test_a_file_that_was_deleted_meanwhile_is_told_at_the_end(root):
    engine = started(root, says("One."))
    await engine.session.submit("go")
    engine.store.path(engine.place.session).unlink()
    await engine.session.close()
    (lost,) = notices(engine)
    assert "was deleted" in lost
    assert lost.endswith(LOST_HINT)


async def test_a_session_in_which_nothing_was_said_leaves_and_tells_nothing(root, blocked):
    engine = started(root)
    await engine.session.close()
    assert notices(engine) == []
    assert blocked.read_text() == "in the way"
