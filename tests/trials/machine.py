"""A random life of two members, lived twice: by the deeds on PostgreSQL and by the plain model.

Hypothesis draws the steps, shrinks a life that goes wrong and prints it. After every step each
wallet's figures and open lots must be the model's; now and then a deed is asked for again with the
same key, which must change nothing; at the end everything is recomputed from the postings.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

import stoa_migrations
from stoa.config import read_settings
from stoa.database import create_database, open_engine
from stoa.errors import HoldClosedError, StoaError
from stoa.plugins import Plugins
from stoa.services import (
    earning,
    invariants,
    ledger,
    partners,
    redemption,
    refunds,
    returns,
    tiers,
    transfers,
)
from stoa.services.earning import ReportLine
from stoa.services.ledger import Leg
from stoa.services.redemption import Ask
from stoa.services.transfers import Gift
from stoa.values.identifiers import new_uuid
from stoa.values.periods import Expiry, ExpiryRule, local_day
from stoa.work import Actor, Desk, Key, Programme, Work
from trials.cluster import Cluster, forget_folder, new_folder
from trials.model import Bonus, Hold, Model, Sale, Wallet
from world import NOON, Coalition, FixedClock, PlainPlugin, Someone, a_coalition, a_key, met

__all__ = ["GRACE_DAYS", "POLICIES", "live", "opened", "run", "wander"]

POLICIES = ("debt", "negative", "floor")
GRACE_DAYS = 5

_ZONE = "Asia/Shanghai"
_EXPIRY = Expiry(ExpiryRule.MONTH_END, 2)
_PENDING_DAYS = 14
_TTL = timedelta(seconds=300)
_NAMES = ("ada", "eve")


@dataclass
class _Life:
    """What is the same in every life of a run: the alliance, its clock, its policy."""

    desk: Desk
    clock: FixedClock
    coalition: Coalition
    policy: str


def live(
    desk: Desk, clock: FixedClock, *, policy: str, examples: int, steps: int,
    number: int | str | None = None, shrinks: bool = True,
) -> None:  # fmt: skip
    """Live so many lives of so many steps; raise at the first that goes wrong.

    Args:
        policy: one of `POLICIES`.
        number: the seed of all lives; any without one.
        shrinks: look for the shortest life that goes wrong the same way.
    """
    clock.now = NOON
    life = _Life(desk, clock, _found(desk, policy), policy)
    born: type[RuleBasedStateMachine] = type("Life", (_Machine,), {"life": life})
    if number is not None:
        born = seed(int.from_bytes(str(number).encode(), "big"))(born)
    run_state_machine_as_test(
        born,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            phases=[Phase.generate, Phase.shrink][: 1 + shrinks], print_blob=False,
        ),
    )  # fmt: skip
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def wander(
    desk: Desk, clock: FixedClock, *, policy: str, lives: int, steps: int, number: str = ""
) -> None:
    """Live plainly at random, every deed as likely in each life; raise at the first wrong step.

    Hypothesis leaves deeds out of most lives, for short ways: this is quicker for a saboteur.
    """
    clock.now = NOON
    life = _Life(desk, clock, _found(desk, policy), policy)
    chance = Random(f"{number}{policy}")
    for _ in range(lives):
        machine = type("Life", (_Machine,), {"life": life})()
        machine.enrol()
        for _ in range(steps):
            _step(machine, chance)
            machine.touched_wallet_is_right()
        machine.teardown()
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def _step(machine: Any, chance: Random) -> None:  # noqa: C901, PLR0912 - one case a deed
    who, grocery = chance.choice(_NAMES), chance.random() < 0.5
    which, points, whole = chance.randrange(3), chance.randint(1, 30), chance.random() < 0.4
    match chance.randrange(22):
        case 0 | 1 | 2 | 3:
            pieces, days = chance.randint(1, 4), chance.choice((0, 0, 1, 3))
            machine.earn(who=who, grocery=grocery, points=points, pieces=pieces, days=days)
        case 4 | 5:
            machine.hold(who=who, grocery=grocery, points=points)
        case 6 | 7:
            machine.capture(which=which, points=points, whole=whole)
        case 8:
            machine.spend_all(who=who, grocery=grocery)
        case 9:
            machine.void_hold(which=which)
        case 10:
            machine.extend(which=which)
        case 11 | 12:
            machine.refund(which=which, points=points, whole=whole)
        case 13 | 14:
            machine.take_back(which=which, pieces=chance.randint(1, 4), whole=whole)
        case 15:
            machine.void_purchase(which=which)
        case 16:
            machine.give(who=who, points=points)
        case 17:
            machine.expire_points(who=who)
        case 18:
            machine.wait(days=chance.randint(0, 10), minutes=chance.choice((0, 1, 5, 600)))
        case 19:
            machine.grant(who=who, points=points, days=chance.choice((0, 3)))
        case 20:
            machine.ungrant(which=which)
        case _:
            machine.wait_for_a_lot(who=who, which=which, offset=chance.choice((-1, 0, 1)))


def run(number: str, examples: int, steps: int) -> list[str]:
    """Live so many lives, a third under each policy, and wander as many; tell what went wrong.

    Args:
        number: the seed, as a text.
    """
    wrong = []
    lives = -(-examples // len(POLICIES))
    for policy in POLICIES:
        folder = new_folder()
        cluster = Cluster(folder)
        try:
            cluster.start()
            with opened(cluster, "lives") as (desk, clock, _):
                live(desk, clock, policy=policy, examples=lives, steps=steps, number=number)
            with opened(cluster, "wanderers") as (desk, clock, _):
                wander(desk, clock, policy=policy, lives=lives, steps=steps, number=number)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            wrong.append(f"{policy}, seed {number}:\n{traceback.format_exc()[-4000:]}")
        finally:
            cluster.stop()
            forget_folder(folder)
    return wrong


@contextmanager
def opened(cluster: Cluster, name: str) -> Iterator[tuple[Desk, FixedClock, str]]:
    """Open a desk on a new database of a cluster; tell its clock, and its owner's URL."""
    create_database(cluster.url.replace("/stoa?", "/postgres?"), name)
    url, clock, given = cluster.url.replace("/stoa?", f"/{name}?"), FixedClock(), read_settings()
    stoa_migrations.upgrade(url)
    desk = Desk(
        hot=open_engine(url, given, pool_size=2, autocommit=True),
        cold=open_engine(url, given, pool_size=2),
        plugins=Plugins({"plain": PlainPlugin()}),
        programme=Programme("STAR", "CNY", _ZONE, 900),
        clock=clock,
    )
    try:
        yield desk, clock, url
    finally:
        desk.close()


