"""An engine on a model without tools, and what it was asked."""

from __future__ import annotations

import dataclasses
import json

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.messages import TextPart, UserMessage
from codex_tui.protocol.models import ModelInfo
from codex_tui.providers.scripted import Reply
from tests.support.engine import ENDPOINT, REF, Engine

NO_TOOLS = dataclasses.replace(ENDPOINT, tools=False)
SHOP = "def foo():\n    return 1\n" + "".join(f"# {n}\n" for n in range(40)) + "print(foo())\n"


def started(root, *answers, endpoint=NO_TOOLS, mode=ApprovalMode.SUGGEST, **options) -> Engine:
    replies = [each if isinstance(each, Reply) else answer(each) for each in answers]
    engine = Engine(root, replies, endpoint=endpoint, **options)
    engine.session.start(mode)
    engine.session.select_model(REF)
    return engine


def answer(value: object, **fields) -> Reply:
    text = value if isinstance(value, str) else json.dumps({"answer": value})
    return Reply(parts=(TextPart(text=text),), **fields)


def asked(engine: Engine, number: int = -1) -> str:
    last = engine.sent[number].messages[-1]
    assert isinstance(last, UserMessage)
    return last.text


def describe(engine: Engine, **fields) -> None:
    """Let the model's own server say something of it."""
    lists = engine.session.models._providers._served
    lists.keep(engine.provider.endpoint, [ModelInfo(ref=REF, **fields)])
    engine.session.select_model(REF)
