"""A short soak of kills: what was acknowledged outlives the process that acknowledged it."""

from trials.kills import KILLS, kill_trial
from trials.report import Result
from trials.till import Tokens
from trials.town import a_town


def test_what_was_acknowledged_outlives_every_kill(seed: str) -> None:
    results: list[Result] = []
    with a_town() as town:
        tokens = Tokens(town.port)
        for name in KILLS:
            # A machine that runs all tests at once is slow to start a server: the soak has the bar.
            trial = kill_trial(town, name, seed, span_s=0.3, tokens=tokens, recovery_s=30.0)
            results.append(trial)
    assert [result.told() for result in results if result.failed] == []
    assert all(result.counts["acknowledged"] for result in results)
    assert any(result.counts["ambiguous"] for result in results)
