"""The settings and their rules, value by value; where values come from is `settings`' business.

None in a provider's fields means "as built in". Names are strict: what is not here is an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import TypedDict, override

from codex_tui.config.model_settings import ModelPattern, ModelSettings
from codex_tui.config.paths import expand_home
from codex_tui.config.platform_settings import PlatformSettings
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelRef

ENV_PREFIX = "CODEX_TUI_"
ENV_DELIMITER = "__"

Api = Literal["openai-responses", "openai-chat", "anthropic-messages", "scripted"]

_PROVIDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2


def _provider_name(text: str) -> str:
    if not _PROVIDER_NAME.fullmatch(text):
        raise ValueError("a provider's name is made of letters, digits, - and _")
    return text


def _model_name(text: str) -> str:
    if not text.strip() or text.split() != [text]:
        raise ValueError("it must be a model, written as provider/model")
    return text


def _model_ref(text: str) -> str:
    try:
        ModelRef.parse(_model_name(text))
    except ConfigError:
        raise ValueError("it must be a model, written as provider/model") from None
    return text


def _web_address(text: str) -> str:
    complaint = "it must be a web address such as https://host/v1"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(complaint) from None
    if not usable or not text.isprintable() or " " in text:
        raise ValueError(complaint)
    return text


def _variable_name(text: str) -> str:
    if not _VARIABLE_NAME.fullmatch(text):
        raise ValueError("it must be the name of an environment variable, not the key itself")
    return text


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a header's name")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"the value of {name} must be one line of ASCII characters")
    return headers


def _query(query: dict[str, str]) -> dict[str, str]:
    for name, value in query.items():
        if not name or not name.isprintable():
            raise ValueError(f"{name!r} is not the name of a query parameter")
        if not value.isprintable():
            raise ValueError(f"the value of {name} must be one line of text")
    return query


def _key_command(value: object) -> object:
    """Check a command before pydantic tries text and list in turn and complains of both."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        words = cast("Sequence[object]", value)
        if words and words[0] and all(isinstance(word, str) for word in words):
            return tuple(words)
    raise ValueError(
        "it must be a command that prints the key, as one text for the shell or as a list of words"
    )


def _model_of_server(name: str) -> str:
    if not name.strip():
        raise ValueError("a model's name must not be empty")
    return name


def _whole_path(text: str) -> str:
    path = expand_home(text)
    if not path.is_absolute():
        raise ValueError("it must be a whole path, or begin with ~")
    return str(path)


def _trusted_folder(text: str) -> str:
    if not expand_home(text).is_absolute():
        raise ValueError("it must be a whole path, or begin with ~")
    return text


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("it must be a number")  # noqa: TRY004 (pydantic only collects ValueError)
    return value


_Number = BeforeValidator(_no_truth_value)


def _path_in_body(text: str) -> str:
    if not re.fullmatch(r"\w+(\.\w+)*", text, re.ASCII):
        raise ValueError("it must be a name, or names with dots between them")
    if text in {"model", "messages", "input", "stream"}:
        raise ValueError("there is no request without it")
    return text


class CompatSettings(TypedDict, total=False):
    """What `[providers.NAME.compat]` may say; `providers.openai_chat.compat` has the meanings.

    `leave_out` names parts of a request, on any wire, that the server is never sent.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]

    max_tokens: Literal["max_tokens", "max_completion_tokens", "none"]
    system_role: Literal["system", "developer"]
    include_usage: bool
    reasoning_effort: Literal[
        "reasoning_effort", "reasoning", "thinking", "chat_template_kwargs", "thinking_budget",
        "thinking_token_budget", "thinking_budget_tokens", "none",
    ]  # fmt: skip
    reasoning_echo: Literal["reasoning_content", "reasoning", "none"]
    echo_state: bool
    thought_signatures: bool
    tool_id: Literal["plain", "mistral9"]
    stream_tools: bool
    alternate_roles: bool
    empty_tools: bool
    lists_models: bool
    images: bool
    json_schema: bool
    temperature: bool
    leave_out: tuple[Annotated[str, AfterValidator(_path_in_body)], ...]


_Dollars = Annotated[float, _Number, Field(ge=0, allow_inf_nan=False)]


class PriceSettings(BaseModel):
    """What a model costs, in US dollars per million tokens. 0 is free; what is left out is unknown.

    `cache_read` and `cache_write` are for input that the server takes from or puts into its cache.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: _Dollars
    output: _Dollars
    cache_read: _Dollars | None = None
    cache_write: _Dollars | None = None


