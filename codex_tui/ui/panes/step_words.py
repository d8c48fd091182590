"""The words of the model call at hand, answer and reasoning, as they stream into the transcript.

Until the step is finished it knows which blocks the step has, so that they can be taken back. When
words come to the screen is the pane's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.widgets.answer import AnswerStream, ThinkingStream

if TYPE_CHECKING:
    from codex_tui.ui.widgets.transcript import Transcript


class StepWords:
    """Streams by the number of their part, and the last answer that is complete."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._answers: dict[int, AnswerStream] = {}
        self._thinking: dict[int, ThinkingStream] = {}
        self._keys: list[int] = []
        self._texts: list[AnswerStream] = []
        self._last_texts: list[AnswerStream] = []

    @property
    def streaming(self) -> bool:
        """More may come."""
        return bool(self._answers or self._thinking)

    @property
    def said_something(self) -> bool:
        """There are words of an answer in this step."""
        return any(answer.text.strip() for answer in self._answers.values())

    @property
    def last_answer(self) -> str:
        """The markdown of the last step that said something, exactly as the model wrote it."""
        answers = self._texts or self._last_texts
        return "\n\n".join(answer.text.strip("\n") for answer in answers)

    def answer(self, part: int) -> AnswerStream:
        """Return part `part` of the answer; a new one stands behind all that came before it."""
        if part not in self._answers:
            self.show()
            self._answers[part] = AnswerStream(self._transcript)
            self._texts.append(self._answers[part])
        return self._answers[part]

    def thinking(self, part: int, *, expanded: bool) -> ThinkingStream:
        """Return part `part` of the reasoning; a new one is `expanded` or not."""
        if part not in self._thinking:
            self.show()
            self._thinking[part] = ThinkingStream(self._transcript, expanded=expanded)
            self.claim(self._thinking[part].key)
        return self._thinking[part]

    def end_thinking(self, part: int) -> None:
        """Forget a part of the reasoning that is complete."""
        del self._thinking[part]

    def claim(self, key: int) -> None:
        """Note that a block belongs to the step."""
        self._keys.append(key)

    def show(self) -> None:
        """Bring the words to the screen that came since the last time."""
        for answer in self._answers.values():
            answer.show()
        for thinking in self._thinking.values():
            thinking.show()

    def void(self) -> set[int]:
        """Take back all that the step showed; return the keys of the blocks."""
        keys = [*self._keys, *(key for answer in self._answers.values() for key in answer.keys)]
        self._transcript.drop(keys)
        self._texts = [each for each in self._texts if each not in self._answers.values()]
        self._forget()
        return set(keys)

    def break_off(self) -> None:
        """The words stay and are gone on with: what comes next belongs to the same answer."""
        self._close()
        self._forget()

    def finish(self) -> None:
        """The words are complete, and stay."""
        self._close()
        if self._texts:
            self._last_texts, self._texts = self._texts, []
        self._forget()

    def clear(self) -> None:
        """Forget everything, the last answer too; the transcript is emptied by whoever owns it."""
        self._texts, self._last_texts = [], []
        self._forget()

    def _close(self) -> None:
        for answer in self._answers.values():
            answer.close()
        for thinking in self._thinking.values():
            thinking.close(None)

    def _forget(self) -> None:
        self._answers.clear()
        self._thinking.clear()
        self._keys.clear()
