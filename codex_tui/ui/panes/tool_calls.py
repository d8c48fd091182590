"""The tool calls of a turn on the transcript: one block each, which changes as the call goes on.

A call nobody announced gets its block with the first thing that is heard of it. Where blocks go is
the pane's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.protocol.messages import ToolStatus
from codex_tui.ui.widgets.tool_block import ToolBlock, capped_output, live_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from codex_tui.protocol.changes import AppliedChange
    from codex_tui.ui.widgets.transcript import Transcript


class ToolCalls:
    """Blocks by the ids of calls; `add` puts a new one at the end and returns its key."""

    def __init__(self, transcript: Transcript, add: Callable[[ToolBlock], int]) -> None:
        self._transcript = transcript
        self._add = add
        self._keys: dict[str, int] = {}

    def start(self, call_id: str, name: str) -> None:
        """Show a call, unless it is there."""
        if call_id not in self._keys:
            self._keys[call_id] = self._add(ToolBlock(name=name))

    def ready(self, call_id: str, name: str, title: str) -> None:
        """The call is complete; `title` is one line about it."""
        self.start(call_id, name)
        self._change(call_id, ToolBlock(name=name, title=title))

    def append_output(self, call_id: str, text: str) -> None:
        """Show the last lines of a running command."""
        self.start(call_id, "tool")
        call = self._block(call_id)
        if call.status is None:
            self._change(call_id, replace(call, live=live_lines(call.live, text)))

    def finish(
        self, call_id: str, *, status: ToolStatus, summary: str, output: str, duration_ms: int
    ) -> None:
        """Show a result; of a long `output` the middle is left out."""
        self.start(call_id, "tool")
        call = replace(self._block(call_id), status=status, summary=summary)
        self._change(call_id, replace(call, output=capped_output(output), duration_ms=duration_ms))

    def show_changes(self, call_id: str, changes: tuple[AppliedChange, ...]) -> None:
        """Show the files a call wrote."""
        self.start(call_id, "edit")
        call = self._block(call_id)
        self._change(call_id, replace(call, status=call.status or ToolStatus.OK, changes=changes))

    def drop(self, keys: Collection[int]) -> None:
        """Forget the calls whose blocks are taken away."""
        self._keys = {call: key for call, key in self._keys.items() if key not in keys}

    def end(self) -> None:
        """Mark what has no result as interrupted, and forget all: the turn is over."""
        for call_id in self._keys:
            call = self._block(call_id)
            if call.status is None:
                self._change(call_id, replace(call, status=ToolStatus.INTERRUPTED))
        self.clear()

    def clear(self) -> None:
        """Forget all calls."""
        self._keys.clear()

    def _block(self, call_id: str) -> ToolBlock:
        block = self._transcript.block(self._keys[call_id])
        if not isinstance(block, ToolBlock):
            raise TypeError(f"the block of call {call_id} is no tool call")
        return block

    def _change(self, call_id: str, block: ToolBlock) -> None:
        self._transcript.replace(self._keys[call_id], block)
