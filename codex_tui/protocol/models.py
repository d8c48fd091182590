"""Which model, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from codex_tui.protocol.errors import ConfigError


@dataclass(frozen=True, slots=True, order=True)
class ModelRef:
    """A model's identity, typed and printed `provider/model`.

    The first `/` splits; what follows belongs to the model's own name. The provider is never
    guessed.
    """

    provider: str
    model: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `provider/model`; raises `ConfigError` for anything else."""
        provider, slash, model = text.strip().partition("/")
        if not (provider and slash and model):
            raise ConfigError(
                f"{text!r} is not a model reference",
                hint="Write it as provider/model; `codex-tui models` lists them.",
            )
        return cls(provider, model)

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


class Effort(StrEnum):
    """How much reasoning to ask for, least first; mapped downwards to what a model accepts."""

    OFF = "off"
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"
    MAX = "max"


USUAL_SERVICE = frozenset({"", "auto", "default", "standard", "on_demand"})
"""What vendors call the service that their price lists mean; "" is a vendor that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens; None is unknown, never free.

    `cache_write_1h` is for what the cache keeps for an hour, where that has a price of its own.
    `tiers` are the vendors' price cliffs, the lowest first: what a whole call costs when its prompt
    is a long one. `services` are the prices of other ways to be served than the usual one, by the
    vendor's word for it ("flex").
    """

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
    tiers: tuple[PriceTier, ...] = ()
    services: tuple[tuple[str, Price], ...] = ()

    def served(self, service_tier: str) -> Price | None:
        """Return the price of calls served that way; None for a way nobody has a price of."""
        if service_tier in USUAL_SERVICE:
            return self
        return dict(self.services).get(service_tier)

    def at(self, prompt_tokens: int) -> Price:
        """Return the price of a call whose prompt, cached parts included, has that many tokens."""
        reached = [tier.price for tier in self.tiers if prompt_tokens > tier.above_tokens]
        return reached[-1] if reached else self


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTier:
    """The price of every token of a call whose prompt is longer than `above_tokens`."""

    above_tokens: int
    price: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What is known of one model. None means unknown and is shown as "–", never as 0.

    `context_window` and `max_output` count tokens. `note` is a short remark for the picker
    ("demonstration"); what follows a colon in it is shown where there is room. With `tools` False
    it makes no tool calls: it is shown one file and makes one change.
    """

    ref: ModelRef
    name: str = ""
    context_window: int | None = None
    max_output: int | None = None
    image_input: bool | None = None
    efforts: tuple[Effort, ...] = ()
    default_effort: Effort | None = None
    price: Price | None = None
    note: str = ""
    tools: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStatus:
    """A provider as the picker shows it.

    `key_hint` says how to add the missing key, or to install what is missing, None when it is
    ready. `key_page` is where the vendor hands out keys, "" where that is unknown; without
    `takes_key` there is nobody to give one to. Without `set_up` the configuration says too little.
    """

    name: str
    title: str
    base_url: str
    ready: bool
    key_hint: str | None = None
    key_page: str = ""
    takes_key: bool = True
    set_up: bool = True

    @property
    def lacks(self) -> str:
        """Name in two words what keeps it from being used, empty when it is ready."""
        if self.ready:
            return ""
        if not self.set_up:
            return "not set up"
        return "no key" if self.takes_key else "not installed"
