"""A tiny world for tests: a coalition in a few lines, members, purchases, a clock that obeys."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from stoa import hookimpl
from stoa.services import identity, member_codes, members, partners, tiers
from stoa.services.earning import Report, ReportLine
from stoa.services.members import Token
from stoa.services.tiers import TierTerms
from stoa.values.events import Event
from stoa.values.facts import (
    Benefit,
    Claim,
    EarnLine,
    Grant,
    Order,
    Purchase,
    Refusal,
    Reward,
    Standing,
    Tender,
    TenderKind,
)
from stoa.values.periods import ExpiryRule
from stoa.values.settings import Kind, Setting
from stoa.work import Actor, Desk, Key, Work

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai on 1 May 2026."""


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        """Move by a timedelta's arguments."""
        self.now += timedelta(**delta)


class PlainPlugin:
    """Plain: one point for each whole unit of money, a shelf of two rewards, a cup of tea.

    Tests make it misbehave by `wrong`: a callable raised or answered instead of the base lines.
    They decide claims by `grant`: a callable that is given the claim and the standing.
    They tell other benefits by `told`: a callable that is given the standing and the settings.
    """

    def __init__(self) -> None:
        self.wrong: Any = None
        self.grant: Any = None
        self.told: Any = None
        self.heard: list[Event] = []

    @hookimpl
    def settings(self) -> Sequence[Setting]:
        return [Setting("points_per_unit", Kind.INTEGER, "Points per 1.00", 1, maximum=1000)]

    @hookimpl
    def refuse_purchase(self, purchase: Purchase, settings: Mapping[str, Any]) -> Refusal | None:
        if any(line.sku == "forbidden" for line in purchase.lines):
            return Refusal("forbidden_article", "This article is not sold here.")
        return None

    @hookimpl
    def earn_lines(
        self, purchase: Purchase, standing: Standing, settings: Mapping[str, Any]
    ) -> Any:
        if self.wrong is not None:
            return self.wrong() if callable(self.wrong) else self.wrong
        points = purchase.earning_minor * settings["points_per_unit"] // 100
        money = f"{purchase.earning_minor // 100}.{purchase.earning_minor % 100:02}"
        return [EarnLine(points, "base", f"{money} at {settings['points_per_unit']} per 1.00")]

    @hookimpl
    def benefits(
        self, standing: Standing, settings: Mapping[str, Any], at: datetime
    ) -> Sequence[Benefit]:
        if self.told is not None:
            told: Sequence[Benefit] = self.told(standing, settings)
            return told
        return [Benefit("tea", "A cup of tea", "ea", 1000, f"{standing.tier} tier: one a day")]

    @hookimpl
    def claim_benefit(
        self, claim: Claim, standing: Standing, settings: Mapping[str, Any]
    ) -> Grant | Refusal | None:
        if self.grant is not None:
            decided: Grant | Refusal | None = self.grant(claim, standing)
            return decided
        if claim.benefit != "tea":
            return None
        if claim.used_milli or claim.subject_used_milli:
            return Refusal("used_up", "One cup a day.")
        return Grant(1000, "ea", 800, 0, "one cup of 8.00")

    @hookimpl
    def rewards(self, settings: Mapping[str, Any], at: datetime) -> Sequence[Reward]:
        return [
            Reward("mug", "A mug", 500, 2500, 3),
            Reward("ticket", "A ticket", 2000, 8000),
        ]

    @hookimpl
    def price_reward(
        self, order: Order, standing: Standing, settings: Mapping[str, Any]
    ) -> int | None:
        return 1200 if (order.reward, order.quantity) == ("mug", 3) else None

    @hookimpl
    def happened(self, event: Event, settings: Mapping[str, Any]) -> None:
        self.heard.append(event)


@dataclass
class Coalition:
    """Two partners on the plain plugin at one mall, each with a store ``main``."""

    desk: Desk
    site: UUID
    grocery: UUID
    cinema: UUID
    _receipts: int = field(default=0)

    def as_grocery(self) -> Actor:
        return Actor("client:grocery", self.grocery)

    def as_cinema(self) -> Actor:
        return Actor("client:cinema", self.cinema)

    def a_member(self, name: str = "Ada", **identifiers: Any) -> "Someone":
        with self.desk.work(self.as_grocery()) as work:
            found, card = members.enrol(work, name, **identifiers)
        return Someone(found.id, Token("card", card))

    def a_purchase(self, who: "Someone", total: str = "100.00", **changes: Any) -> Report:
        """Return a report of one line; `lines` may be given as a list of totals."""
        self._receipts += 1
        totals = changes.pop("lines", [total])
        values: dict[str, Any] = {
            "member": who.token,
            "store": "main",
            "terminal": "t1",
            "receipt_no": f"R-{self._receipts}",
            "occurred_at": self.desk.clock(),
            "currency": "CNY",
            "lines": tuple(
                line
                if isinstance(line, ReportLine)
                else ReportLine(number, f"sku-{number}", "", 1000, "ea", minor(line))
                for number, line in enumerate(totals, 1)
            ),
        }
        return Report(**values | changes)


@dataclass(frozen=True)
class Someone:
    """A member and the card in the member's hand."""

    id: UUID
    token: Token


def met(work: Work, who: "Someone | UUID") -> Token:
    """Return the name under which the work's partner has met a member: it may spend."""
    assert work.actor.partner_id is not None
    ref_key = partners.terms(work, work.actor.partner_id).ref_key
    return Token("member_ref", identity.member_ref(ref_key, _id_of(who)))


def code(work: Work, who: "Someone | UUID") -> Token:
    """Return the member code that a member shows now: it may spend once each half minute."""
    return Token("qr", member_codes.show(work, _id_of(who)).text)


def _id_of(who: "Someone | UUID") -> UUID:
    return who if isinstance(who, UUID) else who.id


def minor(amount: str) -> int:
    """Return the minor units of an amount with two decimals."""
    return int(Decimal(amount) * 100)


def points_tender(amount: str) -> tuple[Tender, ...]:
    """Return a tender paid wholly with points."""

    return (Tender(TenderKind.POINTS, minor(amount)),)


def a_key(text: str | None = None, body: str = "") -> Key:
    """Return a fresh key, or the one of a text with the fingerprint of a body."""
    return Key(text or uuid4().hex, hashlib.sha256(body.encode()).digest()[:16])


def a_coalition(desk: Desk) -> Coalition:
    """Found the programme: STAR points for a year, three tiers, a mall, two partners."""
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star points", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01")
        )
        tiers.define(
            work,
            [
                TierTerms("basic", "Basic", 0, 0),
                TierTerms("silver", "Silver", 1, 20),
                TierTerms("gold", "Gold", 2, 100),
            ],
        )
        site = partners.add_site(work, "mall", "Harbour Mall", zone="Asia/Shanghai")
        grocery = partners.onboard(
            work, "grocery", "Harbour Grocery", trade="grocery", plugin="plain", settings={}
        )
        cinema = partners.onboard(
            work, "cinema", "Star Cinema", trade="cinema", plugin="plain", settings={}
        )
        for partner in (grocery, cinema):
            partners.add_store(work, partner, site, "main", "Main store", currency="CNY")
    return Coalition(desk, site, grocery, cinema)
