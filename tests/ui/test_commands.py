"""The table of slash commands without a screen."""

from __future__ import annotations

import pytest

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort
from codex_tui.ui.commands import COMMANDS, dispatch, is_command


class Record:
    """A host that notes what it is told to do."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def open_picker(self) -> None:
        self.done.append("open_picker")

    def choose_model(self, ref: object) -> None:
        self.done.append(("choose_model", str(ref)))

    def choose_effort(self, effort: object) -> None:
        self.done.append(("choose_effort", effort))

    def set_budget(self, words: str) -> None:
        self.done.append(("set_budget", words))

    def choose_mode(self, mode: ApprovalMode) -> None:
        self.done.append(("choose_mode", mode))

    def report_cost(self) -> None:
        self.done.append("report_cost")

    def show_help(self, guide: str) -> None:
        self.done.append(("show_help", guide))

    def copy_answer(self) -> None:
        self.done.append("copy_answer")

    def start_afresh(self) -> None:
        self.done.append("start_afresh")

    def quit(self) -> None:
        self.done.append("quit")


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("/model", "open_picker"),
        ("/model openai/gpt-6.1", ("choose_model", "openai/gpt-6.1")),
        ("/model  gate/vendor/model ", ("choose_model", "gate/vendor/model")),
        ("/effort", ("choose_effort", None)),
        ("/effort xhigh", ("choose_effort", Effort.XHIGH)),
        ("/approvals auto-edit", ("choose_mode", ApprovalMode.AUTO_EDIT)),
        ("/approvals  suggest ", ("choose_mode", ApprovalMode.SUGGEST)),
        ("/cost", "report_cost"),
        ("/budget", ("set_budget", "")),
        ("/budget  $5 ", ("set_budget", "$5")),
        ("/copy", "copy_answer"),
        ("/help", ("show_help", "")),
        ("/help providers", ("show_help", "providers")),
        ("/clear", "start_afresh"),
        ("/quit", "quit"),
        ("/quit \n", "quit"),
    ],
)
def test_each_command_does_its_one_thing(text, deed):
    host = Record()
    dispatch(host, text)
    assert host.done == [deed]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("/modle", "There is no command /modle.", "Did you mean /model?"),
        ("/aprovals suggest", "There is no command /aprovals.", "Did you mean /approvals?"),
        ("/zzz", "There is no command /zzz.", "/help lists the commands."),
        ("/", "There is no command /.", "/help lists the commands."),
        ("/approvals", "Which approval mode?", "suggest, auto-edit, full-auto"),
        ("/approvals yolo", "'yolo' is not an approval mode.", "suggest, auto-edit, full-auto"),
        ("/model gpt", "gpt", "provider/model"),
    ],
)
def test_a_mistake_says_what_would_be_right_and_does_nothing(text, message, hint):
    host = Record()
    with pytest.raises(ConfigError) as refused:
        dispatch(host, text)
    assert message in refused.value.message
    assert hint in (refused.value.hint or "")
    assert host.done == []


@pytest.mark.parametrize("text", ["/help", "/model a/b", "/nonsense", "/quit  "])
def test_a_slash_and_a_word_are_a_command(text):
    assert is_command(text)


@pytest.mark.parametrize(
    "text", ["help", "", " /help", "/etc/hosts is wrong", "/model\nwhat is this?", "//", "a /help"]
)
def test_paths_and_prose_are_words_for_the_model(text):
    assert not is_command(text)


def test_every_command_has_a_short_name_and_summary_of_its_own():
    names = [each.name for each in COMMANDS]
    assert len(set(names)) == len(names)
    for each in COMMANDS:
        assert each.name.isalpha()
        assert 0 < len(each.summary) <= 50
