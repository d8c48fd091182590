"""Tool calls from the pieces compatible servers send them in.

The wire numbers a call's pieces by `index`. Servers leave the index out, give every call index 0,
leave ids out or repeat them, repeat the name in every piece, send arguments as an object, or a
whole call at once. What belongs together is decided by what a piece brings: one that continues a
call brings arguments alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codex_tui.protocol.ids import new_id
from codex_tui.protocol.messages import Opaque, ToolCall
from codex_tui.providers.base import PartDelta, PartStarted
from codex_tui.providers.openai_chat.transcript import CALL_STATE
from codex_tui.providers.wire_json import as_object, as_text, clean_text, is_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_tui.protocol.messages import Origin
    from codex_tui.providers.base import StreamEvent

Json = dict[str, Any]


@dataclass(slots=True)
class _Call:
    """A call on its way; `place` is its part's index once it was announced."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list[str])
    state: Json = field(default_factory=dict[str, Any])
    place: int | None = None

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    def is_whole_before(self, piece: str) -> bool:
        """Say whether its arguments are a complete object, so that `piece` begins another's."""
        begins = piece.lstrip().startswith("{")
        ends = bool(self.pieces) and self.pieces[-1].rstrip().endswith("}")
        return begins and ends and is_json(self.arguments)


class CallCollector:
    """The calls of one answer, in the order they began; `take_place` numbers the parts."""

    def __init__(self, origin: Origin, take_place: Callable[[], int]) -> None:
        self._origin = origin
        self._take_place = take_place
        self._calls: list[_Call] = []
        self._latest: dict[object, _Call] = {}

    def feed(self, piece: Json) -> Iterator[StreamEvent]:
        """Read one entry of `delta.tool_calls`."""
        function = as_object(piece.get("function"))
        call_id, name = (
            clean_text(as_text(piece.get("id"))),
            clean_text(as_text(function.get("name"))),
        )
        arguments = _arguments(function.get("arguments"))
        call = self._call_for(piece.get("index"), call_id, name, arguments)
        call.id = call.id or call_id
        call.name = call.name or name
        call.state |= as_object(piece.get(CALL_STATE))
        if arguments:
            call.pieces.append(arguments)
        if call.place is None and call.name:
            yield from self._announce(call)
        elif call.place is not None and arguments:
            yield PartDelta(index=call.place, text=arguments)

    def announce_nameless(self) -> Iterator[StreamEvent]:
        """Announce what has arguments and never got a name: the model is told that it failed."""
        for call in self._calls:
            if call.place is None and call.pieces:
                yield from self._announce(call)

    def finished(self, *, cut_short: bool) -> Iterator[tuple[int, ToolCall]]:
        """Yield each call and its place. `cut_short`: the model was stopped, in its last call if it
        made any.
        """
        announced = [call for call in self._calls if call.place is not None]
        for call in announced:
            arguments = call.arguments if call.arguments.strip() else "{}"
            complete = is_json(arguments) and not (cut_short and call is announced[-1])
            opaque = None
            if call.state:
                data = json.dumps(call.state, separators=(",", ":"))
                opaque = Opaque(origin=self._origin, kind=CALL_STATE, data=data)
            yield (
                call.place or 0,
                ToolCall(
                    id=call.id,
                    name=call.name,
                    arguments=arguments,
                    complete=complete,
                    opaque=opaque,
                ),
            )

    def _announce(self, call: _Call) -> Iterator[StreamEvent]:
        taken = {other.id for other in self._calls if other is not call}
        if not call.id or call.id in taken:
            call.id = new_id("call")
        call.place = self._take_place()
        yield PartStarted(index=call.place, kind="tool_call", call_id=call.id, name=call.name)
        if call.pieces:
            yield PartDelta(index=call.place, text=call.arguments)

    def _call_for(self, index: object, call_id: str, name: str, arguments: str) -> _Call:
        """Return the call that a piece continues, or a new one."""
        key = index if isinstance(index, int) else None
        found = self._latest.get(key)
        if key is None and call_id:
            found = next((call for call in self._calls if call.id == call_id), found)
        if found is None or _begins_another(found, call_id, name, arguments):
            found = _Call()
            self._calls.append(found)
        elif key is None and not (call_id or name) and found.is_whole_before(arguments):
            found = _Call(name=found.name)  # nothing but the arguments tells the calls apart
            self._calls.append(found)
        self._latest[key] = found
        return found


def _begins_another(call: _Call, call_id: str, name: str, arguments: str) -> bool:
    """Say whether a piece with a name of its own starts a call after `call`, at the same index."""
    if not (name and call.name):
        return False
    if call_id and call.id and call_id != call.id:
        return True
    return name != call.name or call.is_whole_before(arguments)


def _arguments(value: object) -> str:
    """Return arguments as text; some servers send the object itself."""
    if isinstance(value, dict | list):
        return clean_text(json.dumps(value, ensure_ascii=False))
    return clean_text(as_text(value))
