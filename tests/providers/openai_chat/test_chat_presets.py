"""Naming a known server is enough: its address, its key, its ways and its models are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from codex_tui.config.credentials import Credentials
from codex_tui.config.schema import CompatSettings
from codex_tui.config.settings import load
from codex_tui.config.vendors import BUILT_IN_PROVIDERS, VENDORS
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.base import Endpoint
from codex_tui.providers.catalog import default_model, describe, known_models
from codex_tui.providers.openai_chat.adapter import OpenAIChat
from codex_tui.providers.openai_chat.compat import Compat, with_compat
from codex_tui.providers.presets import PRESETS, compat_of, preset_of
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints

KEYS = {
    "openrouter": ["OPENROUTER_API_KEY"],
    "deepseek": ["DEEPSEEK_API_KEY"],
    "mistral": ["MISTRAL_API_KEY"],
    "gemini": ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    "groq": ["GROQ_API_KEY"],
    "xai": ["XAI_API_KEY"],
}
LOCAL = {"ollama", "lmstudio", "llamacpp", "vllm"}


def with_key(name: str) -> Endpoint:
    values = {each.name: each for each in built_in_endpoints()}[name]
    return Endpoint(name=name, api=values.api, base_url=values.base_url, api_key="k")


def test_every_preset_is_known_to_the_configuration_with_its_host() -> None:
    assert PRESETS.keys() == KEYS.keys() | LOCAL
    for name, preset in PRESETS.items():
        assert name in BUILT_IN_PROVIDERS
        assert (VENDORS[name].api, VENDORS[name].host) == ("openai-chat", preset.host)
        assert preset.local == (name in LOCAL)
        assert preset.endpoint().needs_key == (name in KEYS)


def test_configuration_and_adapter_agree_on_what_can_differ() -> None:
    said, meant = get_type_hints(CompatSettings), get_type_hints(Compat)
    said.pop("__pydantic_config__", None)
    said.pop("leave_out")  # of every wire, and no field of a dialect
    assert said.keys() == meant.keys()
    for name, kind in said.items():
        assert get_args(kind) == get_args(meant[name])


@pytest.mark.parametrize(("name", "variable"), [(n, v) for n, vs in KEYS.items() for v in vs])
def test_key_is_found_in_the_vendors_variable(tmp_path: Path, name: str, variable: str) -> None:
    paths = load(project=tmp_path, flags={}).paths
    keys = Credentials(paths, {variable: "k-secret"})
    assert keys.key_for(name, api="openai-chat") == "k-secret"
    assert keys.key_for(name, api="openai-responses") is None
    assert KEYS[name][0] in keys.key_hint(name, api="openai-chat")


def test_vendors_key_is_for_the_vendors_host_alone(tmp_path: Path) -> None:
    paths = load(project=tmp_path, flags={}).paths
    keys = Credentials(paths, {"GROQ_API_KEY": "k-groq", "OPENAI_API_KEY": "k-openai"})
    wire = {"api": "openai-chat"}
    assert keys.key_for("groq", base_url="https://api.groq.com/v2", **wire) == "k-groq"
    for elsewhere in ("https://groq.example/v1", "https://api.groq.com.evil.example/v1"):
        assert keys.key_for("groq", base_url=elsewhere, **wire) is None
        hint = keys.key_hint("groq", base_url=elsewhere, **wire)
        assert "GROQ_API_KEY is for api.groq.com alone" in hint
    assert keys.key_for("other", base_url="https://api.groq.com/v1", **wire) is None
    moved = keys.key_for("openai", api="openai-responses", base_url="https://proxy.example/v1")
    assert moved == "k-openai"


def test_presets_are_listed_with_a_key_or_by_name_and_can_always_be_named() -> None:
    endpoints = [*built_in_endpoints()]
    plain = ("openai", "anthropic", "demo", "local")
    registry = ProviderRegistry(endpoints)
    assert registry.names() == plain
    assert registry.endpoint("ollama").base_url == "http://127.0.0.1:11434/v1"
    groq = ProviderRegistry([*endpoints, with_key("groq")])
    assert groq.names() == (*plain, "groq")
    assert [status.name for status in groq.statuses() if status.ready] == ["demo", "local", "groq"]
    chosen = ProviderRegistry(endpoints, named={"ollama": 1})
    assert chosen.names() == (*plain, "ollama")


async def test_preset_that_was_opened_is_listed() -> None:
    registry = ProviderRegistry(built_in_endpoints())
    adapter = await registry.open("ollama")
    assert isinstance(adapter, OpenAIChat)
    assert "ollama" in registry.names()
    await registry.aclose()


def test_preset_is_recognised_by_its_host_under_another_name() -> None:
    mine = Endpoint(name="mine", api="openai-chat", base_url="https://api.mistral.ai/v1/")
    assert preset_of(mine) is PRESETS["mistral"]
    assert compat_of(mine).tool_id == "mistral9"
    assert known_models(mine)[0].ref == ModelRef("mine", "mistral-large-4")
    for address in ("https://house.example/v1", "http://127.0.0.1:11434/v1", "", "http://[::1"):
        other = Endpoint(name="mine", api="openai-chat", base_url=address)
        assert preset_of(other) is None
        assert compat_of(other) == Compat()


def test_preset_on_another_machine_keeps_its_ways() -> None:
    moved = Endpoint(name="deepseek", api="openai-chat", base_url="http://gpu-box:8000/v1")
    assert compat_of(moved).reasoning_echo == "reasoning_content"


def test_other_wires_have_no_preset() -> None:
    moved = Endpoint(name="groq", api="anthropic-messages", base_url="https://api.groq.com")
    assert preset_of(moved) is None


@pytest.mark.parametrize("name", sorted(KEYS))
def test_hosted_presets_suggest_a_model_with_a_price(name: str) -> None:
    endpoint = PRESETS[name].endpoint()
    models = known_models(endpoint)
    assert default_model(endpoint) == models[0].ref
    for model in models:
        assert model == describe(model.ref, endpoint)
        assert model.context_window
        assert model.price is not None


@pytest.mark.parametrize("name", sorted(LOCAL))
def test_local_presets_suggest_nothing(name: str) -> None:
    assert default_model(PRESETS[name].endpoint()) is None


def test_settings_of_a_server_are_read_and_checked(isolated_environment: Any) -> None:
    (isolated_environment / "config").mkdir()
    (isolated_environment / "config" / "config.toml").write_text(
        "[providers.ollama]\n"
        '[providers.groq.compat]\nstream_tools = false\ntool_id = "mistral9"\n'
        '[providers.mine]\napi = "openai-chat"\nbase_url = "http://house.example/v1"\n',
        encoding="utf-8",
    )
    providers = load(project=isolated_environment, flags={}).settings.providers
    assert providers["groq"].compat == {"stream_tools": False, "tool_id": "mistral9"}
    assert providers["ollama"].compat == {}
    groq = with_compat(PRESETS["groq"].endpoint(), dict(providers["groq"].compat))
    assert compat_of(groq) == Compat(
        max_tokens="max_completion_tokens", stream_tools=False, tool_id="mistral9"
    )


def test_settings_of_a_server_come_from_the_environment_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_TUI_PROVIDERS__GROQ__COMPAT__INCLUDE_USAGE", "false")
    settings = load(project=tmp_path, flags={}).settings
    assert settings.providers["groq"].compat == {"include_usage": False}
