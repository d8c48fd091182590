"""A piece of ordinary work: a small project, what is asked for, and the script that does it.

The script plays the model; the tools, the review and the edits are the program's own. Its words fit
the decisions that the scenes take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.messages import TextPart, ThinkingPart, ToolResultMessage, Usage
from codex_tui.providers.scripted import Reply
from tests.ui.support import calls

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.providers.base import ModelRequest

PROMPT = "Parcels over 20 kg are charged like 20 kg ones. Refuse them, and add a test."
REASON = "keep the loop: currencies come next"

CONFIG = """\
model = "demo/walkthrough"

[providers.demo]
api = "openai-responses"
base_url = "http://127.0.0.1:9/v1"
title = "Demonstration"
needs_key = false
models = ["walkthrough"]
"""

RATES = '''\
"""What it costs to send a parcel."""

from parcels.zones import zone_of

BANDS = ((2, 490), (5, 690), (10, 950), (20, 1650))
"""Weights up to which a price holds, in kilograms, and the price in cents."""

SURCHARGES = {"home": 0, "near": 250, "far": 900}


def price(weight, country):
    """Return the price of a parcel in cents."""
    base = BANDS[-1][1]
    for limit, cents in BANDS:
        if weight <= limit:
            base = cents
            break
    return base + SURCHARGES[zone_of(country)]


def heaviest(parcels):
    """Return the weight of the heaviest parcel, in kilograms."""
    return max(weight for weight, _ in parcels)


def total(parcels):
    """Return what all parcels cost together, in cents."""
    result = 0
    for weight, country in parcels:
        result += price(weight, country)
    return result


def cheapest(weight, countries):
    """Return the country a parcel is sent to for the least money."""
    return min(countries, key=lambda country: price(weight, country))


def label(weight, country):
    """Return the line that is printed on a parcel."""
    cents = price(weight, country)
    return "%.1f kg  %s  %d.%02d" % (weight, country, cents / 100, cents % 100)
'''

TESTS = """\
from parcels.rates import price, total


def test_a_light_parcel_at_home():
    assert price(1.5, "PT") == 490


def test_the_last_band_holds_up_to_its_limit():
    assert price(20, "PT") == 1650


def test_a_total():
    assert total([(1, "PT"), (1, "ES")]) == 490 + 740
"""

FILES = {
    "README.md": "# parcels\n\nPrices of parcels, by weight and country.\n",
    "pyproject.toml": '[project]\nname = "parcels"\nversion = "1.4.0"\n',
    "parcels/__init__.py": "",
    "parcels/rates.py": RATES,
    "parcels/zones.py": '''\
"""Which zone a country lies in."""

NEAR = {"ES", "FR", "IT"}


def zone_of(country):
    """Return "home", "near" or "far"."""
    return "home" if country == "PT" else "near" if country in NEAR else "far"
''',
    "tests/test_rates.py": TESTS,
    ".git/HEAD": "ref: refs/heads/main\n",
}

RATE_EDITS = [
    {
        "old": '''\
def price(weight, country):
    """Return the price of a parcel in cents."""
    base = BANDS[-1][1]
    for limit, cents in BANDS:
        if weight <= limit:
            base = cents
            break
    return''',
        "new": '''\
def price(weight, country):
    """Return the price of a parcel in cents; raise ValueError when nobody carries it."""
    heaviest_allowed = BANDS[-1][0]
    if not 0 < weight <= heaviest_allowed:
        raise ValueError(f"{weight} kg: a parcel weighs up to {heaviest_allowed} kg")
    base = next(cents for limit, cents in BANDS if weight <= limit)
    return''',
    },
    {
        "old": """\
    result = 0
    for weight, country in parcels:
        result += price(weight, country)
    return result
""",
        "new": "    return sum(price(weight, country) for weight, country in parcels)\n",
    },
    {
        "old": '    return "%.1f kg  %s  %d.%02d" % (weight, country, cents / 100, cents % 100)\n',
        "new": '    return f"{weight:.1f} kg  {country}  {cents // 100}.{cents % 100:02d}"\n',
    },
]

TEST_EDITS = [
    {
        "old": "from parcels.rates import price, total\n",
        "new": "import pytest\n\nfrom parcels.rates import price, total\n",
    },
    {
        "old": '    assert price(20, "PT") == 1650\n',
        "new": """\
    assert price(20, "PT") == 1650


