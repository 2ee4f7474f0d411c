"""Doors of coupons: issued, validated, reserved, redeemed, released, rolled back (api 4.7).

A wrong code is counted before anything else is done, in a transaction of its own.
"""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError

from stoa.api import answers
from stoa.api.couponing import (
    Chosen,
    CouponAnswer,
    CouponBatchBody,
    CouponIssueBody,
    CouponRedeemBody,
    CouponReleaseBody,
    CouponReserveBody,
    CouponRollbackBody,
    CouponTicketBody,
    CouponUseAnswer,
    CouponValidationAnswer,
    IssuedCouponsAnswer,
    MemberCouponsAnswer,
    Sale,
    Wanted,
)
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import minor_of
from stoa.api.languages import LanguageQuery, Spoken
from stoa.errors import (
    CouponClosedError,
    CouponPoolUnknownError,
    CouponRefusedError,
    CouponSoldOutError,
    CouponUnknownError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PartnerSuspendedError,
    StoreUnknownError,
    TooManyGuessesError,
    WalletBusyError,
)
from stoa.services import coupons, idempotency, members
from stoa.services.coupons import Issued, Owned, Shown, Ticket, Use, Validation
from stoa.services.members import Token
from stoa.values.amounts import Money
from stoa.values.coupons import Article, Pool
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["create_blueprint"]

