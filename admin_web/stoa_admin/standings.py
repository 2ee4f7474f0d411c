"""A member's tiers: where they stand on each ladder and why, what comes next, a tier by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import rosters, tiers
from stoa.values.identifiers import public_id
from stoa.work import Work
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, language
from stoa_admin.room import Room

__all__ = ["Offered", "doors", "give", "new", "offered"]

doors = Room("standings", __name__, reads="members.read", changes="members.change")

_MAX_REASON = 200
_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}


@dataclass(frozen=True, slots=True)
class Offered:
    """A tier that may be given: its place as the form sends it, its ladder's name, its own."""

    value: str
    ladder: str
    name: str


@doors.get("/members/<member>/tier")
def new(member: str) -> str:
    """Show the form by which a tier is given."""
    return _form(id_of("mem", member), {}, {})


@doors.post("/members/<member>/tier")
def give(member: str) -> Response:
    """Put a member into a tier by hand, for a while or for good."""
    member_id = id_of("mem", member)
    given = {name: request.form.get(name, "").strip() for name in ("tier", "reason", "until")}
    errors: dict[str, str] = {}
    ladder, _, tier = given["tier"].partition("/")
    if not 0 < len(given["reason"]) <= _MAX_REASON:
        errors["reason"] = gettext("Say why, in at most 200 characters.")
    until = _day(given["until"], errors)
    if not errors:
        try:
            with open_work() as work:
                tiers.assign(
                    work, member_id, tier, reason=given["reason"], until=until, ladder=ladder
                )
        except InvalidBodyError as wrong:
            late = "until" in wrong.members["errors"]
            errors["until" if late else "tier"] = (
                gettext("Choose today or a later day.")
                if late
                else gettext("Choose from the lists.")
            )
        else:
            flash(gettext("The member stands in this tier now."), "success")
            return to("members.page", member=member)
    return make_response(_form(member_id, given, errors), 422)


def offered(work: Work) -> list[Offered]:
    """Return every tier of the ladders that hold."""
    tag = _TAGS[language()]
    return [
        Offered(f"{code}/{tier.code}", ladder.name.of(tag), tier.name.of(tag))
        for code, ladder in tiers.current(work).by_code.items()
        for tier in ladder.tiers
    ]


def _form(member_id: UUID, given: dict[str, str], errors: dict[str, str]) -> str:
    with open_work() as work:
        sheet = rosters.member(work, member_id)
        choices: Sequence[Offered] = offered(work)
    return render_template(
        "admin/tier.html", sheet=sheet, member=public_id("mem", member_id), given=given,
        errors=errors, choices=choices,
    )  # fmt: skip


def _day(text: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors["until"] = gettext("Choose a day.")
        return None
