"""Payments: what partners pay and are paid for a closed period, the bank's files both ways."""

from collections.abc import Sequence

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import (
    FourEyesError,
    FxRateMissingError,
    InvalidBodyError,
    PaymentClosedError,
    PeriodOpenError,
)
from stoa.services import clearing, payments
from stoa.services.papers import Paper
from stoa.services.payments import Payment, Reconciled
from stoa.values.identifiers import public_id
from stoa_admin.clearing.amounts import minor_in
from stoa_admin.clearing.common import day_in, handed, parties, period_in, points_currency
from stoa_admin.clearing.words import PAYMENT_STATES, VERDICTS
from stoa_admin.confirming import confirmed
from stoa_admin.front import front, id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["doors", "end", "fetch", "make", "page", "propose", "record", "show", "take_in"]

doors = Room("payments", __name__, reads="clearing.read", changes="clearing.change")

_MOST = 400


@doors.get("/clearing/payments")
@asks("clearing.read", sees_to_partners=True)
def page() -> str:
    """List what is to be paid and what comes in; a partner's people see their own."""
    return _page(None)


@doors.post("/clearing/payments/propose")
def propose() -> Response:
    """Propose one payment for each statement of a period; asked again, it renews what waits."""
    period = period_in(request.form.get("period", ""))
    try:
        with open_work() as work:
            found = payments.propose(work, points_currency(), period)
    except PeriodOpenError:
        flash(gettext("This period is not closed yet."), "danger")
    else:
        flash(gettext("%(payments)s payments are proposed.", payments=len(found)), "success")
    return to("payments.page", period=period)


@doors.post("/clearing/payments/file")
@confirmed
def make() -> Response:
    """Make the bank's file of all that waits to go out."""
    period = request.form.get("period", "")
    day = day_in(request.form.get("execute_on", ""))
    if day is None:
        flash(gettext("Choose a day."), "danger")
        return to("payments.page", period=period)
    try:
        with open_work() as work:
            made = payments.make_file(
                work, points_currency(), request.form.get("currency", ""), period=period,
                execute_on=day,
            )  # fmt: skip
    except FourEyesError:
        flash(gettext("Whoever named an account can't pay to it; ask a second person."), "danger")
    except InvalidBodyError as refused:
        flash(_lacks(list(refused.members["errors"])), "danger")
    else:
        flash(gettext("The file %(name)s is made: hand it to the bank.", name=made.name), "success")
    return to("payments.page", period=period)


@doors.get("/clearing/payments/files/<file>")
def fetch(file: str) -> Response:
    """Hand a file over; it is always the same bytes."""
    with open_work() as work:
        made, content = payments.file_of(work, id_of("pyf", file))
    return handed(Paper(content, "application/xml", made.name))


@doors.post("/clearing/payments/bank")
def take_in() -> Response:
    """Read the bank's file: tell what it comes to, or record what matches."""
    file, dry = request.files.get("file"), request.form.get("deed") != "record"
    data = file.stream.read() if file else b""
    try:
        with open_work() as work:
            money = work.programme.money_currency
            found = payments.take_in(work, data, currency=money, dry_run=dry)
    except (FxRateMissingError, InvalidBodyError):
        flash(gettext("A day is to come, or its rate is missing; nothing was recorded."), "danger")
        return make_response(_page(None), 422)
    return make_response(_page(found, dry=dry), 422 if found.errors else 200)


@doors.get("/clearing/payments/<payment>")
@asks("clearing.read", sees_to_partners=True)
def show(payment: str) -> str:
    """Show a payment, and what may be done with it."""
    with open_work() as work:
        found = payments.find(work, id_of("pay", payment))
        known = parties(work)
        today = work.today()
    return render_template(
        "admin/clearing/payment.html", found=found, known=known, states=PAYMENT_STATES,
        address=payment, today=today, tab="payments",
        public_statement=public_id("stm", found.statement_id),
    )  # fmt: skip


@doors.post("/clearing/payments/<payment>/record")
def record(payment: str) -> Response:
    """Record by hand that the bank moved a payment."""
    payment_id, day = id_of("pay", payment), day_in(request.form.get("bank_date", ""))
    text = request.form.get("amount", "").strip()
    try:
        with open_work() as work:
            found = payments.find(work, payment_id)
            minor = minor_in(text, found.currency) if text else None
            if day is None or (text and minor is None):
                flash(gettext("Write a day, and an amount such as 200.00."), "danger")
            else:
                payments.record(work, payment_id, bank_date=day, bank_minor=minor, note=_note())
                flash(gettext("Recorded."), "success")
    except PaymentClosedError:
        flash(gettext("It was recorded or cancelled before; nothing was changed."), "danger")
    except (InvalidBodyError, FxRateMissingError):
        flash(gettext("A day is to come, or its rate is missing; nothing was recorded."), "danger")
    return to("payments.show", payment=payment)


@doors.post("/clearing/payments/<payment>/end")
def end(payment: str) -> Response:
    """Tell that the bank sent a payment back, or take a proposal back."""
    payment_id = id_of("pay", payment)
    try:
        with open_work() as work:
            found = payments.find(work, payment_id)
            deed = payments.fail if found.state == "sent" else payments.cancel
            deed(work, payment_id, note=_note())
    except PaymentClosedError:
        flash(gettext("It was recorded or cancelled before; nothing was changed."), "danger")
    except InvalidBodyError:
        flash(gettext("Say why."), "danger")
    else:
        flash(gettext("Done. Propose the period again to pay it anew."), "success")
    return to("payments.show", payment=payment)


def _page(told: Reconciled | None, *, dry: bool = False) -> str:
    mine, code = person().partner_id, points_currency()
    period = request.values.get("period")
    if period:
        period_in(period)
    with open_work() as work:
        months = (
            [each.period for each in reversed(clearing.periods(work, code)) if each.closed]
            if mine is None
            else []
        )
        if period is None:  # the newest unless all are asked for
            period = months[0] if months else ""
        found = payments.listed(
            work, points_currency=code, period=period, partner_id=mine, limit=_MOST
        )
        made = payments.files(work, limit=20) if mine is None else []
        known = parties(work)
        today = work.today()
    if mine is not None and any(each.partner_id != mine for each in found):
        abort(404)
    waiting = {each.currency for each in found if _goes_out(each)}
    return render_template(
        "admin/clearing/payments.html", found=found, known=known, months=months, period=period,
        files=[(public_id("pyf", each.id), each) for each in made], states=PAYMENT_STATES,
        verdicts=VERDICTS, told=told, dry=dry, waiting=sorted(waiting), today=today,
        sums=_sums(found), own=mine, money=front().desk.programme.money_currency, tab="payments",
    )  # fmt: skip


def _goes_out(each: Payment) -> bool:
    return each.state == "proposed" and each.direction == "out"


def _sums(found: Sequence[Payment]) -> dict[tuple[str, str, bool], int]:
    """Return what comes in and goes out in each money, open and settled."""
    sums: dict[tuple[str, str, bool], int] = {}
    for each in found:
        if each.state in ("proposed", "sent", "settled"):
            key = (each.direction, each.currency, each.state == "settled")
            sums[key] = sums.get(key, 0) + each.minor
    return sums


def _lacks(names: Sequence[str]) -> str:
    if "payments" in names:
        return gettext("Nothing waits to be paid in this money.")
    if "execute_on" in names:
        return gettext("This day is over.")
    told = ", ".join(gettext("Operator") if each == "operator" else each for each in names)
    return gettext("No account, or a wrong one, is known of: %(who)s", who=told)


def _note() -> str:
    return " ".join(request.form.get("reason", "").split())[:200]
