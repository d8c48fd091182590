"""Hypothesis strategies that follow the types, so that a new record is tested as it is written."""

from __future__ import annotations

import dataclasses
import types
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from codex_tui.protocol.ids import BranchId, Place, SessionId, StepId, TurnId
from codex_tui.sessions.records import Record, StoredRecord

TEXT = st.text(st.characters(), max_size=30)  # lone surrogates and control characters included


def of(kind: Any) -> st.SearchStrategy[Any]:
    kind = getattr(kind, "__supertype__", kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return of(arguments[0])
    if origin in {Union, types.UnionType}:
        return st.one_of(*map(of, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is ...:
        return st.lists(of(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(of(arguments[0]), of(arguments[1]), max_size=3)
    if origin is tuple:
        return st.tuples(*map(of, arguments))
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{name: of(hint) for name, hint in hints.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    return {
        str: TEXT,
        int: st.integers(min_value=0, max_value=2**60),
        float: st.floats(min_value=0, max_value=1e6, allow_nan=False),
        bool: st.booleans(),
        type(None): st.none(),
    }[kind]


RECORDS: dict[type, st.SearchStrategy[Any]] = {kind: of(kind) for kind in get_args(Record)}

_IDS = st.text("abcdef0123456789_", min_size=1, max_size=8)

PLACES = st.builds(
    Place,
    session=_IDS.map(SessionId),
    branch=_IDS.map(BranchId),
    turn=st.none() | _IDS.map(TurnId),
    step=st.none() | _IDS.map(StepId),
)


def stored(record: st.SearchStrategy[Any]) -> st.SearchStrategy[StoredRecord]:
    return st.builds(
        StoredRecord,
        seq=st.integers(min_value=1, max_value=10**9),
        id=_IDS,
        parent_id=st.none() | _IDS,
        at=st.just("2026-01-02T03:04:05.678Z"),
        place=PLACES,
        record=record,
    )
