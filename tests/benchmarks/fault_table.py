"""What the user sees of every fault, and what is kept: `python -m tests.benchmarks.fault_table`.

Each fault is played by the strict server of each wire to the real engine with the real adapter. The
table says how often the call was made again, what the turn ends with, what stays in the
conversation, and which tools ran; below it stand the kinds with their words. Waits are of no
length, one retry is allowed, nothing is compacted and no other model takes over.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.events import RetryScheduled, TurnFinished
from codex_tui.protocol.messages import AssistantMessage, StopReason, ToolResultMessage, ToolStatus
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.fault_words import FAULT_WORDS
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.wire import Say, Shape, Use, Wire
from tests.providers.contract.wires import WIRES
from tests.servers.loopback import Cut, LoopbackServer, Piece, Plain, Reset, Stall, Stream
from tests.support.engine import Engine

WORDS = Say("The first half.")
WRITE = Use("write_file", {"path": "n.txt", "content": "x"})
Make = Callable[[Wire], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`make` is one reply with the fault, played `times` times; then all is well. `kind` None: the
    turn ends well. `kept` are the model's words in the conversation at the end, by answers. Only
    wires that know the stop it `needs` play it.
    """

    name: str
    make: Make
    kind: Kind | None = None
    retried: int = 0
    kept: str = ""
    ran: bool = False
    times: int = 1
    needs: StopReason | None = None
    endpoint: dict[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> tuple[object, ...]:
        kind = self.kind.value if self.kind else ""
        return (kind, self.retried, self.kept, self.ran)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one fault on one wire."""

    fault: Fault
    wire: str
    kind: str
    retried: int
    message: str
    hint: str
    kept: str
    stop: str
    ran: bool
    told: str

    @property
    def found(self) -> tuple[object, ...]:
        return (self.kind, self.retried, self.kept, self.ran)

    @property
    def lines(self) -> list[str]:
        kept = f"“{self.kept}” ({self.stop})" if self.kept else "–"
        ran = "ran" if self.ran else "–"
        ends = self.kind or "done"
        facts = f"{self.wire:10} {ends:20} {self.retried:7}  {ran:5} {kept}"
        words = [f"sees: {self.message}", f"      {self.hint}"] if self.message else []
        told = [f"the model is told: {one_line(self.told, 200)}"] if self.told else []
        return [facts, *(f"{'':10} {each}" for each in (*words, *told))]


def status(code: int, name: str, words: str, **headers: str) -> Make:
    """An error reply in the vendor's shape."""

    def make(wire: Wire) -> Plain:
        return Plain.of_json(wire.error_body(name, words), status=code, **headers)

    return make


def page(code: int) -> Make:
    body = b"<!DOCTYPE html><title>Bad gateway</title><p>The upstream is gone."
    return lambda _: Plain(status=code, headers={"content-type": "text/html"}, body=body)


def breaks(*said: Any, by: Sequence[Piece] = ()) -> Make:
    """An answer that stops before its end, by way of `by`."""

    def make(wire: Wire) -> Any:
        def unended(frames: list[bytes]) -> list[Piece]:
            return [*(wire.unended(frames) if said else ()), *by]

        shape: Shape = unended
        return wire.reply(*said, sent=shape)

    return make


def stops(reason: StopReason, *said: Any) -> Make:
    return lambda wire: wire.reply(*said, stop=reason)


def dressed(wire: Wire) -> Plain:
    """A spend limit that calls itself a rate limit."""
    body = wire.error_body("rate_limit_error", "Your organization's limit is reached.")
    body["error"]["details"] = {"error_code": "enforced_spend_limit_reached"}
    return Plain.of_json(body, status=429, retry_after="1")


def failing(code: str, words: str, *said: Any) -> Make:
    return lambda wire: wire.failing(code, words, *said)


NOW = {"retry_after_ms": "0"}
NEIGHBOURS = ("gpt-6.1-sun", "claude-opus-5", "house-modal")
LOST = Kind.STREAM_INTERRUPTED
SAID = WORDS.text
TWICE, GONE_ON = f"{SAID} | {SAID}", f"{SAID} | ok"
FAULTS: tuple[Fault, ...] = (
    Fault(name="wrong key", make=status(401, "authentication_error", "invalid key"),
          kind=Kind.AUTHENTICATION),
    Fault(name="no key", make=stops(StopReason.END, WORDS), kind=Kind.AUTHENTICATION, times=0,
          endpoint={"api_key": None}),
    Fault(name="no access", make=status(403, "permission_error", "Not for this key."),
          kind=Kind.PERMISSION),
    Fault(name="model that is not there", make=status(404, "model_not_found", "No such model."),
          kind=Kind.NOT_FOUND, endpoint={"models": NEIGHBOURS}),
    Fault(name="no credit", make=status(402, "billing_error", "Payment required."),
          kind=Kind.BILLING),
    Fault(name="spend limit, called a rate limit", make=dressed, kind=Kind.BILLING),
    Fault(name="rate limit", make=status(429, "rate_limit_error", "Slow down.", **NOW),
          kind=Kind.RATE_LIMIT, retried=1, times=2),
    Fault(name="rate limit that passes", make=status(429, "rate_limit_error", "Slow.", **NOW),
          retried=1, kept="ok"),
    Fault(name="rate limit for a quarter of an hour", kind=Kind.RATE_LIMIT,
          make=status(429, "rate_limit_error", "Slow down.", retry_after="900")),
    Fault(name="request over the limit of a minute", kind=Kind.REQUEST_TOO_LARGE,
          make=status(429, "rate_limit_exceeded", "Request too large for tokens per min (TPM).")),
    Fault(name="overloaded", make=status(529, "overloaded_error", "Overloaded", **NOW),
          kind=Kind.OVERLOADED, retried=1, times=2),
    Fault(name="overloaded, status 200, before a word", kind=Kind.OVERLOADED, retried=1, times=2,
          make=failing("overloaded_error", "Overloaded")),
    Fault(name="overloaded, status 200, behind words", kind=Kind.OVERLOADED, retried=1,
          times=2, kept=TWICE, make=failing("overloaded_error", "Overloaded", WORDS)),
    Fault(name="rate limit, status 200, before a word", retried=1, kept="ok",
          make=failing("rate_limit_exceeded", "Please try again in 1ms.")),
    Fault(name="error page of a gateway", make=page(502), kind=Kind.OVERLOADED, retried=1, times=2),
    Fault(name="page behind which there is no server", make=page(404), kind=Kind.UNEXPECTED_REPLY),
    Fault(name="web page, status 200", make=page(200), kind=Kind.UNEXPECTED_REPLY),
    Fault(name="other JSON, status 200", make=lambda _: Plain.of_json({"detail": "wrong door"}),
          kind=Kind.UNEXPECTED_REPLY),
    Fault(name="nothing listens", make=stops(StopReason.END, WORDS), kind=Kind.CONNECTION,
          retried=1, times=0, endpoint={"base_url": ""}),
    Fault(name="drop before a word", make=breaks(by=[Cut()]), kind=LOST, retried=1, times=2),
    Fault(name="drop before a word, then well", make=breaks(by=[Cut()]), retried=1, kept="ok"),
    Fault(name="drop behind words", make=breaks(WORDS, by=[Cut()]), kind=LOST, retried=1, times=2,
          kept=TWICE),
    Fault(name="drop behind words, then well", make=breaks(WORDS, by=[Cut()]), retried=1,
          kept=GONE_ON),
    Fault(name="reset behind words", make=breaks(WORDS, by=[Reset()]), retried=1, kept=GONE_ON),
    Fault(name="clean end before the end", make=breaks(WORDS), retried=1, kept=GONE_ON),
    Fault(name="silence before a word", make=breaks(by=[Stall()]), kind=Kind.TIMEOUT, retried=1,
          times=2, endpoint={"timeout_s": 0.2}),
    Fault(name="silence behind words", make=breaks(WORDS, by=[Stall()]), retried=1, kept=GONE_ON,
          endpoint={"timeout_s": 0.2}),
    Fault(name="piece that is no JSON", make=breaks(WORDS, by=[b"data: upstream gone\n\n"]),
          retried=1, kept=GONE_ON),
    Fault(name="prompt too long", make=status(400, "x", "prompt is too long: 9 tokens > 8 maximum"),
          kind=Kind.CONTEXT_WINDOW),
    Fault(name="prompt too long, status 200", kind=Kind.CONTEXT_WINDOW,
          make=failing("context_length_exceeded", "Your input exceeds the context window.")),
    Fault(name="prompt too long, answered with nothing", make=stops(StopReason.LENGTH),
          kind=Kind.CONTEXT_WINDOW),
    Fault(name="window full in the answer", make=stops(StopReason.CONTEXT, WORDS),
          kind=Kind.CONTEXT_WINDOW, kept=SAID, needs=StopReason.CONTEXT),
    Fault(name="request too large", make=status(413, "request_too_large", "Too many bytes."),
          kind=Kind.REQUEST_TOO_LARGE),
    Fault(name="model declines", make=lambda wire: wire.refusal("Not this."), kind=Kind.REFUSAL,
          kept="Not this."),
    Fault(name="policy", make=status(400, "bio_policy", "Biology."), kind=Kind.FILTER),
    Fault(name="filter in the answer", make=stops(StopReason.FILTER, WORDS), kind=Kind.FILTER,
          kept=SAID, needs=StopReason.FILTER),
    Fault(name="request refused", make=status(400, "invalid_request_error", "messages: nonsense"),
          kind=Kind.INVALID_REQUEST),
    Fault(name="call cut at the output limit", make=stops(StopReason.LENGTH, WRITE), kept="ok"),
    Fault(name="call lost with the connection", make=breaks(WRITE, by=[Cut()]), retried=1,
          kept="ok"),
    Fault(name="whole call, declined", make=stops(StopReason.REFUSAL, WRITE), kind=Kind.REFUSAL,
          needs=StopReason.REFUSAL),
    Fault(name="call that is no JSON", make=lambda wire: wire.reply(Use("write_file", '{"path": ')),
          kept="ok"),
    Fault(name="tool that is not there", make=lambda wire: wire.reply(Use("writefile", "{}")),
          kept="ok"),
    Fault(name="unknown reason to stop", make=stops(StopReason.UNKNOWN, WORDS), kept=SAID),
    Fault(name="no fault", make=lambda wire: wire.reply(WRITE), kept="ok", ran=True),
)  # fmt: skip


async def play(fault: Fault, wire: Wire, root: Path) -> Row | None:
    """Run one turn into the fault; None where the wire does not know it."""
    if fault.needs is not None and fault.needs not in wire.stops:
        return None
    script = [*(fault.make(wire) for _ in range(fault.times)), wire.reply(Say("ok"))]
    async with wire.server(script) as server, _address(fault, server.base_url) as address:
        fields = {**fault.endpoint, "base_url": address}
        endpoint = wire.endpoint(**fields)
        registry = ProviderRegistry([endpoint])
        engine = Engine(
            root / "work",
            [],
            providers=registry,
            retry=RetryPolicy(max_retries=1, first_delay_s=0.0, jitter=lambda: 0.0),
            compaction=CompactionRules(automatic=False),
        )
        try:
            engine.session.start(ApprovalMode.FULL_AUTO)
            engine.session.select_model(ModelRef("acme", wire.model))
            await engine.session.submit("go")
        finally:
            await engine.session.close()
            await registry.aclose()
    return _row(fault, wire, engine)


@asynccontextmanager
async def _address(fault: Fault, base_url: str) -> AsyncIterator[str]:
    """Where the endpoint is looked for; a place where nobody is any more if it says so."""
    if fault.endpoint.get("base_url") is None:
        yield base_url
        return
    async with LoopbackServer(lambda _: Stream([])) as gone:
        address = gone.base_url
    yield address


def _row(fault: Fault, wire: Wire, engine: Engine) -> Row:
    engine.take()
    (end,) = [each for each in engine.seen if isinstance(each, TurnFinished)]
    messages = engine.session.messages
    answers = [each for each in messages if isinstance(each, AssistantMessage) and each.text]
    results = [each for each in messages if isinstance(each, ToolResultMessage)]
    told = "; ".join(each.content for each in results if each.status is not ToolStatus.OK)
    return Row(
        fault=fault,
        wire=wire.name,
        kind=end.error_kind or ("" if end.outcome == "done" else end.outcome),
        retried=sum(isinstance(each, RetryScheduled) for each in engine.seen),
        message=end.message,
        hint=end.hint,
        kept=" | ".join(each.text for each in answers),
        stop=", ".join(each.stop.value for each in answers),
        ran=(engine.root / "n.txt").exists(),
        told=told,
    )


async def rows(fault: Fault) -> list[Row]:
    """Play a fault on all wires."""
    made: list[Row] = []
    for wire in WIRES:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "work").mkdir()
            row = await play(fault, wire, Path(folder))
        if row is not None:
            made.append(row)
    return made


async def main() -> None:
    print(f"{'wire':10} {'ends with':20} {'retried':7}  {'tool':5} kept")
    wrong = 0
    for fault in FAULTS:
        print(f"\n{fault.name}")
        for row in await rows(fault):
            print("\n".join(row.lines))
            if row.found != fault.expected:
                wrong += 1
                print(f"{'':10} UNEXPECTED, not {fault.expected}")
    print("\nkinds of errors")
    for kind, (headline, hint, action) in FAULT_WORDS.items():
        print(f"{kind.value:20} {action or '–':10} {headline}\n{'':31} {hint}")
    print(f"\n{len(FAULTS)} faults, {wrong} rows are not as they should be")


if __name__ == "__main__":
    asyncio.run(main())
