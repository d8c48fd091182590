"""The credentials with which requests to a cloud are signed where there is no key."""

from __future__ import annotations

import pytest

from tests.providers.contract.clouds import ACCESS_KEY
from tests.providers.contract.wire import KEY


@pytest.fixture(autouse=True)
def aws_credentials(isolated_environment: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
