"""Strict stand-ins for Azure, Bedrock and Vertex, each in front of one of the strict servers.

    async with Cloud(AnthropicWire(script), BedrockDoor("eu-west-1", secret="…")) as cloud:
        ...  # speak to cloud.base_url; look at cloud.received, cloud.requests and cloud.refused

A door judges what is the cloud's own (address, query, credentials, the model's name there) and
hands the request on as the vendor itself would get it, who judges the rest. A request that does not
pass is answered with the cloud's error. `door.key` may change while the server runs, as tokens do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.servers.anthropic_wire import AnthropicWire
from tests.servers.loopback import Answer, LoopbackServer, Plain, Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.chat_wire import ChatWire
    from tests.servers.openai_wire import OpenAIWire


class Door(Protocol):
    key: str

    def let_in(self, request: Recorded, vendor_key: str) -> Recorded | Plain: ...


def refusal(status: int, words: str) -> Plain:
    return Plain.of_json({"error": {"code": str(status), "message": words}}, status=status)


def bearer(request: Recorded) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def marks_itself(body: Mapping[str, Any]) -> bool:
    """Whether it asks for cache marks to be set for it, which only Anthropic's own server does."""
    return "cache_control" in body


def passed_on(request: Recorded, path: str, key: str, body: Mapping[str, Any]) -> Recorded:
    headers = {**request.headers, "authorization": f"Bearer {key}"}
    return replace(request, path=path, headers=headers, body=json.dumps(body).encode())


@dataclass
class AzureDoor:
    """A resource of Azure with `deployments` (name there → model). Without `api_version` it is the
    plain interface, and `token` has it take Entra tokens alone.
    """

    key: str = "azure-key"
    api_version: str = ""
    token: bool = False
    deployments: Mapping[str, str] = field(default_factory=dict)

    def let_in(self, request: Recorded, vendor_key: str) -> Recorded | Plain:
        plain = not self.api_version
        given = bearer(request) if plain or self.token else request.headers.get("api-key", "")
        if given != self.key or (not plain and "authorization" in request.headers) > self.token:
            return refusal(401, "Access denied due to invalid subscription key or wrong endpoint.")
        if request.query != ({} if plain else {"api-version": self.api_version}):
            return refusal(404, f"Resource not found: {request.path}")
        body = request.json()
        path = request.route.removeprefix("/openai/v1" if plain else "/openai")
        found = re.fullmatch(r"/deployments/([^/]+)(/chat/completions)", path)
        if found and not plain:
            name, path = unquote(found[1]), found[2]
        elif path == "/responses" or (path == "/chat/completions" and plain):
            name = body["model"]
        else:
            return refusal(404, f"Resource not found: {request.path}")
        if name not in self.deployments:
            return refusal(404, f"The API deployment {name} does not exist.")
        body = {**body, "model": self.deployments[name]}
        return passed_on(request, f"/v1{path}", vendor_key, body)


@dataclass
class BedrockDoor:
    """A region's `bedrock-mantle`. `secret` has it take requests signed by `access_key` alone."""

    region: str
    key: str = "bedrock-key"
    access_key: str = "AKIDEXAMPLE"
    secret: str = ""
    address: str = ""

    def let_in(self, request: Recorded, vendor_key: str) -> Recorded | Plain:
        wrong = self._signature_problem(request) if self.secret else bearer(request) != self.key
        if wrong:
            return refusal(403, f"The security token is invalid: {wrong}")
        body = request.json()
        maker, _, model = body["model"].partition(".")
        if marks_itself(body):
            return refusal(400, "cache_control: Extra inputs are not permitted")
        path = request.path.removeprefix({"anthropic": "/anthropic", "openai": "/openai"}[maker])
        if path == request.path:
            return refusal(404, f"model {body['model']} is not at {request.path}")
        return passed_on(request, path, vendor_key, {**body, "model": model})

    def _signature_problem(self, request: Recorded) -> str:
        """Sign the request again, as AWS does, and compare."""
        given = request.headers.get("authorization", "")
        scope = rf"{self.access_key}/\d{{8}}/{self.region}/bedrock-mantle/aws4_request"
        parts = rf"Credential={scope}, SignedHeaders=(\S+), Signature=([0-9a-f]{{64}})"
        found = re.fullmatch(f"AWS4-HMAC-SHA256 {parts}", given)
        if found is None:
            return given
        headers = {name: request.headers[name] for name in found[1].split(";")}
        again = AWSRequest(
            method=request.method,
            url=self.address + request.path,
            headers=headers,
            data=request.body,
        )
        again.context["timestamp"] = request.headers["x-amz-date"]
        signer = SigV4Auth(Credentials(self.access_key, self.secret), "bedrock-mantle", self.region)
        text = signer.string_to_sign(again, signer.canonical_request(again))
        return "" if signer.signature(text, again) == found[2] else "the signature differs"


@dataclass
class VertexDoor:
    """A project's Anthropic models in one region."""

    project: str
    region: str
    key: str = "vertex-token"

    def let_in(self, request: Recorded, vendor_key: str) -> Recorded | Plain:
        if bearer(request) != self.key:
            return refusal(401, "Request had invalid authentication credentials.")
        place = f"/v1/projects/{self.project}/locations/{self.region}/publishers"
        if request.path == f"{place}/openai/v1/responses":
            return passed_on(request, "/v1/responses", vendor_key, request.json())
        found = re.fullmatch(rf"{place}/anthropic/models/([^/:]+):streamRawPredict", request.path)
        body = request.json()
        version = body.pop("anthropic_version", "")
        if found is None or "model" in body or not version or marks_itself(body):
            return refusal(400, f"not a request of Vertex: {request.path}")
        headers = {**request.headers, "anthropic-version": version}
        return passed_on(
            replace(request, headers=headers),
            "/v1/messages?beta=true",
            vendor_key,
            {"model": unquote(found[1]), **body},
        )


class Cloud:
    """The server; see the top of this module."""

    def __init__(self, wire: AnthropicWire | OpenAIWire | ChatWire, door: Door) -> None:
        self.wire = wire
        self.door = door
        self.turned_away: list[str] = []
        self._server = LoopbackServer(self._handle)

    @property
    def base_url(self) -> str:
        return self._server.base_url

    @property
    def received(self) -> list[Recorded]:
        return self._server.requests

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.wire.requests

    @property
    def refused(self) -> list[str]:
        return [*self.turned_away, *self.wire.refused]

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        if isinstance(self.door, BedrockDoor):
            self.door.address = self.base_url
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._server.__aexit__(*failure)

    def _handle(self, request: Recorded) -> Answer:
        inside = self.door.let_in(request, self.wire.key)
        if isinstance(inside, Plain):
            self.turned_away.append(inside.body.decode())
            return inside
        wire = self.wire
        return wire._answer(inside) if isinstance(wire, AnthropicWire) else wire._handle(inside)
