"""Exchange: points of one currency for points of another, at rates under which nobody can gain.

Rates are versions: one is added, from a day on, and none is ever changed. Before a version counts,
the rates in force on its first day and on every later day at which another takes effect are looked
through for a cycle that gains value (`stoa.values.exchange`); such a set is refused as a whole.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import (
    CodeUsedError,
    ExchangeCycleGainsError,
    ExchangeTooSmallError,
    ExchangeUnknownError,
    IdempotencyMismatchError,
    InvalidBodyError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoaError,
    WalletBusyError,
)
from stoa.models.exchange import ExchangeRate
from stoa.models.ledger import Currency
from stoa.services import audit, currencies, idempotency, ledger, member_codes, members
from stoa.services.ledger import Balance, KeyUsedError, StaleError
from stoa.services.members import Token
from stoa.values.amounts import MAX_ENTRY_POINTS, Rounding
from stoa.values.exchange import MAX_RATE_TERM, Cycle, Rate, gaining_cycle
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Key, Work

__all__ = [
    "Exchanged",
    "Quote",
    "RateVersion",
    "end_rate",
    "exchange",
    "history",
    "in_force",
    "quote",
    "set_rates",
]

_RATES_LOCK = 5706
_TRIES = 5


@dataclass(frozen=True, slots=True)
class RateVersion:
    """One version of a rate; `rate` is ``None`` where the version ends the exchange."""

    source: str
    target: str
    version: int
    rate: Rate | None
    effective_from: date
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What points bring at the version in force."""

    rate: Rate
    version: int
    points: int

    @property
    def received(self) -> int:
        """The points of the other currency."""
        return self.rate.convert(self.points)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did: a transaction in each currency, and both wallets afterwards."""

    exchange_id: UUID
    counterpart_id: UUID
    member_id: UUID
    quote: Quote
    gone: Balance
    come: Balance
    replayed: bool = False


def set_rates(
    work: Work, rates: Sequence[Rate], *, effective_from: date | None = None
) -> list[int]:
    """Add a version to each of some rates, all of them or none.

    Args:
        effective_from: the first day of the versions, in the programme's zone; today by default.

    Returns:
        The versions, in the order of the rates.

    Raises:
        InvalidBodyError: a currency is unknown, a number can't be, a pair stands there twice, or
            the day is over; `errors` names each.
        ExchangeCycleGainsError: a cycle of rates would gain value; `cycle` and `gain` name it.
    """
    work.session.connection().exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_RATES_LOCK,))
    since = effective_from or work.today()
    errors = _wrong(rates, set(work.session.scalars(select(Currency.code))))
    if since < work.today():
        errors["effective_from"] = ["Choose today or a later day."]
    if errors:
        raise InvalidBodyError(errors=errors)
    return _add(work, [(rate.source, rate.target, rate) for rate in rates], since)


def end_rate(work: Work, source: str, target: str, *, effective_from: date | None = None) -> int:
    """End an exchange from a day on: add a version that gives nothing; return it.

    Raises:
        ExchangeUnknownError: there never was such a rate.
        InvalidBodyError: the day is over.
        ExchangeCycleGainsError: never for what it ends, but for what was wrong before.
    """
    work.session.connection().exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_RATES_LOCK,))
    since = effective_from or work.today()
    if since < work.today():
        raise InvalidBodyError(errors={"effective_from": ["Choose today or a later day."]})
    if not any((each.source, each.target) == (source, target) for each in history(work)):
        raise ExchangeUnknownError
    return _add(work, [(source, target, None)], since)[0]


_HISTORY = """
SELECT from_currency, to_currency, version, numerator, denominator, rounding, effective_from,
       set_at, set_by
  FROM exchange_rates ORDER BY from_currency, to_currency, effective_from, version
"""


def history(work: Work) -> list[RateVersion]:
    """Return all versions between currencies that the caller may see, each pair's in order."""
    seen = {line.code for line in currencies.listed(work)}
    return [_version(row) for row in work.rows(_HISTORY) if row[0] in seen and row[1] in seen]


def in_force(work: Work, on: date | None = None) -> list[RateVersion]:
    """Return the rates in force on a day, today by default, that the caller may see."""
    return _of_day(history(work), on or work.today())


_RATE = """
SELECT from_currency, to_currency, version, numerator, denominator, rounding, effective_from,
       set_at, set_by
  FROM exchange_rates WHERE from_currency = %s AND to_currency = %s AND effective_from <= %s
 ORDER BY effective_from DESC, version DESC LIMIT 1
"""


