"""Members: find one as you type, read the history, see what expires, freeze and thaw."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from flask import abort, flash, render_template, request
from werkzeug import Response

from stoa.errors import CurrencyUnknownError
from stoa.services import (
    authorizations,
    benefits,
    currencies,
    ledger,
    members,
    plates,
    rosters,
    step_up,
)
from stoa.services.benefits import journal
from stoa.services.ledger import Statement
from stoa.services.rosters import IdentifierLine
from stoa.values.amounts import Money, minor_exponent
from stoa.values.identifiers import public_id
from stoa_admin import texts
from stoa_admin.benefits import STATES
from stoa_admin.climbs import climbs
from stoa_admin.explain import explain, speech
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.lists import read
from stoa_admin.lists.of_people import MEMBERS
from stoa_admin.room import Room
from stoa_admin.trail import readable

__all__ = ["doors", "freeze", "page", "reveal", "roster", "sheet_page", "thaw"]

doors = Room("members", __name__, reads="members.read", changes="members.change")

_PAGE = 25
_MAX_REASON = 200
_KINDS = {
    "card": (noted("Card"), "credit-card"),
    "phone": (noted("Phone"), "phone"),
    "email": (noted("E-mail"), "mail"),
    "partner_ref": (noted("Partner's number"), "id"),
}


@doors.get("/members")
def roster() -> str | Response:
    """List members, those who match the search where there is one."""
    with open_work() as work:
        listed = read(work, MEMBERS)
    return listed.answer("admin/members.html")


@doors.get("/members/<member>")
def page(member: str) -> str:
    """Show one member."""
    return sheet_page(id_of("mem", member))


@doors.post("/members/<member>/reveal")
def reveal(member: str) -> str:
    """Show the identifiers in full; that someone looked is written down."""
    member_id = id_of("mem", member)
    with open_work() as work:
        revealed = rosters.reveal(work, member_id)
    return sheet_page(member_id, revealed=revealed)


@doors.post("/members/<member>/freeze")
def freeze(member: str) -> Response:
    """Stop points from coming and going."""
    member_id, reason = id_of("mem", member), _reason()
    if not reason:
        flash(gettext("Say why: the reason is kept in the audit trail."), "danger")
        return to("members.page", member=member)
    with open_work() as work:
        members.freeze(work, member_id, reason=reason)
    flash(gettext("The member is frozen."), "success")
    return to("members.page", member=member)


@doors.post("/members/<member>/thaw")
def thaw(member: str) -> Response:
    """Let points come and go again."""
    member_id, reason = id_of("mem", member), _reason()
    if not reason:
        flash(gettext("Say why: the reason is kept in the audit trail."), "danger")
        return to("members.page", member=member)
    with open_work() as work:
        members.thaw(work, member_id, reason=reason)
    flash(gettext("The member may earn and redeem again."), "success")
    return to("members.page", member=member)


def sheet_page(
    member_id: UUID,
    *,
    revealed: Sequence[IdentifierLine] | None = None,
    shown: object = None,
) -> str:
    """Return a member's page.

    Args:
        revealed: the identifiers in full, where somebody asked for them.
        shown: the member's code, where it was asked for: a `ShownCode`.
    """
    below, chosen = request.args.get("below", type=int), request.args.get("currency")
    with open_work() as work:
        sheet = rosters.member(work, member_id)
        wallets = currencies.wallets(work, member_id)
        try:
            statement = currencies.statement(work, member_id, chosen)
        except CurrencyUnknownError:
            abort(404)
        currency = statement.balance.currency
        entries = ledger.history(work, member_id, currency, before=below, limit=_PAGE + 1)
        places, said = rosters.places(work), speech(work)
        holds = rosters.open_holds(work, member_id)
        changes = rosters.changes(work, [public_id("mem", member_id)], limit=20)
        standing = climbs(work, member_id) if sheet.merged_into is None else []
        today = work.today()
        living = sheet.merged_into is None and sheet.status == "active"
        enjoyed = benefits.everywhere(work, member_id) if living else []
        claims = journal.of_member(work, member_id)
        agreed = authorizations.consents_of(work, member_id, ever=True)
        has_pin = step_up.has_pin(work, member_id)
        bound = sorted({each.plate for each in plates.all_of(work, member_id)})
    most = max((points for _, points in statement.expiring), default=0)
    return render_template(
        "admin/member.html",
        sheet=sheet,
        standing=standing,
        member=public_id("mem", member_id),
        kinds=_KINDS,
        plates=bound,
        enjoyed=[
            (each, texts.decimal(Decimal(each.benefit.available_milli) / 1000)) for each in enjoyed
        ],
        claims=claims,
        claim_states=STATES,
        has_pin=has_pin,
        consents=agreed,
        shown=shown,
        showable=sheet.status == "active",
        identifiers=revealed or sheet.identifiers,
        revealed=revealed is not None,
        balance=statement.balance,
        wallets=[each.balance for each in wallets],
        chosen=chosen,
        worth=_worth(statement),
        expiring=[
            (day, points, round(100 * points / most, 1)) for day, points in statement.expiring
        ],
        maturing=statement.maturing,
        soon=[day for day, _ in statement.expiring if (day - today).days < 30],  # noqa: PLR2004 - a month
        lines=[explain(entry, places, said) for entry in entries[:_PAGE]],
        more=entries[_PAGE - 1].seq if len(entries) > _PAGE else None,
        below=below,
        holds=holds,
        changes=readable(changes),
    )


def _worth(statement: Statement) -> Money:
    minor = statement.face_value * statement.balance.available
    scaled = minor.scaleb(minor_exponent(statement.money_currency))
    return Money(int(scaled.to_integral_value(ROUND_FLOOR)), statement.money_currency)


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:_MAX_REASON]
