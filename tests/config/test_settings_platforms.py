"""What `[providers.NAME]` may say of a cloud, and what the environment adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home

if TYPE_CHECKING:
    from collections.abc import Mapping


def refusal(home: Home, env: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        home.load(env)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[providers.openai]\nplatform = "azure"',
            "{file}:2: providers.openai.platform has no effect on a built-in provider; choose"
            " another name for yours",
        ),
        (
            '[providers.openai]\nregion = "eu"',
            "{file}:2: providers.openai.region has no effect without platform",
        ),
        (
            '[providers.azure]\nregion = "eu"',
            "{file}:2: providers.azure.region has no effect on azure",
        ),
        (
            '[providers.mine]\nplatform = "vertex"\nprofile = "p"',
            "{file}:3: providers.mine.profile has no effect on vertex",
        ),
        (
            '[providers.azure]\napi = "anthropic-messages"',
            "{file}:2: providers.azure.api = 'anthropic-messages' is not spoken on azure; use"
            " openai-chat, openai-responses",
        ),
        (
            '[providers.bedrock]\nregion = "eu/west"',
            "{file}:2: providers.bedrock.region = 'eu/west' cannot be used; it must be made of"
            " letters, digits, - _ . and :",
        ),
        (
            '[providers.mine]\nplatform = "gcp"',
            "{file}:2: providers.mine.platform = 'gcp' cannot be used; it must be one of azure,"
            " bedrock, vertex",
        ),
    ],
)
def test_what_a_cloud_has_no_use_for_is_named(home: Home, text: str, words: str):
    home.write_user(text)
    assert refusal(home) == words.format(file=home.user_file)


def test_facts_come_from_the_clouds_own_variables_where_the_configuration_has_none(home: Home):
    home.write_user('[providers.bedrock]\n[providers.work]\nplatform = "vertex"\nproject = "mine"')
    env = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-north-1"}
    env |= {"CLOUD_ML_REGION": "global", "GOOGLE_CLOUD_PROJECT": "theirs"}
    loaded = home.load(env)
    providers = loaded.settings.providers
    assert providers["bedrock"].region == "eu-north-1"
    assert (providers["work"].region, providers["work"].project) == ("global", "mine")
    assert loaded.sources["providers.bedrock.region"] == "environment variable AWS_REGION"
    assert "vertex" not in providers


def test_a_cloud_is_in_use_with_its_key_or_its_model_and_not_without(home: Home):
    region = {"AWS_REGION": "eu-north-1"}
    assert home.load(region).settings.providers == {}
    with_key = home.load({**region, "AWS_BEARER_TOKEN_BEDROCK": "k"}).settings.providers
    assert with_key["bedrock"].region == "eu-north-1"
    home.write_user('model = "bedrock/claude-opus-5-5"')
    assert home.load(region).settings.providers["bedrock"].region == "eu-north-1"


def test_a_variable_that_is_no_region_is_named(home: Home):
    home.write_user("[providers.bedrock]")
    assert refusal(home, {"AWS_REGION": "eu west"}) == (
        "environment variable AWS_REGION cannot be used; it must be made of letters, digits,"
        " - _ . and :"
    )
