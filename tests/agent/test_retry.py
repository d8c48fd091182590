"""When a failed call is made again, and after how long."""

import pytest

from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind


def fault(*, retryable: bool = True, after: float | None = None) -> ProviderError:
    return ProviderError(
        "x",
        kind=ProviderErrorKind.OVERLOADED,
        provider="p",
        retryable=retryable,
        retry_after_s=after,
    )


def test_the_first_delay_can_be_chosen():
    policy = RetryPolicy(first_delay_s=0.1, jitter=lambda: 1.0)
    assert [policy.delay_s(fault(), n) for n in (1, 2, 3)] == [0.1, 0.2, 0.4]


def test_delays_double_up_to_a_cap_with_jitter_below_the_full_delay():
    full = RetryPolicy(max_retries=9, jitter=lambda: 1.0)
    least = RetryPolicy(max_retries=9, jitter=lambda: 0.0)
    assert [full.delay_s(fault(), n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 16, 16]
    assert [least.delay_s(fault(), n) for n in range(1, 4)] == [0.75, 1.5, 3.0]


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        (0.0, 0.0, 0.0),
        (5.0, 5.0, 5.5),
        (11.05, 11.05, 12.05),
        (60.0, 60.0, 61.0),
        (61.0, None, None),
    ],
)
def test_the_servers_delay_is_honoured_up_to_a_minute_and_never_undercut(after, least, most):
    assert RetryPolicy(jitter=lambda: 0.0).delay_s(fault(after=after), 1) == least
    assert RetryPolicy(jitter=lambda: 1.0).delay_s(fault(after=after), 1) == most


def test_a_server_that_says_at_once_is_not_asked_in_a_tight_loop():
    policy = RetryPolicy(jitter=lambda: 1.0)
    assert [policy.delay_s(fault(after=0.0), n) for n in range(1, 7)] == [0, 2, 4, 8, 16, None]


def test_it_gives_up_after_the_last_retry_and_never_begins_for_lasting_faults():
    policy = RetryPolicy(max_retries=2)
    assert policy.delay_s(fault(), 2) is not None
    assert policy.delay_s(fault(), 3) is None
    assert policy.delay_s(fault(retryable=False), 1) is None
    assert RetryPolicy(max_retries=0).delay_s(fault(), 1) is None
