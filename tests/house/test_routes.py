"""No door without a row in the table of who may do what (`tests/api/authz.toml`)."""

from apiflask import APIFlask

from authz import read_rows
from tills import app, spec

__all__ = ["app"]


def test_every_route_is_declared(app: APIFlask) -> None:
    there = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    rows = read_rows()
    undeclared = sorted(there - rows.keys())
    assert not undeclared, f"tests/api/authz.toml says nothing of {undeclared}"
    assert not sorted(rows.keys() - there), "tests/api/authz.toml tells of doors that are gone"


def test_the_table_names_the_scopes_of_the_document(app: APIFlask) -> None:
    paths = spec(app)["paths"]
    rows = [row for row in read_rows().values() if row.who == "partner"]
    assert rows
    for row in rows:
        path = row.rule.replace("<", "{").replace(">", "}")
        (wanted,) = paths[path][row.method.lower()]["security"]
        assert wanted["oauth2"] == ([row.scope] if row.scope else []), row.door


def test_staff_rows_are_the_admin_webs(app: APIFlask) -> None:
    for row in read_rows().values():
        assert (row.who == "staff") <= row.rule.startswith("/admin"), row.door
