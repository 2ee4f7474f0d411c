"""Tells a story to the real deeds, each at its own moment of the past."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import singledispatchmethod
from heapq import heappop, heappush
from uuid import UUID

from stoa.demo import office
from stoa.demo.office import Office
from stoa.demo.rules import read_programme
from stoa.demo.shops import SHOPS, SITES, Shop
from stoa.demo.story import (
    Activity,
    Enrol,
    Gate,
    GiveBack,
    Happening,
    Order,
    Park,
    Purchase,
    Redeem,
    Refuel,
    Step,
    Story,
    Ticket,
)
from stoa.errors import (
    ActivityDoneError,
    ActivityLimitError,
    ActivityTooSoonError,
    ChanceLimitError,
    ChanceTopTierError,
    ClaimRefusedError,
    DrawClosedError,
    InsufficientPointsError,
    ProofRefusedError,
    StayUnknownError,
    TicketLimitError,
)
from stoa.services import (
    activities,
    agreements,
    benefits,
    catalog,
    clockwork,
    coupons,
    credentials,
    draws,
    earning,
    funding,
    identity,
    invitations,
    ledger,
    members,
    orders,
    outbox,
    parking,
    partners,
    plates,
    programmes,
    promotions,
    redemption,
    returns,
    rewards,
    stays,
)
from stoa.services.activities import Done
from stoa.services.benefits import Wish
from stoa.services.earning import Report
from stoa.services.members import Token
from stoa.services.redemption import Ask
from stoa.values.facts import Tender
from stoa.values.identifiers import public_id
from stoa.values.periods import ExpiryRule, local_day, zone
from stoa.values.stays import Side
from stoa.work import Actor, Desk, Key
from stoa.worker import ACTOR as WORKER
from stoa.worker import BEATS, follow

__all__ = ["OPEN_TTL_S", "PastClock", "Sown", "sow"]

OPEN_TTL_S = 7200
"""How long the holds stay open that people look at while the demo runs."""

_OPERATOR = Actor("cli")
_LEAST_POINTS = 100
_FOLLOWING = tuple(
    beat
    for beat in BEATS
    if beat.name in ("recheck_tiers", "review_tiers", "match_returns", "referrals", "undone")
)

_DINNER_MINOR = 16_800
_LITRE_MINOR = 820
_PACK_PRICE = Decimal("0.011")
_DAILY = timedelta(days=21)
_SELDOM = 28
"""Before the last days the worker comes by every four weeks only, so that the demo is quick."""
_TOO_MUCH = (
    ActivityDoneError, ActivityLimitError, ActivityTooSoonError, ProofRefusedError,
    ChanceLimitError, ChanceTopTierError, InsufficientPointsError,
    DrawClosedError, TicketLimitError,
)  # fmt: skip
"""What is refused to members as it would be on any day."""

_PAID_WITH_MONEY = (ClaimRefusedError, InsufficientPointsError, StayUnknownError)
"""Why a driver does not pay with points."""


class PastClock:
    """A clock that shows the moment of what is being told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return that moment."""
        return self.now


@dataclass(slots=True)
class Sown:
    """What came of a story: the partners by code, and their clients' ids and secrets."""

    partners: dict[str, UUID] = field(default_factory=dict)
    clients: dict[str, tuple[str, str]] = field(default_factory=dict)


def sow(
    desk: Desk,
    clock: PastClock,
    story: Story,
    *,
    told: Callable[[Happening], None] | None = None,
    settles: bool = True,
) -> Sown:
    """Found the alliance and let everything of the story happen.

    Args:
        desk: on a migrated, empty database, with `clock` as its clock.
        told: called with each happening, to show how far it is.
        settles: whether months are closed and paid on the way.
    """
    sower = _Sower(desk, clock, story)
    sower.found()
    if settles:
        sower.open_office()
    for happening in story.happenings:
        sower.advance(happening.at)
        sower.act(happening)
        if told:
            told(happening)
    sower.advance(story.until)
    sower.tell()
    sower.finish()
    return sower.sown


