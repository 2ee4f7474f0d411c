"""The harbour for tests: an alliance on the demo's own programme, told in sentences.

    ada = harbour.member("Ada")
    ada.buys("800.00")
    assert ada.tier == "gold"

Everything goes through the real deeds: purchases are earned, returned and redeemed, and after each
the worker tells the outbox until it is empty.
Prices are in yuan, moments in Shanghai. At most shops 1.00 earns a point; the coffee house gives a
hundred, so that points grow faster than spend.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from stoa.demo.rules import read_programme
from stoa.services import (
    activities,
    earning,
    invitations,
    ledger,
    members,
    partners,
    programmes,
    redemption,
    returns,
    rulebook,
    tiers,
)
from stoa.services.activities import Done
from stoa.services.earning import Earned, Report, ReportLine
from stoa.services.members import Token
from stoa.services.redemption import Ask
from stoa.values.facts import EarnedLine
from stoa.values.ladders import Ladder
from stoa.values.periods import zone
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, BEATS
from world import FixedClock, a_coalition, a_key, met, minor

__all__ = ["Harbour", "Person", "a_harbour", "found_harbour", "lines_of", "points_for"]

SHOPS = ("bakery", "coffee", "pharmacy", "books", "fashion", "toys", "electronics")
_HUNDRED = {"points_per_unit": 100}
_FOLLOWING = [beat for beat in BEATS if beat.name not in ("log", "fold_positions")]
_OF_REASON = """
SELECT coalesce(sum(points), 0) FROM postings WHERE member_id = %s AND reason = %s
"""
_HERE = zone("Asia/Shanghai")


@dataclass
class Harbour:
    """The alliance, its clock and its worker."""

    desk: Desk
    clock: FixedClock
    shops: dict[str, UUID]
    _receipts: int = field(default=0)

    def on(self, day: str, at: str = "12:00") -> "Harbour":
        """Move the clock to a moment in Shanghai."""
        moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), tzinfo=_HERE)
        self.clock.now = moment.astimezone(tz=self.clock.now.tzinfo)
        return self

    def later(self, **delta: float) -> "Harbour":
        """Let some time pass."""
        self.clock.now += timedelta(**delta)
        return self

    def member(self, name: str = "Ada", **identifiers: Any) -> "Person":
        """Enrol somebody at the grocery."""
        with self.desk.work(self.at("grocery")) as work:
            found, card = members.enrol(work, name, **identifiers)
        self.work()
        return Person(self, found.id, Token("card", card))

    def at(self, shop: str) -> Actor:
        """Return the till of a shop."""
        return Actor(f"client:{shop}", self.shops[shop])

    def work(self) -> None:
        """Let the worker do all that follows, until nothing is left to do."""
        done = 1
        while done:
            done = 0
            for beat in _FOLLOWING:
                with self.desk.work(ACTOR) as work:
                    done += beat.deed(work, lambda: False)

    def ladder(self, code: str) -> Ladder:
        """Return a ladder as it holds now."""
        with self.desk.work(Actor("test")) as work:
            return tiers.current(work).by_code[code]

    def document(self, kind: str, code: str) -> dict[str, Any]:
        """Return the document of a rule."""
        with self.desk.work(Actor("test")) as work:
            return deepcopy(dict(rulebook.find(work, kind, code).document))

    def changes(self, kind: str, code: str, **fields: Any) -> None:
        """Let another version of a rule hold, with some fields changed."""
        with self.desk.work(Actor("cli")) as work:
            document = dict(rulebook.find(work, kind, code).document) | fields
            programmes.load(work, [RuleFile(kind, code, document)])

    def report(self, who: "Person", totals: tuple[str, ...], **changes: Any) -> Report:
        """Return what a till says of a purchase, a line for each total."""
        self._receipts += 1
        report = Report(
            who.token, "main", "t1", f"H-{self._receipts}", self.clock(), "CNY",
            tuple(
                ReportLine(number, f"sku-{number}", "", 1000, "ea", minor(total))
                for number, total in enumerate(totals, 1)
            ),
        )  # fmt: skip
        return replace(report, **changes)


@dataclass(frozen=True)
class Person:
    """A member of the harbour."""

    harbour: Harbour
    id: UUID
    token: Token

    def buys(self, *totals: str, shop: str = "grocery", **changes: Any) -> Earned:
        """Buy something now; then the worker does what follows."""
        report = self.harbour.report(self, totals, **changes)
        with self.harbour.desk.work(self.harbour.at(shop)) as work:
            earned = earning.earn(work, report, key=a_key())
        self.harbour.work()
        return earned

    def gives_back(self, bought: Earned, *, shop: str = "grocery") -> None:
        """Bring all of a purchase back."""
        with self.harbour.desk.work(self.harbour.at(shop)) as work:
            returns.return_lines(
                work, bought.purchase_id, {1: 1000}, key=a_key(),
                receipt_no=f"{bought.purchase_id}-R", terminal="t1",
            )  # fmt: skip
        self.harbour.work()

    def redeems(self, points: int, *, shop: str = "grocery") -> None:
        """Spend points at a till."""
        with self.harbour.desk.work(self.harbour.at(shop)) as work:
            ask = Ask(met(work, self.id), "main", points)
            held = redemption.hold(work, ask, key=a_key()).redemption
            redemption.capture(work, held.id, points=None, key=a_key())
        self.harbour.work()

    def invites(self, name: str) -> "Person":
        """Bring a friend, who enrols by the member's code."""
        friend = self.harbour.member(name)
        friend.comes_by(self.code)
        return friend

    @property
    def code(self) -> str:
        """The code by which friends come."""
        with self.harbour.desk.work(self.harbour.at("grocery")) as work:
            return invitations.code_of(work, self.id)

    def comes_by(self, code: str) -> None:
        """Name somebody's code."""
        with self.harbour.desk.work(self.harbour.at("grocery")) as work:
            invitations.join(work, self.id, code)

    @property
    def was_refused(self) -> str:
        """Why the member's relation to whoever invited is void; empty where it is not."""
        with self.harbour.desk.work(Actor("test")) as work:
            found = work.rows(
                "SELECT reason FROM referrals WHERE invitee_id = %s AND state = 'refused'",
                (self.id,),
            )
            return str(found[0][0]) if found else ""

    @property
    def points(self) -> int:
        """What the member may spend."""
        with self.harbour.desk.work(Actor("test")) as work:
            return ledger.balance_of(work, self.id, "STAR").balance.available

    def points_of(self, reason: str) -> int:
        """What the member got for a reason so far."""
        statement = (
            "SELECT coalesce(sum(points), 0) FROM postings WHERE member_id = %s AND reason = %s"
        )
        with self.harbour.desk.work(Actor("test")) as work:
            return int(work.rows(statement, (self.id, reason))[0][0])

    def does(self, activity: str, *, proof: str = "", device: str = "") -> int:
        """Do something that earns without a purchase; return its points."""
        done = Done(self.token, activity, proof=proof, device=device)
        with self.harbour.desk.work(self.harbour.at("grocery")) as work:
            return activities.report(work, done, key=a_key()).points

    def put_into(self, tier: str) -> None:
        """Put the member into a tier of the main ladder by hand."""
        with self.harbour.desk.work(Actor("cli")) as work:
            tiers.assign(work, self.id, tier, reason="for the test")

    @property
    def tier(self) -> str:
        """The member's tier in the main ladder."""
        return self.tier_in("main")

    def tier_in(self, ladder: str) -> str:
        """Return the member's tier in a ladder."""
        with self.harbour.desk.work(Actor("test")) as work:
            footing = tiers.of(work, self.id).get(ladder)
            return footing.tier if footing else tiers.current(work).by_code[ladder].tiers[0].code


def points_for(earned: Earned, reason: str) -> int:
    """Return the points of a purchase whose reason begins so."""
    return sum(line.points for line in lines_of(earned, reason))


def lines_of(earned: Earned, reason: str) -> list[EarnedLine]:
    """Return the lines of a purchase whose reason begins so."""
    return [line for line in earned.lines if line.reason.startswith(reason)]


def found_harbour(desk: Desk) -> None:
    """Found the coalition of all tests with more shops, and the demo's whole programme."""
    coalition = a_coalition(desk)
    with desk.work(Actor("cli")) as work:
        for code in SHOPS:
            partner_id = partners.onboard(
                work, code, code.title(), trade=code, plugin="plain",
                settings=_HUNDRED if code == "coffee" else {},
            )  # fmt: skip
            partners.add_store(
                work, partner_id, coalition.site, "main", "Main store", currency="CNY"
            )
    with desk.work(Actor("cli")) as work:
        programmes.load(work, read_programme())


def a_harbour(desk: Desk, clock: FixedClock) -> Harbour:
    """Return the harbour that was founded on a desk's database."""
    with desk.work(Actor("test")) as work:
        shops = {row[0]: row[1] for row in work.rows("SELECT code, id FROM partners")}
    return Harbour(desk, clock, shops)
