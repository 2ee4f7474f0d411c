"""Stress: what is left of the cover when more points are redeemed, or money does not come.

6,500 points at 0.009 and 46.80 of cash: as expected 3,200 are redeemed and 28.80 paid. In a run on
all of them 46.80 pay for 5,200, and 11.70 are missing (economics §3.11).

What there is to pay with is cash, and what partners owe, less what they are owed and what they
paid for packs that are unused. Where issuers pay (`Mode.ISSUER_PAYS`), their promise to pay for
their points belongs to it. A partner that does not pay takes what it owes and promised with it,
less its unused packs and its deposit. What settles in other money is worth less by the shock,
whichever way it goes.

A shock that is worse in any respect never leaves a better coverage: a property of this module.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from enum import StrEnum

from stoa.values.clearing.liability import CohortLine
from stoa.values.clearing.recognition import recognise

__all__ = [
    "EXCHANGE_PERCENT",
    "NO_SHOCK",
    "Exposure",
    "Ground",
    "Loss",
    "Outcome",
    "Owing",
    "Scenario",
    "Shock",
    "Told",
    "at_most",
    "faults",
    "stressed",
    "told",
    "worst_partner",
]

_NOTHING, _ALL = Decimal(0), Decimal(100)
_MORE_POINTS, _LESS_BREAKAGE = Decimal(5), Decimal(50)
EXCHANGE_PERCENT = Decimal(10)
"""By how much other moneys move in the scenario of that name."""


@dataclass(frozen=True, slots=True)
class Owing:
    """Where a partner stands with the operator; money of the programme, exact.

    Attributes:
        owed: what it owes; below zero what it is owed.
        unused: what it paid for packs that it has not used.
        deposit: what it left for its points when it went.
        promised: what it will pay for its points outstanding, where issuers pay; else 0.
        credit_left: what it may still issue on credit; ``None`` where its funding has no limit, 0
            where it pays beforehand.
        money: in which it settles.
    """

    code: str
    owed: Decimal
    unused: Decimal = _NOTHING
    deposit: Decimal = _NOTHING
    promised: Decimal = _NOTHING
    credit_left: Decimal | None = None
    money: str = ""

    @property
    def net(self) -> Decimal:
        """What it owes once its unused packs are set off."""
        return self.owed - self.unused

    @property
    def lost(self) -> Decimal:
        """What would never come of it, its deposit taken."""
        return max(self.net + self.promised - self.deposit, _NOTHING)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a shock falls on: the state at the end of a period.

    Attributes:
        outstanding: all points left, those that nobody was charged for too.
        rate: money paid for a point redeemed.
        held: cash.
        ratio: the part of the cost that was agreed to be covered, 0 to 1.
        money: of the programme.
        remote: whether revenue waits until points go, so that estimates move none.
    """

    period: str
    outstanding: int
    rate: Decimal
    held: Decimal
    ratio: Decimal
    money: str
    cohorts: tuple[CohortLine, ...] = ()
    partners: tuple[Owing, ...] = ()
    remote: bool = False


@dataclass(frozen=True, slots=True)
class Shock:
    """What goes wrong; everything at 0 is what is expected.

    Attributes:
        redemption_up: by how many percentage points more of all issued points are redeemed.
        breakage_down: by how many per cent of it breakage is less.
        run: how many per cent of the points outstanding are redeemed at once, at least.
        exchange: by how many per cent other moneys move, against the operator.
        defaults: codes of the partners that do not pay.
    """

    redemption_up: Decimal = _NOTHING
    breakage_down: Decimal = _NOTHING
    run: Decimal = _NOTHING
    exchange: Decimal = _NOTHING
    defaults: frozenset[str] = frozenset()