class _Sower:
    def __init__(self, desk: Desk, clock: PastClock, story: Story) -> None:
        self._desk = desk
        self._clock = clock
        self._people = story.people
        self._next = local_day(story.since, desk.programme.zone)
        self._month = self._next.replace(day=1)
        self._until = story.until
        self._members: dict[int, UUID] = {}
        self._purchases: dict[int, tuple[UUID, Purchase]] = {}
        self._left: list[datetime] = []
        self._keys = 0
        self._check_in = ""
        self._money = {site.code: site.money for site in SITES}
        self._office: Office | None = None
        self.sown = Sown()
        clock.now = story.since - timedelta(hours=1)

    def found(self) -> None:
        """Found the programme, its malls and its shops, with a client for each shop."""
        with self._desk.work(_OPERATOR) as work:
            partners.found_currency(
                work, "Star 星点", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01")
            )
            sites = {
                site.code: partners.add_site(work, site.code, site.name, zone=site.zone)
                for site in SITES
            }
        for shop in SHOPS:
            self._onboard(shop, sites)
        with self._desk.work(_OPERATOR) as work:
            agreements.begin(work)
            programmes.load(work, read_programme())
            office.found(work, self.sown.partners, self._month)
        self._clock.now += timedelta(seconds=self._desk.programme.rule_delay_s)
        with self._desk.work(_OPERATOR) as work:
            self._check_in = activities.make(work, "check-in").text

    def open_office(self) -> None:
        """Let months be closed as they end."""
        last = local_day(self._until, self._desk.programme.zone).replace(day=1)
        self._office = Office(self._desk, self.sown.partners, self.sown.clients, last=last)

    def finish(self) -> None:
        """Let the office do what it is at when the story ends."""
        if self._office:
            self._office.finish()

    def advance(self, to: datetime) -> None:
        """Let the time pass: holds run out, points end, and each night the worker tells the day."""
        while self._left and self._left[0] <= to:
            self._clock.now = heappop(self._left)
            with self._desk.work(WORKER) as work:
                clockwork.expire_holds(work)
        today = local_day(to, self._desk.programme.zone)
        if today >= self._next:
            late = to > self._until - _DAILY
            self._next = today + timedelta(days=1 if late else _SELDOM)
            self.tell()
        month = today.replace(day=1)
        if month != self._month:
            self._month = month
            midnight = datetime.combine(month, time(0, 1), tzinfo=zone(self._desk.programme.zone))
            self._clock.now = midnight
            with self._desk.work(WORKER) as work:
                clockwork.expire_points(work)
            if self._office:
                self._office.turn(month)
        self._clock.now = to

    def tell(self) -> None:
        """Let follow what follows what happened: tiers, challenges, rewards, plugins' notices."""
        done = 1
        while done:
            with self._desk.work(WORKER) as work:
                done = outbox.tell(work, follow, limit=1000)
            for beat in _FOLLOWING:
                with self._desk.work(WORKER) as work:
                    done += beat.deed(work, lambda: False)

    @singledispatchmethod
    def act(self, happening: Happening) -> None:
        """Let one thing happen."""
        raise NotImplementedError(happening)

    @act.register
    def _enrol(self, it: Enrol) -> None:
        person = self._people[it.who]
        with self._desk.work(self._at(person.shop)) as work:
            found, _ = members.enrol(
                work, person.name, locale=person.locale, source=person.source, card=person.card,
                phone=person.phone, email=person.email, born_on=person.born_on,
            )  # fmt: skip
            if it.friend is not None:
                code = invitations.code_of(work, self._members[it.friend])
                invitations.join(work, found.id, code)
        self._members[it.who] = found.id

    @act.register
    def _purchase(self, it: Purchase) -> None:
        total = sum(line.net_minor for line in it.lines)
        report = Report(
            self._card(it.who), it.site, it.terminal, it.receipt_no, it.at, self._money[it.site],
            it.lines, (Tender(it.paid_with, total),),
        )  # fmt: skip
        with self._desk.work(self._at(it.shop)) as work:
            earned = earning.earn(work, report, key=self._key())
        self._purchases[it.number] = (earned.purchase_id, it)

    @act.register
    def _give_back(self, it: GiveBack) -> None:
        purchase_id, bought = self._purchases[it.number]
        quantities = {
            line.line_no: line.quantity_milli
            for line in bought.lines
            if it.line_no in (None, line.line_no)
        }
        with self._desk.work(self._at(it.shop)) as work:
            returns.return_lines(
                work, purchase_id, quantities, key=self._key(),
                receipt_no=f"{bought.receipt_no}-R", terminal=bought.terminal,
            )  # fmt: skip

    @act.register
    def _redeem(self, it: Redeem) -> None:
        ask = self._ask(it)
        if ask is None:
            return
        with self._desk.work(self._at(it.shop)) as work:
            held = redemption.hold(work, ask, key=self._key()).redemption
        if it.outcome == "open":
            return
        if it.outcome == "left":
            heappush(self._left, held.expires_at)
            return
        self._clock.now += timedelta(seconds=45)
        with self._desk.work(self._at(it.shop)) as work:
            if it.outcome == "voided":
                redemption.void(work, held.id, key=self._key())
                return
            part = it.outcome == "part" and held.reward_id is None
            redemption.capture(
                work, held.id, points=held.points // 2 if part else None, key=self._key(),
                reference=f"B-{self._keys:05}",
            )  # fmt: skip

    @act.register
    def _park(self, it: Park) -> None:
        wish = Wish(
            self._card(it.who), it.site, "free_parking", subject=self._people[it.who].plate,
            since=it.at - timedelta(minutes=it.minutes),
        )  # fmt: skip
        try:
            with self._desk.work(self._at("parking")) as work:
                benefits.claim(work, wish)
        except ClaimRefusedError:
            return  # the member pays, as many do

    @act.register
    def _activity(self, it: Activity) -> None:
        purchase_id, _ = self._purchases.get(it.number, (None, None))
        if it.code == "check-in":
            proof = self._check_in
        elif purchase_id is not None:
            proof = public_id("pur", purchase_id)
        else:
            return
        done = Done(self._card(it.who), it.code, it.site, proof)
        with suppress(*_TOO_MUCH), self._desk.work(self._at(it.shop)) as work:
            activities.report(work, done, key=self._key())

    @act.register
    def _step(self, it: Step) -> None:
        with suppress(*_TOO_MUCH), self._desk.work(self._at(it.shop)) as work:
            promotions.buy(work, self._members[it.who], "step-up")

    @act.register
    def _ticket(self, it: Ticket) -> None:
        with suppress(*_TOO_MUCH):
            with self._desk.work(self._at(it.shop)) as work:
                bought = draws.buy(work, self._members[it.who], it.draw).ticket
            if it.nonce:
                with self._desk.work(self._at(it.shop)) as work:
                    draws.draw(work, bought.id, nonce=it.nonce)

    @act.register
    def _order(self, it: Order) -> None:
        ask = Ask(self._met(it.shop, it.who), it.site, reward_id=it.offer)
        issued: list[orders.Coupon] = []
        with suppress(InsufficientPointsError), self._desk.work(self._at(it.shop)) as work:
            held = redemption.hold(work, ask, key=self._key()).redemption
            redemption.capture(work, held.id, points=None, key=self._key())
            order = orders.find(work, held.id)
            issued = orders.codes(work, order) if order and it.used else []
        for coupon in issued:
            self._keys += 1
            ticket = coupons.Ticket(_DINNER_MINOR, receipt_no=f"D-{self._keys:05}")
            with self._desk.work(self._at(it.shop)) as work:
                coupons.redeem(work, coupons.show(work, coupon.code, store=it.site), ticket)

    @act.register
    def _gate(self, it: Gate) -> None:
        plate = self._people[it.who].plate
        seen = stays.Sighting(it.site, plate, it.side, it.at, gate="G1")
        with self._desk.work(self._at("parking")) as work:
            plates.bind(work, self._card(it.who), plate)
        if it.side is Side.OUT:
            with suppress(*_PAID_WITH_MONEY), self._desk.work(self._at("parking")) as work:
                quote = parking.quote(work, parking.Ask(plate=plate))
                met = self._met("parking", it.who)
                parking.apply(work, quote.id, pay="points", member=met)
                parking.capture(work, quote.id)
        with self._desk.work(self._at("parking")) as work:
            stays.note(work, seen)

    @act.register
    def _refuel(self, it: Refuel) -> None:
        wish = Wish(
            self._card(it.who), it.site, "fuel_discount", quantity_milli=it.litres_milli,
            unit_price_minor=_LITRE_MINOR,
        )  # fmt: skip
        with suppress(ClaimRefusedError), self._desk.work(self._at("fuel")) as work:
            benefits.claim(work, wish)

    def _ask(self, it: Redeem) -> Ask | None:
        ttl_s = OPEN_TTL_S if it.outcome == "open" else 300
        with self._desk.work(self._at(it.shop)) as work:
            wallet = ledger.balance_of(work, self._members[it.who], work.programme.currency)
            shelf = catalog.page(work, catalog.Wish(partner=it.shop)).offers
        available = wallet.balance.available
        affordable = [
            offer for offer in shelf if offer.source == rewards.PLUGIN and offer.points <= available
        ]
        if it.reward and affordable:
            chosen = affordable[int(it.share * len(affordable))]
            return Ask(self._met(it.shop, it.who), it.site, reward_id=chosen.id, ttl_s=ttl_s)
        points = int(available * it.share) // _LEAST_POINTS * _LEAST_POINTS
        if points < _LEAST_POINTS:
            return None
        return Ask(self._met(it.shop, it.who), it.site, points, ttl_s=ttl_s)

    def _onboard(self, shop: Shop, sites: dict[str, UUID]) -> None:
        with self._desk.work(_OPERATOR) as work:
            partner_id = partners.onboard(
                work, shop.code, shop.name, trade=shop.trade, plugin=shop.plugin,
                settings=shop.settings, pending_days=shop.pending_days,
                clauses=office.patient(shop.clauses),
            )  # fmt: skip
            for site in SITES:
                if site.code in shop.sites:
                    partners.add_store(
                        work, partner_id, sites[site.code], site.code, f"{shop.name}, {site.city}",
                        currency=site.money,
                    )  # fmt: skip
            self.sown.clients[shop.code] = credentials.issue_client(work, partner_id, "tills")
            if shop.pack:
                funding.buy(work, partner_id, shop.pack, price=_PACK_PRICE)
        self.sown.partners[shop.code] = partner_id

    def _at(self, shop: str) -> Actor:
        return Actor(f"client:{self.sown.clients[shop][0]}", self.sown.partners[shop])

    def _card(self, who: int) -> Token:
        return Token("card", self._people[who].card)

    def _met(self, shop: str, who: int) -> Token:
        """Return the name under which a shop has met a member: a card may not spend."""
        with self._desk.work(self._at(shop)) as work:
            ref_key = partners.terms(work, self.sown.partners[shop]).ref_key
        return Token("member_ref", identity.member_ref(ref_key, self._members[who]))

    def _key(self) -> Key:
        self._keys += 1
        value = f"demo-{self._keys}"
        return Key(value, hashlib.sha256(value.encode()).digest()[:16])
