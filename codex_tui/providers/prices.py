"""What models cost, from genai-prices' data, and what a call with given figures comes to.

The data ships with the package: nothing here, and nothing it calls, asks a network. Importing it
takes a fifth of a second, so that happens in `PriceBook.load`, which is called in a thread; until
then nothing is priced. Whose word on a price counts is decided in `knowledge`.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.models import Price, PriceTier
from codex_tui.providers.catalog import plain_name
from codex_tui.providers.presets import is_local, preset_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from genai_prices import types
    from genai_prices.data_snapshot import DataSnapshot

    from codex_tui.protocol.messages import Usage
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.platforms import Platform

log = logging.getLogger(__name__)

_MILLION: Final = 1_000_000
_SERVICES: Final = ("flex", "priority")
"""Ways to be served besides the usual one that servers name in their answers."""
# Presets and clouds whose name over there is another one.
_PROVIDER_IDS: Final = {
    "gemini": "google",
    "xai": "x-ai",
    "bedrock": "aws",
    "vertex": "google",
}


class PriceBook:
    """The prices of the vendors that genai-prices knows, once `load` was called."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Prices are those in force at `now()`: some change by date, some by the hour."""
        self._now = now
        self._lock = threading.Lock()
        self._data: DataSnapshot | None = None
        self.loaded = False

    def load(self) -> None:
        """Read the data: blocks for a fifth of a second, the first time; any thread may call."""
        with self._lock:
            if self.loaded:
                return
            try:
                from genai_prices.data_snapshot import get_snapshot

                self._data = get_snapshot()
            except Exception:  # a named border: without prices everything else works
                log.exception("the prices could not be read")
            self.loaded = True

    def priced(self, info: ModelInfo, endpoint: Endpoint) -> ModelInfo:
        """Return `info` with the price in force, and a context window where it has none.

        A model or a vendor without an entry keeps what it has. So does everything on the user's own
        machine, where nobody charges.
        """
        entry = self._entry(info.ref.model, endpoint)
        if entry is None:
            return info
        return replace(
            info,
            context_window=info.context_window or entry.context_window,
            price=self._price(entry) or info.price,
        )

    def _price(self, entry: types.ModelInfo) -> Price | None:
        now = self._now()
        usual = entry.get_prices(now)
        others = {name: entry.get_prices(now, {"service_tier": name}) for name in _SERVICES}
        services = ((name, _price_of(each)) for name, each in others.items() if each != usual)
        known = tuple((name, price) for name, price in services if price is not None)
        price = _price_of(usual)
        return price and replace(price, services=known)

    def _entry(self, model: str, endpoint: Endpoint) -> types.ModelInfo | None:
        if self._data is None or is_local(endpoint):
            return None
        if endpoint.platform is not None:
            return self._cloud_entry(model, endpoint.platform)
        preset = preset_of(endpoint)
        vendor = None if preset is None else _PROVIDER_IDS.get(preset.name, preset.name)
        return self._found(model, vendor, endpoint.address)

    def _cloud_entry(self, model: str, platform: Platform) -> types.ModelInfo | None:
        """Return the cloud's own entry for a model, by its name there or by its usual one, else
        that of its maker, whose list prices the clouds follow.
        """
        vendor = _PROVIDER_IDS.get(platform.kind, platform.kind)
        name = plain_name(model)
        maker = "anthropic" if name.startswith("claude-") else None
        entry = self._found(platform.name_of(model), vendor) or self._found(model, vendor)
        return entry or (self._found(name, maker) if maker else None)

    def _found(
        self, model: str, vendor: str | None, url: str | None = None
    ) -> types.ModelInfo | None:
        if self._data is None:
            return None
        try:
            return self._data.find_provider_model(model, None, vendor, url)[1]
        except LookupError:
            return None


def cost_usd(info: ModelInfo, usage: Usage) -> float | None:
    """Return the price of one model call in US dollars, None when it is unknown: the server's own
    word where it gave one, else what the model's price makes of the tokens.

    `usage` must be that of a single call: a long prompt raises the price of the call it is in. A
    cache price the vendor does not list counts as plain input.
    """
    if usage.cost_usd is not None:
        return usage.cost_usd
    listed = info.price and info.price.served(usage.service_tier)
    if listed is None:
        return None
    price, aside = listed.at(usage.input_tokens), listed.at(usage.aside_input_tokens)
    read, hour = usage.cache_read_tokens, usage.cache_write_1h_tokens
    written = max(0, usage.cache_write_tokens - hour)
    fresh = max(0, usage.input_tokens - read - written - hour)
    return (
        fresh * price.input
        + read * (price.input if price.cache_read is None else price.cache_read)
        + written * (price.input if price.cache_write is None else price.cache_write)
        + hour * _hour_price(price)
        + usage.output_tokens * price.output
        + usage.aside_input_tokens * aside.input
        + usage.aside_output_tokens * aside.output
    ) / _MILLION


def _hour_price(price: Price) -> float:
    """Return the price of what is kept for an hour; only Anthropic's API tells it apart, where it
    is twice the input's unless a price list says otherwise.
    """
    if price.cache_write_1h is not None:
        return price.cache_write_1h
    return price.input if price.cache_write is None else 2 * price.input


def _price_of(listed: types.ModelPrice) -> Price | None:
    """Translate; None where words in or out have no price (sounds and pictures have others)."""
    units = (
        listed.input_mtok,
        listed.output_mtok,
        listed.cache_read_mtok,
        listed.cache_write_mtok,
        listed.cache_write_1h_mtok,
    )
    starts = {tier.start for unit in units for tier in _tiers(unit)}
    prices = {start: _price_at(units, start) for start in (-1, *starts)}
    base = prices.pop(-1)
    tiers = tuple(
        PriceTier(above_tokens=start, price=price)
        for start, price in sorted(prices.items())
        if price is not None
    )
    return base and replace(base, tiers=tiers)


def _price_at(units: tuple[Decimal | types.TieredPrices | None, ...], start: int) -> Price | None:
    """Return the price of a prompt just longer than `start` tokens."""
    usd = [_usd(unit, start) for unit in units]
    if usd[0] is None or usd[1] is None:
        return None
    return Price(
        input=usd[0],
        output=usd[1],
        cache_read=usd[2],
        cache_write=usd[3],
        cache_write_1h=usd[4],
    )


def _usd(unit: Decimal | types.TieredPrices | None, start: int) -> float | None:
    if unit is None:
        return None
    if isinstance(unit, Decimal):
        return float(unit)
    reached = [tier.price for tier in unit.tiers if tier.start <= start]
    return float(reached[-1] if reached else unit.base)


def _tiers(unit: Decimal | types.TieredPrices | None) -> list[types.Tier]:
    """Return the tiers of a price, the lowest first; most have none."""
    return [] if unit is None or isinstance(unit, Decimal) else unit.tiers
