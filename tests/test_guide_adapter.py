"""The guide's example of an adapter keeps the contract of all adapters."""

from __future__ import annotations

import itertools
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.guides import guide
from tests.providers.contract import (
    test_contract_answers,
    test_contract_breaks,
    test_contract_calls,
    test_contract_connections,
    test_contract_replies,
)
from tests.providers.contract.cohere_row import Cohere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUITE = (
    test_contract_answers,
    test_contract_breaks,
    test_contract_calls,
    test_contract_connections,
    test_contract_replies,
)
NOT_OF_THIS_WIRE = {
    "test_tokens_are_counted_with_the_cached_ones_in_the_input": "it counts no cached tokens",
    "test_a_refusal_says_why": "it has no field for that",
    "test_what_is_unknown_and_whole_goes_back_to_its_maker_as_it_came": "it has no such parts",
    "test_spend_limit_dressed_as_a_rate_limit_is_one": "its errors have no details",
}
ASKS_FOR_THE_LIST = {"what": "the models"}
"""The example takes the names from the configuration."""


def adapter() -> type:
    """The class in the guide, from a module that is made of its text."""
    name = "codex_tui.providers.cohere"
    if name not in sys.modules:
        module = ModuleType(name)
        sys.modules[name] = module
        exec(compile(example(), f"<{name}>", "exec"), module.__dict__)
    return sys.modules[name].Cohere


def example() -> str:
    blocks = re.findall(r"^```python\n(.*?)^```$", guide("adapters"), re.DOTALL | re.MULTILINE)
    (text,) = (block for block in blocks if "class Cohere" in block)
    return text


def cases() -> Iterator[Any]:
    """Every test of the suite that runs for any wire, with each of its values."""
    for module in SUITE:
        for name, test in vars(module).items():
            if not name.startswith("test_") or name in NOT_OF_THIS_WIRE:
                continue
            for number, given in enumerate(values_of(test)):
                if given == ASKS_FOR_THE_LIST:
                    continue
                yield pytest.param(test, given, id=f"{name}-{number}")


def values_of(test: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    choices: list[list[dict[str, Any]]] = []
    for mark in test.pytestmark:
        names = mark.args[0] if not isinstance(mark.args[0], str) else mark.args[0].split(",")
        if names != ["wire"]:
            choices.append(
                [
                    dict(zip(names, value if len(names) > 1 else [value], strict=True))
                    for value in mark.args[1]
                ]
            )
    for chosen in itertools.product(*choices):
        yield {name: value for each in chosen for name, value in each.items()}


@pytest.mark.parametrize(("test", "given"), cases())
async def test_example_adapter_keeps_the_contract(
    test: Callable[..., Any], given: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    wire = Cohere(name="cohere", adapter=adapter(), model="command-a")
    wanted = set(test.__code__.co_varnames[: test.__code__.co_argcount]) - {"wire", *given}
    fixtures = {name: request.getfixturevalue(name) for name in wanted}
    outcome = test(wire=wire, **given, **fixtures)
    if outcome is not None:
        await outcome
