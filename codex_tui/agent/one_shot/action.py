"""The one thing a model without tools can do in a step: a change of a file, a new file, or words.

Which of them a message allows, the JSON Schema that holds the model to them, and what a tool call
and an action have to do with each other. Pure functions; trials with small models (Qwen2.5-Coder,
0.5B and 1.5B) say that such models keep to a schema, choose badly where there is much to choose
from, and answer questions with changes unless they cannot.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.providers.wire_json import as_object

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from codex_tui.protocol.messages import ToolCall, UserMessage

_STRING = {"type": "string"}
_SENTENCE_END = re.compile(r"(?<=[.!?？])\s+")
_ASKS = r"(?:what|why|how|who|when|where|which|explain|describe|summari[sz]e|tell)\b"
_REQUEST = re.compile(
    rf"(?:please\b|(?:can|could|would|will|may)\s+(?:you|we|i)\b(?!\s+(?:please\s+)?{_ASKS}))",
    re.IGNORECASE,
)
_QUESTION = re.compile(_ASKS, re.IGNORECASE)
_COURTESY = re.compile(
    r"(?:hi|hello|hey|thanks|thank you)\b(?:\W*(?:there|again|a lot|so much|very much))?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Words to the user."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A call of a real tool: its name and its arguments as JSON."""

    tool: str
    arguments: str


Action = Reply | Change

TOOLS: Mapping[str, str] = {"edit": "edit_file", "write": "write_file"}
"""The first word of an action → the tool that carries it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a message allows besides words: changes of the files `edit`, and with `may_write` the
    new files `write`, or any where that names none.
    """

    edit: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    may_write: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The first words of the allowed actions."""
        edit = ("edit",) if self.edit else ()
        return (*edit, *(("write",) if self.may_write else ()), "reply")


def allowed(message: UserMessage) -> Allowed:
    """Return what an answer to the message may be: words for a question or a greeting, a change for
    a file that there is, a new file for one that there is not, anything for a file nobody named.
    """
    if is_question(message.text) or _COURTESY.fullmatch(message.text.strip()):
        return Allowed()
    there = tuple(file.path for file in message.files if file.text is not None)
    new = tuple(file.path for file in message.files if file.text is None)
    may_write = bool(new) or not any(_names(message.text, path) for path in there)
    return Allowed(edit=there, write=new, may_write=may_write)


def _names(text: str, path: str) -> bool:
    return path.rpartition("/")[2] in text


def is_question(text: str) -> bool:
    """Say whether words only ask something; “can you …” asks for more than words."""
    sentences = _SENTENCE_END.split(text.strip())
    last = sentences[-1]
    if last.endswith(("?", "？")):
        return _REQUEST.match(last) is None
    return len(sentences) == 1 and _QUESTION.match(last) is not None


def schema_of(may: Allowed) -> Mapping[str, object]:
    """Return the JSON Schema of an answer, in the part of the language that all vendors know."""
    forms: list[Mapping[str, object]] = []
    if may.edit:
        forms.append(_object(edit=_one_of(may.edit), old=_STRING, new=_STRING))
    if may.may_write:
        path = _one_of(may.write) if may.write else _STRING
        forms.append(_object(write=path, content=_STRING))
    forms.append(_object(reply=_STRING))
    return _object(answer=forms[0] if len(forms) == 1 else {"anyOf": forms})


def _object(**properties: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(values: Collection[str]) -> Mapping[str, object]:
    return {"type": "string", "enum": list(values)}


def read_action(text: str) -> Action:
    """Read an answer, which may be fenced where the schema was told in words.

    Raises ValueError when it is no action.
    """
    try:
        value = as_object(json.loads(_unfenced(text), strict=False))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    fields = as_object(value.get("answer")) or value
    match fields:
        case {"reply": str(words)}:
            return Reply(text=words)
        case {"edit": str(path), "old": str(old), "new": str(new)}:
            # Every place is a hunk of its own, which the user accepts or refuses.
            return _change("edit", path=path, edits=[_edit(old, new)])
        case {"write": str(path), "content": str(content)}:
            return _change("write", path=path, content=content)
        case _:
            raise ValueError("none of the actions")


def _change(word: str, **arguments: object) -> Change:
    return Change(tool=TOOLS[word], arguments=json.dumps(arguments))


def _edit(old: str, new: str) -> Mapping[str, object]:
    return {"old": old, "new": new, "replace_all": True}


def answer_of(words: str, calls: Sequence[ToolCall]) -> str:
    """Return an earlier answer as this model would have given it, empty where it said nothing.

    Examples of another form would lead a small model astray.
    """
    for call in calls:
        form = _form_of(call)
        if form:
            return json.dumps({"answer": form}, ensure_ascii=False)
    return json.dumps({"answer": {"reply": words}}, ensure_ascii=False) if words.strip() else ""


def _form_of(call: ToolCall) -> Mapping[str, object]:
    try:
        arguments = as_object(json.loads(call.arguments))
    except (ValueError, RecursionError):
        return {}
    match call.name, arguments:
        case "edit_file", {"path": str(path), "edits": [{"old": str(old), "new": str(new)}]}:
            return {"edit": path, "old": old, "new": new}
        case "write_file", {"path": str(path), "content": str(content)}:
            return {"write": path, "content": content}
        case _:
            return {}


def _unfenced(text: str) -> str:
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        return text.partition("\n")[2].removesuffix("```")
    return text
