"""A short soak of cuts: each way once, on each side; and the saboteur who changes keys."""

from collections.abc import Iterator
from random import Random

import pytest

from trials.checker import check
from trials.cuts import CUTS, Crossing, a_crossing, cut_trial
from trials.history import Recorder, read
from trials.load import a_hold, a_purchase
from trials.proxy import Cut
from trials.till import Till, Tokens


@pytest.fixture(scope="module")
def crossing() -> Iterator[Crossing]:
    """Return a town between two proxies."""
    with a_crossing() as crossing:
        yield crossing


def test_every_unknown_deed_comes_to_a_yes_or_a_no(crossing: Crossing, seed: str) -> None:
    tokens = Tokens(crossing.town.port)
    results = [cut_trial(crossing, name, seed, tokens=tokens) for name in CUTS]
    assert [result.told() for result in results if result.failed] == []
    assert any(result.counts["ambiguous"] for result in results)


def test_a_client_that_repeats_under_another_key_is_caught(crossing: Crossing, seed: str) -> None:
    town = crossing.town
    recorder = Recorder(town.folder / "sabotage.jsonl")
    till = Till(
        crossing.door, town.shops[0], Tokens(town.port), recorder, Random(seed), new_keys=True
    )
    people = town.enrol(1)
    till.do("earn", "/purchases", a_purchase(people[0], "R-1", 100), mark="R-1")
    crossing.proxies["client"].arm(Cut("answer_lost", 0))
    till.do("hold", "/redemptions", a_hold(till.shop, people[0], "H-1", 10), mark="H-1")
    till.hang_up()
    recorder.close()
    verdict = check(town, read(recorder.path), people)
    assert [(flaw.kind, flaw.what) for flaw in verdict.flaws] == [
        ("doubled", "hold H-1: 2 effects, 1 done")
    ], seed
