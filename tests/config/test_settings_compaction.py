"""When conversations are compacted, as users write it."""

from __future__ import annotations

import pytest

from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home


@pytest.mark.parametrize(
    ("written", "means"), [("0.7", 0.7), ("120_000", 120_000), ("1", 1), ("1e5", 100_000)]
)
def test_limit_is_a_share_or_a_number_of_tokens(home: Home, written: str, means: float) -> None:
    home.write_user(f"compact_at = {written}\nauto_compact = false")
    settings = home.load().settings
    assert settings.compact_at == means
    assert settings.auto_compact is False


def test_environment_says_it_in_text(home: Home) -> None:
    assert home.load({"CODEX_TUI_COMPACT_AT": "0.5"}).settings.compact_at == 0.5
    assert home.load({"CODEX_TUI_COMPACT_AT": "90000"}).settings.compact_at == 90_000


@pytest.mark.parametrize("written", ["0", "-1", "true", '"half"', "inf"])
def test_what_is_no_limit_is_refused_with_its_place(home: Home, written: str) -> None:
    home.write_user(f"compact_at = {written}")
    with pytest.raises(ConfigError, match="compact_at") as refused:
        home.load()
    assert refused.value.message.count("compact_at") == 1, refused.value.message
