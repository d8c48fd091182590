"""`tools = false` under a provider reaches its models, whatever else is known of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_tui.composition.endpoints import endpoints
from codex_tui.config.credentials import Credentials
from codex_tui.config.settings import load
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.served import ServedLists

WORK = '[providers.work]\napi = "openai-chat"\nbase_url = "https://llm.example.com/v1"\n'


def tools_of(home: Path, text: str, ref: ModelRef) -> bool | None:
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    loaded = load(project=home, flags={})
    served = ServedLists()
    made = endpoints(loaded.settings, Credentials(loaded.paths))
    registry = ProviderRegistry(made, served=served)
    endpoint = registry.endpoint(ref.provider)
    served.keep(endpoint, [ModelInfo(ref=ref, context_window=4_096)])
    info = registry.describe(ref)
    assert info.context_window == 4_096
    return info.tools


@pytest.mark.parametrize(
    ("text", "ref", "tools"),
    [
        (WORK, ModelRef("work", "small"), None),
        (f"{WORK}tools = false\n", ModelRef("work", "small"), False),
        (f"{WORK}tools = true\n", ModelRef("work", "small"), True),
        ("", ModelRef("local", "own"), False),
        ("[providers.local]\ntools = true\n", ModelRef("local", "own"), True),
        ("", ModelRef("openai", "gpt"), None),
    ],
)
def test_word_of_the_settings_is_known_of_the_model(
    isolated_environment: Path, text: str, ref: ModelRef, tools: bool | None
) -> None:
    assert tools_of(isolated_environment, text, ref) is tools
