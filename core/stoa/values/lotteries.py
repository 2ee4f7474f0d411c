"""Draws for points (#58): tickets, prizes in stock, odds that are published before.

    {"name": {"en": "Lucky wheel"}, "mode": "instant", "points": 10, "allowed_draw": true,
     "from": "2026-06-01", "until": "2026-06-30", "per_member_day": 3, "budget_points": 5000,
     "prizes": [{"code": "bear", "name": {"en": "A bear"}, "worth_minor": 4900, "stock": 20,
                 "odds_per_million": 10000},
                {"code": "fifty", "name": {"en": "50 points"}, "worth_minor": 50, "stock": 100,
                 "odds_per_million": 50000, "points": 50}]}

``instant``: each ticket is drawn for itself, by a roll. ``raffle``: all tickets are drawn together
at `draws_at`, and every prize goes. Either comes near a lottery (requirements 1d-4) and has to be
allowed by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from stoa.values.chances import MILLION
from stoa.values.documents import Reading
from stoa.values.payers import PayerShare, read_payers
from stoa.values.periods import zone
from stoa.values.texts import Texts

__all__ = ["CONSOLATION", "MODES", "Lottery", "Prize", "read_lottery"]

MODES = ("instant", "raffle")
CONSOLATION = "consolation"
"""The code of what a ticket brings that wins no prize."""

_MOST_POINTS = 10**9
_MOST_BUDGET = 10**12
_MOST_PRIZES = 50
_MOST_UNITS = 10_000
_MOST_TICKETS = 250_000
_TICKETS = 100_000
_ABOUT = 600
_CLAIM_DAYS, _MOST_CLAIM_DAYS = 30, 365
_MINUTES = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Prize:
    """A prize: points or a coupon are given at once, anything else is handed over in a store.

    Attributes:
        worth_minor: in the programme's money, for whoever reads.
        stock: how many there are.
        odds: of an instant draw, in millionths; 0 in a raffle.
        coupon: the pool that its coupon is of; empty for none.
        partner: code of the only one who hands it over; empty for any.
    """

    code: str
    name: Texts
    worth_minor: int
    stock: int
    odds: int
    points: int = 0
    coupon: str = ""
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Lottery:
    """A rule document of the kind ``draw``, read.

    Attributes:
        points: what a ticket costs.
        since: the first day on which tickets are sold, in the programme's zone.
        until: the last one.
        draws_at: when a raffle is drawn, in the programme's zone; ``None`` of an instant draw.
        tickets: how many are sold in all.
        per_member: how many a member buys in all; 0 for any number.
        per_member_day: how many on a day; 0 for any number.
        tiers: of the main ladder, whose members may buy; empty for all.
        once: in a raffle a member wins one prize at most.
        claim_days: how long a prize waits in the store.
        consolation: what a ticket of an instant draw brings that wins nothing else.
    """

    name: Texts
    about: Texts
    mode: str
    points: int
    since: date
    until: date
    draws_at: datetime | None
    tickets: int
    per_member: int
    per_member_day: int
    tiers: tuple[str, ...]
    once: bool
    claim_days: int
    prizes: tuple[Prize, ...]
    consolation: Prize | None
    budget_points: int
    payers: tuple[PayerShare, ...]

    @property
    def all_prizes(self) -> tuple[Prize, ...]:
        """The prizes, and the consolation last."""
        return (*self.prizes, self.consolation) if self.consolation else self.prizes

    def hours(self, zone_name: str) -> tuple[datetime, datetime, datetime | None]:
        """Return the instants at which selling begins, has ended, and the raffle is drawn."""
        here = zone(zone_name)
        opens = datetime.combine(self.since, time(), here)
        closes = datetime.combine(self.until + timedelta(days=1), time(), here)
        draws = self.draws_at.replace(tzinfo=here) if self.draws_at else None
        return opens.astimezone(UTC), closes.astimezone(UTC), draws and draws.astimezone(UTC)

    def terms(self, code: str, zone_name: str) -> dict[str, Any]:
        """Return what is promised to whoever buys: it never changes, and its hash is published."""
        opens, closes, draws = (each and each.isoformat() for each in self.hours(zone_name))
        return {
            "draw": code,
            "mode": self.mode,
            "points": self.points,
            "opens_at": opens,
            "closes_at": closes,
            "draws_at": draws,
            "tickets": self.tickets,
            "per_member": self.per_member,
            "per_member_day": self.per_member_day,
            "tiers": list(self.tiers),
            "once": self.once,
            "claim_days": self.claim_days,
            "prizes": [_terms(each) for each in self.prizes],
            "consolation": _terms(self.consolation) if self.consolation else None,
        }


def _terms(prize: Prize) -> dict[str, Any]:
    return {
        "code": prize.code,
        "name": prize.name.document,
        "worth_minor": prize.worth_minor,
        "stock": prize.stock,
        "odds_per_million": prize.odds,
        "points": prize.points,
        "coupon": prize.coupon,
        "partner": prize.partner,
    }


def read_lottery(document: Mapping[str, Any]) -> Lottery:
    """Read a draw's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    mode = reading.choice("mode", MODES)
    if reading.raw("allowed_draw") is not True:
        text = "A draw for points comes near a lottery: write true where it is allowed."
        reading.wrong("allowed_draw", text)
    since, until = reading.day("from"), reading.day("until")
    if until < since:
        reading.wrong("until", "This is before the first day.")
    tickets = reading.whole("tickets", 1, _MOST_TICKETS, _TICKETS)
    prizes = _prizes(reading, mode)
    consolation = _consolation(reading, mode, tickets)
    lottery = Lottery(
        reading.texts("name"), reading.texts("about", most=_ABOUT, optional=True), mode,
        reading.whole("points", 1, _MOST_POINTS), since, until, _draws_at(reading, mode, until),
        tickets, reading.whole("per_member", 1, tickets, 0) if reading.has("per_member") else 0,
        reading.whole("per_member_day", 1, tickets, 0) if reading.has("per_member_day") else 0,
        _tiers(reading), reading.flag("once", default=True),
        reading.whole("claim_days", 1, _MOST_CLAIM_DAYS, _CLAIM_DAYS), prizes, consolation,
        reading.whole("budget_points", 0, _MOST_BUDGET, 0),
        read_payers(reading, "payers", reported=False),
    )  # fmt: skip
    most = sum(each.points * each.stock for each in lottery.all_prizes)
    if lottery.budget_points < most:
        reading.wrong("budget_points", f"The prizes come to {most} points: write as many at least.")
    reading.done()
    return lottery


