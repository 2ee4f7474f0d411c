"""The deeds of a partner, each as the call it makes; clients send them, the outbox keeps them.

The docstrings here are those of the methods of `Client` and `AsyncClient`.
Every deed that may write takes `idempotency_key`; without one, a new key is made.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.campaigns import Campaigns
from stoa_sdk.explained import Explained, Story
from stoa_sdk.facts import (
    Earning,
    EnrolledMember,
    Estimate,
    Held,
    HistoryPage,
    HoldOutcome,
    MemberCode,
    Partner,
    PinSet,
    Purchase,
    Redemption,
    ResolvedMember,
    Wallet,
)
from stoa_sdk.inputs import (
    Amount,
    Line,
    Member,
    Tender,
    amount_text,
    as_member,
    instant_text,
    line_objects,
    points_count,
    step_up,
    tender_objects,
)

__all__ = [
    "balance",
    "campaigns",
    "capture",
    "earn",
    "enrol",
    "estimate",
    "explain",
    "explain_purchase",
    "history_page",
    "hold",
    "member_code",
    "partner",
    "purchase",
    "redemption",
    "resolve",
    "set_pin",
    "void",
]


def enrol(
    *,
    display_name: str,
    locale: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    partner_ref: str | None = None,
    card: str | None = None,
    source: str | None = None,
    born_on: date | None = None,
    referral_code: str | None = None,
    device: str | None = None,
    idempotency_key: str | None = None,
) -> Call[EnrolledMember]:
    """Enrol a member and return the reference and card; needs the scope ``members:write``.

    Args:
        display_name: how the member is greeted.
        locale: ``en``, ``zh-Hans`` or ``zh-Hant``.
        phone: with its country code.
        email: an address.
        partner_ref: your own customer number.
        card: a card number that you already issued; without it the member gets a new one.
        source: where the member was won, such as ``till``.
        born_on: the day of birth, for what the alliance gives on birthdays; it is never told again.
        referral_code: the code of the member who told of the programme; a wrong one is ignored.
        device: what your app calls the phone, so that one phone is not many new members.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Conflict: ``IDENTIFIER_TAKEN``, another member has this card, contact or reference.
    """
    body = {
        "display_name": display_name,
        "locale": locale,
        "phone": phone,
        "email": email,
        "partner_ref": partner_ref,
        "card": card,
        "source": source,
        "born_on": born_on and born_on.isoformat(),
        "referral_code": referral_code,
        "device": device,
    }
    return post("v1/members", EnrolledMember, body, idempotency_key)


def resolve(
    member: Member, *, store: str | None = None, idempotency_key: str | None = None
) -> Call[ResolvedMember]:
    """Find a member by card, phone, e-mail or reference; needs ``members:read``.

    Raises:
        MemberUnknown: nobody has this card, contact or reference.
    """
    body = {"member": as_member(member).as_object(), "store": store}
    return post("v1/members/resolve", ResolvedMember, body, idempotency_key)


def member_code(
    member_ref: str,
    *,
    points: int | None = None,
    currency: str | None = None,
    idempotency_key: str | None = None,
) -> Call[MemberCode]:
    """Return the code that a member shows now; needs ``codes:write``, the alliance's app's own.

    Args:
        member_ref: your reference of the member.
        points: that the member agreed to spend; the answer then has a `confirmation` of them.
        currency: of the points; the alliance's by default.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Locked: the member is frozen.
    """
    body = {"points": points and points_count(points), "currency": currency}
    return post(f"v1/members/{segment(member_ref)}/code", MemberCode, body, idempotency_key)


def set_pin(member_ref: str, *, pin: str, idempotency_key: str | None = None) -> Call[PinSet]:
    """Give a member the PIN that the member chose; needs ``codes:write``.

    Args:
        member_ref: your reference of the member.
        pin: four to eight digits.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Invalid: it is too short, or anybody would guess it.
    """
    return post(f"v1/members/{segment(member_ref)}/pin", PinSet, {"pin": pin}, idempotency_key)


def balance(member_ref: str, *, currency: str | None = None) -> Call[Wallet]:
    """Return what a member's wallet holds, is worth and loses next; needs ``balance:read``.

    Args:
        member_ref: your reference of the member.
        currency: your own points instead of the alliance's.
    """
    return get(f"v1/members/{segment(member_ref)}/balance", Wallet, {"currency": currency})


def history_page(
    member_ref: str,
    *,
    cursor: str | None = None,
    limit: int = 25,
    currency: str | None = None,
    language: str | None = None,
) -> Call[HistoryPage]:
    """Return one page of a member's history, newest first; needs ``balance:read``.

    Args:
        member_ref: your reference of the member.
        cursor: the `next_cursor` of the page before.
        limit: entries a page, 1 to 100.
        currency: your own points instead of the alliance's.
        language: of the explanations: ``en``, ``zh-Hans`` or ``zh-Hant``; plain English without.
    """
    query = {"limit": str(points_count(limit))} | ({"cursor": cursor} if cursor else {})
    query |= {"currency": currency} if currency else {}
    query |= {"language": language} if language else {}
    return get(f"v1/members/{segment(member_ref)}/entries", HistoryPage, query)


def explain(member_ref: str, entry: int, *, language: str | None = None) -> Call[Explained]:
    """Return where an entry's points came from and what became of them; needs ``balance:read``.

    Args:
        member_ref: your reference of the member.
        entry: its number, from `history`.
        language: of the explanations: ``en``, ``zh-Hans`` or ``zh-Hant``; plain English without.

    Raises:
        NotFound: ``ENTRY_UNKNOWN``, the history has no such entry.
    """
    path = f"v1/members/{segment(member_ref)}/entries/{points_count(entry)}/explain"
    return get(path, Explained, {"language": language} if language else {})


def estimate(
    *,
    member: Member,
    store: str,
    lines: Sequence[Line],
    currency: str,
    tenders: Sequence[Tender] | None = None,
    coupons: Sequence[str] | None = None,
    receipt_no: str | None = None,
    occurred_at: datetime | None = None,
    terminal: str | None = None,
    business_date: date | None = None,
    idempotency_key: str | None = None,
) -> Call[Estimate]:
    """Return what a purchase would earn, without reporting it; needs ``earn:write``.

    The arguments are those of `earn`.
    """
    body = _purchase_body(
        member=member,
        store=store,
        lines=lines,
        currency=currency,
        tenders=tenders,
        coupons=coupons,
        receipt_no=receipt_no,
        occurred_at=occurred_at,
        terminal=terminal,
        business_date=business_date,
    )
    return post("v1/estimates", Estimate, body, idempotency_key)


def earn(
    *,
    member: Member,
    store: str,
    receipt_no: str,
    lines: Sequence[Line],
    currency: str,
    tenders: Sequence[Tender] | None = None,
    coupons: Sequence[str] | None = None,
    occurred_at: datetime | None = None,
    terminal: str | None = None,
    business_date: date | None = None,
    idempotency_key: str | None = None,
) -> Call[Earning]:
    """Report a purchase and return the points that it earned; needs ``earn:write``.

    Args:
        member: who bought.
        store: the code or id of your store.
        receipt_no: unique for the store, terminal and business date.
        lines: 1 to 500.
        currency: ISO 4217, of all amounts.
        tenders: how it was paid; they add up to the lines, less what coupons take off. By default
            one of kind ``other``.
        coupons: codes to be redeemed with the purchase, or nothing is; `lines` are before them.
        occurred_at: when, with its zone; by default now.
        terminal: the till.
        business_date: by default the day of `occurred_at` where the store is.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        MemberUnknown: nobody has this card, contact or reference.
        ReceiptClaimed: the receipt was reported before.
        Locked: the member is frozen.
        Invalid: lines and tenders differ, the purchase is too old, or your rules refuse it.
    """
    body = _purchase_body(
        member=member,
        store=store,
        lines=lines,
        currency=currency,
        tenders=tenders,
        coupons=coupons,
        receipt_no=receipt_no,
        occurred_at=occurred_at,
        terminal=terminal,
        business_date=business_date,
    )
    return post("v1/purchases", Earning, body, idempotency_key)


def purchase(purchase_id: str) -> Call[Purchase]:
    """Return a purchase as it stands, with what was returned of each line; needs ``earn:write``."""
    return get(f"v1/purchases/{segment(purchase_id)}", Purchase)


def explain_purchase(purchase_id: str, *, language: str | None = None) -> Call[Story]:
    """Return why a purchase earned what it did, line by line; needs ``earn:write``.

    Args:
        purchase_id: of a purchase that you reported.
        language: ``en``, ``zh-Hans`` or ``zh-Hant``; the member's own without one.

    Raises:
        NotFound: ``PURCHASE_UNKNOWN``, you reported no such purchase.
    """
    path = f"v1/purchases/{segment(purchase_id)}/explanation"
    return get(path, Story, {"language": language} if language else {})


def campaigns(*, language: str | None = None) -> Call[Campaigns]:
    """Return the campaigns that hold at your stores now or within 30 days; needs ``earn:write``.

    Args:
        language: of names and conditions: ``en``, ``zh-Hans`` or ``zh-Hant``; English without one.
    """
    return get("v1/campaigns", Campaigns, {"language": language} if language else {})


def hold(
    *,
    member: Member,
    store: str,
    points: int | None = None,
    reward_id: str | None = None,
    quantity: int = 1,
    ttl_s: int = 300,
    reference: str | None = None,
    currency: str | None = None,
    household: bool = False,
    slot: datetime | None = None,
    quote: str | None = None,
    deliver_to: Mapping[str, str] | None = None,
    ticket: tuple[Amount, str] | None = None,
    pin: str | None = None,
    confirmation: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Held]:
    """Reserve points, or the points of a reward, until they are captured or voided.

    Needs ``redeem:write``. Used as a context manager, a hold that is not captured is voided::

        with client.hold(member=qr("7KQ2…"), store="pump-1", points=500) as hold:
            hold.capture(receipt_no="F-1")

    Args:
        member: who pays: the code shown as `qr`, or your `member_ref`.
        store: the code or id of your store.
        points: how many; or name a reward.
        reward_id: what to redeem, from `rewards`.
        quantity: how many of the reward.
        ttl_s: seconds until the hold ends by itself, 10 to 900.
        reference: your own text.
        currency: your own points instead of the alliance's.
        household: spend the points of the member's household.
        slot: when the reward is booked for, where it has times.
        quote: of the reward, from `quote_reward`: its price holds.
        deliver_to: where a reward goes, in the words of the partner who hands it out, such as
            ``{"card": "3104 7788"}``.
        ticket: the total of the sale and its currency, such as ``("300.00", "CNY")``.
        pin: as the member typed it, where `StepUpRequired` was raised.
        confirmation: as the member's app shows it, instead of a PIN.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        InsufficientPoints: the wallet has fewer points; the error says how many.
        OutOfStock: fewer units of the reward are left; the error says how many.
        RewardLimit: the reward is limited, and the limit is reached.
        CodeUsed: the member code has paid for something; ask for the next one.
        CodeExpired: the member code is too old; ask for the one shown now.
        StaticToken: a card or contact may not spend, nor a `member_ref` without ``redeem:refs``.
        StepUpRequired: so many points need a `pin` or a `confirmation`.
        PinWrong: the PIN is another one.
        PinLocked: too many PINs were wrong.
        TenderRefused: points pay by other rules, which the error tells.
        Locked: the member is frozen.
    """
    if (points is None) == (reward_id is None):
        raise ValueError("hold either points or a reward")
    what: dict[str, Any] = {"reward_id": reward_id, "quantity": points_count(quantity)}
    if points is not None:
        what = {"points": points_count(points)}
    body = {
        "member": as_member(member).as_object(),
        "store": store,
        "from": "household" if household else None,
        **what,
        "ttl_s": points_count(ttl_s),
        "reference": reference,
        "currency": currency,
        "slot": None if slot is None else instant_text(slot),
        "quote": quote,
        "deliver_to": None if deliver_to is None else dict(deliver_to),
        "ticket": ticket and {"amount": amount_text(ticket[0]), "currency": ticket[1]},
        "step_up": step_up(pin, confirmation),
    }
    return post("v1/redemptions", Held, body, idempotency_key)


def capture(
    redemption_id: str,
    *,
    points: int | None = None,
    receipt_no: str | None = None,
    idempotency_key: str | None = None,
) -> Call[HoldOutcome]:
    """Take held points for good and release the rest; needs ``redeem:write``.

    Args:
        redemption_id: what `hold` answered.
        points: how many of those held; by default all.
        receipt_no: of the sale that they pay.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        HoldExpired: it was too late, and the points are available again.
        Conflict: ``HOLD_ALREADY_RESOLVED``, captured or voided before.
        Invalid: ``EXCEEDS_HOLD``.
    """
    body = {
        "points": None if points is None else points_count(points),
        "receipt_no": receipt_no,
    }
    path = f"v1/redemptions/{segment(redemption_id)}/capture"
    return post(path, HoldOutcome, body, idempotency_key)


def void(
    redemption_id: str, *, reason: str | None = None, idempotency_key: str | None = None
) -> Call[HoldOutcome]:
    """Release held points; needs ``redeem:write``.

    Raises:
        Conflict: ``HOLD_ALREADY_RESOLVED``, captured or voided before.
    """
    path = f"v1/redemptions/{segment(redemption_id)}/void"
    return post(path, HoldOutcome, {"reason": reason}, idempotency_key)


def redemption(redemption_id: str) -> Call[Redemption]:
    """Return a redemption as it stands; needs ``redeem:write``."""
    return get(f"v1/redemptions/{segment(redemption_id)}", Redemption)


def partner() -> Call[Partner]:
    """Return your partner, its stores and the scopes of the token; needs any token."""
    return get("v1/partner", Partner)


def _purchase_body(
    *,
    member: Member,
    store: str,
    lines: Sequence[Line],
    currency: str,
    tenders: Sequence[Tender] | None,
    coupons: Sequence[str] | None,
    receipt_no: str | None,
    occurred_at: datetime | None,
    terminal: str | None,
    business_date: date | None,
) -> dict[str, Any]:
    paid = None
    if tenders is not None:
        paid = tender_objects(tenders)
    return {
        "member": as_member(member).as_object(),
        "store": store,
        "terminal": terminal,
        "receipt_no": receipt_no,
        "occurred_at": instant_text(occurred_at or datetime.now(UTC)),
        "business_date": None if business_date is None else business_date.isoformat(),
        "currency": currency,
        "lines": line_objects(lines),
        "tenders": paid,
        "coupons": None if coupons is None else list(coupons),
    }
