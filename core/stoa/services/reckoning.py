"""Reckoning: what a purchase earns by given rules, line by line; nothing is read, nothing written.

The partner's plugin gives the base lines, campaigns their bonus on it, the member's tier its uplift
on the base, each with its own payer (requirements #9, 1d-2; economics §3.6). The same code earns,
estimates and replays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stoa.errors import PurchaseRefusedError
from stoa.services.members import Found
from stoa.services.partners import Terms
from stoa.services.rules import EarnRules
from stoa.values.amounts import divide, share
from stoa.values.arithmetic import percent, plain
from stoa.values.campaigns import BOUGHT, Awarded, Offer, Sale, award
from stoa.values.facts import EarnedLine, EarnLine, Purchase
from stoa.values.wire import as_json, from_json
from stoa.work import Work

__all__ = ["Reckoned", "based", "completed", "earned_lines", "explained", "reckon"]

_NOTHING = Awarded()


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a purchase earns, and what of it campaigns pay."""

    lines: tuple[EarnedLine, ...] = ()
    offer: Offer | None = None
    awarded: Awarded = _NOTHING


def reckon(work: Work, purchase: Purchase, rules: EarnRules) -> tuple[EarnedLine, ...]:
    """Ask a plugin what a purchase earns, and add what campaigns and the member's tier add.

    Raises:
        PurchaseRefusedError: the plugin refused it.
        PluginFailedError: the plugin did not answer, or not usably.
    """
    return completed(work, purchase, rules, based(work, purchase, rules)).lines


def based(work: Work, purchase: Purchase, rules: EarnRules) -> tuple[EarnedLine, ...]:
    """Ask a plugin for the base lines of a purchase; raises as `reckon`."""
    refusal = work.plugins.refuse_purchase(rules.plugin, purchase, rules.settings)
    if refusal is not None:
        raise PurchaseRefusedError(refusal.detail, reason=refusal.code)
    base = work.plugins.earn_lines(rules.plugin, purchase, rules.standing, rules.settings)
    expires_on = rules.expiry.last_day(purchase.business_date)
    rule = (rules.rule, rules.rule_version)
    return tuple(
        _shared(line, purchase, "partner", expires_on, rule) for line in base if line.points
    )


def completed(
    work: Work, purchase: Purchase, rules: EarnRules, base: Sequence[EarnedLine]
) -> Reckoned:
    """Add to base lines what campaigns pay, then the uplift of the member's tier on the base."""
    expires_on = rules.expiry.last_day(purchase.business_date)
    awarded = _NOTHING
    if rules.offer is not None:
        awarded = award(rules.offer, _sale(work, purchase, rules, base), expires_on=expires_on)
    lines = [*base, *awarded.lines]
    points = sum(line.points for line in base)
    uplift = divide(points * rules.uplift_percent, 100, rules.rounding)
    if uplift:
        tier = rules.standing.tier
        says = (percent(points, rules.uplift_percent, tier=tier),)
        on = tuple(sorted({int(no) for line in base for no in line.on}))
        extra = EarnLine(uplift, f"tier_uplift:{tier}", "", on, says)
        ladder = (rules.ladder, rules.ladder_version)
        lines.append(_shared(extra, purchase, "operator", expires_on, ladder))
    return Reckoned(tuple(lines), rules.offer, awarded)


def explained(
    terms: Terms, agreement_version: int, found: Found, reckoned: Reckoned
) -> dict[str, Any]:
    """Return an earn transaction's explanation: the lines, and the versions that replay them.

    Where campaigns might have held: the book they stand in, what they asked, and what was left of
    those that could not pay all. What the receipt itself tells is not repeated.
    """
    explanation = {
        "plugin": terms.plugin,
        "partner_version": terms.version,
        "agreement_version": agreement_version,
        "currency_version": terms.points.version,
        "tier": found.tier,
        "rank": found.rank,
        "uplift_percent": found.uplift_percent,
        "lines": as_json(reckoned.lines),
    }
    if found.ladder:
        explanation["ladder"] = found.ladder
        explanation["ladder_version"] = found.ladder_version
    if terms.new_code is not None:
        explanation["plugin_version"] = terms.new_code
    if reckoned.offer is not None:
        facts = reckoned.offer.facts
        explanation["rulebook_version"] = reckoned.offer.rulebook
        explanation["facts"] = {key: facts[key] for key in sorted(facts) if key not in BOUGHT}
        if reckoned.awarded.bound:
            explanation["limits"] = as_json(dict(reckoned.awarded.bound))
    return explanation


def earned_lines(explanation: dict[str, Any]) -> tuple[EarnedLine, ...]:
    """Read the lines of an earn transaction's explanation back."""
    return from_json(tuple[EarnedLine, ...], explanation["lines"])


def _sale(work: Work, purchase: Purchase, rules: EarnRules, base: Sequence[EarnedLine]) -> Sale:
    points: dict[str, int] = {}
    for line in base:
        for no, part in line.on.items():
            points[no] = points.get(no, 0) + part
    ours = purchase.currency == work.programme.money_currency
    return Sale(purchase.lines, points, ours, purchase.currency, rules.rounding)


def _shared(
    line: EarnLine, purchase: Purchase, payer: str, expires_on: date | None, rule: tuple[str, int]
) -> EarnedLine:
    chosen = [each for each in purchase.lines if each.line_no in line.line_nos]
    chosen = chosen or [each for each in purchase.lines if each.earning_minor > 0]
    chosen = chosen or list(purchase.lines)
    parts = share(line.points, [each.earning_minor for each in chosen])
    on = {str(each.line_no): part for each, part in zip(chosen, parts, strict=True)}
    arithmetic = plain(line.says) if line.says else line.arithmetic
    return EarnedLine(line.reason, line.points, payer, arithmetic, expires_on, on, *rule, line.says)
