"""What is known of a model, from all who know something, each where it is to be believed most.

Its server's own word stands over everything but the user's: prices, profiles, and whether pictures
may be sent. Below it come the prices of genai-prices, and at the bottom the built-in table. What a
server refuses says more than what it lists. Nothing here asks a server or waits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
from codex_tui.providers import catalog
from codex_tui.providers.presets import compat_of, is_local
from codex_tui.providers.profiles import Profiles

if TYPE_CHECKING:
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.prices import PriceBook
    from codex_tui.providers.served import ServedLists


class ModelKnowledge:
    """The catalogue, the price book and the served lists, read as one."""

    def __init__(
        self, served: ServedLists, prices: PriceBook, profiles: Profiles | None = None
    ) -> None:
        self._served = served
        self._profiles = profiles or Profiles()
        self._prices = prices
        self._blind: dict[str, frozenset[str]] = {}
        self._lists: dict[str, tuple[tuple[object, ...], tuple[ModelInfo, ...]]] = {}

    def describe(self, ref: ModelRef, endpoint: Endpoint) -> ModelInfo:
        """Return what is known of `ref`, a model of `endpoint`, at this moment."""
        info = catalog.describe(ref, endpoint)
        if is_local(endpoint):
            info = replace(info, price=None)
        listed = self._served.of(endpoint)
        told = listed.models.get(ref.model) if listed else None
        if told is None or told.price is None or told.context_window is None:
            info = self._prices.priced(info, endpoint)
        if told is not None:
            info = _overlaid(info, told)
        info = self._profiles.corrected(replace(info, tools=endpoint.tools), endpoint)
        if not compat_of(endpoint).images or ref.model in self._blind.get(ref.provider, ()):
            info = replace(info, image_input=False)
        own = endpoint.prices.get(ref.model)
        return replace(info, price=own or info.price)

    def note_blind(self, ref: ModelRef) -> None:
        """Know of a model that its server has refused pictures for it."""
        self._blind[ref.provider] = self._blind.get(ref.provider, frozenset()) | {ref.model}

    def models(self, endpoint: Endpoint) -> tuple[ModelInfo, ...]:
        """Return the models to choose from: the configured ones where there are any, else those of
        the table, the vendor's suggestion first, and then what only the server names.
        """
        listed = self._served.of(endpoint)
        # Routers serve a thousand models, and front ends list them again with every keystroke.
        sources = (endpoint, listed, self._prices.loaded, self._blind.get(endpoint.name))
        made = self._lists.get(endpoint.name)
        if made is None or any(old is not new for old, new in zip(made[0], sources, strict=True)):
            known = [info.ref.model for info in catalog.known_models(endpoint)]
            names = endpoint.models or dict.fromkeys([*known, *(listed.models if listed else ())])
            models = (self.describe(ModelRef(endpoint.name, name), endpoint) for name in names)
            made = self._lists[endpoint.name] = (sources, tuple(models))
        return made[1]


def _overlaid(known: ModelInfo, told: ModelInfo) -> ModelInfo:
    """Let what a server says stand over what was known; what it does not say stays."""
    efforts = known.efforts
    if told.efforts:  # servers list levels; to leave reasoning out is no level
        off = (Effort.OFF,) if Effort.OFF in known.efforts else ()
        efforts = (*off, *(each for each in told.efforts if each is not Effort.OFF))
    default = known.default_effort
    return ModelInfo(
        ref=known.ref,
        name=told.name or known.name,
        context_window=told.context_window or known.context_window,
        max_output=told.max_output or known.max_output,
        image_input=known.image_input if told.image_input is None else told.image_input,
        efforts=efforts,
        default_effort=default and catalog.fit_effort(default, efforts),
        price=told.price or known.price,
        note=told.note or known.note,
    )