def _found(desk: Desk, policy: str) -> Coalition:
    """Found an alliance whose points live two months, and whose cinema lets them mature."""
    coalition = a_coalition(desk)
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star points", rule=_EXPIRY.rule, months=_EXPIRY.months,
            face_value=Decimal("0.01"), debt_policy=policy, grace_days=GRACE_DAYS,
        )  # fmt: skip
        partners.agree(
            work, coalition.cinema, effective_from=NOON.date(), issue_price=Decimal("0.012"),
            reimbursement_rate=Decimal("0.009"), backdate_days=30, return_days=3000,
            pending_days=_PENDING_DAYS,
        )  # fmt: skip
        partners.agree(
            work, coalition.grocery, effective_from=NOON.date(), issue_price=Decimal("0.012"),
            reimbursement_rate=Decimal("0.009"), backdate_days=30, return_days=3000,
        )  # fmt: skip
    return coalition


_CALLERS = st.booleans()
_WHO = st.sampled_from(_NAMES)
_WHICH = st.integers(0, 2)


class _Machine(RuleBasedStateMachine):
    """One life. `_pick` draws an index, and means the newest where there are fewer."""

    life: ClassVar[_Life]

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Someone] = {}
        self.model = Model(self.life.policy, GRACE_DAYS)
        self.sales: list[tuple[Any, Sale, bool]] = []
        self.holds: list[tuple[Any, Hold, bool]] = []
        self.bonuses: list[tuple[UUID, Bonus]] = []
        self.deeds = 0
        self.touched = ""
        self.life.clock.now = NOON

    @property
    def today(self) -> date:
        return local_day(self.life.clock.now, _ZONE)

    def work(self, *, grocery: bool) -> Any:
        coalition = self.life.coalition
        return self.life.desk.work(coalition.as_grocery() if grocery else coalition.as_cinema())

    @initialize()
    def enrol(self) -> None:
        for name in _NAMES:
            self.people[name] = self.life.coalition.a_member(name)
            self.model.wallets[name] = Wallet()
        with self.life.desk.work(Actor("cli")) as work:
            tiers.assign(work, self.people["eve"].id, "gold", reason="test")

    @rule(
        who=_WHO, grocery=_CALLERS, points=st.integers(0, 30), pieces=st.integers(1, 4),
        days=st.sampled_from((0, 1, 3)),
    )  # fmt: skip
    def earn(self, who: str, grocery: bool, points: int, pieces: int, days: int) -> None:  # noqa: FBT001
        self.touched = who
        self.life.clock.move(days=days)
        line = ReportLine(1, "a", "", pieces * 1000, "ea", points * 100)
        report = self.life.coalition.a_purchase(self.people[who], lines=[line])

        def deed(work: Work, key: Key) -> Any:
            return earning.earn(work, report, key=key)

        earned = self.do(deed, "", grocery=grocery)
        legs = [each for each in (points, points if who == "eve" else 0) if each]
        expires_on = _EXPIRY.last_day(self.today)
        assert expires_on is not None
        ripe = self.today if grocery else self.today + timedelta(days=_PENDING_DAYS)
        lots = self.model.earn(who, legs, expires_on, min(ripe, expires_on))
        sale = Sale(who, self.today, pieces, list(zip(legs, lots, strict=True)))
        self.sales.append((earned.purchase_id, sale, grocery))

    @rule(who=_WHO, grocery=_CALLERS, points=st.integers(1, 40))
    def hold(self, who: str, grocery: bool, points: int) -> None:  # noqa: FBT001
        self.touched = who
        taken = self.model.hold(who, points, self.life.clock.now, self.today, _TTL)
        told = taken if isinstance(taken, str) else ""

        def deed(work: Work, key: Key) -> Any:
            ttl_s = int(_TTL.total_seconds())
            ask = Ask(met(work, self.people[who]), "main", points, ttl_s=ttl_s)
            return redemption.hold(work, ask, key=key)

        held = self.do(deed, told, grocery=grocery)
        if isinstance(taken, Hold):
            self.holds.append((held.redemption.id, taken, grocery))

    @rule(which=_WHICH, points=st.integers(1, 40), whole=st.booleans())
    def capture(self, which: int, points: int, whole: bool) -> None:  # noqa: FBT001
        if self.holds:
            hold_id, hold, grocery = self._pick(self.holds, which)
            points = hold.points if whole else points
            told = self.model.capture(hold, points, self.life.clock.now, self.today)
            self.do(
                lambda work, key: redemption.capture(work, hold_id, points=points, key=key),
                told, grocery=grocery,
            )  # fmt: skip

    @rule(who=_WHO, grocery=_CALLERS)
    def spend_all(self, who: str, grocery: bool) -> None:  # noqa: FBT001
        points = self.model.figures(who, self.today)["available"]
        if points:
            before = len(self.holds)
            self.hold(who=who, grocery=grocery, points=points)
            if len(self.holds) > before:
                self.capture(which=0, points=points, whole=True)

    @rule(which=_WHICH)
    def void_hold(self, which: int) -> None:
        if self.holds:
            hold_id, hold, grocery = self._pick(self.holds, which)
            told = self.model.release(hold, "voided", self.life.clock.now, self.today)
            self.do(
                lambda work, key: redemption.void(work, hold_id, key=key), told, grocery=grocery
            )

    @rule(which=_WHICH)
    def extend(self, which: int) -> None:
        if self.holds:
            hold_id, hold, grocery = self._pick(self.holds, which)
            for _ in range(2):  # the second time is always refused
                told = self.model.extend(hold, self.life.clock.now, 2 * _TTL)
                self.do(
                    lambda work, key: redemption.extend(work, hold_id, ttl_s=600, key=key),
                    told, grocery=grocery,
                )  # fmt: skip

    @rule(which=_WHICH, points=st.integers(1, 20), whole=st.booleans())
    def refund(self, which: int, points: int, whole: bool) -> None:  # noqa: FBT001
        if self.holds:
            hold_id, hold, grocery = self._pick(self.holds, which)
            left = hold.captured - hold.refunded
            points = left if whole and left else points
            told = self.model.refund(hold, points, self.today)
            self.do(
                lambda work, key: refunds.refund(work, hold_id, points=points, key=key),
                told, grocery=grocery,
            )  # fmt: skip

    @rule(who=_WHO, points=st.integers(1, 40))
    def give(self, who: str, points: int) -> None:
        other = next(name for name in _NAMES if name != who)
        told = self.model.give(who, other, points, self.today)
        giver, to = self.people[who], self.people[other].token
        self.do(
            lambda work, key: transfers.transfer(
                work, Gift(met(work, giver), to, points, "main"), key=key
            ),
            told, grocery=True,
        )  # fmt: skip
        self.touched = other
        self.compare(who)

    @rule(who=_WHO, points=st.integers(1, 40), days=st.sampled_from((0, 3)))
    def grant(self, who: str, points: int, days: int) -> None:
        self.touched = who
        ends, ripe = _EXPIRY.last_day(self.today), self.today + timedelta(days=days)
        self.bonuses.append((new_uuid(), self.model.grant(who, points, ends or ripe, ripe)))
        self.twice(who, self.bonuses[-1][0], "grant", {
            "legs": [Leg(points, "activity:walk", None)], "expires_on": ends, "available_on": ripe,
        })  # fmt: skip

    @rule(which=_WHICH)
    def ungrant(self, which: int) -> None:
        if self.bonuses:
            bonus, kept = self._pick(self.bonuses, which)
            self.model.ungrant(kept, self.today)
            self.twice(kept.owner, bonus, "ungrant", {})

    def twice(self, who: str, bonus: UUID, deed: str, more: dict[str, Any]) -> None:
        """Give a bonus or take it back, and ask for the same again."""
        more = more | {"reason_code": "trial", "explanation": {}, "facts": {}}
        member_id = self.people[who].id
        for _ in range(2):
            with self.life.desk.work(Actor("worker")) as work:
                getattr(ledger, deed)(work, member_id, "STAR", transaction_id=bonus, **more)

    @rule()
    def expire_holds(self) -> None:
        now = self.life.clock.now
        for hold_id, hold, grocery in self.holds:
            told = self.model.release(hold, "expired", now, self.today)
            partner = self.life.coalition.grocery if grocery else self.life.coalition.cinema
            owner, found = self.people[hold.owner].id, ""
            with self.life.desk.work(Actor("worker")) as work:
                try:
                    redemption.expire(work, owner, partner, hold_id, hold.points)
                except HoldClosedError as refused:
                    found = refused.code
            assert found == told

    @rule(which=_WHICH, pieces=st.integers(1, 4), whole=st.booleans())
    def take_back(self, which: int, pieces: int, whole: bool) -> None:  # noqa: FBT001
        if self.sales:
            purchase_id, sale, grocery = self._pick(self.sales, which)
            left = sale.pieces - sale.back
            pieces = left if whole and left else pieces
            taken = self.model.take_back(sale, pieces, self.today)
            told = taken if isinstance(taken, str) else ""
            if told == "EXCEEDS_PURCHASE" and not left:
                told = "ALREADY_RETURNED"
            quantities = {1: pieces * 1000}
            done = self.do(
                lambda work, key: returns.return_lines(work, purchase_id, quantities, key=key),
                told, grocery=grocery,
            )  # fmt: skip
            if not isinstance(taken, str):
                assert done.debt_booked == (0 if self.life.policy == "floor" else taken[1])

    @rule(which=_WHICH)
    def void_purchase(self, which: int) -> None:
        if self.sales:
            purchase_id, sale, grocery = self._pick(self.sales, which)
            refused = sale.state != "posted" or sale.back > 0 or sale.day != self.today
            self.do(
                lambda work, key: returns.void(work, purchase_id, key=key),
                "PURCHASE_CLOSED" if refused else "", grocery=grocery,
            )  # fmt: skip
            if not refused:
                self.model.take_back(sale, sale.pieces, self.today)
                sale.state = "voided"

    @rule(who=_WHO)
    def expire_points(self, who: str) -> None:
        self.touched = who
        with self.life.desk.work(Actor("worker")) as work:
            ended = ledger.expire(work, self.people[who].id, "STAR")
        assert ended == self.model.expire(who, self.today)

    @rule(who=_WHO)
    def mature(self, who: str) -> None:
        self.touched = who
        with self.life.desk.work(Actor("worker")) as work:
            ledger.mature(work, self.people[who].id, "STAR")

    @rule(days=st.integers(0, 20), minutes=st.sampled_from((0, 1, 5, 600)))
    def wait(self, days: int, minutes: int) -> None:
        self.life.clock.move(days=days, minutes=minutes)

    @rule(who=_WHO, which=_WHICH, offset=st.sampled_from((-1, 0, 1)))
    def wait_for_a_lot(self, who: str, which: int, offset: int) -> None:
        """Wait for the day, or the one before or after, on which a lot matures or ends."""
        days = {day for lot in self.model.lots(who) for day in lot[:2] if day > self.today}
        if days:
            day = sorted(days)[which % len(days)] + timedelta(days=offset)
            self.life.clock.move(days=(day - self.today).days)
            self.mature(who=who)

    def do(self, deed: Callable[[Work, Key], Any], told: str, *, grocery: bool) -> Any:
        """Do a deed, refused with the code `told` or not at all; ask twice every third time."""
        key, done = a_key(), None
        self.deeds += 1
        again = self.deeds % 3 == 0
        with self.work(grocery=grocery) as work:
            for _ in range(2 if again else 1):
                last, found = None, ""
                try:
                    last = deed(work, key)
                except StoaError as refused:
                    found = refused.code
                assert found == told
                if done and last:
                    assert last.replayed
                    assert replace(last.balance, seq=0) == replace(done.balance, seq=0)
                done = done or last
        return done

    def _pick(self, things: list[Any], which: int) -> Any:
        thing = things[-1 - which % len(things)]
        self.touched = thing[1].owner
        return thing

    @invariant()
    def touched_wallet_is_right(self) -> None:
        if self.touched:
            self.compare(self.touched)
        self.touched = ""

    def teardown(self) -> None:
        """Compare every wallet and every lot with the model's."""
        for name in self.people:
            self.compare(name)

    def compare(self, name: str) -> None:
        with self.work(grocery=True) as work:
            served = ledger.balance_of(work, self.people[name].id, "STAR").balance
            rows = work.rows(
                "SELECT expires_on, available_on, remaining, held FROM lots WHERE member_id = %s"
                " AND currency = 'STAR' ORDER BY expires_on, seq",
                (self.people[name].id,),
            )
        figures = self.model.figures(name, self.today)
        if self.life.policy == "negative":
            figures |= {"available": figures["available"] - figures["debt"], "debt": 0}
        shown = {each: getattr(served, each) for each in figures}
        assert shown == figures, f"{name}: served {shown}, to be {figures}"
        assert [tuple(row) for row in rows] == self.model.lots(name), f"lots of {name}"
