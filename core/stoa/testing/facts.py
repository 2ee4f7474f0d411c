"""Facts that are quick to build, for a plugin's own tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stoa.values.facts import Claim, Line, Order, Purchase, Receipt, Standing, Tender, TenderKind

__all__ = ["NOON", "a_claim", "a_line", "a_purchase", "a_standing", "an_order"]

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
"""When things happen unless said otherwise."""


def a_line(
    line_no: int = 1,
    *,
    net_minor: int = 1000,
    earning_minor: int | None = None,
    category: str = "",
    quantity_milli: int = 1000,
    unit: str = "ea",
) -> Line:
    """Build a receipt line; all of its money earns unless `earning_minor` says otherwise."""
    earning = net_minor if earning_minor is None else earning_minor
    return Line(line_no, f"sku-{line_no}", category, quantity_milli, unit, net_minor, earning)


def a_purchase(
    *lines: Line,
    total_minor: int = 1000,
    currency: str = "CNY",
    at: datetime = NOON,
    zone: str = "UTC",
) -> Purchase:
    """Build a purchase of these lines, or of one line of `total_minor`.

    The money that earns is paid by card, the rest with points; `at` is aware, and `zone` the
    store's own.
    """
    lines = lines or (a_line(net_minor=total_minor),)
    earning = sum(line.earning_minor for line in lines)
    rest = sum(line.net_minor for line in lines) - earning
    tenders = (Tender(TenderKind.CARD, earning), Tender(TenderKind.POINTS, rest))
    paid = tuple(tender for tender in tenders if tender.minor)
    day = at.astimezone(ZoneInfo(zone)).date()
    return Purchase("pur_checked", "main", at, day, currency, lines, paid, zone)


def a_standing(
    tier: str = "basic", *, rank: int = 0, spent_today_minor: int = 0, visits: int = 0
) -> Standing:
    """Build a member's standing."""
    return Standing(tier, rank, spent_today_minor, visits)


def a_claim(
    benefit: str,
    *,
    stay: timedelta | None = None,
    quantity_milli: int | None = None,
    unit_price_minor: int | None = None,
    subject: str = "AB 1234",
    used_milli: int = 0,
    subject_used_milli: int = 0,
    currency: str = "CNY",
    receipts: Sequence[int] = (),
    used_ever_milli: int = 0,
    stay_used_milli: int = 0,
    subject_used_ever_milli: int = 0,
) -> Claim:
    """Build a claim: for a quantity, or for a `stay` that ends at noon, UTC.

    Args:
        receipts: what was bought on each, in minor units; the first is the partner's own, and they
            are an hour and less old.
    """
    return Claim(
        id="clm_checked",
        benefit=benefit,
        at=NOON,
        since=None if stay is None else NOON - stay,
        quantity_milli=quantity_milli,
        unit_price_minor=unit_price_minor,
        subject=subject,
        used_milli=used_milli,
        subject_used_milli=subject_used_milli,
        currency=currency,
        receipts=tuple(
            Receipt(number, minor, NOON - timedelta(minutes=60 // number), own=number == 1)
            for number, minor in enumerate(receipts, 1)
        ),
        used_ever_milli=used_ever_milli,
        stay="sty_checked" if stay_used_milli else "",
        stay_used_milli=stay_used_milli,
        subject_used_ever_milli=max(subject_used_milli, subject_used_ever_milli),
    )


def an_order(
    reward: str,
    *,
    quantity: int = 1,
    id: str = "hld_checked",  # noqa: A002 - the fact's own name
    points: int = 100,
    worth_minor: int = 1000,
    currency: str = "CNY",
    deliver_to: Mapping[str, str] | None = None,
) -> Order:
    """Build a paid order, as an errand is told of it."""
    return Order(
        reward, quantity, id=id, member="prm_checked", points=points, worth_minor=worth_minor,
        currency=currency, at=NOON, deliver_to=dict(deliver_to or {}),
    )  # fmt: skip
