"""What a plugin is shown and what it may answer: frozen records of whole numbers, texts and times.

Every record turns into JSON and back without loss (`stoa.values.wire`), so that a question may be
asked of another process or of the partner's own server.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from stoa.values.arithmetic import Says

__all__ = [
    "Benefit",
    "Claim",
    "Considered",
    "CostShare",
    "EarnLine",
    "EarnedLine",
    "Fulfilment",
    "Grant",
    "Line",
    "Order",
    "Purchase",
    "Receipt",
    "Refusal",
    "Reward",
    "Standing",
    "Tender",
    "TenderKind",
]


class TenderKind(StrEnum):
    """What a purchase was paid with; points, gift cards and coupons earn nothing."""

    CARD = "card"
    CASH = "cash"
    MOBILE = "mobile"
    POINTS = "points"
    GIFT_CARD = "gift_card"
    COUPON = "coupon"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt.

    Attributes:
        line_no: from 1, unique in the receipt.
        sku: the article.
        category: the partner's own word for the kind of article; may be empty.
        quantity_milli: thousandths of `unit`, above zero: 37.8 litres are 37_800.
        unit: ``ea``, ``L``, ``kg``, ``h`` …
        net_minor: what the line cost after discount, tax included, in minor units.
        earning_minor: the part of `net_minor` that earns: without the points-paid part.
    """

    line_no: int
    sku: str
    category: str
    quantity_milli: int
    unit: str
    net_minor: int
    earning_minor: int


@dataclass(frozen=True, slots=True)
class Tender:
    """One means of payment and its amount in minor units.

    Attributes:
        redemption: for points, the public id of the redemption that took them; else empty.
    """

    kind: TenderKind
    minor: int
    redemption: str = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A sale as a partner's plugin sees it; the member's identity is not part of it.

    Attributes:
        id: the public id, ``pur_…``.
        store: the store's code, as the partner named it.
        occurred_at: aware, UTC.
        business_date: the day in the store's own zone.
        currency: ISO 4217, of every amount in minor units.
        zone: the store's own time zone, an IANA name: what its clock shows is `occurred_at` there.
    """

    id: str
    store: str
    occurred_at: datetime
    business_date: date
    currency: str
    lines: tuple[Line, ...]
    tenders: tuple[Tender, ...]
    zone: str = "UTC"

    @property
    def earning_minor(self) -> int:
        """The money of the whole receipt that earns, in minor units."""
        return sum(line.earning_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's place in the tiers and the spend of the day, as a plugin may know it.

    Attributes:
        tier: the tier's code, such as ``gold``.
        rank: 0 for the lowest tier, higher is better.
        spent_today_minor: what the member spent at the partner's sites on the day asked about, in
            the programme's money; told where benefits are asked for, 0 elsewhere.
        visits: on how many days the member bought something at the partner that did not all come
            back; told where benefits are asked for, 0 elsewhere.
    """

    tier: str
    rank: int
    spent_today_minor: int = 0
    visits: int = 0


@dataclass(frozen=True, slots=True)
class EarnLine:
    """Points that a purchase earns, with the reason a member can read.

    Attributes:
        points: whole, at least zero.
        reason: a stable word, such as ``base`` or ``litres``.
        arithmetic: how the number came about, in English: ``"836.00 at 1 point per 1.00"``; where
            `says` is given, it is written from that, and may be left empty.
        line_nos: the receipt lines it was earned on; empty for all that earn.
        says: how the number came about, in figures that every language can tell.
    """

    points: int
    reason: str
    arithmetic: str = ""
    line_nos: tuple[int, ...] = ()
    says: Says = ()


@dataclass(frozen=True, slots=True)
class EarnedLine:
    """Points that were posted for one reason, paid by one payer.

    Attributes:
        payer: ``partner`` (who sells), ``operator``, or another partner's public id.
        on: the points shared over receipt lines, by line number as text, so that a returned line
            gives back exactly its own.
        rule: what it was earned by: ``partner:grocer``, ``ladder:club``, ``campaign:double11``;
            empty in lines from before rules were named.
        rule_version: of the rule's settings or document; 0 where it is not known.
        says: how the number came about, in figures; empty where the text is all that is known.
    """

    reason: str
    points: int
    payer: str
    arithmetic: str
    expires_on: date | None
    on: dict[str, int]
    rule: str = ""
    rule_version: int = 0
    says: Says = ()


