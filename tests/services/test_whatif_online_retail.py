"""What-if on real purchases: half a million invoice lines, where the file is there.

``STOA_ONLINE_RETAIL`` names the file, as ``examples/online-retail/README.md`` tells it. The import
and the runs take a minute on four cores; ``-s`` shows the figures.
"""

import os
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from stoa.services import alliances, imports, rulebook, tiers, whatif
from stoa.services.whatif import Run
from stoa.values.alliance import read_alliance
from stoa.values.mapping import read_mapping
from stoa.values.whatif import money_text, payers, spending
from stoa.work import Actor, Desk

CLI = Actor("cli")
EXAMPLE = Path(__file__).parents[2] / "examples" / "online-retail"
FILE = os.environ.get("STOA_ONLINE_RETAIL", "")

pytestmark = pytest.mark.skipif(
    not FILE, reason="STOA_ONLINE_RETAIL names no file of the Online Retail data"
)


def a_ladder(factor: int = 1) -> dict[str, Any]:
    """Return a ladder like that of the owners, the gold thresholds so many times as high."""
    silver = {"fact": "visits", "over": "calendar month", "is": ">=", "value": 3}
    gold = [
        {"fact": "spend", "over": "day", "is": ">=", "value": 80_000 * factor},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 200_000 * factor},
    ]
    return {
        "name": {"en": "Members"},
        "main": True,
        "tiers": [
            {"code": "basic", "name": {"en": "Basic"}, "uplift_percent": 10, "qualify": None},
            {"code": "silver", "name": {"en": "Silver"}, "uplift_percent": 20, "qualify": silver},
            {
                "code": "gold", "name": {"en": "Gold"}, "uplift_percent": 100,
                "qualify": {"any": gold},
            },
        ],
    }  # fmt: skip


def tried(desk: Desk, kind: str, draft: dict[str, Any]) -> Run:
    began = monotonic()
    with desk.work(CLI) as work:
        run_id = whatif.ask(work, kind, draft)
    whatif.carry_on(desk, run_id=run_id)
    with desk.work(CLI) as work:
        run = whatif.find(work, run_id)
    seconds = monotonic() - began
    change = sum(line.change_micros for line in payers(run.tally))
    points = sum(line.change for line in payers(run.tally))
    print(  # noqa: T201 - figures for who runs it with -s
        f"\n{kind}: {run.passed:,} purchases in {seconds:.1f} s with one process;"
        f" {run.tally['counts'].get('moved', {}).get('n', 0):,} members move,"
        f" {points:+,} points, {money_text(change)} of money"
    )
    return run


def test_the_rules_of_now_come_to_zero_and_a_doubled_gold_threshold_to_a_saving(
    desk: Desk,
) -> None:
    desk.programme = replace(desk.programme, money_currency="GBP", zone="Europe/London")
    alliance = read_alliance((EXAMPLE / "alliance.toml").read_text("utf-8"))
    with desk.work(CLI) as work:
        alliances.found(work, alliance)
        rulebook.save(work, "ladder", "main", a_ladder())
        rulebook.activate(work, "ladder", "main")
    mapping = read_mapping((EXAMPLE / "mapping.toml").read_text("utf-8"))
    report = imports.run_import(desk, Path(FILE), mapping)
    tiers.reassess_all(desk, CLI)

    rates = tried(desk, "rate", {"rounding": "down"})
    assert rates.tally["counts"]["purchases"]["n"] == report.counts["purchases"]
    assert not {"changed", "drift", "unexplained"} & rates.tally["counts"].keys()
    stored = sum(line.stored for line in payers(rates.tally))
    assert stored == report.counts["points_earned"]

    same = tried(desk, "ladder", {"code": "main"})
    assert not {"moved", "standing_drift", "unexplained", "changed"} & same.tally["counts"].keys()
    assert sum(row["members"] for row in same.tally["moves"].values()) == report.counts["enrolled"]

    doubled = tried(desk, "ladder", {"code": "main", "document": a_ladder(2)})
    falls = {key: row for key, row in doubled.tally["moves"].items() if key.startswith("gold|")}
    assert set(falls) <= {"gold|gold", "gold|silver", "gold|basic"}
    assert doubled.tally["counts"]["moved"]["n"] == sum(
        row["members"] for key, row in falls.items() if key != "gold|gold"
    )
    assert sum(line.change_micros for line in payers(doubled.tally)) < 0
    with desk.work(CLI) as work:
        fallen = whatif.members(work, doubled.id, most=200)
    assert all(each.rise < 0 and each.missing for each in fallen)

    campaign = {
        "name": {"en": "Weekend"}, "from": "2010-12-01", "until": "2011-12-31",
        "condition": {"fact": "weekday", "is": "in", "value": ["saturday", "sunday"]},
        "bonus": {"kind": "multiplier", "times_percent": 200}, "budget_points": 500_000,
    }  # fmt: skip
    weekend = tried(desk, "campaign", {"code": "weekend", "document": campaign})
    assert "unexplained" not in weekend.tally["counts"]
    assert spending(weekend.tally, 500_000)[0] > 0
