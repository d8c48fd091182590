"""What waits for the disk, and what does not."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import NoticeShown, TurnFinished
from codex_tui.protocol.messages import TextPart
from codex_tui.providers.scripted import Reply
from tests.support.engine import REF, Engine, call

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.providers.base import ModelRequest

TOO_LONG_S = 10.0


class SlowDisk:
    """A disk that takes nothing while it is `busy`; `asked` once somebody waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = threading.Event()
        self.waited_in_vain = False
        self._free = threading.Event()
        self._free.set()
        self._sync = os.fsync
        monkeypatch.setattr(os, "fsync", self._fsync)

    def busy(self) -> None:
        self._free.clear()

    def free(self) -> None:
        self._free.set()

    def _fsync(self, descriptor: int) -> None:
        if not self._free.is_set():
            self.asked.set()
            self.waited_in_vain = not self._free.wait(TOO_LONG_S) or self.waited_in_vain
        self._sync(descriptor)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    return SlowDisk(monkeypatch)


def engine_on(tmp_path: Path, script: object) -> Engine:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n", encoding="utf-8")
    engine = Engine(root, script)
    engine.session.start(ApprovalMode.AUTO_EDIT)
    engine.session.select_model(REF)
    return engine


async def test_a_request_does_not_wait_for_the_disk(disk: SlowDisk, tmp_path: Path) -> None:
    def script(request: ModelRequest) -> Reply:
        if len(request.messages) < 3:
            disk.busy()
            return Reply(parts=(call("read_file", '{"path": "a.py"}'),))
        disk.free()
        return Reply(parts=(TextPart(text="Seen."),))

    engine = engine_on(tmp_path, script)
    await engine.session.submit("Look.")
    assert len(engine.sent) == 2
    assert not disk.waited_in_vain
    stored = engine.store.load(engine.place.session).records
    assert [each.record.type for each in stored].count("message_added") == 5


async def test_a_change_waits_until_its_approval_is_on_the_disk(
    disk: SlowDisk, tmp_path: Path
) -> None:
    written: list[bool] = []

    def script(request: ModelRequest) -> Reply:
        if len(request.messages) < 3:
            disk.busy()
            return Reply(
                parts=(
                    call("read_file", '{"path": "a.py"}', 1),
                    call("write_file", json.dumps({"path": "new.py", "content": "y\n"}), 2),
                )
            )
        return Reply(parts=(TextPart(text="Written."),))

    def watch() -> None:
        assert disk.asked.wait(TOO_LONG_S)
        written.append((engine.root / "new.py").exists())
        disk.free()

    engine = engine_on(tmp_path, script)
    watching = threading.Thread(target=watch)
    watching.start()
    await engine.session.submit("Write.")
    watching.join()
    assert written == [False]
    assert (engine.root / "new.py").read_text(encoding="utf-8") == "y\n"


async def test_a_disk_that_refuses_in_the_background_is_told_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    def script(request: ModelRequest) -> Reply:
        if len(request.messages) < 3:
            monkeypatch.setattr(os, "fsync", refuse)
            return Reply(parts=(call("read_file", '{"path": "a.py"}'),))
        return Reply(parts=(TextPart(text="Seen."),))

    engine = engine_on(tmp_path, script)
    await engine.session.submit("Look.")
    engine.take()
    warnings = [each.text for each in engine.seen if isinstance(each, NoticeShown)]
    assert len([text for text in warnings if "No space left" in text]) == 1
    assert [each.outcome for each in engine.seen if isinstance(each, TurnFinished)] == ["done"]
