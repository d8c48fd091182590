"""`codex-tui usage`: sums by day, model and session over what is kept."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from codex_tui.cli import main
from codex_tui.commands.usage import UsageCommand
from codex_tui.config.kept_texts import KeptTexts
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import Usage, UserMessage
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints
from codex_tui.sessions.records import MessageAdded, StepClosed
from codex_tui.sessions.store import SessionStore
from codex_tui.sessions.usage_index import UsageIndex

FIRST, SECOND = date(2026, 11, 2), date(2026, 11, 3)
USED = Usage(input_tokens=1_000_000, cache_read_tokens=800_000, output_tokens=10_000)


def step(model: str, cost_usd: float | None, **facts) -> StepClosed:
    return StepClosed(model=model, usage=USED, duration_ms=1_000, cost_usd=cost_usd, **facts)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEX_TUI_HOME", str(tmp_path))
    days = {FIRST: [step("openai/gpt-4o", 1.0), step("house/m", None)],
            SECOND: [step("openai/gpt-4o", None), step("house/m", 0.5, whole=False)]}  # fmt: skip
    for day, steps in days.items():
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        store = SessionStore(tmp_path / "state" / "sessions", now=lambda at=noon: at)
        place = Place(session=SessionId(f"{day:%Y%m%d}-120000-00000000"))
        with store.create(place.session) as file:
            file.append(MessageAdded(message=UserMessage(text=f"work of {day}")), place)
            for each in steps:
                file.append(each, place)
    return tmp_path


async def told(home, *, by="", since=FIRST, zone=UTC, as_json=False, days=1) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    index = UsageIndex(home / "state" / "sessions", KeptTexts(home / "cache"))
    registry = ProviderRegistry(built_in_endpoints())
    command = UsageCommand(index, registry, out, err, zone=zone)
    await command.run(since=since, days=days, by=by, as_json=as_json)
    return out.getvalue(), err.getvalue()


async def test_by_day_and_model_with_a_total(home):
    out, _ = await told(home)
    assert out.splitlines() == [
        "day         model          calls    in  cached    out      cost",
        "2026-11-02  house/m            1  1.0M    80 %  10.0k         –",
        "            openai/gpt-4o      1  1.0M    80 %  10.0k     $1.00",
        "2026-11-03  house/m            1  1.0M    80 %  10.0k   ≥ $0.50",
        "            openai/gpt-4o      1  1.0M    80 %  10.0k    ~$1.60",
        "total                          4  4.0M    80 %  40.0k  ≥ ~$3.10",
    ]


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        ("day", ["2026-11-02 2 ≥ $1.00", "2026-11-03 2 ≥ ~$2.10"]),
        ("model", ["house/m 2 ≥ $0.50", "openai/gpt-4o 2 ~$2.60"]),
        ("session", ["20261102-120000-00000000 work of 2026-11-02 2 ≥ $1.00",
                     "20261103-120000-00000000 work of 2026-11-03 2 ≥ ~$2.10"]),
    ],
)  # fmt: skip
async def test_a_line_for_each(home, by, lines):
    out, _ = await told(home, by=by)
    heading, *rows, total = (" ".join(line.split()) for line in out.splitlines())
    assert heading == f"{by} calls in cached out cost"
    assert [row.replace(" 2.0M 80 % 20.0k", "") for row in rows] == lines
    assert total.endswith("≥ ~$3.10")


async def test_only_the_days_asked_for_in_the_users_own_time_zone(home):
    east = timezone(timedelta(hours=14))
    assert "2026-11-02" not in (await told(home, since=SECOND))[0]
    assert "2026-11-02" not in (await told(home, zone=east))[0]
    out, err = await told(home, since=date(2027, 1, 1))
    assert (out, err) == (
        "",
        "No model call since 2027-01-01; --days and --since look further back.\n",
    )
    assert (await told(home, since=None, days=36_500))[0] == (await told(home))[0]


async def test_as_json_unknown_is_null_and_what_is_missing_is_counted(home):
    out, _ = await told(home, by="model", as_json=True)
    house, openai, total = (json.loads(line) for line in out.splitlines())
    assert house["model"] == "house/m"
    assert (house["cost_usd"], house["cost_missing"], house["cost_late"]) == (0.5, 2, 0)
    assert (openai["calls"], openai["input_tokens"], openai["cost_late"]) == (2, 2_000_000, 1)
    assert (total["type"], total["since"], total["duration_ms"]) == ("total", "2026-11-02", 4_000)
    (first, *_) = (await told(home, as_json=True))[0].splitlines()
    assert json.loads(first)["cost_usd"] is None


def test_from_the_command_line(home, capsys):
    assert main(["usage", "--since", "2026-11-01", "--by", "model"]) == 0
    assert "openai/gpt-4o" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--days", "0"], "'0' is no number of days"),
        (["--since", "yesterday"], "'yesterday' is no date such as 2026-01-31"),
        (["--days", "3", "--since", "2026-01-01"], "not allowed with"),
    ],
)
def test_misuse_is_code_2(home, capsys, words, complaint):
    assert main(["usage", *words]) == 2
    assert complaint in capsys.readouterr().err
