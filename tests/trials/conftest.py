"""The seed of a run: fresh each time, told when a trial fails; STOA_TRIALS_SEED repeats it."""

import os
import secrets

import pytest


@pytest.fixture
def seed() -> str:
    """Return the seed of this test's trials."""
    return os.environ.get("STOA_TRIALS_SEED") or secrets.token_hex(4)