class ProviderSettings(PlatformSettings):
    """What `[providers.NAME]` may say.

    `api_key_command` prints the key: one text is read by `/bin/sh`, a list of words by nobody.
    `timeout_s` is the longest silence of the server between two reads, in seconds. `headers` go
    with every request, `query` is added to every address; both may carry secrets of a gateway: they
    are in no repr and no listing. `models` limits and orders what is offered.
    `tools` False says that its models make no tool calls: they get one file and make one change.
    `model_file` is a GGUF file for the built-in provider `local`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    api: Api | None = None
    base_url: Annotated[str, AfterValidator(_web_address)] | None = None
    api_key_env: Annotated[str, AfterValidator(_variable_name)] | None = None
    api_key_command: Annotated[str | tuple[str, ...], BeforeValidator(_key_command)] | None = None
    headers: Annotated[dict[str, str], AfterValidator(_headers), Field(repr=False)] = Field(
        default_factory=dict[str, str]
    )
    query: Annotated[dict[str, str], AfterValidator(_query), Field(repr=False)] = Field(
        default_factory=dict[str, str]
    )
    timeout_s: Annotated[float, _Number, Field(gt=0, allow_inf_nan=False)] | None = None
    models: tuple[Annotated[str, AfterValidator(_model_of_server)], ...] = ()
    prices: dict[Annotated[str, AfterValidator(_model_of_server)], PriceSettings] = Field(
        default_factory=dict[str, PriceSettings]
    )
    model_file: Annotated[str, AfterValidator(_whole_path)] | None = None
    title: str | None = None
    needs_key: bool | None = None
    tools: bool | None = None
    compat: CompatSettings = Field(default_factory=CompatSettings)


class Settings(BaseSettings):
    """Everything a user can set. `model` is `provider/model`; None is "not chosen yet".

    `default_provider` completes a `model` that names none. `fallbacks` may take over from it, in
    their order, when its provider is overloaded or out of reach; with `auto_fallback` unasked.
    `max_steps` limits the model calls of one turn, `max_retries` the repetitions of one failing
    call; a session that has used up `budget_usd` (US dollars) or `budget_tokens` asks before it
    goes on. `compact_at` is when a conversation is shortened: a share of the model's window up to
    1, above that a number of tokens; without `auto_compact` only when asked. `footer` has the last
    line of the screen name the keys that matter. `models` say how single models are asked.
    `trusted_folders` are projects whose own configuration has power here.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    default_provider: Annotated[str, AfterValidator(_provider_name)] | None = None
    model: Annotated[str, AfterValidator(_model_name)] | None = None
    fallbacks: tuple[Annotated[str, AfterValidator(_model_ref)], ...] = ()
    auto_fallback: bool = False
    approval_mode: ApprovalMode = ApprovalMode.SUGGEST
    effort: Effort | None = None
    max_steps: Annotated[int, _Number, Field(ge=1)] = 100
    max_retries: Annotated[int, _Number, Field(ge=0)] = 5
    budget_usd: Annotated[float, _Number, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = None
    budget_tokens: Annotated[int, _Number, Field(gt=0, le=10**12)] | None = None
    auto_compact: bool = True
    compact_at: Annotated[float, _Number, Field(gt=0, allow_inf_nan=False)] | None = None
    theme: Literal["codex-dark", "codex-light"] = "codex-dark"
    footer: bool = True
    providers: dict[Annotated[str, AfterValidator(_provider_name)], ProviderSettings] = Field(
        default_factory=dict[str, ProviderSettings]
    )
    models: dict[ModelPattern, ModelSettings] = Field(default_factory=dict[str, ModelSettings])
    trusted_folders: tuple[Annotated[str, AfterValidator(_trusted_folder)], ...] = ()

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the caller alone, who knows where each one comes from.

        In particular no `.env` file is ever read: in somebody else's repository it would speak for
        the user.
        """
        return (init_settings,)
