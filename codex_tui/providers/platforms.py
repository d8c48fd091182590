"""Clouds that serve other vendors' models: where each of them is, what a model is called there, and
what is still missing before it can be asked.

Data, and the questions asked of it; imports no SDK. The clients are made beside the adapters
(`openai_platforms`, `anthropic_messages.client`), what the user says is read in `config`. None of
these clouds lists what an account may use, so nobody asks them: the names are those of the
configuration, else of the catalogue.

Sources: the two SDKs' own clients for Azure, Bedrock and Vertex, and the clouds' pages on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final, Literal
from urllib.parse import quote

PlatformKind = Literal["azure", "bedrock", "vertex"]

TITLES: Final[Mapping[PlatformKind, str]] = {
    "azure": "Azure OpenAI",
    "bedrock": "Amazon Bedrock",
    "vertex": "Google Vertex AI",
}
APIS: Final[Mapping[PlatformKind, str]] = {
    "azure": "openai-responses",
    "bedrock": "anthropic-messages",
    "vertex": "anthropic-messages",
}
"""The wire each one speaks where the configuration names none."""

_MESSAGES: Final = "anthropic-messages"
# What the SDKs import to get credentials of their own, and the extra that brings it.
_CHAINS: Final = {"bedrock": ("boto3", "botocore"), "vertex": ("google.auth", "requests")}
_MAKERS: Final = {"claude-": "anthropic.", "gpt-": "openai."}
_VERTEX_HOSTS: Final = {
    "global": "aiplatform.googleapis.com",
    "us": "aiplatform.us.rep.googleapis.com",
    "eu": "aiplatform.eu.rep.googleapis.com",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A place in a cloud. `profile` names credentials in AWS' own files, `project` is Google's.

    With `api_version` Azure is spoken to by its dated interface, without by the plain one (`v1`).
    `deployments` say what a model is called there; any other goes by its own name.
    `token` says that the key is an Entra token, which travels in another header.
    """

    kind: PlatformKind
    region: str = ""
    project: str = ""
    profile: str = ""
    api_version: str = ""
    token: bool = False
    deployments: Mapping[str, str] = field(default_factory=dict[str, str])

    def base_url(self, api: str, given: str) -> str:
        """Return the address, "" while it is not known; `given` is the configuration's."""
        match self.kind:
            case "azure":
                return self._azure_url(given)
            case "bedrock":
                path = "anthropic" if api == _MESSAGES else "openai/v1"
                own = f"https://bedrock-mantle.{self.region}.api.aws/{path}"
                return given or (own if self.region else "")
            case "vertex":
                return given or (self._vertex_url(api) if self.region and self.project else "")

    def _azure_url(self, given: str) -> str:
        """Return the resource's address with the path of its interface; people know it by either
        spelling.
        """
        root = given.rstrip("/").removesuffix("/openai/v1").removesuffix("/openai")
        return root and f"{root}/openai{'' if self.api_version else '/v1'}"

    def _vertex_url(self, api: str) -> str:
        host = _VERTEX_HOSTS.get(self.region, f"{self.region}-aiplatform.googleapis.com")
        if api == _MESSAGES:
            return f"https://{host}/v1"
        place = f"projects/{self.project}/locations/{self.region}"
        return f"https://{host}/v1/{place}/publishers/openai/v1"

    def name_of(self, model: str) -> str:
        """Return what a model is called there."""
        if model in self.deployments or self.kind != "bedrock":
            return self.deployments.get(model, model)
        maker = next((name for start, name in _MAKERS.items() if model.startswith(start)), "")
        return maker + model

    def chat_path(self, path: str, model: str) -> str:
        """Return where Chat Completions of a model are: Azure's dated interface has one address for
        each deployment. `path` is the wire's own.
        """
        if self.kind == "azure" and self.api_version:
            return f"/deployments/{quote(self.name_of(model), safe='')}{path}"
        return path

    def messages_path(self, path: str, model: str) -> str:
        """Return where streamed Messages of a model are: Vertex names it in the address."""
        if self.kind != "vertex":
            return path
        names = (self.project, self.region, self.name_of(model))
        project, region, name = (quote(each, safe="@:") for each in names)
        place = f"/projects/{project}/locations/{region}"
        return f"{place}/publishers/anthropic/models/{name}:streamRawPredict"

    def missing_fact(self, provider: str, *, base_url: str, has_key: bool) -> str:
        """Say what the configuration still has to say, "" when that is nothing. `base_url` is the
        address in use.
        """
        table = f"[providers.{provider}]"
        if self.kind == "azure" and not base_url:
            return f"Set base_url under {table} to your resource: https://NAME.openai.azure.com."
        if self.kind == "vertex" and not (self.project and self.region):
            return f"Set project and region under {table}."
        if self.kind == "bedrock" and not self.region and not (base_url and has_key):
            return f"Set region under {table}, or AWS_REGION."
        return ""

    def missing_extra(self, *, has_key: bool) -> str:
        """Say what has to be installed before it can be asked, "" when that is nothing. Imports
        nothing heavy.
        """
        if has_key or all(map(_is_installed, _CHAINS.get(self.kind, ()))):
            return ""
        return (
            f"To use the credentials of this machine: pip install 'codex-tui[{self.kind}]'."
            " A key or a token does without."
        )

    @property
    def credentials_hint(self) -> str:
        """Where credentials come from when the configuration has no key."""
        match self.kind:
            case "bedrock":
                whose = (
                    f"those of the profile {self.profile!r}" if self.profile else "the usual ones"
                )
                return f"AWS' own credentials were asked for, {whose}: aws sso login, or set a key."
            case "vertex":
                return (
                    "Google's application default credentials were asked for: gcloud auth"
                    " application-default login, or set api_key_command."
                )
            case "azure":
                return "Set api_key_env or api_key_command."


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package around it is not there
        return False
