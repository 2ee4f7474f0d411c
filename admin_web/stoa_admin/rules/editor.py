"""The form of a rule: drawn, changed by its buttons, looked at in words, and saved as a version.

Each button posts the whole form; the answer is the whole form again. A script only spares the
reader the blink: without one everything works.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidRuleError, RuleUnknownError
from stoa.services import programmes, rulebook
from stoa.values.amounts import minor_exponent
from stoa.values.rulefiles import RuleFile
from stoa.work import Work
from stoa_admin.front import by_htmx, front, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room
from stoa_admin.rules import drawing, ladders, telling, tries
from stoa_admin.rules.choices import name_of
from stoa_admin.rules.kinds import Kind
from stoa_admin.rules.mistakes import Mistakes
from stoa_admin.rules.parts import Part, PartKind, begin, settled
from stoa_admin.rules.reading import press, read
from stoa_admin.rules.spoken import kind_of, words

__all__ = ["add", "change", "doors", "edit", "new"]

doors = Room("rule_editor", __name__, reads="programme.read", changes="programme.change")

_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_MOST_NOTE = 200


class _ChangedMeanwhileError(Exception):
    """Somebody else saved the rule after this form was opened."""


@doors.get("/rules/new/<kind>")
def new(kind: str) -> str:
    """Show the form of a new rule."""
    chosen = kind_of(kind)
    return _form(chosen, begin(chosen.parts), code="", version=0)


@doors.post("/rules/new/<kind>")
def add(kind: str) -> Response:
    """Save a new rule as a draft, or draw the form again."""
    return _posted(kind_of(kind), "")


@doors.get("/rules/<kind>/<code>/edit")
def edit(kind: str, code: str) -> str:
    """Show the form with the latest version, or with an older one to go back to."""
    chosen = kind_of(kind)
    with open_work() as work:
        line = rulebook.find(work, kind, code)
        version = request.args.get("version", line.latest, type=int)
        document = dict(rulebook.document(work, kind, code, version))
    return _form(chosen, document, code=code, version=line.latest, older=version != line.latest)


@doors.post("/rules/<kind>/<code>/edit")
def change(kind: str, code: str) -> Response:
    """Save the form as the next version, or draw it again."""
    return _posted(kind_of(kind), code)


def _posted(kind: Kind, code: str) -> Response:
    decimals = minor_exponent(front().desk.programme.money_currency)
    document = read(kind.parts, request.form, money_decimals=decimals)
    button = request.form.get("do", "save")
    version = request.form.get("version", 0, type=int)
    if button != "save":
        fresh = ""
        if button != "draw":
            document, fresh = press(kind.parts, document, button)
        return make_response(_form(kind, document, code=code, version=version, fresh=fresh))
    return _save(kind, code, document, version)


def _save(kind: Kind, code: str, document: dict[str, Any], version: int) -> Response:
    chosen = code or request.form.get("code", "").strip()
    note = " ".join(request.form.get("note", "").split())[:_MOST_NOTE]
    errors: dict[str, list[str]] = {} if code else _wrong_code(kind, chosen)
    if not errors:
        try:
            with open_work() as work:
                saved = _saved(work, kind, chosen, document, note=note, version=version)
        except InvalidRuleError as wrong:
            errors = dict(wrong.members["errors"])
        except _ChangedMeanwhileError:
            drawn = _form(kind, document, code=code, version=version, stale=True)
            return make_response(drawn, 409)
        else:
            _praise(saved, version)
            return _on_to(kind, chosen)
    return make_response(_form(kind, document, code=code, version=version, errors=errors), 422)


def _on_to(kind: Kind, code: str) -> Response:
    """Lead on to the rule; a script that asked for the form is told to load another page."""
    answer = to("rules.page", kind=kind.name, code=code)
    if not by_htmx():
        return answer
    return Response(status=204, headers={"HX-Redirect": answer.location})


def _saved(
    work: Work, kind: Kind, code: str, document: dict[str, Any], *, note: str, version: int
) -> int:
    """Save the form over the version that it was opened with, keeping what it has no field for."""
    if version:
        line = rulebook.find(work, kind.name, code)
        if line.latest != version:
            raise _ChangedMeanwhileError
        known = {name for part in kind.parts for name in _names(part)}
        document = {k: v for k, v in line.document.items() if k not in known} | document
        if settled(kind.parts, document) == settled(kind.parts, line.document):
            return line.latest
    return programmes.save(work, RuleFile(kind.name, code, document, note))


def _names(part: Part) -> Iterator[str]:
    """Yield the names of a document that a part of the form writes."""
    yield part.name
    if part.kind is PartKind.MODE:
        yield from (each.name for chosen in part.variants.values() for each in chosen)


def _praise(saved: int, version: int) -> None:
    if saved == version:
        flash(gettext("Nothing was different, so there is no new version."), "success")
    else:
        told = gettext("Saved as version %(number)s. It holds once you activate it.", number=saved)
        flash(told, "success")


def _wrong_code(kind: Kind, code: str) -> dict[str, list[str]]:
    if not _CODE.fullmatch(code):
        text = gettext("Use 1 to 40 small letters, digits and hyphens, such as double-days.")
        return {"code": [text]}
    with open_work() as work:
        try:
            rulebook.find(work, kind.name, code)
        except RuleUnknownError:
            return {}
    return {"code": [gettext("This code is taken.")]}


def _form(
    kind: Kind, document: Mapping[str, Any], *, code: str, version: int,
    errors: Mapping[str, list[str]] | None = None, fresh: str = "", stale: bool = False,
    older: bool = False,
) -> str:  # fmt: skip
    mistakes = Mistakes(errors)
    with open_work() as work:
        spoken = words(work, document, brief=True)
        told = list(telling.tell(kind.parts, document, spoken))
        tried = tries.trial(work, document, spoken) if kind.name == "campaign" else None
    sheet = drawing.Sheet(spoken.choices, mistakes, spoken.money, spoken.money_decimals)
    wrong_code = mistakes.at("code") if not code else ""
    fields = drawing.draw(kind.parts, document, sheet)
    return render_template(
        "admin/rules/form.html", kind=kind, code=code, version=version, fields=fields, fresh=fresh,
        wrong=mistakes.count, left=mistakes.left(), stale=stale, older=older,
        told=ladders.others(told), tried=tried,
        rungs=ladders.rungs(told, document) if kind.name == "ladder" else [],
        doubts=ladders.doubts(document) if kind.name == "ladder" else [],
        wrong_code=wrong_code, given_code=request.form.get("code", ""),
        note=request.form.get("note", ""), name=name_of(document, code) or "",
    )  # fmt: skip
