"""Coupons: a pool of codes, what one of them is worth, where it is taken and who pays (#62, #63).

    {"name": {"en": "20 off"}, "worth": {"kind": "amount", "minor": 2000}, "min_spend_minor": 10000,
     "accepted_at": {"partners": ["cinema", "dining"]}, "from": "2026-05-01",
     "until": "2026-12-31", "valid_days": 30, "uses": 1, "stacks": "others",
     "payers": [{"payer": "operator", "share": 50}, {"payer": "prt:grocery", "share": 50}]}

A coupon is worth an ``amount``, a ``percent`` of the ticket, an ``article`` on it, or a ``service``
that costs nothing. It is valid from the day of its issue, through its last day, in the programme's
zone. All arithmetic is in minor units; a percentage is rounded down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stoa.values.amounts import Rounding, divide, share
from stoa.values.documents import Reading
from stoa.values.payers import PayerShare, read_payers
from stoa.values.texts import Texts

__all__ = [
    "ALONE",
    "CODE_LETTERS",
    "OTHERS",
    "STATES",
    "USE_STATES",
    "WORTHS",
    "Article",
    "Places",
    "Pool",
    "Worth",
    "discount_of",
    "last_day",
    "read_coupon_code",
    "read_pool",
    "split_cost",
    "stands_beside",
]

WORTHS = ("amount", "percent", "article", "service")
STATES = ("ready", "issued", "spent", "expired", "cancelled")
"""Of a code: imported and not given out, given out, all its uses taken, over, taken back."""

USE_STATES = ("reserved", "redeemed", "released", "expired", "rolled_back")
ALONE = "alone"
OTHERS = "others"
CODE_LETTERS = range(12, 33)
"""How long a code is: 12 letters of 32 are the 60 bits that FRD-08 asks for."""

_ALPHABET = frozenset("0123456789ABCDEFGHJKMNPQRSTUVWXYZ")
_ALIKE = str.maketrans("OIL", "011")
_NO_TEXT = Texts(())
_GROUP = "group:"
_WHOLE = 10_000
_MOST_MINOR = 10**9
_MOST_USES = 10**6
_MOST_SUPPLY = 10**8
_MOST_DAYS = 3660
_MOST_PLACES = 200
_ABOUT = 600


@dataclass(frozen=True, slots=True)
class Worth:
    """What a coupon is worth.

    Attributes:
        kind: one of `WORTHS`.
        minor: of an ``amount``; of a ``service`` what its provider is paid.
        basis_points: of a ``percent``: hundredths of a percent.
        most_minor: of a ``percent``, the most it takes off; ``None`` for no bound.
        sku: of an ``article``.
        text: of a ``service``.
    """

    kind: str
    minor: int = 0
    basis_points: int = 0
    most_minor: int | None = None
    sku: str = ""
    text: Texts = _NO_TEXT


@dataclass(frozen=True, slots=True)
class Places:
    """Where a coupon is taken: codes of partners, ``None`` for all, and of ``partner/store``."""

    partners: tuple[str, ...] | None = None
    stores: tuple[str, ...] | None = None

    def has(self, partner: str, store: str) -> bool:
        """Tell whether a store of a partner is one of them."""
        if self.partners is not None and partner not in self.partners:
            return False
        return self.stores is None or f"{partner}/{store}" in self.stores

    def of_partner(self, partner: str) -> bool:
        """Tell whether some store of a partner is one of them."""
        if self.partners is not None and partner not in self.partners:
            return False
        return self.stores is None or any(each.partition("/")[0] == partner for each in self.stores)


@dataclass(frozen=True, slots=True)
class Pool:
    """A rule document of the kind ``coupon``, read.

    Attributes:
        valid_days: days from the issue to the last one, which is included.
        uses: how often one code is taken.
        per_member: how often a member uses codes of the pool, in all.
        stacks: ``alone``, ``others``, or ``group:…`` of which one is taken on a ticket.
        issuers: codes of the partners that may give coupons out by the API.
        supply: how many codes there ever are; ``None`` for no bound.
        codes: ``made`` by us or ``imported``.
        picture: its id; empty for none.
    """

    name: Texts
    about: Texts
    worth: Worth
    min_spend_minor: int
    accepted_at: Places
    first: date
    last: date
    valid_days: int | None
    uses: int
    per_member: int | None
    stacks: str
    payers: tuple[PayerShare, ...]
    issuers: tuple[str, ...]
    supply: int | None
    codes: str
    picture: str

    @property
    def partners_named(self) -> dict[str, str]:
        """Codes of all partners that the document names, by the place where it does."""
        named = {f"payers.{n}.payer": each.partner for n, each in enumerate(self.payers)}
        for place, codes in (
            ("accepted_at.partners", self.accepted_at.partners or ()),
            ("issuers", self.issuers),
        ):
            named |= {f"{place}.{n}": code for n, code in enumerate(codes)}
        return {place: code for place, code in named.items() if code}


@dataclass(frozen=True, slots=True)
class Article:
    """A line of a ticket: what it costs in all, and how many there are, in thousandths."""

    sku: str
    total_minor: int
    quantity_milli: int = 1000


def read_coupon_code(text: str) -> str | None:
    """Return the one spelling of a code that was typed; ``None`` where it can be none.

    Case, spaces and hyphens do not count; ``O`` is 0, ``I`` and ``L`` are 1.
    """
    letters = "".join(letter for letter in text.upper() if letter not in " -").translate(_ALIKE)
    return letters if len(letters) in CODE_LETTERS and set(letters) <= _ALPHABET else None


def read_pool(document: Mapping[str, Any]) -> Pool:
    """Read a pool's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    first, last = reading.day("from"), reading.day("until")
    if "until" not in reading.errors and last < first:
        reading.wrong("until", "It ends before it begins.")
    uses = reading.whole("uses", 1, _MOST_USES, 1)
    codes = reading.choice("codes", ("made", "imported"), "made")
    supply = _optional(reading, "supply", _MOST_SUPPLY)
    if codes == "imported" and supply is not None:
        reading.wrong("supply", "Of imported codes there are as many as are imported.")
    pool = Pool(
        reading.texts("name"), reading.texts("about", most=_ABOUT, optional=True), _worth(reading),
        reading.whole("min_spend_minor", 0, _MOST_MINOR, 0), _places(reading), first, last,
        _optional(reading, "valid_days", _MOST_DAYS), uses,
        _optional(reading, "per_member", _MOST_USES), _stacks(reading),
        read_payers(reading, "payers", reported=True), _words(reading, "issuers") or (), supply,
        codes, reading.word("picture") if reading.has("picture") else "",
    )  # fmt: skip
    reading.done()
    return pool