_LANGUAGE = "en"
_TICKET, _RESERVE, _REDEEM = CouponTicketBody(), CouponReserveBody(), CouponRedeemBody()
_RELEASE, _ROLLBACK = CouponReleaseBody(), CouponRollbackBody()
_ISSUE, _BATCH, _SPOKEN = CouponIssueBody(), CouponBatchBody(), LanguageQuery()
_MEMBER = [MemberUnknownError, MemberMergedError, MemberFrozenError]
_CODE = [PartnerSuspendedError, CouponUnknownError, TooManyGuessesError]
_SALE = {"store": "main", "amount": "120.00"}


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("coupons", __name__, tag="Coupons")

    @door(
        blueprint, "/coupons/<code>", scope="coupons:read", gives=CouponAnswer, query=_SPOKEN,
        refuses=_CODE,
    )  # fmt: skip
    def read_coupon(call: Call, code: str) -> Answer:
        """Read a coupon by its code."""
        spoken = call.query(_SPOKEN, Spoken)
        with call.work() as work:
            return _coupon(work, coupons.show(work, code), spoken.language or _LANGUAGE)

    @door(
        blueprint, "/coupons/<code>/validate", scope="coupons:read", takes=_TICKET,
        gives=CouponValidationAnswer, refuses=[*_CODE, *_MEMBER, StoreUnknownError], example=_SALE,
    )  # fmt: skip
    def validate_coupon(call: Call, code: str) -> Answer:
        """Tell what a coupon would take off a ticket, or why it would not; nothing is written."""
        sale = call.body(_TICKET, Sale)
        with call.work() as work:
            shown = _shown(work, code, sale)
            told = coupons.validate(work, shown, _ticket(shown, sale))
            return _validation(work, told, sale.language)

    @door(
        blueprint, "/coupons/<code>/reserve", scope="coupons:write", takes=_RESERVE,
        gives=CouponUseAnswer, status=201,
        refuses=[*_CODE, *_MEMBER, StoreUnknownError, CouponRefusedError, WalletBusyError],
        example=_SALE | {"ttl_seconds": 600},
    )  # fmt: skip
    def reserve_coupon(call: Call, code: str) -> tuple[Answer, bool]:
        """Set one use of a coupon aside for a ticket; it comes back by itself."""
        sale = call.body(_RESERVE, Sale)
        with call.work() as work:
            shown = _shown(work, code, sale)
            ticket = _ticket(shown, sale)
            return idempotency.once(
                work, call.key,
                lambda: _use(coupons.reserve(work, shown, ticket, ttl_s=sale.ttl_seconds)),
            )  # fmt: skip

    @door(
        blueprint, "/coupons/<code>/redeem", scope="coupons:write", takes=_REDEEM,
        gives=CouponUseAnswer, status=201,
        refuses=[
            *_CODE, *_MEMBER, StoreUnknownError, CouponRefusedError, CouponClosedError,
            WalletBusyError,
        ],
        example=_SALE | {"receipt_no": "R-1007"},
    )  # fmt: skip
    def redeem_coupon(call: Call, code: str) -> tuple[Answer, bool]:
        """Take one use of a coupon on a receipt, at once or as it was reserved."""
        sale = call.body(_REDEEM, Sale)
        with call.work() as work:
            shown = _shown(work, code, sale)
            ticket, use_id = _ticket(shown, sale), _known(sale.use)
            return idempotency.once(
                work, call.key, lambda: _use(coupons.redeem(work, shown, ticket, use_id=use_id))
            )

    @door(
        blueprint, "/coupons/<code>/release", scope="coupons:write", takes=_RELEASE,
        gives=CouponUseAnswer, status=201, refuses=[*_CODE, CouponClosedError, WalletBusyError],
        example={"use": "cpu_01m8155c9qf4r9yj3v0w4q1ztb"},
    )  # fmt: skip
    def release_coupon(call: Call, code: str) -> tuple[Answer, bool]:
        """Let go of a reservation of a coupon; it has its use again."""
        use_id = _named(call.body(_RELEASE, Chosen).use)
        with call.work() as work:
            shown = coupons.show(work, code)
            return idempotency.once(
                work, call.key, lambda: _use(coupons.release(work, shown, use_id))
            )

    @door(
        blueprint, "/coupons/<code>/rollback", scope="coupons:write", takes=_ROLLBACK,
        gives=CouponUseAnswer, status=201, refuses=[*_CODE, CouponClosedError, WalletBusyError],
        example={"receipt_no": "R-1007"},
    )  # fmt: skip
    def roll_back_coupon(call: Call, code: str) -> tuple[Answer, bool]:
        """Undo a redemption of yours: the coupon has its use again, its payers their money."""
        chosen = call.body(_ROLLBACK, Chosen)
        with call.work() as work:
            shown = coupons.show(work, code)
            use_id = _known(chosen.use)
            return idempotency.once(
                work, call.key,
                lambda: _use(
                    coupons.roll_back(work, shown, use_id=use_id, receipt_no=chosen.receipt_no)
                ),
            )  # fmt: skip

    @door(
        blueprint, "/coupons/issue", scope="coupons:issue", takes=_ISSUE,
        gives=IssuedCouponsAnswer, status=201,
        refuses=[
            *_MEMBER, PartnerSuspendedError, CouponPoolUnknownError, CouponSoldOutError,
            WalletBusyError,
        ],
        example={"pool": "dinner-20", "member": {"type": "card", "value": "9900000000000002"}},
    )  # fmt: skip
    def issue_coupons(call: Call) -> tuple[Answer, bool]:
        """Issue coupons of a pool that names you among its issuers."""
        return _issue(call, call.body(_ISSUE, Wanted))

    @door(
        blueprint, "/coupons/batch", scope="coupons:issue", takes=_BATCH,
        gives=IssuedCouponsAnswer, status=201,
        refuses=[
            PartnerSuspendedError, CouponPoolUnknownError, CouponSoldOutError, WalletBusyError,
        ],
        example={"pool": "dinner-20", "count": 500},
    )  # fmt: skip
    def issue_batch(call: Call) -> tuple[Answer, bool]:
        """Issue many coupons for whoever shows their codes."""
        return _issue(call, call.body(_BATCH, Wanted))

    @door(
        blueprint, "/members/<member_ref>/coupons", scope="coupons:read",
        gives=MemberCouponsAnswer, query=_SPOKEN, refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_coupons(call: Call, member_ref: str) -> Answer:
        """List the coupons of a member that your stores take."""
        language = call.query(_SPOKEN, Spoken).language or _LANGUAGE
        with call.work() as work:
            found = members.find(work, Token("member_ref", member_ref))
            partner = answers.terms_of(work).code
            return {
                "coupons": [
                    _owned(work, each, language)
                    for each in coupons.of(work, found.id)
                    if each.kept.pool.accepted_at.of_partner(partner)
                ]
            }

    return blueprint


def _issue(call: Call, wanted: Wanted) -> tuple[Answer, bool]:
    with call.work() as work:
        found = members.find(work, wanted.member) if wanted.member else None
        if found is not None and found.status != "active":
            raise MemberFrozenError
        return idempotency.once(
            work, call.key,
            lambda: _issued(
                work, wanted.pool, found.id if found else None,
                coupons.issue_by_partner(
                    work, wanted.pool, member_id=found.id if found else None, count=wanted.count
                ),
            ),
        )  # fmt: skip


def _shown(work: Work, code: str, sale: Sale) -> Shown:
    return coupons.show(
        work, code, store=sale.store, member=sale.member, together=sale.together
    )  # fmt: skip


def _ticket(shown: Shown, sale: Sale) -> Ticket:
    """Return the ticket in minor units of the store's currency."""
    currency = sale.currency or (shown.store.currency if shown.store else "")
    try:
        lines = tuple(
            Article(each.sku, minor_of(each.amount, currency), each.quantity)
            for each in sale.lines
        )  # fmt: skip
        amount = sum(each.total_minor for each in lines)
        if sale.amount is not None:
            amount = minor_of(sale.amount, currency)
    except ValidationError as wrong:
        raise ValidationError({"amount": wrong.messages}) from None
    return Ticket(amount, currency, lines, sale.receipt_no)


def _known(use: str | None) -> UUID | None:
    return None if use is None else _named(use)


def _named(use: str | None) -> UUID:
    known = uuid_of("cpu", use or "")
    if known is None:
        raise CouponUnknownError
    return known


def _coupon(work: Work, shown: Shown, language: str) -> Answer:
    coupon = shown.coupon
    over = coupon.state == "issued" and coupon.valid_until < work.today()
    return _described(
        work, shown.kept.pool, language, coupon_id=public_id("cpn", coupon.id),
        last4=coupon.code[-4:], pool=coupon.pool, status="expired" if over else coupon.state,
        valid_from=coupon.valid_from.isoformat(), valid_until=coupon.valid_until.isoformat(),
        uses=coupon.uses, uses_left=coupon.uses_left,
    )  # fmt: skip


def _owned(work: Work, owned: Owned, language: str) -> Answer:
    return _described(
        work, owned.kept.pool, language, coupon_id=public_id("cpn", owned.id),
        last4=owned.code[-4:], code=owned.code, pool=owned.kept.code, status=owned.state,
        valid_from=owned.valid_from.isoformat(), valid_until=owned.valid_until.isoformat(),
        uses=owned.uses, uses_left=owned.uses_left,
    )  # fmt: skip


def _described(work: Work, rule: Pool, language: str, **facts: Any) -> Answer:  # noqa: ANN401 - JSON
    currency = work.programme.money_currency
    worth = rule.worth

    def money(minor: int) -> dict[str, str]:
        return answers.money(Money(minor, currency))

    return facts | {
        "name": rule.name.of(language),
        "about": rule.about.of(language) if rule.about.written else None,
        "worth": {
            "kind": worth.kind,
            "amount": money(worth.minor) if worth.kind == "amount" else None,
            "basis_points": worth.basis_points if worth.kind == "percent" else None,
            "most": None if worth.most_minor is None else money(worth.most_minor),
            "sku": worth.sku or None,
            "text": worth.text.of(language) if worth.text.written else None,
        },
        "min_spend": money(rule.min_spend_minor),
        "stacks": rule.stacks,
    }


def _validation(work: Work, told: Validation, language: str) -> Answer:
    return {
        "valid": told.discount is not None,
        "reason": told.reason or None,
        "discount": answers.money(told.discount) if told.discount else None,
        "coupon": _coupon(work, told.shown, language),
    }


def _use(use: Use) -> Answer:
    return {
        "use_id": public_id("cpu", use.id),
        "coupon_id": public_id("cpn", use.coupon_id),
        "last4": use.last4,
        "pool": use.pool,
        "status": use.state,
        "discount": answers.money(use.discount),
        "receipt_no": use.receipt_no or None,
        "reserved_until": answers.instant(use.reserved_until) if use.reserved_until else None,
    }


def _issued(work: Work, pool: str, member_id: UUID | None, made: list[Issued]) -> Answer:
    return {
        "pool": pool,
        "member_ref": answers.member_ref(work, member_id) if member_id else None,
        "coupons": [
            {
                "coupon_id": public_id("cpn", each.id),
                "code": each.code,
                "valid_from": each.valid_from.isoformat(),
                "valid_until": each.valid_until.isoformat(),
                "uses": each.uses,
            }
            for each in made
        ],
    }
