"""The journal: accounts in balance, entries, and the log reckoned again."""

from decimal import Decimal
from itertools import islice

from flask import flash, render_template, request
from werkzeug import Response

from stoa.services import clearing, journal
from stoa.values.clearing.lines import Line
from stoa_admin.clearing.common import line_name, parties, period_in, points_currency
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["doors", "entries", "page", "replayed"]

doors = Room("money", __name__, reads="clearing.read")

_ENTRIES, _WRONG = 100, 20


@doors.get("/clearing/journal")
def page() -> str:
    """Show what each account was debited and credited, in a period or in all."""
    period = request.args.get("period", "")
    with open_work() as work:
        found = journal.trial_balance(
            work, points_currency(), period=period_in(period) if period else ""
        )
        months = [each.period for each in reversed(clearing.periods(work, points_currency()))]
        behind = journal.behind(work)
        known = parties(work)
    return render_template(
        "admin/clearing/journal.html", found=found, months=months, period=period, behind=behind,
        known=known, debit=sum((each.debit for each in found), Decimal(0)),
        credit=sum((each.credit for each in found), Decimal(0)), tab="journal",
    )  # fmt: skip


@doors.get("/clearing/journal/entries")
def entries() -> str:
    """Show the entries of a period, of a line and of a partner where they are chosen."""
    asked = {name: request.args.get(name, "") for name in ("period", "line", "code")}
    with open_work() as work:
        known = parties(work)
        months = [each.period for each in reversed(clearing.periods(work, points_currency()))]
        period = period_in(asked["period"]) if asked["period"] else (months or ["0001-01"])[0]
        found = journal.entries_of(
            work, points_currency(), period, line=asked["line"],
            partner_id=known.id_of(asked["code"]), after=request.args.get("after", 0, int),
            limit=_ENTRIES + 1,
        )  # fmt: skip
    return render_template(
        "admin/clearing/entries.html", found=found[:_ENTRIES], more=len(found) > _ENTRIES,
        known=known, period=period, line=asked["line"], line_name=line_name, tab="journal",
        back=("money.page", {}, gettext("Journal")), here_door=("money.entries", asked),
        filters=(months, [str(each) for each in Line], asked),
    )  # fmt: skip


@doors.get("/clearing/journal/replayed")
def replayed() -> Response:
    """Derive the whole journal again from the log, and tell what differs."""
    with open_work() as work:
        wrong = list(islice(journal.replay(work), _WRONG))
    if wrong:
        places = ", ".join(each.where for each in wrong)
        told = gettext("The journal is not what follows from the log: %(places)s.", places=places)
        flash(told, "danger")
    else:
        flash(gettext("Derived again from the log: every entry is as it stands."), "success")
    return to("money.page")
