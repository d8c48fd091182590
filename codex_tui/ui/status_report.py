"""What `/status` says: the facts about session, model, gate and costs, in words.

Figures are those of the status bar's tally, so that the two never disagree. Unknown is "–".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.figures import UNKNOWN, format_duration, format_tokens, plural
from codex_tui.protocol.messages import Usage
from codex_tui.ui.status import NO_MODEL, NO_SANDBOX, share_of

if TYPE_CHECKING:
    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.events import StepFinished
    from codex_tui.ui.status import StatusTally
    from codex_tui.ui.widgets.facts import Fact


def status_report(session: AgentSession, tally: StatusTally, place: str) -> tuple[Fact, ...]:
    """Return the facts; `place` is the workspace as people write it, with its branch."""
    title = f" · {session.title}" if session.title else ""
    return (
        ("workspace", place),
        ("session", f"{session.place.session}{title}"),
        ("model", _model(session)),
        ("mode", f"{session.mode.value} · {NO_SANDBOX}"),
        ("context", _context(tally)),
        ("tokens", _tokens(tally)),
        ("cost", _cost(tally)),
        ("last step", _last_step(tally.last_step)),
    )


def _model(session: AgentSession) -> str:
    if session.model is None:
        return NO_MODEL
    effort = f" · effort {session.effort}" if session.effort else ""
    return f"{session.model.ref}{effort}"


def _context(tally: StatusTally) -> str:
    window = tally.model.context_window if tally.model else None
    size = f" of {window:,}" if window is not None else ""
    if tally.context is None:
        return UNKNOWN if tally.steps else f"0{size} tokens"
    used, about = tally.context
    share = f" ({share_of(used, window)})" if window else ""
    count = f"~{format_tokens(used)}" if about else f"{used:,}"
    return f"{count}{size} tokens{share}"


def _tokens(tally: StatusTally) -> str:
    total = tally.total
    if not tally.steps:
        return "none yet"
    cached = ""
    if total.input_tokens and total.cache_read_tokens:
        share = 100 * total.cache_read_tokens // total.input_tokens
        cached = f" ({total.cache_read_tokens:,} of them cached, {share} %)"
    calls = f"{plural(tally.steps, 'model call')}"
    if total == Usage():  # no server said anything of it
        return f"{UNKNOWN} · {calls}"
    return f"{total.input_tokens:,} in{cached} · {total.output_tokens:,} out · {calls}"


def _cost(tally: StatusTally) -> str:
    if not tally.steps:
        return "none yet"
    cap = f" · budget {tally.budget.text()}" if tally.budget else ""
    spent = tally.cost.text(4)
    return f"{f'$ {spent}' if spent == UNKNOWN else spent}{cap} · /cost has more"


def _last_step(step: StepFinished | None) -> str:
    """Return the times of the last model call: till the first token, in all, and the speed since
    the first one.
    """
    if step is None:
        return "none yet"
    first_ms = step.first_token_ms
    if first_ms is None:
        return f"{format_duration(step.duration_ms)}, nothing said"
    said = [f"first token after {format_duration(first_ms)}"]
    if step.tokens_per_s:
        said.append(f"{step.tokens_per_s:.0f} tokens/s")
    return " · ".join([*said, f"{format_duration(step.duration_ms)} in all"])
