"""The conversation as it happens: what was said, thought, called and changed.

The pane is told by method calls, cheap and in order, and asks nobody back. Words that stream in are
kept and drawn a frame at a time; everything else shows at once, behind the words that came before
it. What a step showed is taken back when its call fails (`leave_step`), but for words.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Literal

from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static
from typing_extensions import override

from codex_tui.protocol.display import display_safe
from codex_tui.ui.panes.compactions import Compactions
from codex_tui.ui.panes.frame_pace import FramePace
from codex_tui.ui.panes.step_figures import StepFiguresLines
from codex_tui.ui.panes.step_words import StepWords
from codex_tui.ui.panes.tool_calls import ToolCalls
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.activity import ActivityLine
from codex_tui.ui.widgets.blocks import NoticeBlock, OutcomeBlock, user_blocks
from codex_tui.ui.widgets.facts import FactsBlock
from codex_tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from codex_tui.protocol.changes import AppliedChange
    from codex_tui.protocol.compaction import Compaction
    from codex_tui.protocol.events import TurnOutcome
    from codex_tui.protocol.messages import ToolStatus
    from codex_tui.protocol.spending import StepFigures
    from codex_tui.ui.widgets.facts import Fact
    from codex_tui.ui.widgets.rows import Block


class ChatPane(Vertical):
    """Transcript and activity line; a welcome stands above them until something is said."""

    DEFAULT_CSS = """
    ChatPane {
        background: $background;
        & > #welcome {
            height: auto; padding: 1; color: $muted; background: $background;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #welcome.-remarked { max-height: 50%; }
        & > Transcript { height: 1fr; padding: 0 0 0 1; }
        & > ActivityLine { padding: 0 0 0 1; }
    }
    """

    busy: reactive[bool] = reactive(False)
    """A turn runs."""
    awaits_retry: reactive[bool] = reactive(False)
    """A failed call waits for its next attempt."""
    retry_keys: reactive[str] = reactive("")
    """What keys do about that wait, in words."""
    asking: reactive[bool] = reactive(False)
    """The turn waits for the user's decision."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = monotonic,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """`clock` gives seconds."""
        super().__init__(id=id)
        self._transcript = Transcript()
        self._activity = ActivityLine(clock=clock)
        self._welcome = Static(id="welcome", markup=False)
        self._welcome.display = False
        self._details = False
        self._words = StepWords(self._transcript)
        self._tools = ToolCalls(self._transcript, partial(self._add, of_step=True))
        self._compactions = Compactions(self._transcript, self._add)
        self._figures = StepFiguresLines(self._transcript)
        self._wait_line: int | None = None
        self._pace = FramePace(self._draw, self._move_on, clock)

    @override
    def compose(self) -> ComposeResult:
        yield self._welcome
        yield self._transcript
        yield self._activity

    def on_mount(self) -> None:
        """Draw words as they arrive."""
        self._pace.begin(self)

    # The conversation

    def show_welcome(self, lines: Sequence[Content | str]) -> None:
        """Show lines above an empty transcript; the first words end it, remarks do not."""
        shown = [
            line if isinstance(line, Content) else Content(display_safe(line)) for line in lines
        ]
        self._welcome.update(Content("\n").join(shown))
        self._show_welcome(len(self._transcript) == 0)

    def add_user(self, text: str, *, steering: bool = False, images: tuple[str, ...] = ()) -> None:
        """Show the user's words and the names of their pictures, and follow the end; `steering` for
        those into a running turn.
        """
        for block in user_blocks(text, steering=steering, images=images):
            self._add(block)
        self.follow_end()

    def begin_step(self) -> None:
        """A model call starts, and what was shown of one that failed is left."""
        self.leave_step()
        self._activity.listen()
        self.busy = True

    def await_retry(self, delay_s: float, reason: str, text: str, *, another: bool) -> None:
        """The model call failed for a `reason` and is made again: say so, and count the seconds.
        `another` attempt follows others.
        """
        if not another:
            self.end_wait()
        self.tell_of_wait(text)
        self._activity.count_down(delay_s, reason)
        self.awaits_retry = True

    def tell_of_wait(self, text: str) -> None:
        """The model call failed: leave what it showed, and say what is done about it. That is one
        line for all attempts, until something was said in between.
        """
        if self._words.said_something:
            self.end_wait()
        self.leave_step()
        line = NoticeBlock(text=text, level="warning")
        if self._wait_line is None:
            self._wait_line = self._add(line, ends_welcome=False)
        else:
            self._transcript.replace(self._wait_line, line)

    def end_wait(self) -> None:
        """What is said of the next failure is a line of its own."""
        self._wait_line = None

    def show_waiting(self, text: str) -> None:
        """Say what is done before the model can be asked; nothing when that is over."""
        self._activity.waiting_for = text

    def append_text(self, part: int, text: str) -> None:
        """Add words to part `part` of the answer."""
        self._words.answer(part).append(text)
        self._activity.quiet = True
        self._words_came()

    def append_thinking(self, part: int, text: str) -> None:
        """Add reasoning to part `part`."""
        self._words.thinking(part, expanded=self._details).append(text)
        self._words_came()

    def finish_thinking(self, part: int, duration_ms: int | None, *, note: bool = False) -> None:
        """Part `part` of the reasoning is complete; a `note` of it stays to be seen."""
        self._show_welcome(False)
        self._words.thinking(part, expanded=self._details).close(duration_ms, note=note)
        self._words.end_thinking(part)

    def count_thinking(self, tokens: int) -> None:
        """The model thought so many tokens that nobody sees."""
        self._activity.thought_tokens = tokens

    def start_tool(self, call_id: str, name: str) -> None:
        """The model begins to write a call."""
        self._tools.start(call_id, name)
        self._activity.listen()
        self._activity.quiet = False

    def ready_tool(self, call_id: str, name: str, title: str) -> None:
        """The call is complete; `title` is one line about it."""
        self._tools.ready(call_id, name, title)
        self._activity.stop_listening()
        self._activity.quiet = False

    def append_output(self, call_id: str, text: str) -> None:
        """The running command says more; its last lines show until it has its result."""
        self._tools.append_output(call_id, text)
        self._activity.quiet = False

    def finish_tool(
        self, call_id: str, *, status: ToolStatus, summary: str, output: str, duration_ms: int
    ) -> None:
        """The call has its result; of a long `output` the middle is left out."""
        self._tools.finish(
            call_id, status=status, summary=summary, output=output, duration_ms=duration_ms
        )
        self._activity.quiet = False

    def show_changes(self, call_id: str, changes: tuple[AppliedChange, ...]) -> None:
        """The call wrote files."""
        self._tools.show_changes(call_id, changes)
        self._activity.quiet = False

    def start_compacting(self) -> None:
        """The model writes a summary."""
        self.leave_step()
        self.show_waiting(f"compacting the conversation {UNICODE.ellipsis}")

    def show_compaction(self, compaction: Compaction, note: str = "") -> None:
        """A summary stands for what is above it; `note` says what became of it since."""
        self._compactions.show(compaction, note)
        self.show_waiting("")

    def leave_step(self) -> None:
        """The model call failed: its words stay, which were read, and are gone on with. Without any
        all that it showed is taken back.
        """
        if self._words.said_something:
            self._words.break_off()
        else:
            gone = self._words.void()
            self._tools.drop(gone)
            self._figures.leave(gone)
        self._end_step()

    def finish_step(self) -> None:
        """The model call ended; its words are complete."""
        self._words.finish()
        self.end_wait()
        self._end_step()

    def add_figures(self, step: StepFigures) -> None:
        """Keep a line about the model call that ended; it is shown with the details."""
        self._words.show()
        self._figures.add(step)

    def finish_turn(self, outcome: TurnOutcome, message: str, hint: str) -> None:
        """The turn ended; all outcomes but `done` are explained below what it showed. That the user
        stopped it is no fault.
        """
        self.finish_step()
        self._tools.end()
        if outcome == "interrupted":
            self.add_notice("info", " ".join(filter(None, (message or outcome, hint))))
        elif outcome != "done":
            self._add(OutcomeBlock(text=message or outcome, hint=hint))
        self.busy = False

    def add_notice(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Show a remark of the program."""
        self._add(NoticeBlock(text=text, level=level), ends_welcome=False)

    def add_facts(self, facts: Sequence[Fact]) -> None:
        """Show facts of the program as label and words, a line each."""
        self._add(FactsBlock(facts=tuple(facts)))
        self.follow_end()

    def clear(self) -> None:
        """Empty the transcript; the welcome does not come back by itself."""
        self._words.clear()
        self._tools.clear()
        self._compactions.clear()
        self._figures.clear()
        self.end_wait()
        self._end_step()
        self._transcript.clear()
        self._welcome.remove_class("-remarked")

    @property
    def welcoming(self) -> bool:
        """The welcome is shown: nothing was said yet."""
        return bool(self._welcome.display)

    @property
    def last_answer(self) -> str:
        """The markdown of the last step that said something, exactly as the model wrote it."""
        return self._words.last_answer

    # Looking around

    def toggle_details(self) -> None:
        """Unfold all reasoning and tool output, or fold it; later ones follow suit."""
        self._details = not self._details
        self._figures.show(shown=self._details)
        foldable = [key for key in self._transcript.keys if self._transcript.block(key).compact]
        self._transcript.unfold(foldable, unfolded=self._details)

    def follow_end(self) -> None:
        """Go to the end and stay there while the conversation grows."""
        self._transcript.follow_end()

    def page(self, pages: int) -> None:
        """Move by whole views, negative ones up."""
        self._transcript.page(pages)

    def on_transcript_lagged_behind(self, message: Transcript.LaggedBehind) -> None:
        """Say that there is more below, as long as there is."""
        message.stop()
        self._activity.behind = message.behind

    def on_activity_line_end_requested(self, message: ActivityLine.EndRequested) -> None:
        """Follow the end again."""
        message.stop()
        self.follow_end()

    def watch_busy(self, busy: bool) -> None:
        """Animate while a turn runs."""
        self._activity.busy = busy

    def watch_retry_keys(self, keys: str) -> None:
        """Name them beside the seconds."""
        self._activity.retry_keys = keys

    def watch_asking(self, asking: bool) -> None:
        """Stand still while the user decides."""
        self._activity.asking = asking

    # Inside

    def _add(self, block: Block, *, of_step: bool = False, ends_welcome: bool = True) -> int:
        self._words.show()
        key = self._transcript.append(block, expanded=self._details and block.compact)
        if of_step:
            self._words.claim(key)
        if ends_welcome:
            self._show_welcome(False)
        self._welcome.add_class("-remarked")  # in a low window a remark is not to be pushed out
        return key

    def _end_step(self) -> None:
        self._activity.quiet = False
        self._activity.waiting_for = ""
        self._activity.stop_counting()
        self._activity.stop_listening()
        self.awaits_retry = False

    def _show_welcome(self, shown: bool) -> None:
        self._welcome.display = shown

    def _words_came(self) -> None:
        self._show_welcome(False)
        self._activity.listen()
        self._pace.words_came()

    def _draw(self) -> bool:
        self._words.show()
        self._transcript.place()
        return self._words.streaming

    def _move_on(self) -> None:
        """No words come: the activity line moves again."""
        self._activity.quiet = False
