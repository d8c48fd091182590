"""A part of the model's answer while it grows: text in, transcript blocks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.widgets.blocks import MarkdownBlock
from codex_tui.ui.widgets.markdown_stream import MarkdownSplitter
from codex_tui.ui.widgets.thinking import LaidThoughts, ThinkingBlock

if TYPE_CHECKING:
    from codex_tui.ui.widgets.markdown_stream import Piece
    from codex_tui.ui.widgets.transcript import Transcript


class AnswerStream:
    """Words of one part. Finished pieces are never touched again; the tail is one block that is
    replaced as it grows.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.keys: list[int] = []
        self._transcript = transcript
        self._splitter = MarkdownSplitter()
        self._received: list[str] = []
        self._waiting: list[str] = []
        self._tail: int | None = None

    @property
    def text(self) -> str:
        """All words so far, as they came."""
        return "".join(self._received)

    def append(self, text: str) -> None:
        """Take more words; `show` brings them to the screen."""
        self._received.append(text)
        self._waiting.append(text)

    def show(self) -> None:
        """Bring what came since the last time to the transcript."""
        if not self._waiting:
            return
        text = "".join(self._waiting)
        self._waiting.clear()
        self._settle(self._splitter.feed(text))
        tail = self._splitter.tail
        if tail is not None:
            self._tail = self._put(tail)
        elif self._tail is not None:
            self._drop_tail()

    def close(self) -> None:
        """The part is complete."""
        self.show()
        self._settle(self._splitter.close())
        if self._tail is not None:
            self._drop_tail()

    def _settle(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            self._put(piece)
            self._tail = None

    def _put(self, piece: Piece) -> int:
        """Show a piece in the tail's place, or below everything this part has shown."""
        block = MarkdownBlock(piece=piece)
        if self._tail is not None:
            self._transcript.replace(self._tail, block)
            return self._tail
        if self.keys:
            key = self._transcript.insert_after(self.keys[-1], block)
        else:
            key = self._transcript.append(block)
        self.keys.append(key)
        return key

    def _drop_tail(self) -> None:
        if self._tail is not None:
            self._transcript.drop([self._tail])
            self.keys.remove(self._tail)
            self._tail = None


class ThinkingStream:
    """Reasoning of one part: one block that grows."""

    def __init__(self, transcript: Transcript, *, expanded: bool) -> None:
        self._transcript = transcript
        self._text = ""
        self._waiting: list[str] = []
        self._laid = LaidThoughts()
        self.key = transcript.append(ThinkingBlock(text="", streaming=True), expanded=expanded)

    def append(self, text: str) -> None:
        """Take more reasoning; `show` brings it to the screen."""
        self._waiting.append(text)

    def show(self) -> None:
        """Bring what came since the last time to the transcript."""
        if self._waiting:
            self._replace(streaming=True)

    def close(self, duration_ms: int | None, *, note: bool = False) -> None:
        """The reasoning is complete after `duration_ms`, None when nobody measured it."""
        self._replace(streaming=False, duration_ms=duration_ms, note=note)

    def _replace(
        self, *, streaming: bool, duration_ms: int | None = None, note: bool = False
    ) -> None:
        self._text += "".join(self._waiting)
        self._waiting.clear()
        block = ThinkingBlock(
            text=self._text,
            streaming=streaming,
            duration_ms=duration_ms,
            note=note,
            laid=self._laid,
        )
        self._transcript.replace(self.key, block)
