"""The wires as the clouds carry them, each with its own addresses, names and credentials: further
rows for the hazards that go through a cloud's own client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.providers.platforms import Platform
from tests.providers.contract.wire import COUNTED, KEY, Json, Said, Server, Shape, Wire
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES
from tests.servers.clouds import AzureDoor, BedrockDoor, Cloud, Door, VertexDoor

if TYPE_CHECKING:
    from codex_tui.providers.base import Endpoint

CLAUDE, GPT = "claude-opus-5-5", "gpt-6.1-sol"
REGION, PROJECT = "eu-west-1", "acme-42"
DATED = "2025-04-01-preview"
DEPLOYMENTS = {GPT: "our gpt"}
ACCESS_KEY = "AKIDEXAMPLE"
"""The name of the AWS credentials in use; their secret is `KEY`."""


@dataclass(frozen=True, kw_only=True)
class InCloud(Wire):
    """A wire in a cloud. `path` belongs to the base URL that is configured; `signs` says that there
    is no key, so that AWS' own credentials sign.
    """

    wire: Any
    platform: Platform
    door: Callable[[], Door]
    path: str = ""
    signs: bool = False

    @property
    def api(self) -> str:
        return self.wire.api

    @property
    def stops(self) -> Mapping[StopReason, str]:
        return self.wire.stops

    @property
    def ending(self) -> bytes:
        return self.wire.ending

    @property
    def noise(self) -> list[bytes]:
        return self.wire.noise

    def endpoint(self, base_url: str, **fields: Any) -> Endpoint:
        address = self.platform.base_url(self.api, f"{base_url}{self.path}")
        values: dict[str, Any] = {"platform": self.platform}
        if self.signs:
            values |= {"api_key": None, "needs_key": False}
        return self.wire.endpoint(address, **{**values, **fields})

    def server(self, script: Iterable[Any], key: str = KEY) -> Server:
        door = self.door()
        if not self.signs:
            door.key = key
        return Cloud(self.wire.server(script), door)

    def reply(
        self,
        *said: Said,
        stop: StopReason | None = None,
        usage: Usage = COUNTED,
        sent: Shape = list,
    ) -> Any:
        return self.wire.reply(*said, stop=stop, usage=usage, sent=sent)

    def refusal(self, words: str) -> Any:
        return self.wire.refusal(words)

    def failing(self, code: str, message: str, *said: Said) -> Any:
        return self.wire.failing(code, message, *said)

    def errors_inside(self, code: str, message: str) -> Mapping[str, bytes]:
        return self.wire.errors_inside(code, message)

    def error_body(self, code: str, message: str) -> Json:
        return self.wire.error_body(code, message)

    def place(self, event: Json) -> object:
        return self.wire.place(event)


def _row(name: str, wire: Wire, *, path: str = "", **facts: Any) -> InCloud:
    return InCloud(
        name=name,
        adapter=wire.adapter,
        model=wire.model,
        request_id=wire.request_id,
        wire=wire,
        path=path,
        **facts,
    )


def azure(api_version: str = "", *, token: bool = False) -> dict[str, Any]:
    platform = Platform(kind="azure", api_version=api_version, token=token, deployments=DEPLOYMENTS)
    return {
        "platform": platform,
        "door": lambda: AzureDoor(
            key=KEY, api_version=api_version, token=token, deployments={"our gpt": GPT}
        ),
    }


BEDROCK: Mapping[str, Any] = {
    "platform": Platform(kind="bedrock", region=REGION),
    "door": lambda: BedrockDoor(REGION, key=KEY),
}
SIGNED: Mapping[str, Any] = {
    **BEDROCK,
    "door": lambda: BedrockDoor(REGION, access_key=ACCESS_KEY, secret=KEY),
    "signs": True,
}
VERTEX: Mapping[str, Any] = {
    "platform": Platform(kind="vertex", region=REGION, project=PROJECT),
    "door": lambda: VertexDoor(PROJECT, REGION, key=KEY),
}
VERTEX_OPENAI = f"/v1/projects/{PROJECT}/locations/{REGION}/publishers/openai/v1"
CHAT_GPT = replace(CHAT, model=GPT)
BY_KEY: tuple[InCloud, ...] = (
    _row("azure v1 responses", RESPONSES, **azure()),
    _row("azure v1 chat", CHAT_GPT, **azure()),
    _row("azure dated responses", RESPONSES, **azure(DATED)),
    _row("azure dated chat", CHAT_GPT, **azure(DATED)),
    _row("azure dated, Entra token", RESPONSES, **azure(DATED, token=True)),
    _row("azure dated chat, Entra token", CHAT_GPT, **azure(DATED, token=True)),
    _row("bedrock messages", MESSAGES, **BEDROCK, path="/anthropic"),
    _row("bedrock responses", RESPONSES, **BEDROCK, path="/openai/v1"),
    _row("bedrock chat", CHAT_GPT, **BEDROCK, path="/openai/v1"),
    _row("vertex messages", MESSAGES, **VERTEX, path="/v1"),
    _row("vertex responses", RESPONSES, **VERTEX, path=VERTEX_OPENAI),
)
BY_SIGNATURE: tuple[InCloud, ...] = (
    _row("bedrock messages, signed", MESSAGES, **SIGNED, path="/anthropic"),
    _row("bedrock responses, signed", RESPONSES, **SIGNED, path="/openai/v1"),
)
CLOUDS: tuple[InCloud, ...] = (
    *(row for row in BY_KEY if "v1" not in row.name and "Entra" not in row.name),
    *BY_SIGNATURE,
)
"""One row for each client and way in; the others have the transport of one of these."""
