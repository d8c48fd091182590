"""Azure, Bedrock and Vertex through the SDKs' real clients, against strict servers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from anthropic import AsyncAnthropicVertex
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from openai import AsyncAzureOpenAI

from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import (
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.models import ModelRef
from codex_tui.providers import platforms
from codex_tui.providers.base import Endpoint
from codex_tui.providers.catalog import describe
from codex_tui.providers.opened import ADAPTERS
from codex_tui.providers.platforms import Platform
from codex_tui.providers.prices import PriceBook
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.clouds import (
    BEDROCK,
    CLAUDE,
    DATED,
    DEPLOYMENTS,
    GPT,
    PROJECT,
    REGION,
    VERTEX,
    InCloud,
)
from tests.providers.contract.clouds import BY_KEY as CASES
from tests.providers.contract.support import ask, message_of, request_of
from tests.providers.contract.wire import KEY, Say, Think, Use, Wire
from tests.servers.clouds import AzureDoor, BedrockDoor, Cloud
from tests.servers.loopback import LoopbackServer, Plain, Recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

over_cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
MANTLE = CASES[6]


@asynccontextmanager
async def opened(endpoint: Endpoint, **options: Any) -> AsyncIterator[ProviderRegistry]:
    registry = ProviderRegistry([endpoint], **options)
    try:
        yield registry
    finally:
        await registry.aclose()


async def a_turn(case: InCloud, cloud: Cloud, endpoint: Endpoint) -> None:
    """A tool call, its result, and the answer to that: two requests."""
    async with opened(endpoint) as registry:
        provider = await registry.open("acme")
        asked = UserMessage(text="What is in a.py?")
        events = await ask(provider, request_of(asked, model=case.model))
        called = message_of(events, endpoint.origin(case.model))
        (call,) = [part for part in called.parts if isinstance(part, ToolCall)]
        assert (call.name, json.loads(call.arguments)) == ("read_file", {"path": "a.py"})
        result = ToolResultMessage(call_id=call.id, name="read_file", content="print(1)")
        events = await ask(provider, request_of(asked, called, result, model=case.model))
        answer = message_of(events, endpoint.origin(case.model))
    assert cloud.refused == []
    assert answer.stop is StopReason.END
    assert [part.text for part in answer.parts if isinstance(part, TextPart)] == ["One line."]


def script(wire: Wire) -> list[Any]:
    looks = wire.reply(Think("Let me look."), Use("read_file", {"path": "a.py"}))
    return [looks, wire.reply(Say("One line."))]


@over_cases
async def test_a_turn_with_a_tool_call_runs_through_the_clouds_own_client(case: InCloud) -> None:
    async with Cloud(case.wire.server(script(case.wire)), case.door()) as cloud:
        await a_turn(case, cloud, case.endpoint(cloud.base_url))
        assert len(cloud.received) == 2
        assert [body["model"] for body in cloud.requests] == [case.model] * 2


@over_cases
async def test_the_environment_tells_a_cloud_nothing_and_the_configuration_does(
    case: InCloud, monkeypatch
) -> None:
    for name in ("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.setenv(name, "from-the-environment")
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_AWS_API_KEY"):
        monkeypatch.setenv(name, "from-the-environment")
    for name in ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "x-foreign: from-the-environment")
    for name in ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "AWS_BEDROCK_BASE_URL"):
        monkeypatch.setenv(name, "http://from-the-environment.invalid")
    async with Cloud(case.wire.server(script(case.wire)), case.door()) as cloud:
        await a_turn(case, cloud, case.endpoint(cloud.base_url, headers={"x-gate": "open"}))
        for request in cloud.received:
            assert request.headers["x-gate"] == "open"
            assert "from-the-environment" not in str([request.headers, request.path])


async def test_vertex_gets_what_its_own_client_would_send() -> None:
    case = CASES[9]
    async with Cloud(case.wire.server([case.wire.reply(Say("a"))] * 2), case.door()) as cloud:
        endpoint = case.endpoint(cloud.base_url)
        async with opened(endpoint) as registry:
            await ask(await registry.open("acme"), request_of(model=case.model))
        client = AsyncAnthropicVertex(
            region=REGION, project_id=PROJECT, access_token=KEY, base_url=endpoint.base_url
        )
        async with client:
            theirs = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 99}
            await client.beta.messages.create(**theirs, model=case.model, stream=True)
        ours, sdks = cloud.received
    assert ours.path == sdks.path
    assert ours.json()["anthropic_version"] == sdks.json()["anthropic_version"]


async def test_azure_gets_what_its_own_client_would_send() -> None:
    case = CASES[3]
    async with Cloud(case.wire.server([case.wire.reply(Say("a"))] * 2), case.door()) as cloud:
        async with opened(case.endpoint(cloud.base_url)) as registry:
            await ask(await registry.open("acme"), request_of(model=case.model))
        client = AsyncAzureOpenAI(azure_endpoint=cloud.base_url, api_version=DATED, api_key=KEY)
        async with client:
            theirs = {"messages": [{"role": "user", "content": "hi"}], "stream": True}
            await client.chat.completions.create(**theirs, model="our gpt")
        ours, sdks = cloud.received
    assert ours.path == sdks.path
    assert ours.headers["api-key"] == sdks.headers["api-key"]


@over_cases
async def test_a_key_the_cloud_does_not_know_is_an_authentication_fault(case: InCloud) -> None:
    async with (
        Cloud(case.wire.server([]), case.door()) as cloud,
        opened(case.endpoint(cloud.base_url, api_key="wrong-key")) as registry,
    ):
        provider = await registry.open("acme")
        with pytest.raises(ProviderError) as caught:
            await ask(provider, request_of(model=case.model))
    denied = {ProviderErrorKind.AUTHENTICATION, ProviderErrorKind.PERMISSION}
    assert caught.value.kind in denied
    assert "wrong-key" not in str(caught.value)


@over_cases
async def test_nobody_asks_a_cloud_what_it_serves(case: InCloud) -> None:
    async with Cloud(case.wire.server([]), case.door()) as cloud:
        endpoint = case.endpoint(cloud.base_url, models=("a", "b"))
        async with opened(endpoint) as registry:
            assert registry.outdated() == ()
            listed = await registry.refresh_models("acme", force=True)
            own = await (await registry.open("acme")).list_models()
        assert [info.ref.model for info in listed] == ["a", "b"]
        assert [info.ref.model for info in own] == ["a", "b"]
        assert cloud.received == []


async def test_without_a_key_aws_credentials_sign_every_request(monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret")
    # The SDKs look here first; what the user configured goes before it.
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "another-accounts")
    for case in CASES[6:9]:
        region = "eu-central-1"  # the SDK keeps one AWS session for each region
        door = BedrockDoor(region, secret="aws-secret")
        async with Cloud(case.wire.server(script(case.wire)), door) as cloud:
            platform = Platform(kind="bedrock", region=region)
            await a_turn(
                case,
                cloud,
                case.endpoint(cloud.base_url, api_key=None, platform=platform, needs_key=False),
            )
            dates = {request.headers["x-amz-date"] for request in cloud.received}
            assert all(date.endswith("Z") for date in dates)


async def test_a_profile_says_which_aws_credentials_sign(monkeypatch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    lines = ["[work]", "aws_access_key_id = AKIDWORK", "aws_secret_access_key = work-secret", ""]
    file.write_text("\n".join(lines))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    platform = Platform(kind="bedrock", region="us-east-2", profile="work")
    door = BedrockDoor("us-east-2", access_key="AKIDWORK", secret="work-secret")
    async with Cloud(MANTLE.wire.server(script(MANTLE.wire)), door) as cloud:
        await a_turn(
            MANTLE,
            cloud,
            MANTLE.endpoint(cloud.base_url, api_key=None, platform=platform, needs_key=False),
        )


@pytest.mark.parametrize("case", CASES[6:8], ids=lambda case: case.name)
async def test_no_credentials_is_said_before_anything_is_sent(
    case: InCloud, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    async with Cloud(case.wire.server([]), case.door()) as cloud:
        platform = Platform(kind="bedrock", region="sa-east-1")
        endpoint = case.endpoint(cloud.base_url, api_key=None, platform=platform, needs_key=False)
        async with opened(endpoint) as registry:
            provider = await registry.open("acme")
            with pytest.raises(ProviderError, match="no credentials for Acme") as caught:
                await ask(provider, request_of(model=case.model))
        assert cloud.received == []
    assert caught.value.kind is ProviderErrorKind.AUTHENTICATION
    assert "aws sso login" in (caught.value.hint or "")


@pytest.mark.parametrize("case", CASES[9:], ids=lambda case: case.name)
async def test_without_a_token_googles_default_credentials_fetch_one(
    case: InCloud, monkeypatch, tmp_path: Path
) -> None:
    def hand_out(request: Recorded) -> Plain:
        asked.append(request.body.decode())
        return Plain.of_json({"access_token": KEY, "expires_in": 3600, "token_type": "Bearer"})

    asked: list[str] = []
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    async with (
        LoopbackServer(hand_out) as accounts,
        Cloud(case.wire.server(script(case.wire)), case.door()) as cloud,
    ):
        account = {
            "type": "service_account",
            "client_email": "bot@acme.example",
            "private_key": pem,
            "private_key_id": "1",
            "project_id": PROJECT,
            "token_uri": f"{accounts.base_url}/token",
        }
        file = tmp_path / "account.json"
        file.write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        await a_turn(case, cloud, case.endpoint(cloud.base_url, api_key=None, needs_key=False))
    assert len(asked) == 1, "the token is kept while it is good"
    assert "jwt-bearer" in asked[0]


async def test_a_token_that_ran_out_is_fetched_again_and_the_call_goes_on() -> None:
    case = CASES[4]
    tokens = iter([KEY, "token-2", "token-3"])
    door = AzureDoor(key=KEY, api_version=DATED, token=True, deployments={"our gpt": GPT})
    replies = [case.wire.reply(Say(each)) for each in ("one", "two", "three")]
    async with Cloud(case.wire.server(replies), door) as cloud:
        endpoint = case.endpoint(cloud.base_url, api_key=None, key_later=True)
        async with opened(endpoint, fetch_key=lambda _name: next(tokens)) as registry:
            for token in (KEY, KEY, "token-2"):
                door.key = token
                await ask(await registry.open("acme"), request_of(model=GPT))
            assert len(cloud.turned_away) == 1
            used = [each.headers["authorization"] for each in cloud.received]
            bearers = [f"Bearer {token}" for token in (KEY, KEY, KEY, "token-2")]
            assert used == bearers
            door.key = "nobody has it"
            with pytest.raises(ProviderError, match="401"):
                await ask(await registry.open("acme"), request_of(model=GPT))
    assert next(tokens, None) is None


async def test_calls_side_by_side_fetch_one_new_token() -> None:
    case = CASES[4]
    tokens = iter([KEY, "token-2"])
    door = AzureDoor(key=KEY, api_version=DATED, token=True, deployments={"our gpt": GPT})
    async with Cloud(case.wire.server([case.wire.reply(Say("ok"))] * 4), door) as cloud:
        endpoint = case.endpoint(cloud.base_url, api_key=None, key_later=True)
        async with opened(endpoint, fetch_key=lambda _name: next(tokens)) as registry:
            provider = await registry.open("acme")
            await ask(provider, request_of(model=GPT))
            door.key = "token-2"
            await asyncio.gather(*(ask(provider, request_of(model=GPT)) for _ in range(3)))
    assert len(cloud.requests) == 4
    assert next(tokens, None) is None


async def test_a_token_that_was_never_good_is_not_fetched_twice_for_one_call() -> None:
    case = CASES[4]
    fetched: list[str] = []
    async with Cloud(case.wire.server([]), case.door()) as cloud:
        endpoint = case.endpoint(cloud.base_url, api_key=None, key_later=True)
        fetch = lambda name: fetched.append(name) or "never-good"  # noqa: E731
        async with opened(endpoint, fetch_key=fetch) as registry:
            for times in (1, 2):
                provider = await registry.open("acme")
                with pytest.raises(ProviderError):
                    await ask(provider, request_of(model=GPT))
                assert len(fetched) == times


@pytest.mark.parametrize(
    ("platform", "api", "given", "address"),
    [
        (Platform(kind="azure"), "openai-chat", "", ""),
        *(
            (Platform(kind="azure"), "openai-responses", given, "https://a.example/openai/v1")
            for given in ("https://a.example", "https://a.example/openai/v1/")
        ),
        (
            Platform(kind="azure"),
            "openai-chat",
            "https://gate.example/v1",
            "https://gate.example/v1/openai/v1",
        ),
        (
            Platform(kind="azure", api_version=DATED),
            "openai-chat",
            "https://a.example/",
            "https://a.example/openai",
        ),
        (
            Platform(kind="bedrock", region="us-west-2"),
            "anthropic-messages",
            "",
            "https://bedrock-mantle.us-west-2.api.aws/anthropic",
        ),
        (
            Platform(kind="bedrock", region="us-west-2"),
            "openai-responses",
            "",
            "https://bedrock-mantle.us-west-2.api.aws/openai/v1",
        ),
        *(
            (
                Platform(kind="vertex", region=region, project="p"),
                "anthropic-messages",
                "",
                f"https://{host}/v1",
            )
            for region, host in {
                "global": "aiplatform.googleapis.com",
                "eu": "aiplatform.eu.rep.googleapis.com",
                "us-east5": "us-east5-aiplatform.googleapis.com",
            }.items()
        ),
        (
            Platform(kind="vertex", region="global", project="p"),
            "openai-responses",
            "",
            "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/openai/v1",
        ),
    ],
)
def test_the_address_follows_from_the_facts(
    platform: Platform, api: str, given: str, address: str
) -> None:
    assert platform.base_url(api, given) == address


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        (Platform(kind="azure"), "Set base_url under [providers.acme]"),
        (Platform(kind="bedrock"), "Set region under [providers.acme]"),
        (Platform(kind="vertex", region="eu"), "Set project and region under [providers.acme]"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
async def test_a_cloud_that_is_not_set_up_says_what_is_missing(
    platform: Platform, words: str
) -> None:
    api = platforms.APIS[platform.kind]
    endpoint = Endpoint(name="acme", api=api, base_url="", api_key=KEY, platform=platform)
    async with opened(endpoint) as registry:
        (status,) = registry.statuses()
        assert status.lacks == "not set up"
        assert not status.takes_key
        assert (status.key_hint or "").startswith(words)
        with pytest.raises(ConfigError) as caught:
            await registry.open("acme")
    assert caught.value.hint == status.key_hint
    assert api in ADAPTERS


@pytest.mark.parametrize("kind", ["bedrock", "vertex"])
def test_a_missing_extra_is_shown_with_the_line_that_installs_it(
    kind: platforms.PlatformKind, monkeypatch
) -> None:
    # What is not installed cannot be found by its name.
    monkeypatch.setattr("codex_tui.providers.platforms.find_spec", lambda _name: None)
    platform = Platform(kind=kind, region=REGION, project=PROJECT)
    address = platform.base_url("anthropic-messages", "")
    endpoint = Endpoint(
        name="acme",
        api="anthropic-messages",
        base_url=address,
        needs_key=False,
        platform=platform,
    )
    (status,) = ProviderRegistry([endpoint]).statuses()
    assert status.lacks == "not installed"
    assert f"pip install 'codex-tui[{kind}]'" in (status.key_hint or "")
    (status,) = ProviderRegistry([replace(endpoint, api_key=KEY)]).statuses()
    assert status.lacks == "", "a key needs nothing that is not there"


@pytest.mark.parametrize(
    ("platform", "model", "name"),
    [
        (BEDROCK["platform"], "claude-opus-5-5", "anthropic.claude-opus-5-5"),
        (BEDROCK["platform"], "gpt-6.1-sol", "openai.gpt-6.1-sol"),
        (BEDROCK["platform"], "us.anthropic.claude-opus-5-5", "us.anthropic.claude-opus-5-5"),
        (VERTEX["platform"], "claude-haiku-4-5@20251001", "claude-haiku-4-5@20251001"),
        (Platform(kind="azure", deployments=DEPLOYMENTS), GPT, "our gpt"),
        (Platform(kind="azure"), GPT, GPT),
    ],
)
def test_a_model_is_called_what_the_cloud_calls_it(
    platform: Platform, model: str, name: str
) -> None:
    assert platform.name_of(model) == name


@pytest.mark.parametrize(
    ("kind", "api", "model", "window", "usd"),
    [
        ("azure", "openai-responses", GPT, 1_050_000, 2),
        ("azure", "openai-chat", GPT, 1_050_000, 2),
        ("bedrock", "anthropic-messages", "us.anthropic.claude-opus-5-5", 1_000_000, 4.4),
        ("bedrock", "anthropic-messages", CLAUDE, 1_000_000, 4.4),
        ("bedrock", "anthropic-messages", "anthropic.claude-haiku-4-5-20251001-v1:0", 200_000, 1.1),
        ("bedrock", "openai-responses", "openai.gpt-6.1-sol", 1_050_000, 2.2),
        ("vertex", "anthropic-messages", CLAUDE, 1_000_000, 4),
        ("vertex", "anthropic-messages", "claude-haiku-4-5@20251001", 200_000, 1),
    ],
)
def test_models_in_a_cloud_have_its_prices_and_their_own_window(
    kind: platforms.PlatformKind, api: str, model: str, window: int, usd: float
) -> None:
    prices = PriceBook()
    prices.load()
    endpoint = Endpoint(name="acme", api=api, base_url="", platform=Platform(kind=kind))
    info = prices.priced(describe(ModelRef("acme", model), endpoint), endpoint)
    assert info.context_window == window
    assert info.price is not None
    assert info.price.input == usd