def last_day(pool: Pool, issued_on: date) -> date:
    """Return the last day of a coupon that is issued on a day; that day is included.

    Days are counted from the pool's first one where the coupon is issued before it.
    """
    if pool.valid_days is None:
        return pool.last
    return min(pool.last, max(issued_on, pool.first) + timedelta(days=pool.valid_days))


def discount_of(worth: Worth, spend_minor: int, lines: Sequence[Article] = ()) -> int | None:
    """Return what a coupon takes off a ticket, in minor units, at most the whole of it.

    ``None`` where it is for an article that the ticket has not.
    """
    if worth.kind == "service":
        return 0
    if worth.kind == "article":
        units = [
            divide(each.total_minor * 1000, each.quantity_milli, Rounding.DOWN)
            if each.quantity_milli > 1000  # noqa: PLR2004 - thousandths of one piece
            else each.total_minor
            for each in lines
            if each.sku == worth.sku and each.quantity_milli > 0
        ]
        return min(max(units), spend_minor) if units else None
    off = worth.minor
    if worth.kind == "percent":
        off = divide(spend_minor * worth.basis_points, _WHOLE, Rounding.DOWN)
        off = off if worth.most_minor is None else min(off, worth.most_minor)
    return min(off, spend_minor)


def stands_beside(stacks: str, others: Sequence[str]) -> bool:
    """Tell whether a coupon may be taken on a ticket beside others, by what each says of that."""
    if stacks == ALONE or ALONE in others:
        return not others
    return stacks == OTHERS or stacks not in others


def split_cost(minor: int, payers: Sequence[PayerShare]) -> list[int]:
    """Return what each payer pays of a cost, to the minor unit; the sum stays."""
    return share(minor, [each.share for each in payers])


def _optional(reading: Reading, name: str, most: int) -> int | None:
    return reading.whole(name, 1, most) if reading.has(name) else None


def _worth(reading: Reading) -> Worth:
    part = Reading(reading.raw("worth"), reading.place("worth"), reading.errors)
    kind = part.choice("kind", WORTHS)
    match kind:
        case "amount":
            found = Worth(kind, part.whole("minor", 1, _MOST_MINOR))
        case "percent":
            most = _optional(part, "most_minor", _MOST_MINOR)
            found = Worth(kind, basis_points=part.whole("basis_points", 1, _WHOLE), most_minor=most)
        case "article":
            found = Worth(kind, sku=part.word("sku"))
        case _:
            minor = part.whole("minor", 0, _MOST_MINOR, 0)
            found = Worth(kind, minor, text=part.texts("text"))
    part.close()
    return found


def _places(reading: Reading) -> Places:
    if not reading.has("accepted_at"):
        return Places()
    part = Reading(reading.raw("accepted_at"), reading.place("accepted_at"), reading.errors)
    everywhere = part.raw("partners") in (None, "all")
    partners = None if everywhere else _words(part, "partners")
    stores = _words(part, "stores")
    for place, each in enumerate(stores or ()):
        partner, _, store = each.partition("/")
        if not partner or not store:
            part.wrong(f"stores.{place}", "Write the partner's code, / and the store's.")
        elif partners is not None and partner not in partners:
            part.wrong(f"stores.{place}", "Its partner is not one of those above.")
    part.close()
    return Places(partners, stores)


def _words(reading: Reading, name: str) -> tuple[str, ...] | None:
    """Read a list of codes; ``None`` where it is missing."""
    written = reading.raw(name)
    if written is None:
        return None
    fits = isinstance(written, list) and 0 < len(written) <= _MOST_PLACES
    if not fits or not all(isinstance(each, str) and each for each in written):
        reading.wrong(name, f"Write a list of 1 to {_MOST_PLACES} codes.")
        return ()
    if len(set(written)) != len(written):
        reading.wrong(name, "A code is named twice.")
    return tuple(written)


def _stacks(reading: Reading) -> str:
    written = reading.raw("stacks")
    if isinstance(written, Mapping):
        part = Reading(written, reading.place("stacks"), reading.errors)
        group = part.word("group")
        part.close()
        return _GROUP + group
    return reading.choice("stacks", (ALONE, OTHERS), ALONE)
