"""Tallies of what-if: they add up in any order, and say sizes and money exactly."""

from itertools import permutations
from typing import Any

import pytest

from stoa.values import whatif


def a_tally(number: int) -> dict[str, Any]:
    tally = whatif.empty()
    whatif.add(tally, "counts", "purchases", n=number)
    whatif.add(tally, "sums", "grocery|operator", stored=number, draft=2 * number)
    whatif.add(tally, "days", f"2026-05-0{number}", draft=number, paid=10 * number)
    tally["largest"] = [{"member": f"mem_{number}", "change": number * (-1) ** number}]
    tally["findings"] = [{"purchase": f"pur_{number}"}]
    return tally


def test_tallies_add_up_in_any_order() -> None:
    parts = [a_tally(number) for number in (1, 2, 3)]
    sums = []
    for order in permutations(parts):
        tally = whatif.empty()
        for part in order:
            tally = whatif.merged(tally, part)
        tally["findings"].sort(key=lambda row: row["purchase"])
        sums.append(tally)
    assert all(tally == sums[0] for tally in sums)
    assert sums[0]["sums"] == {"grocery|operator": {"stored": 6, "draft": 12}}
    assert [row["change"] for row in sums[0]["largest"]] == [-3, 2, -1]
    assert parts[0] == a_tally(1)


def test_findings_and_largest_changes_are_bounded() -> None:
    many = whatif.empty()
    many["findings"] = [{"purchase": str(number)} for number in range(80)]
    many["largest"] = [{"member": str(number), "change": number} for number in range(80)]
    both = whatif.merged(many, many)
    assert len(both["findings"]) == whatif.MOST_FINDINGS
    assert len(both["largest"]) == whatif.MOST_LARGEST
    assert both["largest"][0]["change"] == 79


@pytest.mark.parametrize(
    ("change", "bucket"), [(0, 0), (1, 10), (9, 10), (10, 100), (37, 100), (-5, -10), (-100, -1000)]
)
def test_changes_fall_below_powers_of_ten(change: int, bucket: int) -> None:
    assert whatif.bucket(change) == bucket


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00"),
        (1_234_567, "1.23"),
        (5_000, "0.00"),
        (15_000, "0.02"),
        (-15_000, "-0.02"),
        (-4_999, "0.00"),
        (12_345_678_900_000, "12,345,678.90"),
    ],
)
def test_money_is_rounded_half_to_even(micros: int, text: str) -> None:
    assert whatif.money_text(micros) == text


def test_payers_come_with_the_largest_first_and_their_changes() -> None:
    tally = whatif.empty()
    whatif.add(tally, "sums", "a|a", current=1, draft=5, current_micros=10, draft_micros=50)
    whatif.add(tally, "sums", "b|operator", current=7, draft=3, current_micros=70, draft_micros=30)
    first, second = whatif.payers(tally)
    assert (first.partner, first.payer, first.change, first.change_micros) == (
        "b", "operator", -4, -40,
    )  # fmt: skip
    assert (second.change, second.change_micros) == (4, 40)


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        (1000, (60, 60, None)),
        (60, (60, 60, "2026-05-03")),
        (25, (25, 60, "2026-05-02")),
        (10, (10, 60, "2026-05-01")),
    ],
)
def test_a_budget_ends_on_the_day_that_takes_its_last_point(
    budget: int, spent: tuple[int, int, str | None]
) -> None:
    tally = whatif.empty()
    for number in (3, 1, 2):
        tally = whatif.merged(tally, a_tally(number))
    assert whatif.spending(tally, budget) == spent
