"""Which campaigns a purchase gets: limits, hold-out, stacking, and the lines of their payers.

The order is that of priority, then of points, then of the code: no order of the input changes it.
Of all that pay, the first decides: is it ``alone``, it excludes the others; otherwise those that
are alone give way. Of the ``highest`` in a group the first counts; what ``adds`` is added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from stoa.values.amounts import share
from stoa.values.arithmetic import Says, limited, part, plain
from stoa.values.campaigns.bonuses import Sale, bonus_points, counted, says
from stoa.values.campaigns.records import Campaign, Step, held_out, period_of
from stoa.values.conditions import Facts
from stoa.values.facts import EarnedLine, Line

__all__ = ["Award", "Awarded", "Limit", "Offer", "award"]


@dataclass(frozen=True, slots=True)
class Limit:
    """The most points that a campaign may pay now.

    `by` is ``budget``, ``funding`` where a partner who pays has not funded it, or a cap's period.
    """

    points: int
    by: str


NO_LIMITS: Mapping[str, Limit] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Offer:
    """The campaigns that a purchase may get, and all that decides which.

    Attributes:
        rulebook: the version of the book they stand in.
        campaigns: those that may hold at the store on the day.
        facts: of the purchase and its member, by the keys of what was asked.
        limits: what budgets and caps have left, by code, where they have less than is wanted.
        member: the member's id as text, for hold-outs.
        partners: by their codes, the public ids of partners who pay.
    """

    rulebook: int
    campaigns: tuple[Campaign, ...]
    facts: Facts
    limits: Mapping[str, Limit]
    member: str
    partners: Mapping[str, str]

    def limited(self, code: str, limit: Limit) -> "Offer":
        """Return the offer where a campaign has no more left than this."""
        before = self.limits.get(code)
        if before is not None and before.points <= limit.points:
            return self
        return replace(self, limits={**self.limits, code: limit})


@dataclass(frozen=True, slots=True)
class Award:
    """What one campaign pays."""

    campaign: Campaign
    points: int
    says: Says


@dataclass(frozen=True, slots=True)
class Awarded:
    """What campaigns pay for a purchase.

    Attributes:
        awards: by campaign, in the order in which they count.
        lines: of the ledger, one a payer.
        bound: the limits by which a campaign pays less than it would.
    """

    awards: tuple[Award, ...] = ()
    lines: tuple[EarnedLine, ...] = ()
    bound: Mapping[str, Limit] = field(default_factory=lambda: NO_LIMITS)

    def paid_by(self, payer: str) -> list[str]:
        """Return the codes of the campaigns of which a partner pays a part.

        Args:
            payer: its public id.
        """
        mine = {line.reason for line in self.lines if line.payer == payer}
        return [each.campaign.code for each in self.awards if each.campaign.reason in mine]

    def uses(self, day: date) -> list[dict[str, Any]]:
        """Return what is taken from caps and budgets, as ``stoa_take_campaigns`` reads it.

        Args:
            day: the business day, which says the periods of caps.
        """
        return [
            {
                "campaign": each.campaign.code,
                "points": each.points,
                "caps": [
                    {
                        "every": cap.every,
                        "since": period_of(cap.every, day).isoformat(),
                        "points": cap.points,
                        "uses": cap.uses,
                    }
                    for cap in each.campaign.limits
                ],
            }
            for each in sorted(self.awards, key=lambda each: each.campaign.code)
        ]


NOTHING = Awarded()


def award(offer: Offer, sale: Sale, *, expires_on: date | None) -> Awarded:
    """Return what campaigns pay for a sale: microseconds for each that may hold."""
    wanted: list[Wanted] = []
    bound: dict[str, Limit] = {}
    for campaign in offer.campaigns:
        condition = campaign.condition
        if condition is not None and not condition.holds(offer.facts):
            continue
        lines = counted(campaign, sale)
        whole = points = bonus_points(campaign, sale, lines)
        if not points or held_out(campaign.code, offer.member, campaign.holdout_percent):
            continue
        limit = offer.limits.get(campaign.code)
        if limit is not None and limit.points < points:
            bound[campaign.code] = limit
            points = limit.points
        if points:
            wanted.append(((-campaign.priority, -points, campaign.code), campaign, whole, lines))
    if not wanted and not bound:
        return NOTHING
    wanted.sort(key=itemgetter(0))
    chosen = [(_award(each, sale, bound.get(each[1].code)), each[3]) for each in _stacked(wanted)]
    return Awarded(
        tuple(each for each, _ in chosen),
        tuple(line for each, on in chosen for line in _lines(each, on, sale, offer, expires_on)),
        bound,
    )


Wanted = tuple[tuple[int, int, str], Campaign, int, Sequence[Line]]
"""The order, the campaign, its points before limits, and the lines that count."""


def _stacked(wanted: Sequence[Wanted]) -> Iterable[Wanted]:
    if wanted and wanted[0][1].stacks == "alone":
        return wanted[:1]
    chosen: list[Wanted] = []
    groups: set[str] = set()
    for each in wanted:
        campaign = each[1]
        if campaign.stacks == "alone":
            continue
        if campaign.stacks == "highest":
            if campaign.group in groups:
                continue
            groups.add(campaign.group)
        chosen.append(each)
    return chosen


def _award(wanted: Wanted, sale: Sale, limit: Limit | None) -> Award:
    (_, points, _), campaign, whole, lines = wanted
    told: Says = (says(campaign, sale, whole, lines),)
    bonus = campaign.bonus
    if limit is not None:
        told += (limited(-points, by=limit.by),)
    elif isinstance(bonus, Step) and whole == bonus.most:
        told += (limited(whole, by="times"),)
    return Award(campaign, -points, told)


def _lines(
    award: Award, counts: Sequence[Line], sale: Sale, offer: Offer, expires_on: date | None
) -> Iterable[EarnedLine]:
    campaign = award.campaign
    lines = [line for line in counts if line.earning_minor > 0]
    weights = [sale.base.get(str(line.line_no), 0) for line in lines]
    if not any(weights):
        weights = [line.earning_minor for line in lines]
    parts = share(award.points, [each.share for each in campaign.payers])
    for payer, points in zip(campaign.payers, parts, strict=True):
        if not points:
            continue
        on = {
            str(line.line_no): piece
            for line, piece in zip(lines, share(points, weights), strict=True)
        }
        told = award.says
        if points != award.points:
            told += (part(points, of=award.points),)
        yield EarnedLine(
            campaign.reason, points, _payer(payer.payer, offer.partners), plain(told), expires_on,
            on, campaign.reason, campaign.version, told,
        )  # fmt: skip


def _payer(payer: str, partners: Mapping[str, str]) -> str:
    return partners[payer.removeprefix("prt:")] if payer.startswith("prt:") else payer
