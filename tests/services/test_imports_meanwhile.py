"""Tills go on while an import runs: what they change is read again."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from campaigns import hold, left
from sales import a_file, a_mapping, a_sale, classes, points_of
from stoa.errors import WalletBusyError
from stoa.services import earning, imports, invariants, outbox, returns
from stoa.values.facts import EarnLine
from stoa.values.mapping import ImportMapping
from stoa.work import Desk, Work
from stoa.worker import ACTOR as WORKER
from stoa.worker import follow
from world import Coalition, PlainPlugin, a_key


def test_a_receipt_that_a_till_reports_meanwhile_is_not_posted_twice(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, tmp_path: Path
) -> None:
    ada = coalition.a_member("Ada", partner_ref="ada")
    report = coalition.a_purchase(ada, "20.00", terminal="", receipt_no="1")
    plain.wrong = _once(
        plain, desk, coalition, lambda work: earning.earn(work, report, key=a_key())
    )
    path = a_file(
        tmp_path, a_sale("1", time="2026-05-01T12:00"), a_sale("2", time="2026-05-01T12:00")
    )
    mapping = a_mapping(("enrol = true", 'partner = "grocery"'))
    done = imports.run_import(desk, path, mapping)
    assert classes(done) == {"earned": 1, "already_known": 1}
    assert points_of(desk, "ada") == 30


def test_a_purchase_that_comes_back_meanwhile_is_read_again(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, tmp_path: Path
) -> None:
    bought = _bought(desk, coalition, pieces=3)
    plain.wrong = _once(
        plain, desk, coalition,
        lambda work: returns.return_lines(work, bought, {1: 2000}, key=a_key()),
    )  # fmt: skip
    done = imports.run_import(desk, _sale_and_return(tmp_path, 3), _grocery_refs())
    assert done.counts["partly_returned"] == 1
    assert points_of(desk, "ada") == 10


def test_what_changes_five_times_is_given_up(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, tmp_path: Path
) -> None:
    bought = _bought(desk, coalition, pieces=9)

    def again() -> list[EarnLine]:
        with desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, bought, {1: 1000}, key=a_key())
        return []

    plain.wrong = again
    path = _sale_and_return(tmp_path, 1)
    with pytest.raises(WalletBusyError):
        imports.run_import(desk, path, _grocery_refs())
    plain.wrong = None
    assert imports.run_import(desk, path, _grocery_refs()).state == "resumed"


_USED = "SELECT points, uses FROM campaign_uses WHERE campaign = 'may'"


@pytest.mark.parametrize("told", ["true", "false"])
def test_a_return_of_an_import_gives_budget_and_caps_back_once(
    desk: Desk, coalition: Coalition, tmp_path: Path, told: str
) -> None:
    assert coalition
    hold(desk, caps=[{"every": "campaign", "uses": 1}])
    _bought(desk, coalition, pieces=2)
    assert left(desk) == 100_000 - 50
    mapping = a_mapping(("enrol = true", 'partner = "grocery"'), also=f"tell = {told}")
    for pieces, back in ((1, 25), (1, 50)):
        path = a_file(
            tmp_path,
            a_sale(f"{back}", article="rice", time="2026-05-01T12:00"),
            a_sale(f"C{back}", pieces=-pieces, time="2026-05-01T12:01"),
            name=f"{back}.csv",
        )
        done = imports.run_import(desk, path, mapping)
        assert done.counts["returned"] == 1
        assert left(desk) == 100_000 - 50 + back
        with desk.work(WORKER) as work:
            outbox.tell(work, follow)
        assert left(desk) == 100_000 - 50 + back
    with desk.work(WORKER) as work:
        assert [tuple(row) for row in work.rows(_USED)] == [(0, 0)]
        assert invariants.check_invariants(work) == []


def _once(
    plain: PlainPlugin, desk: Desk, coalition: Coalition, deed: Callable[[Work], object]
) -> Callable[[], list[EarnLine]]:
    def asked() -> list[EarnLine]:
        plain.wrong = None
        with desk.work(coalition.as_grocery()) as work:
            deed(work)
        return [EarnLine(1, "base", "")]

    return asked


def _bought(desk: Desk, coalition: Coalition, *, pieces: int) -> UUID:
    ada = coalition.a_member("Ada", partner_ref="ada")
    line = earning.ReportLine(1, "tea", "", pieces * 1000, "ea", pieces * 1000)
    with desk.work(coalition.as_grocery()) as work:
        report = coalition.a_purchase(ada, lines=[line])
        return earning.earn(work, report, key=a_key()).purchase_id


def _grocery_refs() -> ImportMapping:
    return a_mapping(("enrol = true", 'partner = "grocery"'))


def _sale_and_return(folder: Path, pieces: int) -> Path:
    return a_file(
        folder,
        a_sale("1", article="rice", time="2026-05-01T12:00"),
        a_sale("C2", pieces=-pieces, time="2026-05-01T12:01"),
    )
