"""Benefits: how each is used and what it costs whom, and the claims behind the figures."""

from datetime import date, timedelta
from decimal import Decimal

from flask import abort, render_template, request

from stoa.services import benefits
from stoa.services.benefits import journal
from stoa.services.benefits.journal import Line
from stoa.values.amounts import Money
from stoa.values.identifiers import public_id
from stoa.values.periods import Period
from stoa_admin import language, texts
from stoa_admin.front import id_of, open_work
from stoa_admin.language import noted
from stoa_admin.room import Room

__all__ = ["STATES", "claim", "claims", "doors", "page"]

doors = Room("benefits", __name__, reads="benefits.read")

STATES = {
    "held": noted("On hold"),
    "used": noted("Used"),
    "released": noted("Given back"),
    "expired": noted("Expired"),
}
"""What claims may be, in the words of the pages."""

_PAGE = 50
_DAYS = (7, 30, 90, 365)
_IDLE_DAYS = 30


@doors.get("/benefits")
def page() -> str:
    """Show how each benefit was used over some days, and what nobody uses."""
    days = request.args.get("days", 30, type=int)
    days = days if days in _DAYS else 30
    with open_work() as work:
        today = work.today()
        span = Period(today - timedelta(days=days - 1), today + timedelta(days=1))
        found = benefits.report(work, span, language=language.language().replace("_", "-"))
        used = dict(benefits.by_day(work, span))
    every = [today - timedelta(days=back) for back in reversed(range(days))]
    return render_template(
        "admin/benefits.html", found=found, days=days, choices=_DAYS, today=today, idle=_IDLE_DAYS,
        chart=[(day, used.get(day, 0)) for day in every], total=sum(used.values()), money=Money,
    )  # fmt: skip


@doors.get("/benefits/claims")
def claims() -> str:
    """List claims, those of the latest day first."""
    args = request.args
    state, benefit, partner = (args.get(name, "") for name in ("state", "benefit", "partner"))
    before = id_of("clm", args["before"]) if args.get("before") else None
    day = _day(args.get("day", ""))
    with open_work() as work:
        found = journal.page(
            work, state=state if state in STATES else "", benefit=benefit.strip()[:64],
            partner=partner.strip()[:64], day=day, before=before, limit=_PAGE + 1,
        )  # fmt: skip
        shops = work.rows("SELECT code, name FROM partners ORDER BY name")
    return render_template(
        "admin/claims.html", claims=found[:_PAGE], states=STATES, shops=shops, state=state,
        benefit=benefit, partner=partner, day=day.isoformat() if day else "",
        amount=_amount, more=public_id("clm", found[_PAGE - 1].id) if len(found) > _PAGE else None,
    )  # fmt: skip


@doors.get("/benefits/claims/<claim>")
def claim(claim: str) -> str:
    """Show one claim with who pays for it and the receipts it uses."""
    with open_work() as work:
        found = journal.sheet(work, id_of("clm", claim))
    if found is None:
        abort(404)
    return render_template(
        "admin/claim.html", sheet=found, line=found.line, states=STATES, money=Money, amount=_amount
    )


def _amount(line: Line) -> str:
    return texts.decimal(Decimal(line.quantity_milli) / 1000)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