def _prizes(reading: Reading, mode: str) -> tuple[Prize, ...]:
    written = reading.raw("prizes")
    if not isinstance(written, list) or not 1 <= len(written) <= _MOST_PRIZES:
        reading.wrong("prizes", f"Write a list of 1 to {_MOST_PRIZES} prizes.")
        return ()
    found = []
    for place, each in enumerate(written):
        part = Reading(each, f"prizes.{place}", reading.errors)
        code = part.word("code")
        if code == CONSOLATION:
            part.wrong("code", f"{CONSOLATION} is what wins nothing else: write another code.")
        stock = part.whole("stock", 1, _MOST_UNITS)
        odds = part.whole("odds_per_million", 1, MILLION) if mode == "instant" else 0
        found.append(replace(_prize(part), code=code, stock=stock, odds=odds))
        part.close()
    if len({each.code for each in found}) != len(found):
        reading.wrong("prizes", "A code is written twice.")
    if sum(each.odds for each in found) > MILLION:
        reading.wrong("prizes", f"The odds are more than {MILLION} in all.")
    if sum(each.stock for each in found) > _MOST_UNITS:
        reading.wrong("prizes", f"There are more than {_MOST_UNITS} prizes in all.")
    return tuple(found)


def _consolation(reading: Reading, mode: str, tickets: int) -> Prize | None:
    if mode != "instant" or not reading.has("consolation"):
        return None
    part = Reading(reading.raw("consolation"), "consolation", reading.errors)
    prize = replace(_prize(part), stock=tickets)
    part.close()
    return prize


def _prize(part: Reading) -> Prize:
    points = part.whole("points", 1, _MOST_POINTS) if part.has("points") else 0
    coupon = part.word("coupon") if part.has("coupon") else ""
    partner = part.word("partner") if part.has("partner") else ""
    if points and coupon:
        part.wrong("coupon", "A prize is points or a coupon: write two prizes.")
    if partner and (points or coupon):
        part.wrong("partner", "Points and coupons are given at once, by nobody.")
    worth = part.whole("worth_minor", 0, _MOST_POINTS)
    return Prize(CONSOLATION, part.texts("name"), worth, 0, 0, points, coupon, partner)


def _tiers(reading: Reading) -> tuple[str, ...]:
    if not reading.has("tiers"):
        return ()
    written = reading.raw("tiers")
    fits = isinstance(written, list) and all(isinstance(each, str) and each for each in written)
    if not fits or not written or len(set(written)) != len(written):
        reading.wrong("tiers", "Write a list of tiers' codes, each once.")
        return ()
    return tuple(written)


def _draws_at(reading: Reading, mode: str, until: date) -> datetime | None:
    if mode == "instant":
        return None
    value = reading.raw("draws_at")
    try:
        at = datetime.strptime(str(value), _MINUTES)  # noqa: DTZ007 - of the programme's zone
    except ValueError:
        reading.wrong("draws_at", "Write a day and a time such as 2026-07-01T20:00.")
        return None
    if at.date() <= until:
        reading.wrong("draws_at", "Tickets are sold until the day before at least.")
    return at
