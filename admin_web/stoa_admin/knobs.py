"""A partner's plugin and its settings: a form drawn from what the plugin says it can be told.

The form is one page with or without scripts: adding and removing a row of a table posts the whole
form with the name of the button, and the answer is the same form with one row more or less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from stoa.errors import InvalidSettingsError
from stoa.services import hosting, partners, rosters
from stoa.values.rates import decimal_text
from stoa.values.settings import Kind, Setting, default_settings
from stoa_admin.front import front, id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = [
    "Field",
    "Table",
    "ask_again",
    "change",
    "doors",
    "draw",
    "page",
    "read",
    "with_row_changed",
]

doors = Room("knobs", __name__, reads="partners.read", changes="plugins.change")

_MAX_TEXT = 500
_Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form, as it is drawn.

    Attributes:
        name: under which its value is sent; the cells of a column share one.
        id: unique in the page.
        value: the text in it, as kept or as just typed.
        error: what is wrong with it; empty when nothing is.
        fresh: it begins a row that was just added, and wants to be filled next.
    """

    setting: Setting
    name: str
    id: str
    value: str
    error: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the form, with its rows of fields."""

    setting: Setting
    rows: tuple[tuple[Field, ...], ...]
    error: str = ""


class _ChangedMeanwhileError(Exception):
    """Somebody else saved the partner after this form was opened."""


@doors.get("/partners/<partner>/plugin")
def page(partner: str) -> str:
    """Show the settings as kept, or the defaults of another plugin to change to."""
    partner_id = id_of("prt", partner)
    chosen = request.args.get("plugin")
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        kept = partners.terms(work, partner_id, version=line.version).settings
    known = {plugin.name for plugin in front().desk.plugins.all()}
    if chosen is None or chosen == line.plugin:
        return _form(partner_id, line.plugin, kept, version=line.version)
    if chosen not in known:
        abort(404)
    defaults = default_settings(front().desk.plugins.get(chosen).settings)
    return _form(partner_id, chosen, defaults, version=line.version)


@doors.post("/partners/<partner>/plugin")
def change(partner: str) -> Response:
    """Save the settings, or draw the form again with a row added or removed."""
    partner_id = id_of("prt", partner)
    plugin = request.form.get("plugin", "")
    version = request.form.get("version", 0, type=int)
    if plugin not in {each.name for each in front().desk.plugins.all()}:
        abort(404)
    if not person().may("partners.change"):
        _check_same(partner, plugin)
    settings = front().desk.plugins.get(plugin).settings
    given = read(settings, request.form)
    if "add" in request.form or "remove" in request.form:
        fresh = with_row_changed(settings, given)
        return make_response(
            _form(partner_id, plugin, given, version=version, draft=True, fresh=fresh)
        )
    try:
        with open_work() as work:
            _expect(version + 1, partners.configure(work, partner_id, plugin, given))
    except InvalidSettingsError as wrong:
        errors: _Errors = wrong.members["errors"]
        drawn = _form(partner_id, plugin, given, version=version, errors=errors, draft=True)
        return make_response(drawn, 422)
    except _ChangedMeanwhileError:
        drawn = _form(partner_id, plugin, given, version=version, draft=True, stale=True)
        return make_response(drawn, 409)
    flash(
        gettext("Saved as version %(number)s: it holds from now on.", number=version + 1), "success"
    )
    return to("knobs.page", partner=partner)


@doors.post("/partners/<partner>/plugin/again")
def ask_again(partner: str) -> Response:
    """Let a plugin that failed often be asked again at once."""
    with open_work() as work:
        hosting.ask_again(work, id_of("prt", partner))
    flash(gettext("The plugin is asked again from now on."), "success")
    return to("knobs.page", partner=partner)


def draw(
    settings: Sequence[Setting],
    values: Mapping[str, Any],
    errors: _Errors,
    *,
    fresh: tuple[str, int] | None = None,
) -> list[Field | Table]:
    """Return the fields and tables of the settings, in the plugin's order.

    Args:
        values: as kept (whole numbers, thousandths for decimals) or as typed (texts).
        errors: texts by path, such as ``rates.2.points``.
        fresh: the table and the number of a row that was just added.
    """
    drawn: list[Field | Table] = []
    for setting in settings:
        value = values.get(setting.name, setting.default)
        if setting.kind is Kind.TABLE:
            rows = tuple(
                _row(setting, row, number, errors, fresh=fresh == (setting.name, number))
                for number, row in enumerate(value)
            )
            drawn.append(Table(setting, rows, _error(setting, setting.name, errors)))
            continue
        drawn.append(
            Field(
                setting, f"s.{setting.name}", f"s-{setting.name}", _text(setting, value),
                _error(setting, setting.name, errors),
            )
        )  # fmt: skip
    return drawn


def read(settings: Sequence[Setting], form: "MultiDict[str, str]") -> dict[str, Any]:
    """Return what the form holds for the settings, as texts; tables as rows of texts."""
    given: dict[str, Any] = {}
    for setting in settings:
        name = f"s.{setting.name}"
        if setting.kind is not Kind.TABLE:
            given[setting.name] = (form.getlist(name) or [""])[-1]
            continue
        columns = [column.name for column in setting.columns]
        cells = [form.getlist(f"{name}.{column}") for column in columns]
        if len({len(column) for column in cells}) > 1:
            abort(400)
        given[setting.name] = [
            dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)
        ]
    return given


def _form(
    partner_id: UUID,
    plugin: str,
    values: Mapping[str, Any],
    *,
    version: int,
    errors: _Errors | None = None,
    draft: bool = False,
    stale: bool = False,
    fresh: tuple[str, int] | None = None,
) -> str:
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        health = hosting.health(work, partner_id)
    plugins = {each.name: each for each in front().desk.plugins.all()}
    found = plugins.get(plugin)
    settings = found.settings if found else ()
    return render_template(
        "admin/partner_plugin.html",
        partner=line,
        plugin=found,
        plugins=plugins.values(),
        fields=draw(settings, values, errors or {}, fresh=fresh),
        wrong=len(errors or {}),
        version=version,
        draft=draft or plugin != line.plugin,
        stale=stale,
        health=health,
        tab="plugin",
    )


def _check_same(partner: str, plugin: str) -> None:
    """Refuse a partner's people another plugin: which one it has is agreed with the operator."""
    with open_work() as work:
        if rosters.partner(work, id_of("prt", partner)).plugin != plugin:
            abort(403)


