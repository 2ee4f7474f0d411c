"""The page of a draw: odds, tickets sold, prizes left, the result with its verification."""

from flask import Blueprint, render_template
from werkzeug import Response

from stoa.errors import DrawUnknownError
from stoa.services import draws, rulebook
from stoa.values.identifiers import public_id
from stoa.values.languages import stand_ins
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.language import language as spoken
from stoa_admin.rules.choices import name_of
from stoa_admin.rules.spoken import kind_of

__all__ = ["doors", "page"]

doors = Blueprint("raffling", __name__)

_SHOWN = 200
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
