"""Random histories clear to the minor unit, in both modes, and leave the same points."""

import pytest

from stoa.values.clearing.clauses import Mode
from trials.clearing import begin
from world import Coalition, FixedClock


@pytest.mark.parametrize("mode", list(Mode))
def test_every_month_of_a_history_clears(
    coalition: Coalition, database: str, clock: FixedClock, mode: Mode
) -> None:
    lived = begin(coalition, database, clock, mode, f"suite/{mode}")
    for _ in range(8):
        lived.live(deeds=16)