@dataclass(frozen=True, slots=True)
class Benefit:
    """A privilege that comes with standing and costs no points.

    Attributes:
        code: stable within the partner: ``free_parking``.
        title: what the member reads.
        unit: what is metered: ``min``, ``L``, ``ea``.
        available_milli: thousandths of the unit that the member may still use now.
        reason: why the member has it: ``"gold tier: 60 min"``.
    """

    code: str
    title: str
    unit: str
    available_milli: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt of the day that may serve a claim; whose it is stays untold.

    Attributes:
        number: from 1 in the claim, in the order of the sales.
        minor: what was bought and did not come back, in minor units of the claim's currency.
        at: when it was sold, aware UTC.
        own: whether the partner that is asked sold it.
    """

    number: int
    minor: int
    at: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A member wants to use a benefit now.

    Attributes:
        id: the public id, ``clm_…``.
        benefit: the benefit's code.
        at: when the benefit is used, aware UTC; for a stay, its end.
        since: for a stay, its start; otherwise ``None``.
        quantity_milli: thousandths of the unit wanted; ``None`` when `since` says it.
        unit_price_minor: what one unit costs, where the till sets the price; otherwise ``None``.
        subject: what it is used for, such as a number plate; may be empty.
        used_milli: what the member used or holds of this benefit on the same day.
        subject_used_milli: what was used of it for this subject on the same day, by anyone.
        currency: ISO 4217, of all money in the answer.
        receipts: the member's of the same day at the same site that serve no other claim of this
            benefit.
        used_ever_milli: what the member used or holds of this benefit in all.
        stay: the public id of the stay it is for, ``sty_…``; empty for all else.
        stay_used_milli: what was used of it, or is held, for this stay, by anyone.
        subject_used_ever_milli: what was used of it, or is held, for this subject in all.
    """

    id: str
    benefit: str
    at: datetime
    since: datetime | None
    quantity_milli: int | None
    unit_price_minor: int | None
    subject: str
    used_milli: int
    subject_used_milli: int
    currency: str
    receipts: tuple[Receipt, ...] = ()
    used_ever_milli: int = 0
    stay: str = ""
    stay_used_milli: int = 0
    subject_used_ever_milli: int = 0


@dataclass(frozen=True, slots=True)
class CostShare:
    """Who pays which part of what a grant is worth.

    Attributes:
        payer: ``operator``, ``partner`` (the one that is asked) or ``receipts``: the sellers of the
            receipts that the grant uses, in proportion to them; the operator where it uses none.
        share: hundredths of the worth.
    """

    payer: str
    share: int


@dataclass(frozen=True, slots=True)
class Considered:
    """An offer that was weighed for a claim, and whether it is part of the grant.

    Attributes:
        quantity_milli: thousandths of the unit that it is for; 0 where that says nothing.
    """

    code: str
    worth_minor: int
    chosen: bool
    quantity_milli: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a claim gets.

    Attributes:
        quantity_milli: thousandths of the unit granted, at least zero.
        unit: as the benefit says.
        worth_minor: what the grant saves the member.
        due_minor: what is left to pay.
        reason: the arithmetic, for the member.
        points_option: points that would pay `due_minor`; ``None`` where points can't.
        receipts: the numbers of the receipts that it uses; they serve no other claim of this
            benefit while this one lasts.
        shares: who pays the worth, 100 hundredths in all; the partner that is asked where none.
        offers: what was weighed, for the member to see.
    """

    quantity_milli: int
    unit: str
    worth_minor: int
    due_minor: int
    reason: str
    points_option: int | None = None
    receipts: tuple[int, ...] = ()
    shares: tuple[CostShare, ...] = ()
    offers: tuple[Considered, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plugin says no: a stable code in lower case and a sentence for people."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reward:
    """Something that costs points.

    Attributes:
        code: stable within the partner.
        title: what the member reads.
        points: list price of one, at least 1.
        worth_minor: what one is worth in the programme's money.
        max_quantity: the most of it in one redemption.
        kind: one of `stoa.values.rewards.KINDS`.
        about: more words, in English.
        titles: pairs of a language and the title in it, beside the English `title`.
        money_minor: what is paid for one beside the points, in the programme's money.
        picture: the id of a picture that was uploaded; empty for none.
        until: the first instant at which it can't be had any more; ``None`` for no end.
        stock: how many are left, as the partner knows; ``None`` where nobody counts.
        fulfil: ``none`` where the till hands it out, ``plugin`` where the errand `fulfil` does.
    """

    code: str
    title: str
    points: int
    worth_minor: int
    max_quantity: int = 1
    kind: str = "gift"
    about: str = ""
    titles: tuple[tuple[str, str], ...] = ()
    money_minor: int = 0
    picture: str = ""
    until: datetime | None = None
    stock: int | None = None
    fulfil: str = "none"


@dataclass(frozen=True, slots=True)
class Order:
    """A member wants a reward: its code and how many; what an errand is told stands below these.

    Attributes:
        id: the public id of the redemption, ``hld_…``: the same however often it is asked for;
            empty while it is being priced.
        member: the reference by which the partner knows the member.
        points: what was paid for all of it.
        money_minor: what was paid in money besides, in minor units of `currency`.
        worth_minor: what all of it is worth, in minor units of `currency`.
        currency: ISO 4217.
        at: when it was paid, aware UTC.
        deliver_to: where it goes, in the words of the partner: ``{"card": "3104 77"}``.
    """

    reward: str
    quantity: int
    id: str = ""
    member: str = ""
    points: int = 0
    money_minor: int = 0
    worth_minor: int = 0
    currency: str = ""
    at: datetime | None = None
    deliver_to: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """How far an order is.

    Attributes:
        state: ``done``, ``later`` (ask again) or ``refused`` (it will never be done).
        reference: the partner's own number of it.
        codes: what the member is handed: numbers of vouchers or tickets.
        detail: why, for people.
        stock_left: how many are left of it at the partner; ``None`` where that is not known.
    """

    state: str
    reference: str = ""
    codes: tuple[str, ...] = ()
    detail: str = ""
    stock_left: int | None = None
