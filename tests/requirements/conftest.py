"""Each test of the owners' rows stands in the harbour: an alliance on the shipped programme."""

import pytest

from harbour import Harbour, a_harbour
from world import Coalition, FixedClock


@pytest.fixture
def harbour(coalition: Coalition, clock: FixedClock) -> Harbour:
    """Return the harbour, at noon of 1 May 2026."""
    return a_harbour(coalition, clock)
