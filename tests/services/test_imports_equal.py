"""An import writes what the same purchases write when tills report them one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledgers import written
from stoa.config import Settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.services import clockwork, earning, imports, partners, redemption, returns, tiers
from stoa.services.earning import Report, ReportLine
from stoa.services.members import Token
from stoa.services.redemption import Ask
from stoa.values.mapping import read_mapping
from stoa.work import Actor, Desk, Programme, Work
from world import NOON, Coalition, FixedClock, a_coalition, a_key, met, minor

ZONE = ZoneInfo("Asia/Shanghai")
MAPPING = """
tell = true
[columns]
receipt = "receipt"
article = "article"
quantity = "pieces"
occurred_at = "time"
unit_price = "price"
member = "phone"
shop = "shop"
[time]
zone = "Asia/Shanghai"
[money]
currency = "CNY"
[member]
kind = "phone"
[returns]
receipt_prefix = "C"
"""


@dataclass(frozen=True)
class Row:
    """A line of the file."""

    receipt: str
    article: str
    pieces: int
    time: datetime
    price: str
    phone: str
    shop: str


@dataclass
class Stock:
    """A line bought, and the pieces of it that are not back."""

    purchase_id: UUID
    line_no: int
    left: int


@pytest.fixture
def other(new_database: Callable[[], str], settings: Settings, plugins: Plugins) -> Iterator[Desk]:
    """Return a desk on a second database, with a clock that can be moved."""
    url = new_database()
    desk = Desk(
        hot=open_engine(url, settings, pool_size=4, autocommit=True),
        cold=open_engine(url, settings, pool_size=4),
        plugins=plugins, clock=FixedClock(),
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
    )  # fmt: skip
    yield desk
    desk.close()


# Points spent before their purchase came back are another day's pending ones: with a past of such
# debts, an import of today takes them from other lots than the tills did then.
@pytest.mark.parametrize("pending_days", [0, 55])
def test_an_import_writes_what_single_reports_write(
    desk: Desk, other: Desk, clock: FixedClock, tmp_path: Path, pending_days: int
) -> None:
    rows = _rows(Random(7))  # noqa: S311 - a seed, not a secret
    here, there = a_coalition(desk), a_coalition(other)
    for each in (here, there):
        with each.desk.work(Actor("cli")) as work:
            partners.agree(
                work, each.grocery, effective_from=NOON.date() + timedelta(days=3),
                issue_price=Decimal("0.013"), reimbursement_rate=Decimal("0.009"),
                backdate_days=100, return_days=100, pending_days=pending_days,
            )  # fmt: skip
    _past(here, spent=not pending_days)
    stock = _past(there, spent=not pending_days)
    clock.move(days=60)
    report = imports.run_import(desk, _file(tmp_path, rows), read_mapping(MAPPING), part_lines=40)
    matched = _one_by_one(there, rows, stock)
    assert isinstance(other.clock, FixedClock)
    other.clock.now = clock.now
    with other.work(Actor("worker")) as work:  # an import finds today what matured meanwhile
        clockwork.mature_points(work)
    assert report.counts["returned"] == sum(map(bool, matched))
    assert report.counts["unmatched_return"] == sum(not each for each in matched)
    assert min(report.counts[name] for name in ("earned", "returned", "unmatched_return")) > 10
    assert report.counts["partly_returned"] > 0
    mine, theirs = written(desk, events=True), written(other, events=True)
    theirs["outbox"] = [line for line in theirs["outbox"] if "points.activated" not in line]
    for table, lines in theirs.items():
        assert mine[table] == lines, table
    with desk.work(Actor("a")) as one, other.work(Actor("b")) as two:
        assert imports.balances_hash(one) == imports.balances_hash(two)
    if not pending_days:
        assert any("debt_booked" in line for line in theirs["postings"])
        assert any("debt_repaid" in line for line in theirs["postings"])
    pending = [line for line in theirs["lots"] if "True" in line]
    assert bool(pending) == bool(pending_days)
    assert any("tier_uplift:gold" in line for line in theirs["postings"])


def _past(coalition: Coalition, *, spent: bool) -> dict[tuple[str, str, str], list["Stock"]]:
    """Give three of the members a history: spent lots, a held lot, and a debt."""
    people = [coalition.a_member(f"member {no}", phone=_phone(no)) for no in range(6)]
    with coalition.desk.work(Actor("cli")) as work:
        tiers.assign(work, people[1].id, "gold", reason="test")
    bought = {}
    for no, pieces, back in ((0, 8, 0), (2, 4, 0), (3, 6, 5)) if spent else ():
        line = ReportLine(1, "tea", "", pieces * 1000, "ea", minor("30.00") * pieces)
        with coalition.desk.work(coalition.as_grocery()) as work:
            report = coalition.a_purchase(people[no], lines=[line])
            purchase_id = earning.earn(work, report, key=a_key()).purchase_id
        with coalition.desk.work(coalition.as_cinema()) as work:
            held = redemption.hold(
                work, Ask(met(work, people[no]), "main", pieces * 20), key=a_key()
            )
            if no != 2:
                redemption.capture(work, held.redemption.id, points=pieces * 20, key=a_key())
        if back:
            with coalition.desk.work(coalition.as_grocery()) as work:
                returns.return_lines(work, purchase_id, {1: back * 1000}, key=a_key())
        bought[_phone(no), "grocery", "tea"] = [Stock(purchase_id, 1, pieces - back)]
    return bought


def _rows(random: Random) -> list[Row]:
    """Return some two weeks of receipts in order of time, three in ten of them returns."""
    rows = []
    at = NOON.astimezone(ZONE).replace(tzinfo=None)
    for number in range(150):
        at += timedelta(minutes=random.choice((0, 5, 180)))
        phone, back = _phone(random.randrange(6)), random.random() < 0.3
        for _ in range(random.randint(1, 4)):
            pieces = random.choice((1, 2, 3, 7))
            rows.append(
                Row(
                    f"C{number}" if back else f"{number}", random.choice(("tea", "rice", "salt")),
                    -pieces if back else pieces, at, random.choice(("1.99", "0", "12.5", "30.00")),
                    phone, random.choice(("grocery", "grocery", "cinema/main")),
                )
            )  # fmt: skip
    return rows


def _file(folder: Path, rows: list[Row]) -> Path:
    path = folder / "sales.csv"
    lines = ["receipt,article,pieces,time,price,phone,shop"]
    lines += [
        f"{row.receipt},{row.article},{row.pieces},{row.time.isoformat()},{row.price},"
        f"{row.phone.replace('+86', '0086 ')},{row.shop}"
        for row in rows
    ]
    path.write_text("\n".join(lines), "utf-8")
    return path


def _one_by_one(
    coalition: Coalition, rows: list[Row], stock: dict[tuple[str, str, str], list["Stock"]]
) -> list[int]:
    """Report the rows as tills would, each at its time; return the pieces matched of returns."""
    receipts: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        receipts.setdefault((row.receipt, row.shop), []).append(row)
    matched = []
    for (receipt, shop), lines in receipts.items():
        clock = coalition.desk.clock
        assert isinstance(clock, FixedClock)
        clock.now = lines[0].time.replace(tzinfo=ZONE)
        actor = coalition.as_grocery() if shop == "grocery" else coalition.as_cinema()
        with coalition.desk.work(actor) as work:
            if receipt.startswith("C"):
                matched += _give_back(work, receipt, lines, stock)
            else:
                _report(work, receipt, lines, stock)
    return matched


def _report(
    work: Work, receipt: str, rows: list[Row], stock: dict[tuple[str, str, str], list["Stock"]]
) -> None:
    lines = tuple(
        ReportLine(number, row.article, "", row.pieces * 1000, "ea", minor(row.price) * row.pieces)
        for number, row in enumerate(rows, 1)
    )
    report = Report(Token("phone", rows[0].phone), "main", "", receipt, work.now(), "CNY", lines)
    bought = earning.earn(work, report, key=a_key())
    for number, row in enumerate(rows, 1):
        mine = stock.setdefault((row.phone, row.shop, row.article), [])
        mine.append(Stock(bought.purchase_id, number, row.pieces))


def _give_back(
    work: Work, receipt: str, rows: list[Row], stock: dict[tuple[str, str, str], list["Stock"]]
) -> list[int]:
    back: dict[UUID, dict[int, int]] = {}
    matched = []
    for row in rows:
        left = -row.pieces
        for each in reversed(stock.get((row.phone, row.shop, row.article), [])):
            taken = min(left, each.left)
            if taken:
                each.left -= taken
                left -= taken
                of_it = back.setdefault(each.purchase_id, {})
                of_it[each.line_no] = of_it.get(each.line_no, 0) + taken * 1000
        matched.append(-row.pieces - left)
    for place, (purchase_id, quantities) in enumerate(back.items(), 1):
        number = receipt if place == 1 else f"{receipt}/{place}"
        returns.return_lines(work, purchase_id, quantities, key=a_key(), receipt_no=number)
    return matched


def _phone(number: int) -> str:
    return f"+8613800000{number:03}"