@pytest.mark.parametrize("weight", [20.1, 0, -3])
def test_a_weight_nobody_carries_is_refused(weight):
    with pytest.raises(ValueError, match="up to 20 kg"):
        price(weight, "PT")
""",
    },
]

CLOSING = """\
Parcels above 20 kg are refused now instead of being charged like 20 kg ones:

- `price()` raises `ValueError` and names the limit; 0 and less are refused, too
- `label()` no longer goes through floating point
- `total()` stays a loop, as you asked, so that currencies can come next
- three new cases in `tests/test_rates.py`

```python
>>> price(20.1, "PT")
ValueError: 20.1 kg: a parcel weighs up to 20 kg
```

One question is left: should `total()` name **all** parcels nobody carries, or stop at the first?
"""


PLAN = ("find where a cent is lost", "print the label from whole cents", "add a test")
PICTURE_PROMPT = "The label prints 19.99 as 19.98, see docs/label.png. Plan the repair first."
PICTURE_ANSWER = """\
The label in the picture says `19.98`: `label()` goes through **floating point**, and `%d` cuts what
`cents / 100` leaves over.

I go through the steps below and stop before the tests, so that you can look at the new labels.
"""


def plan(*statuses: str) -> Reply:
    """Set a plan of three steps."""
    steps = [{"step": step, "status": each} for step, each in zip(PLAN, statuses, strict=True)]
    return calls(("update_plan", {"plan": steps}))


def play_picture(request: ModelRequest) -> Reply:
    """Look at a picture and plan."""
    if any(isinstance(each, ToolResultMessage) for each in request.messages):
        return Reply(parts=(TextPart(text=PICTURE_ANSWER),))
    return plan("completed", "in_progress", "pending")


EARLIER = (
    ("why does the invoice show two prices for one parcel?", 14),
    ("Release notes for 1.4.0", 27 * 60),
    ("port the zones to the new country codes", 3 * 24 * 60),
)
"""What was asked in sessions before this one, and minutes ago."""


def make_project(root: Path) -> None:
    """Write the project's files."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def play(request: ModelRequest) -> Reply:
    """Do the work: look, propose three changes, add a test, sum up."""
    done = [each for each in request.messages if isinstance(each, ToolResultMessage)]
    reply = _next_step(done)
    read = sum(len(str(message)) for message in request.messages) // 4
    said = sum(len(str(part)) for part in reply.parts) // 4
    usage = Usage(input_tokens=read, output_tokens=said)
    return Reply(parts=reply.parts, usage=usage)


def _next_step(done: list[ToolResultMessage]) -> Reply:
    edits = sum(each.name == "edit_file" for each in done)
    if not done:
        looking = calls(
            ("search", {"pattern": "price(", "literal": True}),
            ("read_file", {"path": "parcels/rates.py"}),
            ("read_file", {"path": "tests/test_rates.py"}),
            text="I will look at how a price is found and who asks for one.",
        )
        return Reply(parts=(ThinkingPart(text=THOUGHTS), *looking.parts))
    if edits == 0:
        return calls(
            ("edit_file", {"path": "parcels/rates.py", "edits": RATE_EDITS}),
            text="`price()` falls back to the last band. I propose to refuse such weights there; "
            "two smaller things stood beside it.",
            number=2,
        )
    if edits == 1:
        return calls(
            ("edit_file", {"path": "tests/test_rates.py", "edits": TEST_EDITS}),
            text="Two of three are in. Now the test.",
            number=3,
        )
    return Reply(parts=(TextPart(text=CLOSING),))


THOUGHTS = (
    "The bands are a table with an upper limit each. When no band fits, the price of the last one "
    "is kept, so 80 kg cost what 20 kg cost. Who calls price()? total(), cheapest() and label()."
)
