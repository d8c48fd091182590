"""Clouds in the configuration become endpoints, with no key but their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_tui.composition.assembly import Assembly
from codex_tui.composition.endpoints import endpoints
from codex_tui.config.credentials import Credentials
from codex_tui.config.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.providers.base import Endpoint

BEDROCK = "https://bedrock-mantle.eu-west-1.api.aws"
CONFIG = """
[providers.azure]
base_url = "https://acme.openai.azure.com"
deployments = { "gpt-6.1-sol" = "our-gpt", "gpt-6-luna" = "our-small-gpt" }

[providers.old-azure]
platform = "azure"
api = "openai-chat"
base_url = "https://old.openai.azure.com"
api_version = "2025-04-01-preview"
api_key_command = "az account get-access-token --query accessToken -o tsv"
api_key_kind = "token"

[providers.bedrock]
region = "eu-west-1"

[providers.aws-gpt]
platform = "bedrock"
api = "openai-responses"
region = "eu-west-1"
title = "GPT on Bedrock"

[providers.by-profile]
platform = "bedrock"
region = "eu-west-1"
profile = "work"

[providers.elsewhere]
platform = "bedrock"
base_url = "https://bedrock.example/anthropic"
region = "eu-west-1"

[providers.vertex]
project = "acme-42"
region = "global"
"""


@pytest.fixture
def made(isolated_environment: Path, tmp_path: Path, monkeypatch) -> dict[str, Endpoint]:
    (isolated_environment / "config").mkdir()
    (isolated_environment / "config" / "config.toml").write_text(CONFIG)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k-azure")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "k-bedrock")
    loaded = load(project=tmp_path, flags={})
    made = endpoints(loaded.settings, Credentials(loaded.paths))
    return {each.name: each for each in made}


def test_addresses_and_wires_follow_from_the_facts(made: dict[str, Endpoint]):
    places = {name: (each.api, each.base_url) for name, each in made.items() if each.platform}
    assert places == {
        "azure": ("openai-responses", "https://acme.openai.azure.com/openai/v1"),
        "bedrock": ("anthropic-messages", f"{BEDROCK}/anthropic"),
        "vertex": ("anthropic-messages", "https://aiplatform.googleapis.com/v1"),
        "old-azure": ("openai-chat", "https://old.openai.azure.com/openai"),
        "aws-gpt": ("openai-responses", f"{BEDROCK}/openai/v1"),
        "by-profile": ("anthropic-messages", f"{BEDROCK}/anthropic"),
        "elsewhere": ("anthropic-messages", "https://bedrock.example/anthropic"),
    }  # fmt: skip
    assert made["azure"].models == ("gpt-6.1-sol", "gpt-6-luna")
    assert (made["aws-gpt"].title, made["bedrock"].title) == ("GPT on Bedrock", "Amazon Bedrock")


def test_a_clouds_key_goes_to_its_own_address_alone(made: dict[str, Endpoint]):
    keys = {name: made[name].api_key for name in made if made[name].platform}
    assert keys == {
        "azure": "k-azure",
        "old-azure": None,
        "bedrock": "k-bedrock",
        "aws-gpt": "k-bedrock",
        "by-profile": None,
        "elsewhere": None,
        "vertex": None,
    }
    assert made["old-azure"].key_later
    assert made["old-azure"].platform is not None
    assert made["old-azure"].platform.token


def test_clouds_are_listed_once_they_are_named(tmp_path: Path, made: dict[str, Endpoint]):
    assembly = Assembly(load(project=tmp_path, flags={}), tmp_path, interactive=True)
    states = {each.name: each for each in assembly.providers.statuses()}
    clouds = {name: states[name].ready for name in made if made[name].platform}
    assert clouds == dict.fromkeys(clouds, True)
    models = [str(info.ref) for info in assembly.providers.models_of("azure")]
    assert models == ["azure/gpt-6.1-sol", "azure/gpt-6-luna"]
    assert "bedrock/claude-opus-5-5" in map(str, (i.ref for i in assembly.providers.models()))


def test_clouds_nobody_named_are_not_listed(tmp_path: Path):
    assembly = Assembly(load(project=tmp_path, flags={}), tmp_path, interactive=True)
    names = {each.name for each in (*assembly.providers.statuses(), *assembly.providers.unlisted())}
    assert not names & {"azure", "bedrock", "vertex"}


def test_azure_needs_no_more_than_its_own_variables(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com/")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k-azure")
    loaded = load(project=tmp_path, flags={})
    assert loaded.notices == ()
    made = {each.name: each for each in endpoints(loaded.settings, Credentials(loaded.paths))}
    azure = made["azure"]
    assert (azure.base_url, azure.api_key) == (
        "https://acme.openai.azure.com/openai/v1",
        "k-azure",
    )
    assembly = Assembly(loaded, tmp_path, interactive=True)
    assert assembly.providers.status("azure").ready


async def test_a_key_for_a_cloud_is_stored_without_asking_it(
    tmp_path: Path, made, system_key_store
):
    assembly = Assembly(load(project=tmp_path, flags={}), tmp_path, interactive=True)
    told = await assembly.log_in("vertex", "ya29.token")
    assert "checked with the first message" in told
    assert assembly.providers.endpoint("vertex").api_key == "ya29.token"
