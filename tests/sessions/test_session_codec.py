from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_tui.protocol.messages import AssistantMessage, TextPart, ToolCall, UserMessage
from codex_tui.sessions.codec import Decoder, encode
from codex_tui.sessions.records import MessageAdded, StoredRecord, TurnOpened
from tests.sessions.samples import ANSWERED, ASKED, PLACE, SESSION, STEP
from tests.sessions.strategies import RECORDS, stored


def line_of(record: Any, /, **changes: object) -> bytes:
    line = json.loads(encode(_stored(record)))
    for key, value in changes.items():
        if value is ...:
            del line[key]
        else:
            line[key] = value
    return json.dumps(line).encode()


def _stored(record: Any) -> StoredRecord:
    return StoredRecord(seq=7, id="rec_1", parent_id=None, at="", place=STEP, record=record)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_record_comes_back_as_it_was(kind: type) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(stored(RECORDS[kind]))
    def round_trip(record: StoredRecord) -> None:
        line = encode(record)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        decoder = Decoder(SESSION)
        assert decoder.decode(line[:-1]) == record
        assert decoder.skipped == 0

    round_trip()


def test_a_line_as_it_is_documented() -> None:
    assert json.loads(encode(_stored(ASKED))) == {
        "v": 1,
        "seq": 7,
        "id": "rec_1",
        "parent_id": None,
        "at": "",
        "session": SESSION,
        "branch": "main",
        "turn": "turn_1",
        "step": "step_1",
        "record": {
            "type": "message_added",
            "message": {
                "type": "user",
                "text": "rename  foo\nto bär",
                "images": [],
                "files": [],
            },
        },
    }


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON",
        b'{"v":1',
        b"[1]",
        b"5",
        b"null",
        b"\xff\xfe{}",
        b"\x00" * 4096,
        b"[" * 100_000,
        b'{"v":1,"record":5}',
        b'{"v":1}',
        b'{"v":1,"record":{"type":"from_the_future","x":1}}',
        b'{"v":1,"record":{"type":"message_added"}}',
        b'{"v":1,"record":{"type":"message_added","message":{"type":"hologram"}}}',
        b'{"v":1,"record":{"type":"turn_closed","outcome":"evaporated"}}',
    ],
)
def test_what_is_not_understood_is_counted_and_passed_over(line: bytes) -> None:
    decoder = Decoder(SESSION)
    assert decoder.decode(line) is None
    assert decoder.skipped == 1
    good = decoder.decode(encode(_stored(ASKED)))
    assert good is not None
    assert good.record == ASKED
    assert decoder.skipped == 1


@pytest.mark.parametrize("line", [b"", b"\r", b"  ", b"\xef\xbb\xbf"])
def test_blank_lines_are_nothing(line: bytes) -> None:
    decoder = Decoder(SESSION)
    assert decoder.decode(line) is None
    assert decoder.skipped == 0


@pytest.mark.parametrize(
    "around", [(b"\xef\xbb\xbf", b""), (b"", b"\r"), (b"\x00" * 512, b""), (b" ", b"\x00\x00")]
)
def test_what_editors_and_lost_blocks_leave_around_a_line_does_not_matter(
    around: tuple[bytes, bytes],
) -> None:
    before, after = around
    decoder = Decoder(SESSION)
    assert decoder.decode(before + line_of(ASKED) + after) == _stored(ASKED)
    assert decoder.skipped == 0


def test_line_glued_to_the_stub_of_another_is_saved() -> None:
    whole = encode(_stored(ASKED))[:-1]
    for length in range(1, len(whole)):
        decoder = Decoder(SESSION)
        assert decoder.decode(whole[:length] + whole) == _stored(ASKED)
        assert decoder.skipped == 1


def test_unknown_fields_are_passed_over_and_cost_nothing() -> None:
    record = json.loads(line_of(ANSWERED))["record"]
    record["mood"] = "good"
    record["message"]["colour"] = "red"
    record["message"]["parts"][1]["weight"] = [1, 2]
    decoder = Decoder(SESSION)
    decoded = decoder.decode(line_of(ANSWERED, record=record, v=2, checksum="x"))
    assert decoded == _stored(ANSWERED)
    assert decoder.skipped == 0


def test_message_with_a_part_of_the_future_keeps_the_others() -> None:
    record = json.loads(line_of(ANSWERED))["record"]
    record["message"]["parts"].insert(1, {"type": "hologram", "data": 1})
    record["message"]["parts"].append("nonsense")
    decoder = Decoder(SESSION)
    assert decoder.decode(line_of(ANSWERED, record=record)) == _stored(ANSWERED)
    assert decoder.skipped == 1


def test_parts_keep_their_kinds() -> None:
    decoded = Decoder(SESSION).decode(line_of(ANSWERED))
    assert decoded is not None
    assert isinstance(decoded.record, MessageAdded)
    assert isinstance(decoded.record.message, AssistantMessage)
    assert isinstance(decoded.record.message.parts[1], TextPart)
    assert isinstance(decoded.record.message.parts[2], ToolCall)


def test_missing_envelope_is_made_up() -> None:
    decoder = Decoder(SESSION)
    bare = json.dumps({"record": {"type": "turn_opened"}}).encode()
    numbers = [decoder.decode(bare), decoder.decode(line_of(TurnOpened())), decoder.decode(bare)]
    assert [each and each.seq for each in numbers] == [1, 7, 8]
    assert numbers[0] == StoredRecord(
        seq=1, id="", parent_id=None, at="", place=PLACE, record=TurnOpened()
    )
    assert decoder.skipped == 0


@pytest.mark.parametrize("value", [..., None, "x", -3, 0, 1.5, [1], {}])
def test_odd_envelope_values_are_passed_over(value: object) -> None:
    decoder = Decoder(SESSION)
    names = ("v", "seq", "id", "parent_id", "at", "session", "branch", "turn", "step")
    decoded = decoder.decode(line_of(ASKED, **dict.fromkeys(names, value)))
    assert decoded is not None
    assert decoded.record == ASKED
    assert decoded.seq == 1
    assert decoder.skipped == 0


def test_lone_surrogate_survives() -> None:
    record = MessageAdded(message=UserMessage(text="a\ud800b é"))
    line = encode(_stored(record))
    line.decode("utf-8")
    assert Decoder(SESSION).decode(line) == _stored(record)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_no_bytes_at_all_upset_the_reader(line: bytes) -> None:
    decoder = Decoder(SESSION)
    decoder.decode(line)
    assert decoder.decode(encode(replace(_stored(ASKED), seq=3))) is not None