def quote(work: Work, source: str, target: str, points: int) -> Quote:
    """Tell what points of one currency bring in another today; write nothing.

    Raises:
        CurrencyUnknownError: the caller may see no such currency.
        ExchangeUnknownError: no rate is in force between them.
        ExchangeTooSmallError: the points bring nothing; `least_points` bring a point.
        InvalidBodyError: the points bring more than one posting may move.
    """
    codes = currencies.find(work, source).code, currencies.find(work, target).code
    rows = work.rows(_RATE, (*codes, work.today()))
    found = _version(rows[0]) if rows else None
    if found is None or found.rate is None:
        raise ExchangeUnknownError
    quoted = Quote(found.rate, found.version, points)
    if quoted.received == 0:
        least = found.rate.least
        raise ExchangeTooSmallError(
            f"It takes {least} {source} to bring a point of {target}.", least_points=least
        )
    if quoted.received > MAX_ENTRY_POINTS:
        raise InvalidBodyError(errors={"points": ["They bring too many points for one exchange."]})
    return quoted


def exchange(
    work: Work, token: Token, source: str, target: str, points: int, *, key: Key
) -> Exchanged:
    """Exchange a member's points of one currency for points of another, exactly once for the key.

    The points that end first go. The new ones live by their currency's rule from today on, but a
    lot's life never shortens: they keep the last day of those they came from where that is later.
    Points that are owed can't be exchanged; what is owed in the other currency is repaid first.

    Raises:
        MemberUnknownError: nobody has this token.
        StaticTokenError: it may earn only.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        MemberFrozenError: the membership is frozen.
        PartnerSuspendedError: the caller is no partner, or a suspended one.
        CurrencyUnknownError: the caller may see no such currency.
        ExchangeUnknownError: no rate is in force between them.
        ExchangeTooSmallError: the points bring nothing; `least_points` bring a point.
        InsufficientPointsError: fewer are available and not owed.
        IdempotencyMismatchError: the key belongs to another request.
    """
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PartnerSuspendedError("Points are exchanged at partners.")
    terms, found, used = members.meet(work, partner_id, token, key)
    if used is not None:
        return _again(work, used, key)
    members.refuse_static(token)
    if not terms.may_issue:
        raise PartnerSuspendedError
    if found.status != "active":
        raise MemberFrozenError
    for _ in range(_TRIES):
        quoted = quote(work, source, target, points)
        ids = new_uuid(), new_uuid()
        try:
            with member_codes.spending(work, found.id, found.shown):
                gone, come = _post(work, found.id, quoted, partner_id=partner_id, key=key, ids=ids)
        except StaleError:
            continue  # another rate took effect in between
        except KeyUsedError:
            return _first(work, partner_id, key, WalletBusyError())
        except CodeUsedError as refused:  # or was it the same request that used it?
            return _first(work, partner_id, key, refused)
        return Exchanged(*ids, found.id, quoted, gone, come)
    raise WalletBusyError


def _first(work: Work, partner_id: UUID, key: Key, otherwise: StoaError) -> Exchanged:
    """Return what the same request did meanwhile; raise what it was refused for otherwise."""
    used = idempotency.find(work, partner_id, key)
    if used is None:
        raise otherwise
    return _again(work, used, key)


def _post(
    work: Work,
    member_id: UUID,
    quoted: Quote,
    *,
    partner_id: UUID,
    key: Key,
    ids: tuple[UUID, UUID],
) -> tuple[Balance, Balance]:
    rate = quoted.rate
    terms = {
        "from": rate.source,
        "to": rate.target,
        "points": quoted.points,
        "received": quoted.received,
    }
    explanation: dict[str, Any] = {
        "exchange": terms
        | {
            "version": quoted.version,
            "numerator": rate.numerator,
            "denominator": rate.denominator,
            "rounding": rate.rounding.value,
        },
        "lines": [
            {
                "reason": "exchange",
                "arithmetic": f"{rate.arithmetic(quoted.points)} (rate version {quoted.version})",
            }
        ],
    }
    facts = {"exchange": public_id("exg", ids[0]), "member": public_id("mem", member_id)} | terms
    return ledger.exchange(
        work, member_id, (rate.source, rate.target), partner_id=partner_id, key=key,
        exchange_id=ids[0], counterpart_id=ids[1], points=quoted.points, received=quoted.received,
        version=quoted.version,
        expires_on=currencies.find(work, rate.target).expiry.last_day(work.today()),
        explanation=explanation, facts=facts,
    )  # fmt: skip


_AGAIN = """
SELECT t.explanation -> 'exchange', back.id, k.answer
  FROM transactions t
  JOIN transactions back ON back.member_id = t.member_id AND back.subject_id = t.id
   AND back.id <> t.id AND back.kind = 'exchange'
  JOIN keys k ON k.partner_id = %s AND k.key = %s
 WHERE t.member_id = %s AND t.id = %s AND t.kind = 'exchange'
"""


