"""Which command was meant, and its options, in whatever order they were typed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from codex_tui.cli import COMMANDS
from codex_tui.commands.arguments.parsers import PARSERS
from codex_tui.commands.arguments.reader import read
from codex_tui.protocol.errors import ConfigError

ELSEWHERE = ["-C", "/elsewhere"]
COMMON = [
    ["-C", "/elsewhere"],
    ["-C/elsewhere"],
    ["-m", "demo/walkthrough"],
    ["--model", "demo/walkthrough"],
    ["--model=demo/walkthrough"],
    ["--effort", "high"],
    ["--mode", "full-auto"],
    ["-i", "a.png", "--image", "b.png"],
]


def test_every_command_that_can_be_said_can_be_run():
    assert PARSERS.keys() == COMMANDS.keys()
    modules = {import_module(f"codex_tui.commands.{name}") for name in COMMANDS.values()}
    assert all(callable(module.run) for module in modules)


def _joined(value: object) -> str | None:
    return " ".join(value) if isinstance(value, list) else None


@pytest.mark.parametrize("common", COMMON, ids=_joined)
@pytest.mark.parametrize(
    ("name", "command", "own"),
    [
        ("exec", ["exec"], ["hi"]),
        ("exec", ["exec"], ["--json", "hi"]),
        ("exec resume", ["exec", "resume"], ["--last", "hi"]),
        ("exec resume", ["exec", "resume"], ["2026", "--json", "hi"]),
        ("resume", ["resume"], ["2026", "hi"]),
        ("resume", ["resume"], ["--last", "hi"]),
        ("resume", ["resume"], []),
    ],
)
def test_options_mean_the_same_before_and_behind_the_command(name, command, own, common):
    orders = [
        [*common, *command, *own],
        [*command, *common, *own],
        [*command, *own, *common],
        [command[0], *common, *command[1:], *own],
        [*command, *own[:-1], *common, *own[-1:]],
    ]
    plain = vars(read([*command, *own])[1])
    read_as = [read(words) for words in orders]
    assert {each for each, _ in read_as} == {name}
    found = [vars(options) for _, options in read_as]
    assert all(each == found[0] for each in found)
    changed = {key for key in plain if plain[key] != found[0][key]}
    assert len(changed) == 1
    assert changed <= {"directory", "model", "effort", "mode", "images"}


@pytest.mark.parametrize(
    "words",
    [
        ["models"],
        ["sessions"],
        ["sessions", "rename", "2026", "a title"],
        ["sessions", "delete", "2026", "--yes"],
        ["login", "anthropic"],
        ["logout", "anthropic"],
        ["config", "show"],
        ["apply-patch", "--check"],
    ],
    ids=_joined,
)
def test_every_command_can_be_sent_to_another_folder(words):
    command, options = read([*ELSEWHERE, *words])
    assert (command, options.directory) == (words[0], Path("/elsewhere"))
    assert read([words[0], *ELSEWHERE, *words[1:]]) == (command, options)


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        (["fix the tests"], "fix the tests"),
        (["-m", "demo/walkthrough", "fix the tests"], "fix the tests"),
        (["--", "resume"], "resume"),
        (["-C", "resume"], ""),
        (["--continue", "models"], "models"),
        (["--", "-C is odd"], "-C is odd"),
        ([], ""),
    ],
)
def test_what_is_no_command_is_a_prompt_for_the_screen(words, prompt):
    command, options = read(words)
    assert (command, options.prompt) == ("", prompt)


def test_a_prompt_may_begin_like_an_option():
    assert read(["exec", "--", "-C is odd"])[1].prompt == "-C is odd"
    assert read(["exec", "resume", "--last", "--", "-C is odd"])[1].prompt == "-C is odd"
    assert read(["resume", "--last", "--", "-C is odd"])[1].prompt == "-C is odd"


@pytest.mark.parametrize(
    ("words", "resume", "prompt"),
    [
        (["exec", "hi"], None, "hi"),
        (["exec", "resume", "hi"], "", "hi"),
        (["exec", "resume", "2026", "hi"], "2026", "hi"),
        (["exec", "resume", "--last", "hi"], None, "hi"),
        (["resume"], "", ""),
        (["resume", "2026"], "2026", ""),
        (["resume", "2026", "hi"], "2026", "hi"),
        (["resume", "--last", "hi"], "", "hi"),
        (["--resume"], "", ""),
        (["--resume", "2026", "hi"], "2026", "hi"),
    ],
    ids=_joined,
)
def test_the_session_to_go_on_with_is_told_from_the_prompt(words, resume, prompt):
    _, options = read(words)
    assert (options.resume, options.prompt) == (resume, prompt)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-m", "demo/walkthrough", "models"], "models does not take -m (--model).\nIt is for "),
        (["models", "-mdemo/walkthrough"], "models does not take -m (--model).\nIt is for "),
        (["--effort", "low", "sessions"], "sessions does not take --effort"),
        (["--mode", "suggest", "config", "show"], "config does not take --mode"),
        (["apply-patch", "-i", "a.png"], "apply-patch does not take -i (--image)"),
        (["login", "openai", "-m"], "login: unrecognized arguments: -m\ncodex-tui login --help"),
        (["--mode", "nonsense", "exec", "hi"], "argument --mode: invalid choice: 'nonsense'"),
        (["exec", "--color", "hi"], "exec: unrecognized arguments: --color\ncodex-tui exec --help"),
        (["exec", "resume", "--mode"], "exec resume: argument --mode: expected one argument"),
        (["exec"], "required: PROMPT\ncodex-tui exec --help"),
        (["exec", "fix", "it"], "A prompt of several words stands in quotes."),
        (["exce", "fix it"], "Did you mean codex-tui exec?"),
        (["fix", "it"], "arguments: it\nA prompt of several words stands in quotes."),
        (["config"], "config: the following arguments are required: show"),
        (["sessions", "remove", "2026"], "ACTION: invalid choice: 'remove'"),
        (["sessions", "delete"], "sessions delete: the following arguments are required: ID"),
        (["--budget-usd", "five"], "--budget-usd: 'five' is no amount in dollars; write 5 or 2.50"),
        (["--budget-tokens", "lots"], "--budget-tokens: 'lots' is no number of tokens; write 2"),
        (["--budget-tokens", "infk"], "'infk' is no number of tokens"),
        (["-C"], "argument -C: expected one argument\ncodex-tui --help"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line_with_what_to_do_next(words, said):
    with pytest.raises(ConfigError) as refused:
        read(words)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("words", "usd", "tokens"),
    [
        (["--budget-usd", "$2.50", "--budget-tokens", "200000"], 2.5, 200_000),
        (["--budget-usd", "5", "--budget-tokens", "300k"], 5, 300_000),
        (["--budget-tokens", "1.5M"], None, 1_500_000),
    ],
)
def test_a_budget_is_written_as_people_write_it(words, usd, tokens):
    _, options = read(words)
    assert (options.budget_usd, options.budget_tokens) == (usd, tokens)


@pytest.mark.parametrize(
    "words", [["openai", "sk-hush"], ["openai", "--key", "sk-hush"], ["openai", "--key=sk-hush"]]
)
def test_a_key_among_the_words_is_not_repeated(words):
    with pytest.raises(ConfigError) as refused:
        read(["login", *words])
    assert str(refused.value) == (
        "login takes no key on the command line, where other programs can read it.\n"
        "codex-tui login PROVIDER asks for it; or pipe it in."
    )


def test_too_many_words_are_not_guessed_at():
    with pytest.raises(ConfigError, match="an id"):
        read(["-C", "/elsewhere", "exec", "resume", "one", "two", "three"])