def _expect(version: int, made: int) -> None:
    if made != version:
        raise _ChangedMeanwhileError  # the work rolls back


def with_row_changed(settings: Sequence[Setting], given: dict[str, Any]) -> tuple[str, int] | None:
    """Add or remove the row that the form's button names; return table and number of a new one."""
    tables = {setting.name: setting for setting in settings if setting.kind is Kind.TABLE}
    added = tables.get(request.form.get("add", ""))
    if added is not None:
        given[added.name].append({column.name: column.default for column in added.columns})
        return added.name, len(given[added.name]) - 1
    name, _, number = request.form.get("remove", "").rpartition(".")
    if name not in tables or not number.isdecimal() or int(number) >= len(given[name]):
        abort(400)
    del given[name][int(number)]
    return None


def _row(
    table: Setting, values: Mapping[str, Any], number: int, errors: _Errors, *, fresh: bool
) -> tuple[Field, ...]:
    return tuple(
        Field(
            column, f"s.{table.name}.{column.name}", f"s-{table.name}-{number}-{column.name}",
            _text(column, values.get(column.name, column.default)),
            _error(column, f"{table.name}.{number}.{column.name}", errors),
            fresh=fresh and place == 0,
        )
        for place, column in enumerate(table.columns)
    )  # fmt: skip


def _text(setting: Setting, value: Any) -> str:  # noqa: ANN401 - by the setting's kind
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and setting.kind is Kind.DECIMAL:
        return decimal_text(value)
    return str(value)


def _error(setting: Setting, path: str, errors: _Errors) -> str:
    """Say what the field wants, in the page's language; the plugin's texts are English."""
    if path not in errors:
        return ""
    wants: dict[Kind, str] = {
        Kind.INTEGER: gettext(
            "Write a whole number from %(low)s to %(high)s.",
            low=str(setting.minimum), high=str(setting.maximum),
        ),
        Kind.DECIMAL: gettext(
            "Write a number from %(low)s to %(high)s with at most three decimals.",
            low=decimal_text(setting.minimum), high=decimal_text(setting.maximum),
        ),
        Kind.TEXT: gettext(
            "Write %(least)s to %(most)s characters.",
            least=setting.minimum, most=min(setting.maximum, _MAX_TEXT),
        ),
        Kind.TABLE: gettext("A table may have at most 200 rows."),
    }  # fmt: skip
    return wants.get(setting.kind, gettext("Choose one of the list."))
