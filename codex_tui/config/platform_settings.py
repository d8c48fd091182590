"""What `[providers.NAME]` may say of a cloud that serves other vendors' models, value by value.

What no single value can be checked for is in `platform_checks`; which addresses and clients follow
from it is the providers' business.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

_FACT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")


def fact(text: str) -> str:
    """Return a region, a project or a version: it becomes a part of an address."""
    if not _FACT.fullmatch(text):
        raise ValueError("it must be made of letters, digits, - _ . and :")
    return text


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("it must be a name, on one line")
    return text


_Fact = Annotated[str, AfterValidator(fact)]
_Name = Annotated[str, AfterValidator(_name)]


class PlatformSettings(BaseModel):
    """`platform` is the cloud; `providers.platforms.Platform` has the meanings of the rest.

    `api_key_kind` says of Azure's key whether it is one, or an Entra token.
    """

    platform: Literal["azure", "bedrock", "vertex"] | None = None
    region: _Fact | None = None
    project: _Fact | None = None
    profile: _Name | None = None
    api_version: _Fact | None = None
    api_key_kind: Literal["key", "token"] | None = None
    deployments: dict[_Name, _Name] = Field(default_factory=dict[str, str])
