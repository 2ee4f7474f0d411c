"""Opening balances: every line is one lot, once, however often and by whomever it is imported."""

import gzip
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from openings import HEADER, a_file, a_line
from stoa.errors import InvalidBodyError
from stoa.models.audit import AuditRecord
from stoa.services import imports, ledger
from stoa.services.imports import OpeningReport
from stoa.work import Actor, Desk
from world import Coalition, Someone

TEST = Actor("test")


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member who is found by an e-mail address and a phone."""
    return coalition.a_member(email="ada@stoa.example", phone="+8613800138000")


def opened(desk: Desk, path: Path, **terms: Any) -> OpeningReport:
    """Import a file."""
    return imports.open_balances(desk, path, "STAR", **terms)


def codes(report: OpeningReport) -> dict[int, str]:
    """Return the codes of the wrong lines by their numbers."""
    return {row.line: row.code for row in report.wrong}


def lots_of(desk: Desk, someone: Someone) -> tuple[tuple[date, int], ...]:
    """Return what ends when."""
    with desk.work(TEST) as work:
        return ledger.balance_of(work, someone.id, "STAR").expiring


def test_each_line_is_a_lot_with_its_last_day(desk: Desk, ada: Someone, tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        a_line(points=100, reference="old-7"),
        a_line("+86 138 0013 8000", 50, kind="phone", expires_on="2026-09-30"),
        a_line(ada.token.value, 7, kind="card", expires_on="", earned_on="2026-01-10"),
    )
    report = opened(desk, path)
    assert (report.lines, report.opened, report.points, report.members) == (3, 3, 157, 1)
    assert (report.known, report.wrong, report.by_partner) == (0, (), {"": 157})
    assert lots_of(desk, ada) == (
        (date(2026, 9, 30), 50),
        (date(2026, 12, 31), 100),
        (date(2027, 1, 31), 7),
    )
    with desk.work(TEST) as work:
        entries = ledger.history(work, ada.id, "STAR")
    assert [(each.kind, each.reason, each.account) for each in entries] == [
        ("open", "opening_balance", "adjusted")
    ] * 3
    assert [each.business_date for each in entries] == [
        date(2026, 1, 10), date(2026, 5, 1), date(2026, 5, 1),
    ]  # fmt: skip
    assert [each.reference for each in entries] == ["", "", "old-7"]
    assert entries[2].arithmetic == "100 points brought over"


def test_a_partners_points_are_issued_and_paid_by_it(
    desk: Desk, coalition: Coalition, ada: Someone, tmp_path: Path
) -> None:
    report = opened(desk, a_file(tmp_path, a_line(partner="cinema"), a_line(points=1)))
    assert report.by_partner == {"cinema": 100, "": 1}
    with desk.work(TEST) as work:
        first = ledger.history(work, ada.id, "STAR")[1]
    assert (first.account, first.issuer_id, first.payer_id) == (
        "issued", coalition.cinema, coalition.cinema,
    )  # fmt: skip


def test_the_same_file_under_any_name_changes_nothing(
    desk: Desk, ada: Someone, tmp_path: Path
) -> None:
    path = a_file(tmp_path, a_line(), a_line())
    opened(desk, path)
    again = path.rename(tmp_path / "renamed.csv")
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(again.read_bytes()))
    for each in (again, packed):
        report = opened(desk, each)
        assert (report.opened, report.points, report.known) == (0, 0, 2)
    assert lots_of(desk, ada) == ((date(2026, 12, 31), 200),)


def test_many_imports_at_once_open_each_line_once(desk: Desk, ada: Someone, tmp_path: Path) -> None:
    path = a_file(tmp_path, *(a_line(points=number) for number in range(1, 31)))
    with ThreadPoolExecutor(6) as threads:
        reports = list(threads.map(lambda _: opened(desk, path, batch_lines=7), range(6)))
    assert sum(report.points for report in reports) == 465
    assert {report.opened + report.known for report in reports} == {30}
    assert lots_of(desk, ada) == ((date(2026, 12, 31), 465),)


def test_a_process_killed_outright_is_gone_on_with(
    desk: Desk, ada: Someone, database: str, tmp_path: Path
) -> None:
    path = a_file(tmp_path, *(a_line(points=number) for number in range(1, 31)))
    script = Path(__file__).parents[1] / "openings.py"
    words = [sys.executable, str(script), database, str(path)]
    killed = subprocess.run(words, check=False)  # noqa: S603 - our own
    assert killed.returncode == -signal.SIGKILL
    assert lots_of(desk, ada) == ((date(2026, 12, 31), sum(range(1, 13))),)
    report = opened(desk, path)
    assert (report.opened, report.known, report.lines) == (18, 12, 30)
    assert lots_of(desk, ada) == ((date(2026, 12, 31), 465),)


def test_a_rehearsal_reports_the_same_and_writes_nothing(
    desk: Desk, ada: Someone, tmp_path: Path
) -> None:
    path = a_file(tmp_path, a_line(), a_line("nobody@stoa.example"), a_line(points="x"))
    rehearsed = opened(desk, path, dry_run=True)
    assert lots_of(desk, ada) == ()
    assert opened(desk, path) == rehearsed
    again = opened(desk, path, dry_run=True)
    assert (again.opened, again.known) == (0, 1)


def test_wrong_lines_are_named_and_the_others_opened(
    desk: Desk, ada: Someone, tmp_path: Path
) -> None:
    lines = {
        a_line(): "",
        a_line("nobody@stoa.example"): "MEMBER_UNKNOWN",
        a_line("1", kind="card"): "INVALID_MEMBER",
        a_line(kind="name"): "INVALID_MEMBER",
        a_line(points=0): "INVALID_AMOUNT",
        a_line(points=-5): "INVALID_AMOUNT",
        a_line(points="1.5"): "INVALID_AMOUNT",
        a_line(points=10**12 + 1): "INVALID_AMOUNT",
        a_line(points=10**30): "INVALID_AMOUNT",
        a_line(expires_on="31.12.2026"): "INVALID_TIME",
        a_line(expires_on="2026-04-30"): "EXPIRED",
        a_line(expires_on="", earned_on="2020-01-01"): "EXPIRED",
        a_line(earned_on="2026-05-02"): "OCCURS_IN_FUTURE",
        a_line(partner="bakery"): "PARTNER_UNKNOWN",
        a_line(reference="x" * 101): "INVALID_TEXT",
        "card": "UNREADABLE",
        a_line(points=2): "",
    }
    report = opened(desk, a_file(tmp_path, *lines), batch_lines=3)
    wanted = {line: code for line, code in enumerate(lines.values(), 2) if code}
    assert codes(report) == wanted
    assert (report.lines, report.points) == (len(lines), 102)
    assert lots_of(desk, ada) == ((date(2026, 12, 31), 102),)


def test_a_member_who_enrols_later_gets_the_line_then(
    desk: Desk, coalition: Coalition, ada: Someone, tmp_path: Path
) -> None:
    path = a_file(tmp_path, a_line(), a_line("ben@stoa.example", 9))
    assert codes(opened(desk, path)) == {3: "MEMBER_UNKNOWN"}
    ben = coalition.a_member(email="ben@stoa.example")
    report = opened(desk, path)
    assert (report.opened, report.points, report.known) == (1, 9, 1)
    assert lots_of(desk, ben) == ((date(2026, 12, 31), 9),)
    assert ada


@pytest.mark.usefixtures("coalition")
@pytest.mark.parametrize(
    ("header", "field"),
    [
        (HEADER.replace("points", "pts"), "points"),
        (HEADER + ",extra", "extra"),
        (HEADER + ",points", "points"),
        ("", "kind"),
    ],
)
def test_a_file_of_other_columns_is_refused(
    desk: Desk, tmp_path: Path, header: str, field: str
) -> None:
    with pytest.raises(InvalidBodyError) as refused:
        opened(desk, a_file(tmp_path, header=header))
    assert field in refused.value.members["errors"]


@pytest.mark.usefixtures("coalition")
def test_a_damaged_file_and_an_unknown_currency_are_refused(desk: Desk, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.csv.gz"
    damaged.write_bytes(gzip.compress(b"kind,value" * 1000)[:30])
    with pytest.raises(InvalidBodyError):
        opened(desk, damaged)
    with pytest.raises(InvalidBodyError):
        imports.open_balances(desk, a_file(tmp_path), "MOON")


def test_progress_is_told_and_the_trail_keeps_the_sums(
    desk: Desk, ada: Someone, tmp_path: Path
) -> None:
    told: list[imports.Progress] = []
    path = a_file(tmp_path, *[a_line()] * 5)
    opened(desk, path, batch_lines=2, progress=told.append)
    assert [each.lines for each in told] == [2, 4, 5]
    assert told[-1].share == 1.0
    opened(desk, path)
    with desk.work(TEST) as work:
        records = work.session.query(AuditRecord).filter_by(deed="import.openings").all()
    assert Counter(str(each.after and each.after["points"]) for each in records) == {"500": 1}
    assert ada
