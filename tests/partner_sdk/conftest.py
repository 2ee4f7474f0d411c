"""Fixtures of the SDK's tests: an alliance that answers at once, and retries that do not wait."""

from collections.abc import Iterator

import pytest
import stamina

from partner_sdk.fake_stoa import FakeStoa
from stoa_sdk import Client


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def stoa() -> FakeStoa:
    return FakeStoa()


@pytest.fixture
def client(stoa: FakeStoa) -> Iterator[Client]:
    with stoa.client() as client:
        yield client
