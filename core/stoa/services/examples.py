"""Examples: what a campaign's draft would pay for a purchase that never happened.

The same code reckons as for a real one: the partner's plugin gives the base, the draft its bonus,
the member's tier the uplift. Nothing is kept. What a rule asks of a member is told by the example;
where it is silent, the member bought nothing before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stoa.errors import InvalidBodyError
from stoa.services import calendars, campaigns, partners, reckoning, tiers
from stoa.services.partners import StoreTerms
from stoa.services.rules import EarnRules
from stoa.values.campaigns import BOUGHT, Campaign, Offer, bought, holds_on, hour_of, local_facts
from stoa.values.conditions import Ask, FactKind, Trace
from stoa.values.facts import EarnedLine, Line, Purchase, Standing
from stoa.work import Work

__all__ = ["Example", "Tried", "asked_of_member", "try_campaign"]

_LOCAL = BOUGHT | {
    "partner", "store", "channel", "weekday", "day_of_month", "holidays", "hour", "tier",
}  # fmt: skip
_ONE = ("visits", "purchases", "partners_visited", "stores_visited")


@dataclass(frozen=True, slots=True)
class Example:
    """A purchase that might be.

    Attributes:
        minor: its total in minor units of the store's money.
        day: the store's local day, and `hour` its full hour, 0 to 23.
        tier: of the member, in the main ladder.
        facts: more about the member, by the keys of what is asked: ``spend|30 days``.
    """

    partner_id: UUID
    store: str
    minor: int
    day: date
    tier: str
    hour: int = 12
    category: str = ""
    sku: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """What the purchase would earn.

    Attributes:
        on: whether the day lies within the campaign's.
        trace: how each part of its condition came out; ``None`` where it has none.
    """

    lines: tuple[EarnedLine, ...]
    on: bool
    trace: Trace | None

    @property
    def points(self) -> int:
        """All points together."""
        return sum(line.points for line in self.lines)


def asked_of_member(campaign: Campaign) -> list[Ask]:
    """Return what a campaign asks of the member beside the tier, in the order of the keys."""
    asks = campaign.condition.asks if campaign.condition else ()
    return sorted((ask for ask in asks if ask.fact.name not in _LOCAL), key=lambda ask: ask.key)


def try_campaign(work: Work, document: Mapping[str, Any], example: Example) -> Tried:
    """Reckon an example purchase with a campaign's draft, without caps and budget.

    Raises:
        InvalidRuleError: the draft can't be read.
        InvalidBodyError: the partner has no such store.
        PurchaseRefusedError: the partner's plugin refuses the purchase.
        PluginFailedError: the plugin did not answer, or not usably.
    """
    campaign = campaigns.read(document, "draft")
    terms = partners.terms(work, example.partner_id)
    store = terms.store(example.store)
    if store is None:
        raise InvalidBodyError(errors={"store": ["The partner has no such store."]})
    purchase = _purchase(example, store)
    place = tiers.known(work, example.tier)
    rules = EarnRules(
        terms.plugin, terms.settings, Standing(place.tier, place.rank), place.uplift_percent,
        terms.points.expiry, terms.points.rounding, f"partner:{terms.code}", terms.version,
        f"ladder:{place.ladder}" if place.ladder else "", place.ladder_version,
    )  # fmt: skip
    base = reckoning.based(work, purchase, rules)
    points = sum(line.points for line in base)
    facts = _facts(work, campaign, terms.code, store, purchase) | _member(campaign, example, points)
    on = holds_on(campaign, purchase.business_date, facts)
    codes = {each.payer.removeprefix("prt:") for each in campaign.payers}
    offer = Offer(
        0, (campaign,) if on else (), facts, {}, "example",
        {code: f"prt:{code}" for code in codes} | {terms.code: f"prt:{terms.code}"},
    )  # fmt: skip
    reckoned = reckoning.completed(work, purchase, _with(rules, offer), base)
    trace = campaign.condition.trace(facts) if campaign.condition else None
    return Tried(reckoned.lines, campaign.first <= purchase.business_date <= campaign.last, trace)


def _with(rules: EarnRules, offer: Offer) -> EarnRules:
    return EarnRules(
        rules.plugin, rules.settings, rules.standing, rules.uplift_percent, rules.expiry,
        rules.rounding, rules.rule, rules.rule_version, rules.ladder, rules.ladder_version, offer,
    )  # fmt: skip


def _purchase(example: Example, store: StoreTerms) -> Purchase:
    line = Line(1, example.sku, example.category, 1000, "ea", example.minor, example.minor)
    at = datetime.combine(example.day, time(example.hour), ZoneInfo(store.zone))
    return Purchase(
        "pur_example", store.code, at, example.day, store.currency, (line,), (), store.zone
    )


def _facts(
    work: Work, campaign: Campaign, partner: str, store: StoreTerms, purchase: Purchase
) -> dict[str, Any]:
    day = purchase.business_date
    facts: dict[str, Any] = local_facts(
        partner=partner, store=store.code, channel=store.channel, day=day,
        holidays=calendars.holidays_on(day),
    )  # fmt: skip
    keys = {ask.key for ask in campaign.condition.asks} if campaign.condition else set()
    facts |= bought(purchase, keys & BOUGHT, work.programme.money_currency)
    facts["hour"] = hour_of(purchase.occurred_at, store.zone)
    return facts


def _member(campaign: Campaign, example: Example, points: int) -> dict[str, Any]:
    """Return what is known of the member: as the example says, else of one who is new."""
    facts: dict[str, Any] = {"tier": example.tier}
    for ask in asked_of_member(campaign):
        name, kind = ask.fact.name, ask.fact.kind
        value: Any = {FactKind.WHOLE: 0, FactKind.WORDS: (), FactKind.FLAG: False}.get(kind)
        if name in _ONE:
            value = 1
        elif name in ("spend", "qualifying_points"):
            value = example.minor if name == "spend" else points
        elif name == "first_purchase":
            value = True
        elif name == "days_since_purchase":
            value = None
        facts[ask.key] = example.facts.get(ask.key, value)
    return facts
