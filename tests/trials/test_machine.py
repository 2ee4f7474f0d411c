"""Random lives of two members agree with the plain model, under each policy for spent points."""

import pytest

from stoa.work import Desk
from trials.machine import POLICIES, live, wander
from world import FixedClock


@pytest.mark.parametrize("policy", POLICIES)
def test_every_life_ends_as_the_model_says(desk: Desk, clock: FixedClock, policy: str) -> None:
    live(desk, clock, policy=policy, examples=40, steps=50)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_wanderer_sees_nothing_wrong(desk: Desk, clock: FixedClock, policy: str) -> None:
    wander(desk, clock, policy=policy, lives=12, steps=60)
