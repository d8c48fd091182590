from __future__ import annotations

import pytest

from codex_tui.config.secrets import REDACTED, looks_secret, redact

SECRETS = [
    "sk-ant-api03-AAAA_bbbb-cccc",
    "sk-proj-abcdefgh12345678",
    "sk-abcdefghij0123456789",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "github_pat_11ABCDEFG0123456789abcdef",
    "glpat-abcdefghij0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "xoxb-123456789012-abcdefghij",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "gsk_abcdefghijklmnopqrstuvwxyz",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_DEF-123",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_key_shapes_are_known_and_taken_out_whole(secret: str):
    assert looks_secret(f"before {secret}")
    assert redact(f"before {secret}") == f"before {REDACTED}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {REDACTED}"),
        ("{'x-api-key': 'abcdef'}", f"{{'x-api-key': '{REDACTED}'}}"),
        ("api_key=abc, next", f"api_key={REDACTED}, next"),
        ("a Bearer 0123456789abcdef01", f"a Bearer {REDACTED}"),
        ("see https://me:pw@host/x", f"see https://me:{REDACTED}@host/x"),
    ],
)
def test_only_the_secret_half_is_taken_out(text: str, clean: str):
    assert looks_secret(text)
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rename foo to bar in task-something-very-long-and-hyphenated-1",
        "import sk-learn-something-entirely-else",
        "the bearer of bad news",
        "http://host:8080/path and user@host",
        "see https://example.com/a:b@c",
        "a sk- b",
    ],
)
def test_ordinary_words_stay(text: str):
    assert not looks_secret(text)
    assert redact(text) == text


def test_known_values_are_taken_out_longest_first():
    assert redact("open-sesame-twice open-sesame", {"open-sesame", "open-sesame-twice"}) == (
        f"{REDACTED} {REDACTED}"
    )


def test_known_values_that_are_ordinary_words_stay():
    assert redact("none of it", {"none", "x", ""}) == "none of it"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 500_000,
        "sk-" * 200_000,
        "-eyJ" * 100_000,
        "eyJ" * 200_000,
        "a://" * 100_000,
        "-----BEGIN PRIVATE KEY-----" * 20_000,
        "bearer " * 70_000,
    ],
)
def test_long_texts_that_nearly_match_are_judged_to_their_end(text: str):
    """A pattern that backtracks would not come to the end before the suite's limit of a test."""
    marked = f"{text} sk-ant-api03-{'a1B2' * 10}"
    assert looks_secret(marked)
    assert "a1B2a1B2" not in redact(marked)
