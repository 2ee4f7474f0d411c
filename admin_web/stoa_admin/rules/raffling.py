"""The page of a draw: odds, tickets sold, prizes left, the result; and the way to cancel it."""

from flask import flash, render_template, request
from werkzeug import Response

from stoa.errors import DrawClosedError, DrawUnknownError
from stoa.services import draws, rulebook
from stoa.values.identifiers import public_id
from stoa.values.languages import stand_ins
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.language import language as spoken
from stoa_admin.room import Room
from stoa_admin.rules.choices import name_of
from stoa_admin.rules.spoken import kind_of

__all__ = ["cancel", "doors", "page"]

doors = Room("raffling", __name__, reads="programme.read", changes="programme.change")

_SHOWN = 200
_MOST_REASON = 200
_PARTS = {
    "terms": noted("terms"), "list": noted("list of tickets"), "seed": noted("seed"),
    "winners": noted("winners"),
}  # fmt: skip
"""What may differ from what was published, by the word of the check."""


@doors.get("/rules/draw/<code>/draw")
def page(code: str) -> str | Response:
    """Show how a draw stands, and whether it is what it promised."""
    chosen = kind_of("draw")
    with open_work() as work:
        line = rulebook.find(work, "draw", code)
        try:
            draw = draws.find(work, code)
        except DrawUnknownError:
            return to("rules.page", kind="draw", code=code)
        prizes = draws.prizes_of(work, code)
        wrong = draws.check(work, code)
        told = draws.proof(work, code)
        money, now = work.programme.money_currency, work.now()
    names = {each["code"]: each["name"] for each in draw.terms["prizes"]}
    if draw.terms["consolation"]:
        names["consolation"] = draw.terms["consolation"]["name"]
    language = spoken()
    return render_template(
        "admin/rules/draw.html", kind=chosen, line=line, name=name_of(line.document, code),
        tab="draw", draw=draw, prizes=prizes, standing=draw.standing(now),
        wrong=gettext(_PARTS[wrong]) if wrong else "",
        names={key: next(text[each] for each in stand_ins(language) if each in text)
               for key, text in names.items()},
        worth={each["code"]: each["worth_minor"] for each in draw.terms["prizes"]}, money=money,
        winners=told.get("winners", [])[:_SHOWN], public_id=public_id,
    )  # fmt: skip


@doors.post("/rules/draw/<code>/cancel")
def cancel(code: str) -> Response:
    """Cancel a draw for ever, for a reason that the audit trail keeps."""
    reason = " ".join(request.form.get("reason", "").split())[:_MOST_REASON]
    with open_work() as work:
        rulebook.find(work, "draw", code)
    if not reason:
        flash(gettext("Nothing was changed: say why."), "danger")
        return to("raffling.page", code=code)
    try:
        with open_work() as work:
            sold = draws.cancel(work, code, reason=reason)
    except (DrawClosedError, DrawUnknownError):
        flash(gettext("This was settled meanwhile; nothing was changed."), "danger")
    else:
        text = gettext("Cancelled. The open ones of %(sold)s tickets go back.", sold=sold)
        flash(text, "success")
    return to("raffling.page", code=code)
