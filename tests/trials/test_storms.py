"""A short soak of storms: each of them once."""

from trials.storms import STORMS, storm_trial
from trials.till import Tokens
from trials.town import a_town


def test_every_storm_passes_over_the_ledger(seed: str) -> None:
    with a_town() as town:
        tokens = Tokens(town.port)
        results = [storm_trial(town, name, seed, tokens=tokens) for name in STORMS]
    assert [result.told() for result in results if result.failed] == []
    assert all(result.p99_ms is not None for result in results)
