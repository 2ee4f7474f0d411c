"""The seed of a run: a fresh one each time, told when a trial fails; STOA_TRIALS_SEED repeats it."""

import os
import secrets

import pytest


@pytest.fixture
def seed(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the seed of this test's trials, which read no settings of whoever runs them."""
    seed = os.environ.get("STOA_TRIALS_SEED") or secrets.token_hex(4)
    for name in [name for name in os.environ if name.startswith("STOA_")]:
        monkeypatch.delenv(name)
    return seed
