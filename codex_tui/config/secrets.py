"""Recognises what looks like a key, and takes keys out of text that is kept or shown.

Patterns are the published shapes of vendors' tokens; they are a second line of defence behind the
known key values, which are removed whatever they look like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

REDACTED = "[redacted]"

SHORTEST_UNMISTAKABLE = 10
"""A value this long is no word that happens to be a part of something else."""

_SECRET_NAME = re.compile(
    r"key|auth|token|secret|cookie|passw|credential|signature|^(?:sig|code)$", re.IGNORECASE
)

_SHORTEST_KNOWN = 6
"""Shorter "keys" (local servers accept any) are ordinary words; removing them would garble text."""

# The look-behinds also bound the work: a pattern is tried once a word, not at each of its letters.
_TOKENS = re.compile(
    r"""
    (?<![A-Za-z0-9_-])(?:
        sk-(?:ant|proj|or|svcacct)-[A-Za-z0-9_-]{8,}     # Anthropic, OpenAI, OpenRouter
      | sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}        # OpenAI and those who imitate it
      | gh[opsur]_[A-Za-z0-9]{20,}                       # GitHub
      | github_pat_[A-Za-z0-9_]{22,}
      | glpat-[A-Za-z0-9_-]{20,}                         # GitLab
      | (?:AKIA|ASIA)[A-Z0-9]{16}                        # AWS access key ids
      | xox[abeoprs]-[A-Za-z0-9-]{10,}                   # Slack
      | AIza[A-Za-z0-9_-]{30,}                           # Google
      | (?:gsk|hf|xai|pplx)[_-][A-Za-z0-9]{20,}          # Groq, Hugging Face, xAI, Perplexity
      | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*   # JSON Web Tokens
    )
    | -----BEGIN\ [A-Z0-9\ ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z0-9\ ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)

_NAMED = re.compile(
    r"""
    (?P<kept>
        \b(?:authorization|x-api-key|api-key|api_key)\b ["']? \s* [:=] \s* ["']?
        (?:(?:bearer|basic|token)\s+)?
      | \bbearer\s+ (?=[^\s"',;]{16})
    )
    (?P<secret>[^\s"',;)}\]]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_URL_PASSWORD = re.compile(
    r"(?P<kept>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^\s/:@]*:)(?P<secret>[^\s/@]+)(?=@)",
    re.IGNORECASE,
)

_CONTEXTUAL = (_NAMED, _URL_PASSWORD)


def names_secret(name: str) -> bool:
    """Say whether a header or a query parameter of this name is there to carry a secret."""
    return _SECRET_NAME.search(name) is not None


def holds_token(text: str) -> bool:
    """Say whether `text` contains something that has the very shape of a vendor's key."""
    return _TOKENS.search(text) is not None


def looks_secret(text: str) -> bool:
    """Say whether `text` contains something shaped like a key, a token or a password in a URL."""
    return bool(_TOKENS.search(text)) or any(pattern.search(text) for pattern in _CONTEXTUAL)


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` with the `known` values and everything shaped like a key taken out."""
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= _SHORTEST_KNOWN:
            text = text.replace(value, REDACTED)
    text = _TOKENS.sub(REDACTED, text)
    for pattern in _CONTEXTUAL:
        text = pattern.sub(rf"\g<kept>{REDACTED}", text)
    return text
