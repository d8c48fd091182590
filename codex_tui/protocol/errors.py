"""Every error that is meant for a person, with its fate.

    CodexError(message, hint=None)
    ├── ConfigError      ends the program (exit code 2); inside it, the old value stays
    ├── ProviderError    ends the turn; its `kind` says what happened, its hint what to do next
    ├── ToolError        told to the model as the result of its tool call
    ├── EditError        told to the model: the edit does not fit, nothing was written
    ├── SessionError     warned about; the conversation goes on in memory
    └── CompactionError  ends a compaction; the conversation is as it was

A rejection by the user is a decision, not an error. Anything that is not a `CodexError` is a bug.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class CodexError(Exception):
    """A failure described in the user's words: what failed, with which thing, and (hint) what to do
    next.
    """

    exit_code: ClassVar[int] = EXIT_FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n{self.hint}"

    @property
    def sentences(self) -> str:
        """Message and hint one behind the other: not every message has a full stop of its own."""
        if not self.hint or self.message.endswith((".", "!", "?", "…", ":")):
            return " ".join(filter(None, (self.message, self.hint)))
        return f"{self.message}. {self.hint}"


class ConfigError(CodexError):
    """A setting, flag, file or environment value that cannot be used."""

    exit_code = EXIT_USAGE


class ProviderErrorKind(StrEnum):
    """What went wrong with a provider, whatever vendor it is."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    BILLING = "billing"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    STREAM_INTERRUPTED = "stream_interrupted"
    CONTEXT_WINDOW = "context_window"
    REQUEST_TOO_LARGE = "request_too_large"
    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"
    REFUSAL = "refusal"
    FILTER = "filter"
    UNEXPECTED_REPLY = "unexpected_reply"
    UNAVAILABLE = "unavailable"


class ProviderError(CodexError):
    """A model call that failed, already translated from the vendor's own exceptions.

    `retryable` says that the same request may succeed later; `retry_after_s` is the delay the
    server asked for, in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ProviderErrorKind,
        provider: str,
        hint: str | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.provider = provider
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.status = status
        self.request_id = request_id


class ToolError(CodexError):
    """A tool call that could not be carried out; the model reads the message."""


class EditError(CodexError):
    """An edit that does not fit the file; nothing was written and the model reads why."""


class SessionError(CodexError):
    """A session file that cannot be read or written."""


class CompactionError(CodexError):
    """A conversation that cannot be compacted, or a compaction that would be of no use."""
