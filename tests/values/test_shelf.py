"""A shelf of rewards filled in as a table."""

import pytest

from stoa.values.facts import Reward
from stoa.values.settings import InvalidSettingsError, read_settings
from stoa.values.shelf import SHELF, read_shelf

COFFEE = {"code": "coffee", "title": "A coffee", "points": 300, "worth_minor": 2500}


def test_rows_become_rewards_in_their_order() -> None:
    rows = read_settings([SHELF], {"rewards": [COFFEE, COFFEE | {"code": "cake"}]})["rewards"]
    assert read_shelf(rows) == [
        Reward("coffee", "A coffee", 300, 2500, 1),
        Reward("cake", "A coffee", 300, 2500, 1),
    ]


def test_the_first_of_two_rows_with_one_code_holds() -> None:
    rows = read_settings([SHELF], {"rewards": [COFFEE, COFFEE | {"points": 1}]})["rewards"]
    assert [reward.points for reward in read_shelf(rows)] == [300]


def test_the_shelf_is_empty_until_it_is_filled() -> None:
    assert read_shelf(read_settings([SHELF], {})["rewards"]) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("code", ""), ("code", "  "), ("code", "x" * 65), ("title", ""), ("points", 0)],
)
def test_a_row_that_is_no_reward_is_refused(column: str, value: object) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        read_settings([SHELF], {"rewards": [COFFEE | {column: value}]})
    assert list(refused.value.errors) == [f"rewards.0.{column}"]
