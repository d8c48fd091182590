"""Presets nobody has named or has a key for: out of the list, within reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codex_tui.protocol.models import ProviderStatus
from codex_tui.providers.presets import PRESETS, key_page_of
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints


def names(statuses: tuple[ProviderStatus, ...]) -> list[str]:
    return [each.name for each in statuses]


def test_every_preset_without_a_key_is_unlisted_and_nothing_is_in_both_lists():
    registry = ProviderRegistry(built_in_endpoints())
    assert names(registry.unlisted()) == list(PRESETS)
    assert not set(names(registry.unlisted())) & set(registry.names())


def test_an_included_preset_is_listed_from_then_on():
    registry = ProviderRegistry(built_in_endpoints())
    registry.include("ollama")
    assert "ollama" in registry.names()
    assert "ollama" not in names(registry.unlisted())


def test_local_servers_are_ready_and_vendors_say_where_keys_are():
    unlisted = {each.name: each for each in ProviderRegistry(built_in_endpoints()).unlisted()}
    assert unlisted["ollama"].ready
    assert unlisted["ollama"].key_page == ""
    assert not unlisted["deepseek"].ready
    assert unlisted["deepseek"].key_page == "https://platform.deepseek.com/api_keys"


@pytest.mark.parametrize("endpoint", built_in_endpoints(), ids=lambda endpoint: endpoint.name)
def test_every_vendor_that_needs_a_key_has_a_page_for_it(endpoint):
    assert key_page_of(endpoint).startswith("https://") is (endpoint.needs_key)


def test_a_vendors_name_on_another_host_leads_to_no_page():
    openai = next(each for each in built_in_endpoints() if each.name == "openai")
    assert key_page_of(replace(openai, base_url="http://127.0.0.1:9/v1")) == ""


def test_only_the_script_and_this_machine_take_no_key():
    registry = ProviderRegistry(built_in_endpoints())
    everybody = (*registry.statuses(), *registry.unlisted())
    assert [each.name for each in everybody if not each.takes_key] == ["demo", "local"]
