"""A month of purchases, cleared: logged, booked, closed and made again, in both modes.

The purchases are imported by the command line, the redemptions are made at the shops' tills.
"""

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from bench.ground import Ground, lay
from stoa.services import clearing, clearing_terms, identity, imports, partners, redemption
from stoa.services.members import Token
from stoa.services.redemption import Ask
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.terms import Terms, period_of_day
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk, Key, Programme, system_clock

PURCHASES, REDEMPTIONS = 100_000, 5_000
_EXAMPLE = Path(__file__).parent.parent / "examples" / "online-retail"
_COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
            "CustomerID", "Country")  # fmt: skip
_PREFIXES = (20, 21, 22, 23, 47, 48, 72, 82, 84, 85, 90, 99)
_TILLS = 4
_PRINT = sha256(b"bench").digest()[:16]
_WORKER = Actor("worker")
_FORGET = """
TRUNCATE money_entries, money_sums, clearing_periods, statements, liability_reports,
         liability_movements;
DELETE FROM document_numbers;
UPDATE money_mark SET place = 0, entry_no = 0;
"""


@dataclass(frozen=True)
class Cleared:
    """What clearing a month took, in seconds, and what came of it.

    Attributes:
        booked_s: to log and book every posting; of the second mode, to book again.
        closed_s: to close the month.
        verified_s: to make each statement again from single entries.
        off_minor: what all closings add up to: nothing.
        wrong: statements that came out otherwise.
        points: the hash of all balances and lots.
    """

    mode: str
    postings: int
    statements: int
    booked_s: float
    closed_s: float
    verified_s: float
    off_minor: int
    wrong: int
    points: str


@dataclass(frozen=True)
class _Clock:
    instant: datetime

    def __call__(self) -> datetime:
        return self.instant


def clear_month(purchases: int = PURCHASES, redemptions: int = REDEMPTIONS) -> list[Cleared]:
    """Live the last month that is over, and clear it in both modes."""
    ground = lay("bench_clearing", members=1, alliance=False)
    first = (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    _import(ground, first, purchases)
    desk = _desk(ground)
    with desk.work(Actor("cli")) as work:
        clearing_terms.found(work, "STAR", Terms(mode=Mode.POOL))
    _redeem(desk, ground, first, redemptions)
    ground.run("VACUUM ANALYZE")
    found = [_clear(desk, period_of_day(first), Mode.POOL)]
    ground.run(_FORGET + "UPDATE clearing_terms SET mode = 'ISSUER_PAYS'")
    found.append(_clear(desk, period_of_day(first), Mode.ISSUER_PAYS))
    desk.close()
    return found


def _clear(desk: Desk, period: str, mode: Mode) -> Cleared:
    began = time.perf_counter()
    postings = 0
    while True:
        with desk.work(_WORKER) as work:
            some = clearing.catch_up(work)
        if not some:
            break
        postings += some
    booked = time.perf_counter()
    with desk.work(_WORKER) as work:
        done = clearing.close(work, period)
    closed = time.perf_counter()
    with desk.work(_WORKER) as work:
        wrong = len(list(clearing.verify(work, period)))
    verified = time.perf_counter()
    with desk.work(_WORKER) as work:
        points = imports.balances_hash(work)
    return Cleared(
        mode.value, postings, len(done.statements), booked - began, closed - booked,
        verified - closed, sum(each.closing_minor for each in done.statements), wrong, points,
    )  # fmt: skip


def _import(ground: Ground, first: date, purchases: int) -> None:
    environment = os.environ | {"STOA_DATABASE_URL": ground.url, "STOA_MONEY_CURRENCY": "GBP"}

    def stoa(*words: str) -> None:
        command = [sys.executable, "-m", "stoa.cli", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    path = Path(tempfile.mkdtemp(prefix="stoa-bench-")) / "month.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_lines(random.Random(11), first, purchases))
    stoa("import", "alliance", str(_EXAMPLE / "alliance.toml"))
    stoa("import", "purchases", str(path), "--mapping", str(_EXAMPLE / "mapping.toml"))


def _lines(chance: random.Random, first: date, purchases: int) -> Iterator[list[object]]:
    at = datetime.combine(first, datetime.min.time()) + timedelta(hours=8)
    step = timedelta(days=27) / purchases
    for number in range(purchases):
        at += step
        yield [
            500_000 + number, f"{chance.choice(_PREFIXES)}{chance.randint(0, 400):03}", "made up",
            chance.randint(1, 4), at.strftime("%Y-%m-%dT%H:%M"),
            f"{chance.randint(5, 60)}.{chance.randint(0, 99):02}", chance.randint(10_000, 14_000),
            "United Kingdom",
        ]  # fmt: skip


def _redeem(desk: Desk, ground: Ground, first: date, redemptions: int) -> None:
    """Redeem points at the shops' tills, on the twenty-eighth."""
    at = datetime.combine(first, datetime.min.time(), UTC) + timedelta(days=27, hours=12)
    desk.clock = _Clock(at)
    members = [row[0] for row in ground.run(
        "SELECT member_id FROM wallets WHERE available > 200 ORDER BY member_id")]  # fmt: skip
    shops = ground.run(
        "SELECT p.id, s.code FROM partners p JOIN stores s ON s.partner_id = p.id ORDER BY s.code"
    )
    with desk.work(_WORKER) as work:
        keys = {shop: partners.terms(work, shop).ref_key for shop, _ in shops}

    def one(number: int) -> None:
        shop, store = shops[number % len(shops)]
        who: UUID = members[number % len(members)]
        token, points = Token("member_ref", identity.member_ref(keys[shop], who)), 50 + number % 90
        with desk.work(Actor("client:bench", shop)) as work:
            held = redemption.hold(work, Ask(token, store, points), key=_key())
        with desk.work(Actor("client:bench", shop)) as work:
            redemption.capture(work, held.redemption.id, points=points, key=_key())

    with ThreadPoolExecutor(_TILLS) as pool:
        list(pool.map(one, range(redemptions)))
    desk.clock = system_clock


def _key() -> Key:
    return Key(str(new_uuid()), _PRINT)


def _desk(ground: Ground) -> Desk:
    programme = Programme("STAR", "GBP", "Europe/London", 900)
    desk = ground.desk(connections=_TILLS)
    desk.programme = programme
    return desk
