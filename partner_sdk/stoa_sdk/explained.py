"""What was explained: an entry by the lots its points came of, a purchase line by line in words."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from stoa_sdk.facts import EntryKind, Money, Payer
from stoa_sdk.records import Record

__all__ = [
    "Explained",
    "Fate",
    "KnownFact",
    "LotPoints",
    "LotUse",
    "Rules",
    "Story",
    "StoryDeed",
    "StoryLine",
    "Taken",
    "Whose",
]


class Whose(StrEnum):
    """Whose lot or deed it is; of another partner's there are points and dates alone."""

    YOURS = "yours"
    OPERATOR = "operator"
    ANOTHER_PARTNER = "another_partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(Record):
    """The versions of the rules that a deed went by; `None` where one was not kept."""

    plugin: str | None
    plugin_version: str | None
    partner_version: int | None
    agreement_version: int | None
    currency_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPoints(Record):
    """Points of one lot: who issued them, who pays, at which price, by which rules.

    Of another partner's lot there are the points and the dates, and `None` for the rest.

    Attributes:
        entry: the entry that brought the lot to this member.
        price: money of one point.
        moved: whether the lot came from another wallet.
    """

    entry: int
    points: int
    whose: Whose | str
    issuer: str | None
    payer: Payer | str | None
    price: Money | None
    reason: str | None
    explanation: str | None
    store: str | None
    reference: str | None
    business_date: date
    available_on: date | None
    expires_on: date | None
    moved: bool
    rules: Rules | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotUse(Record):
    """Points that a later entry took of a lot."""

    entry: int
    points: int
    kind: EntryKind | str
    whose: Whose | str
    store: str | None
    reference: str | None
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Record):
    """All points that were taken of a lot in one way, such as ``burned`` or ``expired``."""

    account: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate(Record):
    """What became of a lot: what is left, what was taken, and the last hundred uses."""

    left: int
    held: int
    taken: tuple[Taken, ...]
    uses: tuple[LotUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained(Record):
    """One entry, all told.

    Attributes:
        brought: the lot, for points that came; `fate` says what became of it.
        lots: those that points which went were taken of.
        owed: points that went but were spent before, and became debt.
    """

    entry: int
    transaction_id: str
    kind: EntryKind | str
    points: int
    balance: int
    account: str
    whose: Whose | str
    actor: str | None
    reason: str | None
    explanation: str | None
    store: str | None
    reference: str | None
    business_date: date
    recorded_at: datetime
    price: Money | None
    rules: Rules | None
    brought: LotPoints | None
    fate: Fate | None
    lots: tuple[LotPoints, ...]
    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact(Record):
    """A fact that rules went by, as it was then: its key, and in words."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine(Record):
    """A movement of points in words: what it was, by which rule, and how its points came about.

    Attributes:
        rule: such as ``campaign:double11``, with its version and what members call it; `None`
            where they were not kept.
        wants: what the rule's condition wanted.
    """

    entry: int
    points: int
    account: str
    reason: str
    headline: str
    arithmetic: str
    rule: str | None
    rule_version: int | None
    rule_name: str | None
    wants: str | None
    payer: Payer | str | None
    available_on: date | None
    expires_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDeed(Record):
    """The earning of a purchase, or a return of it; `points` are all of it, before debts."""

    transaction_id: str
    kind: EntryKind | str
    currency: str
    points: int
    business_date: date
    recorded_at: datetime
    lines: tuple[StoryLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(Record):
    """A purchase, explained; it has no deeds while its points are pending."""

    purchase_id: str
    member_ref: str
    language: str
    status: str
    store: str
    receipt_no: str
    business_date: date
    tier: str | None
    facts: tuple[KnownFact, ...]
    deeds: tuple[StoryDeed, ...]
