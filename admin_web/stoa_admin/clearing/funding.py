"""A partner's funding: what it may still issue, its packs, and what it owes on credit."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError, PackUnknownError, PackUsedError
from stoa.services import funding, partners, rosters
from stoa.services.funding import Bought, Day, Standing
from stoa.values.identifiers import public_id, uuid_of
from stoa_admin import sparkline
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["DAYS", "buy", "doors", "page", "refund"]

doors = Room("funding", __name__, reads="clearing.read", changes="clearing.change")

DAYS = 30
"""How many business days the chart covers."""

_WHOLE = re.compile(r"[0-9]{1,12}")
_PRICE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_KINDS = {
    "open": noted("Open: billed afterwards, without a limit"),
    "prepaid": noted("By packs that it buys"),
    "credit": noted("Within a credit"),
}
_OVERFLOWS = {
    "refuse": noted("Refused: nothing is issued"),
    "reserve_pack": noted("Reserve packs pay"),
    "credit": noted("A credit pays"),
    "member_first": noted("Issued all the same: the operator carries them"),
}


@doors.get("/partners/<partner>/funding")
def page(partner: str) -> str:
    """Show where a partner's funding stands."""
    return _page(partner, None, {})


@doors.post("/partners/<partner>/funding/packs")
def buy(partner: str) -> Response:
    """Let a partner buy a pack."""
    partner_id = id_of("prt", partner)
    given = {name: request.form.get(name, "").strip() for name in ("points", "price", "reserve")}
    errors = _wrong(given)
    if not errors:
        points, price = int(given["points"]), Decimal(given["price"])
        try:
            with open_work() as work:
                rosters.partner(work, partner_id)
                bought = funding.buy(
                    work, partner_id, points, price=price, reserve=given["reserve"] == "yes"
                )
                money = work.programme.money_currency
        except InvalidBodyError:
            errors["points"] = gettext("A pack has at least one point, and at most 10^12.")
        else:
            told = gettext(
                "The pack may be issued from now on. Bill %(amount)s %(money)s for it.",
                amount=f"{bought.amount:.2f}", money=money,
            )  # fmt: skip
            flash(told, "success")
            return to("funding.page", partner=partner)
    return make_response(_page(partner, given, errors), 422)


@doors.post("/partners/<partner>/funding/packs/<pack>/refund")
def refund(partner: str, pack: str) -> Response:
    """Take all unused points of a pack back."""
    pack_id = uuid_of("pck", pack)
    try:
        with open_work() as work:
            mine = funding.packs_of(work, id_of("prt", partner))
            if pack_id is None or pack_id not in {each.id for each in mine}:
                raise PackUnknownError
            paid = funding.refund(work, pack_id)
            money = work.programme.money_currency
    except PackUsedError:
        flash(gettext("No point of this pack is unused any more."), "danger")
    else:
        told = gettext(
            "%(points)s points are taken back. Pay the partner %(amount)s %(money)s.",
            points=paid.points, amount=paid.amount, money=money,
        )  # fmt: skip
        flash(told, "success")
    return to("funding.page", partner=partner)


def _page(partner: str, given: dict[str, str] | None, errors: dict[str, str]) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        standing = funding.standing(work, partner_id)
        days = funding.history(work, partner_id, days=DAYS)
        terms = partners.terms(work, partner_id, version=line.version)
        price = terms.agreement_on(work.today()).issue_price
    return render_template(
        "admin/clearing/funding.html", partner=line, standing=standing,
        kind=gettext(_KINDS[standing.terms.kind]),
        overflow=gettext(_OVERFLOWS[standing.terms.overflow]),
        packs=[_told(each) for each in standing.packs], days=days, chart=_chart(days),
        bought=sum(each.points for each in standing.packs), share=_share(standing),
        given=given or {"price": f"{price.normalize():f}"}, errors=errors, tab="funding",
    )  # fmt: skip


def _wrong(given: dict[str, str]) -> dict[str, str]:
    errors = {}
    if not _WHOLE.fullmatch(given["points"]) or not int(given["points"]):
        errors["points"] = gettext("Write a whole number.")
    if not _PRICE.fullmatch(given["price"]):
        errors["price"] = gettext("Write a price such as 0.011.")
    return errors


def _told(pack: Bought) -> dict[str, Any]:
    return {
        "id": public_id("pck", pack.id),
        "pack": pack,
        "price": f"{pack.price.normalize():f}",
        "amount": f"{pack.amount:.2f}",
        "share": _percent(pack.left, pack.points),
    }


def _chart(days: Sequence[Day]) -> list[tuple[float, float, float, float]]:
    return sparkline.bars([max(each.used, 0) for each in days], width=600, height=120, gap=4)


def _share(standing: Standing) -> int:
    """Return how much of what was given is left, in percent."""
    if standing.terms.kind == "credit":
        limit = standing.terms.credit_limit or Decimal()
        left = max(standing.left_amount or Decimal(), Decimal())
        return int(100 * left / limit) if limit else 0
    whole = sum(each.points - each.refunded for each in standing.packs if not each.reserve)
    return _percent(standing.left_points, whole)


def _percent(part: int, whole: int) -> int:
    return min(max(100 * part // whole, 0), 100) if whole else 0
