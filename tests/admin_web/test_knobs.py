"""The plugin's form: drawn from its settings, read back, row by row, with errors beside fields."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from stoa.models.audit import AuditRecord
from stoa.models.partners import Partner, PartnerVersion
from stoa.plugins import Plugins
from stoa.services import partners
from stoa.values.identifiers import public_id
from stoa.values.settings import Kind, Setting, default_settings, read_settings
from stoa.work import Actor, Desk
from stoa_admin.knobs import Field, Table, draw, read
from visitor import Visitor, text_of
from world import Coalition

ALL = (
    Setting("count", Kind.INTEGER, "Count", 5, maximum=10),
    Setting("rate", Kind.DECIMAL, "Rate", 1500, maximum=9000),
    Setting("open", Kind.BOOLEAN, "Open", default=True),
    Setting("name", Kind.TEXT, "Name", "tea", minimum=1, maximum=20),
    Setting("kind", Kind.CHOICE, "Kind", "a", choices=("a", "b")),
    Setting(
        "rows", Kind.TABLE, "Rows", ({"what": "x", "points": 7},),
        columns=(
            Setting("what", Kind.TEXT, "What", "", minimum=1),
            Setting("points", Kind.DECIMAL, "Points", 1000, minimum=1),
        ),
    ),
)  # fmt: skip


def as_form(fields: list[Field | Table]) -> "MultiDict[str, str]":
    """Return what a browser sends for a form as it was drawn."""
    form: MultiDict[str, str] = MultiDict()
    for field in fields:
        cells = (
            [cell for row in field.rows for cell in row] if isinstance(field, Table) else [field]
        )
        for cell in cells:
            form.add(cell.name, cell.value)
    return form


def test_what_is_drawn_reads_back_as_it_was() -> None:
    kept = default_settings(ALL)
    given = read(ALL, as_form(draw(ALL, kept, {})))
    assert given == {
        "count": "5", "rate": "1.5", "open": "true", "name": "tea", "kind": "a",
        "rows": [{"what": "x", "points": "0.007"}],
    }  # fmt: skip
    assert read_settings(ALL, given) == {**kept, "rows": [{"what": "x", "points": 7}]}


@pytest.mark.parametrize("name", ["standard", "parking", "fuel", "transit", "dining"])
def test_the_defaults_of_our_plugins_survive_their_form(name: str) -> None:
    settings = Plugins().get(name).settings
    given = read(settings, as_form(draw(settings, default_settings(settings), {})))
    assert read_settings(settings, given) == read_settings(settings, {})


def test_an_error_stands_at_its_field_only() -> None:
    errors = {"count": ["no"], "rows.0.points": ["no"], "open": ["no"], "rows": ["no"]}
    drawn = draw(ALL, {**default_settings(ALL), "count": "eleven"}, errors)
    told = {}
    for field in drawn:
        told[field.setting.name] = field.error
        if isinstance(field, Table):
            told |= {cell.id: cell.error for row in field.rows for cell in row}
    assert told["count"] == "Write a whole number from 0 to 10."
    assert told["open"] == "Choose one of the list."
    assert told["rows"] == "A table may have at most 200 rows."
    assert told["s-rows-0-points"].startswith("Write a number from 0.001 to")
    assert told["s-rows-0-what"] == told["name"] == told["rate"] == ""


@pytest.fixture
def address(desk: Desk, coalition: Coalition) -> str:
    """Return the address of the settings of a grocery on the standard plugin."""
    with desk.work(Actor("cli")) as work:
        partners.configure(work, coalition.grocery, "standard", {})
    return f"/admin/partners/{public_id('prt', coalition.grocery)}/plugin"


def filled(page: str) -> dict[str, Any]:
    """Return the form of a page as a browser would send it, but for its buttons."""
    form: dict[str, Any] = {}
    part = page[page.index('id="settings"') : page.index("</form>", page.index('id="settings"'))]
    for tag in re.findall(r"<input\b[^>]*>", part):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name is not None
        form.setdefault(name[1], []).append(value[1] if value else "")
    for name_of, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', part, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]+)" selected', options)
        form.setdefault(name_of, []).append(chosen[1] if chosen else "")
    return form


def test_saving_makes_a_version_a_record_and_a_message(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str
) -> None:
    form = filled(operator.get(address).text) | {"s.base_rate": "2.5", "s.rounding": "up"}
    version = int(form["version"][0])
    answer = operator.post(address, **form)
    assert answer.status_code == 303
    page = text_of(operator.get(answer.location))
    assert f"Saved as version {version + 1}" in page
    with desk.work(Actor("cli")) as work:
        partner = work.session.get_one(Partner, coalition.grocery)
        assert (partner.version, partner.settings["base_rate"]) == (version + 1, 2500)
        assert work.session.get_one(PartnerVersion, (coalition.grocery, version + 1))
        records = work.session.scalars(
            select(AuditRecord).where(AuditRecord.deed == "partner.configure")
        ).all()
    latest = max(records, key=lambda record: record.id)
    assert latest.actor.startswith("staff:stf_")
    assert latest.before is not None
    assert latest.before["settings"]["base_rate"] == 1000
    trail = text_of(operator.get(address.replace("/plugin", "/changes")))
    assert "settings.base_rate 1000 2500" in trail


def test_a_bad_value_is_told_beside_its_field_and_nothing_is_saved(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str
) -> None:
    form = filled(operator.get(address).text)
    form |= {"s.base_rate": "many", "s.bundle_discount_percent": "100"}
    answer = operator.post(address, **form)
    assert answer.status_code == 422
    assert "2 fields need another look; nothing was saved." in text_of(answer)
    assert 'value="many"' in answer.text
    field = re.search(r'id="s-base_rate-error">([^<]*)<', answer.text)
    assert field is not None
    assert field[1] == "Write a number from 0 to 1000 with at most three decimals."
    assert re.search(r'id="s-base_rate"[^>]*aria-invalid="true"', answer.text)
    assert not re.search(r'id="s-bundle_size"[^>]*aria-invalid', answer.text)
    with desk.work(Actor("cli")) as work:
        assert work.session.get_one(Partner, coalition.grocery).version == int(form["version"][0])


def test_rows_come_and_go_without_saving(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str
) -> None:
    form = filled(operator.get(address).text)
    page = operator.post(address, **form, add="category_rates").text
    assert "Not saved yet." in page
    assert re.search(r'id="s-category_rates-0-category"[^>]* autofocus', page)
    form = filled(page) | {"s.category_rates.category": "fresh"}
    form = filled(operator.post(address, **form, add="category_rates").text)
    assert form["s.category_rates.category"] == ["fresh", ""]
    form["s.category_rates.category"] = ["fresh", "wine"]
    form = filled(operator.post(address, **form, remove="category_rates.0").text)
    assert form["s.category_rates.category"] == ["wine"]
    with desk.work(Actor("cli")) as work:
        assert work.session.get_one(Partner, coalition.grocery).settings["category_rates"] == []
    operator.post(address, **form)
    with desk.work(Actor("cli")) as work:
        rows = work.session.get_one(Partner, coalition.grocery).settings["category_rates"]
    assert rows == [{"category": "wine", "rate": 1000}]


def test_pressing_enter_saves_and_never_removes(operator: Visitor, address: str) -> None:
    page = operator.get(address).text
    part = page[page.index('id="settings"') :]
    first = re.search(r"<button[^>]*>", part)
    assert first is not None
    assert 'name="save"' in first[0]


def test_a_form_that_was_tampered_with_is_refused(operator: Visitor, address: str) -> None:
    form = filled(operator.get(address).text)
    for change in (
        {"remove": "category_rates.0"}, {"remove": "category_rates.x"}, {"remove": "nothing.0"},
        {"add": "nothing"}, {"s.category_rates.category": ["a", "b"]}, {"remove": ""},
    ):  # fmt: skip
        assert operator.post(address, **(form | change)).status_code == 400, change


def test_two_people_can_not_overwrite_each_other(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str
) -> None:
    form = filled(operator.get(address).text) | {"s.base_rate": "3"}
    with desk.work(Actor("cli")) as work:
        partners.configure(work, coalition.grocery, "standard", {"base_rate": "7"})
    answer = operator.post(address, **form)
    assert answer.status_code == 409
    assert "Somebody else changed this partner" in text_of(answer)
    with desk.work(Actor("cli")) as work:
        assert work.session.get_one(Partner, coalition.grocery).settings["base_rate"] == 7000


def test_another_plugin_is_looked_at_first_and_changed_to_by_saving(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str
) -> None:
    page = operator.get(f"{address}?plugin=fuel")
    assert "Points for fuel" in text_of(page)
    assert "Not saved yet." in page.text
    with desk.work(Actor("cli")) as work:
        assert work.session.get_one(Partner, coalition.grocery).plugin == "standard"
    operator.post(address, **filled(page.text))
    with desk.work(Actor("cli")) as work:
        assert work.session.get_one(Partner, coalition.grocery).plugin == "fuel"
    assert operator.get(f"{address}?plugin=no").status_code == 404
    assert operator.post(address, plugin="no").status_code == 404


def test_a_plugin_that_is_gone_is_told(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str
) -> None:
    with desk.work(Actor("cli")) as work:
        work.session.get_one(Partner, coalition.grocery).plugin = "gone"
    page = text_of(operator.get(address))
    assert "The plugin gone is not installed" in page
    assert "not installed" in text_of(operator.get("/admin/partners"))


def test_an_auditor_reads_the_settings_in_closed_fields(auditor: Visitor, address: str) -> None:
    page = auditor.get(address).text
    assert '<fieldset class="plain" disabled>' in page
    assert "form-tools-sticky" not in page


def test_minor_units_are_told_as_money(operator: Visitor, address: str) -> None:
    form = filled(operator.get(address).text) | {"s.minimum_ticket_minor": "1050"}
    answer = operator.post(address, **form)
    assert re.search(
        r'id="s-minimum_ticket_minor-money"[^>]*>CN¥10.50<', operator.get(answer.location).text
    )