NO_SHOCK = Shock()
"""As expected."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a partner that does not pay takes with it.

    Attributes:
        at_most: with what it may still issue on credit; ``None`` where nothing limits that.
    """

    owing: Owing
    lost: Decimal
    at_most: Decimal | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is open in another money, worth in the programme's, and what the shock takes of it."""

    money: str
    open: Decimal
    lost: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a shock comes to; money is exact.

    Attributes:
        points: that are redeemed, of those outstanding.
        cost: what they cost.
        held: cash.
        due: what partners owe, less what they are owed and their unused packs.
        promised: what issuers will pay for their points.
        revenue: in all, as it would be recognised now.
        catch_up: by how much that is more than it was; below zero it is taken back.
        deferred: what would still be owed of what was billed.
    """

    points: int
    cost: Decimal
    rate: Decimal
    ratio: Decimal
    held: Decimal
    due: Decimal
    promised: Decimal
    losses: tuple[Loss, ...]
    exposures: tuple[Exposure, ...]
    revenue: Decimal
    catch_up: Decimal
    deferred: Decimal

    @property
    def lost_by_default(self) -> Decimal:
        """What partners that do not pay take with them."""
        return sum((each.lost for each in self.losses), _NOTHING)

    @property
    def lost_by_exchange(self) -> Decimal:
        """What other moneys take."""
        return sum((each.lost for each in self.exposures), _NOTHING)

    @property
    def means(self) -> Decimal:
        """What there is to pay with; below zero where more is owed than there is."""
        there = self.held + self.due + self.promised
        return there - self.lost_by_default - self.lost_by_exchange

    @property
    def coverage(self) -> Decimal | None:
        """Which part of the cost can be paid; ``None`` where there is nothing to pay."""
        return max(self.means, _NOTHING) / self.cost if self.cost else None

    @property
    def cash_coverage(self) -> Decimal | None:
        """Which part of the cost the cash alone pays."""
        return max(self.held, _NOTHING) / self.cost if self.cost else None

    @property
    def shortfall(self) -> Decimal:
        """What is missing."""
        return max(self.cost - self.means, _NOTHING)

    @property
    def pays_points(self) -> int:
        """How many of the points can be paid for."""
        if not self.rate:
            return self.points
        paid = (max(self.means, _NOTHING) / self.rate).to_integral_value(ROUND_DOWN)
        return min(int(paid), self.points)

    @property
    def low(self) -> bool:
        """Whether less is covered than was agreed."""
        return self.coverage is not None and self.coverage < self.ratio


class Scenario(StrEnum):
    """The shocks that a report tells side by side."""

    EXPECTED = "expected"
    REDEMPTION = "redemption"
    BREAKAGE = "breakage"
    RUN = "run"
    DEFAULT = "default"
    EXCHANGE = "exchange"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Told:
    """A scenario with its figures, and what it comes to."""

    scenario: Scenario
    shock: Shock
    outcome: Outcome


def stressed(ground: Ground, shock: Shock) -> Outcome:
    """Return what a shock comes to."""
    estimates = [(each, _expected(each, shock)) for each in ground.cohorts]
    points = _redeemed(ground, estimates, shock)
    before = sum((each.recognised.revenue for each in ground.cohorts), _NOTHING)
    billed = sum((each.billed for each in ground.cohorts), _NOTHING)
    revenue = before if ground.remote else _revenue(estimates)
    losses = tuple(
        Loss(each, each.lost, at_most(each))
        for each in ground.partners
        if each.code in shock.defaults
    )
    return Outcome(
        points, points * ground.rate, ground.rate, ground.ratio, ground.held,
        sum((each.net for each in ground.partners), _NOTHING),
        sum((each.promised for each in ground.partners), _NOTHING), losses,
        tuple(_exposures(ground, shock)), revenue, revenue - before, billed - revenue,
    )  # fmt: skip


def told(ground: Ground) -> Sequence[Told]:
    """Return what is expected and the shocks that every report tells, each and all together.

    5 percentage points more are redeemed, breakage is half of what it was, all points are redeemed
    at once, the partner that would cost most does not pay, other moneys move by 10 per cent.
    """
    worst = worst_partner(ground.partners)
    defaults = frozenset({worst}) if worst else frozenset[str]()
    shocks = {
        Scenario.EXPECTED: NO_SHOCK,
        Scenario.REDEMPTION: Shock(redemption_up=_MORE_POINTS),
        Scenario.BREAKAGE: Shock(breakage_down=_LESS_BREAKAGE),
        Scenario.RUN: Shock(run=_ALL),
        Scenario.DEFAULT: Shock(defaults=defaults),
        Scenario.EXCHANGE: Shock(exchange=EXCHANGE_PERCENT),
        Scenario.ALL: Shock(_MORE_POINTS, _LESS_BREAKAGE, _ALL, EXCHANGE_PERCENT, defaults),
    }
    return [Told(name, shock, stressed(ground, shock)) for name, shock in shocks.items()]


def worst_partner(partners: Iterable[Owing]) -> str:
    """Return the code of the partner whose default costs most; none where none costs anything."""
    losing = [each for each in partners if each.lost > 0]
    return min(losing, key=lambda each: (-each.lost, each.code)).code if losing else ""


def at_most(owing: Owing) -> Decimal | None:
    """Return what a partner takes with it once its credit is used up; ``None`` without a limit."""
    if owing.credit_left is None:
        return None
    return replace(owing, owed=owing.owed + max(owing.credit_left, _NOTHING)).lost


def faults(shock: Shock, known: Collection[str]) -> dict[str, list[str]]:
    """Return what is wrong with a shock: figures are per cent, partners are known by their code."""
    found: dict[str, list[str]] = {}
    for name in ("redemption_up", "breakage_down", "run", "exchange"):
        if not 0 <= getattr(shock, name) <= _ALL:
            found[name] = ["Write a number from 0 to 100."]
    if strangers := sorted(shock.defaults - set(known)):
        found["defaults"] = [f"There is no partner {', '.join(strangers)}."]
    return found


def _expected(line: CohortLine, shock: Shock) -> Decimal:
    """Return how many points of a cohort will ever be redeemed, under the shock."""
    most = max(Decimal(line.issued - line.expired), line.expected)
    expected = min(line.expected + line.issued * shock.redemption_up / _ALL, most)
    broken = replace(line, expected=expected).breakage
    return min(expected + broken * shock.breakage_down / _ALL, most)


def _redeemed(ground: Ground, estimates: Iterable[tuple[CohortLine, Decimal]], shock: Shock) -> int:
    """Return how many of all points are redeemed; of those that nobody was charged for, all."""
    rest, expected = ground.outstanding, _NOTHING
    for line, ultimate in estimates:
        left = max(line.outstanding, 0)
        rest -= left
        expected += min(max(ultimate - line.redeemed, _NOTHING), Decimal(left))
    at_once = ground.outstanding * shock.run / _ALL
    found = max(expected + max(rest, 0), at_once).to_integral_value(ROUND_CEILING)
    return max(min(int(found), ground.outstanding), 0)


def _revenue(estimates: Iterable[tuple[CohortLine, Decimal]]) -> Decimal:
    return sum(
        (
            recognise(line.billed, expected=expected, redeemed=line.redeemed).revenue
            for line, expected in estimates
        ),
        _NOTHING,
    )


def _exposures(ground: Ground, shock: Shock) -> Iterable[Exposure]:
    nets: dict[str, Decimal] = {}
    for each in ground.partners:
        if each.money not in ("", ground.money):
            nets[each.money] = nets.get(each.money, _NOTHING) + each.net
    for money in sorted(nets):
        yield Exposure(money, nets[money], abs(nets[money]) * shock.exchange / _ALL)