def _again(work: Work, used: idempotency.Used, key: Key) -> Exchanged:
    values = (work.actor.partner_id, key.value, used.member_id, used.subject_id)
    rows = work.rows(_AGAIN, values)
    if not rows:
        raise IdempotencyMismatchError
    told, counterpart_id, answer = rows[0]
    rate = Rate(
        told["from"], told["to"], told["numerator"], told["denominator"], Rounding(told["rounding"])
    )
    return Exchanged(
        used.subject_id, counterpart_id, used.member_id,
        Quote(rate, told["version"], told["points"]), used.balance,
        Balance(rate.target, *json.loads(answer)), replayed=True,
    )  # fmt: skip


def _wrong(rates: Sequence[Rate], codes: set[str]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not rates:
        errors["rates"] = ["Give at least one rate."]
    pairs = set()
    for place, rate in enumerate(rates, 1):
        where = f"rates.{place}"
        for name, code in (("from", rate.source), ("to", rate.target)):
            if code not in codes:
                errors[f"{where}.{name}"] = ["There is no such points currency."]
        for name, number in (("numerator", rate.numerator), ("denominator", rate.denominator)):
            if not 1 <= number <= MAX_RATE_TERM:
                errors[f"{where}.{name}"] = [f"Choose between 1 and {MAX_RATE_TERM}."]
        if rate.source == rate.target:
            errors[where] = ["A currency is not exchanged for itself."]
        elif (rate.source, rate.target) in pairs:
            errors[where] = ["This pair stands here twice."]
        pairs.add((rate.source, rate.target))
    return errors


def _add(work: Work, changes: Sequence[tuple[str, str, Rate | None]], since: date) -> list[int]:
    kept = [_version(row) for row in work.rows(_HISTORY)]
    new = [
        RateVersion(
            source, target,
            1 + sum((each.source, each.target) == (source, target) for each in kept),
            rate, since, work.now(), work.actor.name,
        )
        for source, target, rate in changes
    ]  # fmt: skip
    every = sorted([*kept, *new], key=_turn)
    for day in sorted({since, *(each.effective_from for each in every)}):
        if day >= since:
            _refuse_gain([each.rate for each in _of_day(every, day) if each.rate], day)
    for each in new:
        _keep(work, each)
    work.session.flush()
    return [each.version for each in new]


def _keep(work: Work, new: RateVersion) -> None:
    terms = {
        "numerator": new.rate.numerator if new.rate else 0,
        "denominator": new.rate.denominator if new.rate else 1,
        "rounding": (new.rate.rounding if new.rate else Rounding.DOWN).value,
    }
    work.session.add(
        ExchangeRate(
            from_currency=new.source, to_currency=new.target, version=new.version,
            effective_from=new.effective_from, set_at=new.set_at, set_by=new.set_by, **terms,
        )
    )  # fmt: skip
    audit.record(
        work, "exchange.set_rate", f"{new.source}/{new.target}",
        after={
            "version": new.version, "rate": f"{terms['numerator']}/{terms['denominator']}",
            "rounding": terms["rounding"], "effective_from": new.effective_from.isoformat(),
        },
    )  # fmt: skip


def _turn(each: RateVersion) -> tuple[date, int]:
    """In this order the versions of a pair take effect."""
    return each.effective_from, each.version


def _refuse_gain(rates: Iterable[Rate], day: date) -> None:
    cycle = gaining_cycle(rates)
    if cycle is None:
        return
    raise ExchangeCycleGainsError(
        _words(cycle),
        cycle=list(cycle.currencies),
        gain=None if cycle.rounded else str(cycle.gain),
        rounded=[cycle.rounded.source, cycle.rounded.target] if cycle.rounded else None,
        on=day.isoformat(),
    )


def _words(cycle: Cycle) -> str:
    way = " → ".join(cycle.currencies)
    if cycle.rounded is None:
        return f"Going round {way} turns 1 point into {cycle.product}: a gain of {cycle.gain}."
    step = f"{cycle.rounded.source} → {cycle.rounded.target}"
    return f"{step} is not rounded down, and stands on the cycle {way}: it could gain a point."


def _of_day(versions: Iterable[RateVersion], day: date) -> list[RateVersion]:
    """Return the versions in force on a day of all, each pair's in the order they take effect."""
    last = {(each.source, each.target): each for each in versions if each.effective_from <= day}
    return [each for each in last.values() if each.rate is not None]


def _version(row: Any) -> RateVersion:  # noqa: ANN401 - a row of exchange_rates
    rate = Rate(row[0], row[1], row[3], row[4], Rounding(row[5])) if row[3] else None
    return RateVersion(row[0], row[1], row[2], rate, *row[6:9])
