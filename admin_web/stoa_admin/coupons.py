"""The codes of a pool of coupons: what became of them, batches, imports, one taken back."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import CouponPoolUnknownError, CouponSoldOutError, InvalidBodyError
from stoa.services import audit, coupons, rulebook
from stoa.services.coupons import Issued
from stoa.values.amounts import Money
from stoa.values.identifiers import public_id
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room
from stoa_admin.rules.choices import name_of
from stoa_admin.rules.spoken import kind_of

__all__ = ["cancel", "codes", "doors", "issue", "load"]

doors = Room("coupons", __name__, reads="coupons.read", changes="coupons.change")

_KIND = "coupon"
_MOST_SHOWN = 50
_STATES = {
    "ready": noted("To be given out"),
    "issued": noted("Given out"),
    "spent": noted("Used up"),
    "expired": noted("Over"),
    "cancelled": noted("Taken back"),
}


@doors.get("/rules/coupon/<code>/codes")
def codes(code: str) -> str:
    """Show what became of a pool's codes, and those that are looked for."""
    return _page(code, {}, {})


@doors.post("/rules/coupon/<code>/codes")
def issue(code: str) -> Response:
    """Issue a batch of codes; they are told in a file, once."""
    count = request.form.get("count", 0, type=int)
    errors = {}
    made: list[Issued] = []
    try:
        with open_work() as work:
            made = coupons.issue_batch(work, code, count)
    except InvalidBodyError:
        errors["count"] = gettext("Choose between 1 and 10,000.")
    except CouponSoldOutError as short:
        errors["count"] = gettext("Only %(left)s are left.", left=short.members["left"])
    except CouponPoolUnknownError:
        errors["count"] = gettext("The pool does not hold now: activate it first.")
    if errors:
        return make_response(_page(code, {"count": str(count or "")}, errors), 422)
    file = io.StringIO(newline="")
    rows = [(each.code, each.valid_from, each.valid_until, each.uses) for each in made]
    csv.writer(file).writerows([("code", "from", "until", "uses"), *rows])
    answer = make_response(file.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="codes.csv"'
    return answer


@doors.post("/rules/coupon/<code>/import")
def load(code: str) -> Response:
    """Keep the codes of a file, and tell what is wrong with which line."""
    sent = request.files.get("file")
    text = sent.read().decode("utf-8", "replace") if sent else ""
    state = "issued" if request.form.get("given") else "ready"
    try:
        with open_work() as work:
            done = coupons.load(work, code, text.lstrip("\ufeff").splitlines(), state=state)
    except CouponPoolUnknownError:
        wrong = {"file": gettext("The pool does not hold now: activate it first.")}
        return make_response(_page(code, {}, wrong), 422)
    told = gettext("%(new)s codes are new; %(wrong)s lines were left out.")
    flash(told % {"new": done.new, "wrong": len(done.errors)}, "success" if done.new else "danger")
    if not done.errors:
        return to("coupons.codes", code=code)
    lines = dict(list(done.errors.items())[:_MOST_SHOWN])
    return make_response(_page(code, {}, {}, lines=lines, left_out=len(done.errors)), 422)


@doors.post("/rules/coupon/<code>/cancel/<coupon>")
def cancel(code: str, coupon: str) -> Response:
    """Take a code back that nobody has used."""
    coupon_id = id_of("cpn", coupon)
    with open_work() as work:
        done = coupons.cancel(work, coupon_id)
        if done:
            audit.record(work, "coupon.cancel", f"coupon/{code}", after={"coupon": coupon})
    if done:
        flash(gettext("The code is taken back."), "success")
    else:
        flash(gettext("The code was used, or taken back before; nothing was changed."), "danger")
    return to("coupons.codes", code=code)


def _page(
    code: str,
    given: Mapping[str, str],
    errors: Mapping[str, str],
    **more: Any,  # noqa: ANN401 - a value of the page
) -> str:
    state = request.args.get("state", "")
    search = request.args.get("q", "").strip()
    with open_work() as work:
        line = rulebook.find(work, _KIND, code)
        counts = coupons.counts(work, code)
        chosen = state if state in _STATES else ""
        found = coupons.search(work, code, text=search, state=chosen)
        money = work.programme.money_currency
    return render_template(
        "admin/rules/codes.html", kind=kind_of(_KIND), line=line, tab="codes", counts=counts,
        name=name_of(line.document, code), found=found, state=chosen, search=search,
        states=_STATES, given=given, errors=errors, public_id=public_id,
        discount=Money(counts.discount_minor, money),
        imported=line.document.get("codes") == "imported", **more,
    )  # fmt: skip
