"""What each kind of provider error is called, what to do about it, and the key or command for that:
the one table of them, for the errors themselves and for the documentation.

The words are filled in with the provider at hand by `faults`; which kind a failure is decides
`fault_kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from codex_tui.protocol.errors import ProviderErrorKind as Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


class FaultWords(NamedTuple):
    """`headline` and `hint` are templates over `{who}` (the provider's title), `{name}` (its name
    in the configuration), `{address}` and `{key_hint}`. `action` is what the user presses or types,
    word for word in the hint; empty where nothing in the program helps.
    """

    headline: str
    hint: str
    action: str


FAULT_WORDS: Final[Mapping[Kind, FaultWords]] = {
    Kind.AUTHENTICATION: FaultWords(
        "{who} refuses the key",
        "Check the key, or enter another one in the list of models (Ctrl+L). {key_hint}",
        "Ctrl+L",
    ),
    Kind.PERMISSION: FaultWords(
        "{who} does not allow this with your key",
        "Ask for access in the provider's console, or choose another model (Ctrl+L).",
        "Ctrl+L",
    ),
    Kind.BILLING: FaultWords(
        "{who} has stopped serving this account: credit or spend limit",
        "Add credit or raise the limit in the provider's console, or choose another provider's"
        " model (Ctrl+L).",
        "Ctrl+L",
    ),
    Kind.RATE_LIMIT: FaultWords(
        "{who} asks to slow down",
        "Ask again later with /retry, or choose another model (Ctrl+L).",
        "/retry",
    ),
    Kind.OVERLOADED: FaultWords(
        "{who} cannot answer right now",
        "Ask again in a moment with /retry, or choose another model (Ctrl+L).",
        "/retry",
    ),
    Kind.CONNECTION: FaultWords(
        "No connection to {who}",
        "Check the network and base_url under [providers.{name}]: it is {address}. Then /retry.",
        "/retry",
    ),
    Kind.TIMEOUT: FaultWords(
        "{who} took too long",
        "Ask again with /retry; for a slow server raise timeout_s under [providers.{name}].",
        "/retry",
    ),
    Kind.STREAM_INTERRUPTED: FaultWords(
        "The connection to {who} broke off in the middle of the answer",
        "Ask again with /retry.",
        "/retry",
    ),
    Kind.CONTEXT_WINDOW: FaultWords(
        "The conversation is too long for this model",
        "Shorten it with /compact, or choose a model with a larger context window (Ctrl+L).",
        "/compact",
    ),
    Kind.REQUEST_TOO_LARGE: FaultWords(
        "The request is larger than {who} takes",
        "Send fewer or smaller pictures, or shorten the conversation with /compact.",
        "/compact",
    ),
    Kind.INVALID_REQUEST: FaultWords(
        "{who} rejected the request",
        "Choose another model (Ctrl+L), or ask differently.",
        "Ctrl+L",
    ),
    Kind.NOT_FOUND: FaultWords(
        "{who} does not have what was asked for",
        "Choose a model it has (Ctrl+L, or `codex-tui models`); base_url is {address}.",
        "Ctrl+L",
    ),
    Kind.REFUSAL: FaultWords(
        "The model declined to answer",
        "Say it differently, or choose another model (Ctrl+L).",
        "Ctrl+L",
    ),
    Kind.FILTER: FaultWords(
        "{who} stopped this under its usage policy",
        "Say it differently, or choose another model (Ctrl+L).",
        "Ctrl+L",
    ),
    Kind.UNEXPECTED_REPLY: FaultWords(
        "{who} answered in a way that is not understood",
        "Check base_url under [providers.{name}]: it is {address}.",
        "",
    ),
    Kind.UNAVAILABLE: FaultWords(
        "{who} cannot be used as things are", "Choose another model (Ctrl+L).", "Ctrl+L"
    ),
}
"""Every kind of provider error."""
