"""The models a session can speak to: which one it speaks to, and what is known of it by now.

It chooses, and takes up what becomes known of the choice. What there is to choose from is
`offered_models`' business.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from codex_tui.agent.host_lessons import HostLessons
from codex_tui.agent.model_call import Target
from codex_tui.agent.offered_models import OfferedModels
from codex_tui.agent.one_shot.provider import OneShot
from codex_tui.agent.spending.context_meter import ContextMeter
from codex_tui.agent.spending.estimate import Estimator
from codex_tui.agent.spending.ledger import Ledger
from codex_tui.agent.spending.past_usage import PastUsage
from codex_tui.agent.spending.switch_cost import MIN_SWITCH_TOKENS, losses, switch_warnings
from codex_tui.protocol.errors import CodexError, ConfigError
from codex_tui.protocol.events import ModelDescribed, ModelSelected
from codex_tui.protocol.profiles import ModelProfile, ProfileInForce
from codex_tui.sessions.records import ModelChosen

if TYPE_CHECKING:
    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.past import Past
    from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.registry import ProviderRegistry

log = logging.getLogger(__name__)


class SessionModels(OfferedModels):
    """The chosen model of one session among all that the providers have.

    Attributes:
        chosen: what is known of the model in use; None before the first choice.
        effort: how much it thinks; None leaves that to the vendor.
        home: the user's choice while another model stands in for it, else None.
        past_usage: what a resumed session used before.
        ledger: what all model calls used.
        meter: how full the context is.
    """

    def __init__(
        self,
        conversation: Conversation,
        providers: ProviderRegistry,
        *,
        past: Past,
        estimator: Estimator | None,
    ) -> None:
        super().__init__(providers, news=self._learn)
        self.chosen: ModelInfo | None = None
        self.effort: Effort | None = None
        self.home: ModelRef | None = None
        self._wanted_effort: Effort | None = None
        self._in_force = ProfileInForce(profile=ModelProfile())
        self._told: set[tuple[ModelRef, str]] = set()
        self._conversation = conversation
        self._history = conversation.history
        self._sink = sink = conversation.sink
        journal = conversation.journal
        self._lessons = HostLessons(past.lessons, journal=journal, sink=sink)
        self.past_usage = PastUsage(
            past.steps, providers=providers, sink=sink, where=lambda: conversation.place
        )
        self.ledger = Ledger(self.past_usage, sink=sink, journal=journal)
        self.meter = ContextMeter(sink, estimator or Estimator())

    # -- the choice ---------------------------------------------------------------------------

    def select(self, ref: ModelRef, effort: Effort | None = None) -> None:
        """Speak to `ref` from the next model call on; raises `ConfigError`: unknown provider.

        An effort the model does not know is mapped to the nearest lower one it knows.
        """
        endpoint = self._providers.endpoint(ref.provider)
        self._wanted_effort, self.home = effort, None
        warnings = self._speak_to(endpoint, ref)
        self._conversation.record(ModelChosen(ref=ref, effort=self.effort))
        self._announce(warnings)

    def select_effort(self, effort: Effort) -> None:
        """Have the model in use think so much from its next call on, and the one it stands in for
        when that comes back; raises `ConfigError`: neither is known to take an effort, or none is
        chosen.
        """
        model = self.in_use()
        home = self._providers.describe(self.home or model.ref)
        if not model.efforts and not home.efforts:
            raise ConfigError(
                f"{model.ref} is not known to take an effort.",
                hint=f'Name one under [models."{model.ref}"] in the configuration if it does.',
            )
        self._wanted_effort = effort
        self._take_description(model)
        ref, taken = self.choice
        self._conversation.record(ModelChosen(ref=ref, effort=taken))
        self._announce(())

    def stand_in(self, ref: ModelRef) -> None:
        """Have `ref` stand in for the choice, or the choice itself come back; on the record it is
        chosen all the while. Raises `ConfigError`: unknown provider.
        """
        endpoint = self._providers.endpoint(ref.provider)
        home = self.home or self.in_use().ref
        self.home = None if ref == home else home
        self._announce(self._speak_to(endpoint, ref))

    def _speak_to(self, endpoint: Endpoint, ref: ModelRef) -> tuple[str, ...]:
        """Take a model; return what cannot travel to it."""
        self._providers.include(ref.provider)
        info = self._providers.describe(ref)
        warnings = switch_warnings(info, endpoint, self._history, self.meter.estimator)
        self._take_description(info)
        return warnings

    def _announce(self, warnings: tuple[str, ...]) -> None:
        self._sink.publish(
            ModelSelected(
                place=self._conversation.place,
                model=self.in_use(),
                effort=self.effort,
                warnings=warnings,
            )
        )
        self._tell_notes(self.in_use().ref)

    @property
    def choice(self) -> tuple[ModelRef, Effort | None]:
        """The user's choice, whatever stands in for it, and what it takes of the effort that was
        asked; raises `ConfigError` when there is none.
        """
        ref = self.home or self.in_use().ref
        return ref, self._providers.profile(ref, self._wanted_effort).profile.effort

    def is_chosen(self, ref: ModelRef) -> bool:
        """Say whether `ref` is in use by the user's choice, not standing in for that."""
        return self.home is None and self.chosen is not None and self.chosen.ref == ref

    def in_use(self) -> ModelInfo:
        """Return the chosen model; raises `ConfigError` when there is none."""
        if self.chosen is None:
            raise ConfigError("No model is chosen yet.", hint="Choose one with Ctrl+L or --model.")
        return self.chosen

    async def target(self) -> Target:
        """Return what the next model call goes to, opened; raises `ConfigError`."""
        model, effort = self.in_use(), self.effort
        provider = await self._providers.open(model.ref.provider)
        if model.tools is False:
            provider = OneShot(provider, model, self._conversation.warn)
        describe = partial(self._described, model.ref)
        return Target(
            provider=provider,
            model=model,
            effort=effort,
            profile=self._in_force.profile,
            describe=describe,
            known=partial(self._providers.describe, model.ref),
            lessons=self._lessons,
            ledger=self.ledger,
            meter=self.meter,
        )

    @property
    def to_read(self) -> int:
        """About how many tokens another model would read anew; 0 where that is little."""
        if self.chosen is None or self._history.last_origin is None:
            return 0
        name, messages = str(self.chosen.ref), self._history.view.messages
        tokens = self.meter.estimator.tokens(name, messages)
        return tokens if tokens >= MIN_SWITCH_TOKENS else 0

    def losses(self, info: ModelInfo) -> str:
        """Say in few words what a switch to another model loses; raises `ConfigError`."""
        if self._history.last_origin is None:
            return ""
        endpoint = self._providers.endpoint(info.ref.provider)
        return losses(info, endpoint, self._history, self.to_read)

    # -- what is known of it ------------------------------------------------------------------

    def _take_description(self, info: ModelInfo) -> None:
        """Speak to `info`, as wished and as far as it is known to take that."""
        self.chosen = info
        self._in_force = self._providers.profile(info.ref, self._wanted_effort)
        self.effort = self._in_force.profile.effort

    def _tell_notes(self, ref: ModelRef) -> None:
        """Say what is done otherwise than wished, the same of a model only once."""
        for note in self._in_force.notes:
            if (ref, note) not in self._told:
                self._told.add((ref, note))
                self._conversation.notify(note)

    def _learn(self) -> None:
        """Take up what has become known of the model in use, and of those used before."""
        self.past_usage.announce()
        info = self.chosen and self._providers.describe(self.chosen.ref)
        if info is None or info == self.chosen:
            return
        self._take_description(info)
        place = self._conversation.place
        self._sink.publish(ModelDescribed(place=place, model=info, effort=self.effort))
        self._tell_notes(info.ref)

    async def _described(self, ref: ModelRef) -> ModelInfo:
        """Return what is known of a model with its price in force, once that could be read."""
        await self._providers.load_prices(ref.provider)
        self._learn()
        return self._providers.describe(ref)

    async def warm_up(self) -> None:
        """Import the chosen provider's SDK and the prices before they are needed; never raises."""
        if self.chosen is not None:
            await self._providers.warm_up(self.chosen.ref.provider)
            await self._described(self.chosen.ref)
        await self.past_usage.load_prices()

    async def look_up(self) -> None:
        """Ask the chosen provider about its models, in the background and never twice a day; a
        provider that does not answer is left alone.
        """
        provider = self.chosen.ref.provider if self.chosen else ""
        if provider in self._providers.outdated():
            try:
                await self.refresh(provider)
            except CodexError as error:
                log.info("%s does not say what it serves: %s", provider, error)

    async def load_prices(self) -> None:
        """Read the prices of all listed providers; the first time takes a fifth of a second."""
        await self._providers.load_prices()
        self._learn()
