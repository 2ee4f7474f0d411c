"""Small pieces of pages: drawn lines, files with a version, texts of figures, differences."""

import gzip
import re
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stoa.config import Settings
from stoa.services.rosters import Change
from stoa.values.amounts import Money
from stoa.work import Desk
from stoa_admin import language, sparkline, texts
from stoa_admin.front import Front
from stoa_admin.trail import readable
from visitor import Visitor

PACKAGE = Path(str(files("stoa_admin")))


def numbers(path: str) -> list[float]:
    """Return the numbers of a path."""
    return [float(each) for each in re.findall(r"-?[\d.]+", path)]


@pytest.mark.parametrize("values", [[1, 5, 3], [0, 0, 0], [7], [], [-5, 5], [10**15, 0]])
def test_a_line_stays_within_its_box(values: list[int]) -> None:
    course, area = sparkline.line(values)
    found = numbers(course)
    assert all(0 <= x <= 120 for x in found[0::2])
    assert all(0 <= y <= 32 for y in found[1::2])
    assert area.startswith(course)


def test_a_line_rises_with_its_values() -> None:
    heights = numbers(sparkline.line([1, 2, 3])[0])[1::2]
    assert heights == sorted(heights, reverse=True)  # up is less in SVG


def test_bars_leave_nothing_out_and_draw_little_visibly() -> None:
    drawn = sparkline.bars([0, 1, 1000, 0])
    assert [round(x) for x, *_ in drawn] == [30, 60]
    assert drawn[0][3] == 1.0
    assert drawn[1][3] == 31
    assert sparkline.bars([]) == sparkline.bars([0, 0]) == []


def test_files_are_kept_for_ever_by_their_version(stranger: Visitor) -> None:
    page = stranger.get("/admin/sign-in").text
    links = re.findall(r'(?:href|src)="(/admin/static/[^"#]+)', page)
    assert len(links) >= 7
    for link in links:
        answer = stranger.client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_file_without_its_version_is_asked_for_again(stranger: Visitor) -> None:
    answer = stranger.client.get("/admin/static/admin.css")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = stranger.client.get(
        "/admin/static/admin.css", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_files_travel_compressed(stranger: Visitor) -> None:
    path = "/admin/static/vendor/tabler/tabler.min.css"
    small = stranger.client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < 100_000
    plain = (PACKAGE / "static/vendor/tabler/tabler.min.css").read_bytes()
    assert gzip.decompress(small.data) == plain == stranger.client.get(path).data


def test_nothing_but_the_pages_files_is_served(stranger: Visitor) -> None:
    for name in (
        "../__init__.py", "..%2f__init__.py", "vendor/htmx/LICENSE", "vendor", "no.css",
        "x/../admin.css",
    ):  # fmt: skip
        answer = stranger.client.get(f"/admin/static/{name}")
        assert answer.status_code in (303, 404), name


def test_every_vendored_file_has_its_licence_beside_it() -> None:
    folders = [each for each in (PACKAGE / "static/vendor").iterdir() if each.is_dir()]
    assert len(folders) == 5
    told = (PACKAGE / "static/vendor/README.md").read_text("utf-8")
    for folder in folders:
        assert any(each.name.startswith("LICENSE") for each in folder.iterdir()), folder
        assert f"`{folder.name}/" in told


def test_every_icon_that_pages_name_is_in_the_sprite() -> None:
    sprite = (PACKAGE / "static/vendor/tabler-icons/icons.svg").read_text("utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named: set[str] = set()
    for template in (PACKAGE / "templates").rglob("*.html"):
        text = template.read_text("utf-8")
        for call in re.findall(r"icon\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text):
            named |= set(
                re.findall(r'"([a-z-]+)"', re.sub(r'== "[^"]*"', "", call).partition(', "only')[0])
            )
    assert named - there - {"only-light", "only-dark"} == set()


def test_templates_never_switch_escaping_off() -> None:
    for template in (PACKAGE / "templates").rglob("*.html"):
        text = template.read_text("utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup", text), template
        assert not re.search(r"\sstyle=|\son\w+=", text), template


@pytest.fixture
def page(desk: Desk, settings: Settings) -> Any:
    """Stand in a page of the admin web, in English."""
    app = Flask(__name__)
    app.extensions["stoa_admin"] = Front(desk, settings)
    language.init_app(app)
    with app.test_request_context("/admin/"):
        yield app


@pytest.mark.usefixtures("page")
def test_figures_are_written_to_be_read() -> None:
    assert texts.compact(9_999_999) == "9,999,999"
    assert texts.compact(12_345_678) == "12.35M"
    assert texts.change(110, 100) == "+10.0%"
    assert texts.change(90, 100) == "-10.0%"
    assert texts.change(5, 0) is None
    assert texts.change(10**9, 1) == ">+999%"
    assert texts.ratio(1, 3) == "33.3%"
    assert texts.ratio(1, 0) == "0.0%"
    assert texts.money(Money(1234, "JPY")) == "¥1,234"
    assert texts.minor("1050") == "CN¥10.50"
    assert texts.minor("10.5") == texts.minor("") == texts.minor("²") == ""
    assert texts.month(date(2026, 5, 1)) == "May 2026"


@pytest.mark.usefixtures("page")
def test_times_are_the_programmes() -> None:
    late = datetime(2026, 5, 1, 16, 30, tzinfo=UTC)
    assert texts.instant(late) == "May 2, 2026, 00:30"
    assert texts.local_day(late) == "May 2, 2026"
    assert texts.ago(datetime(2026, 5, 1, 1, 0, tzinfo=UTC)) == "3 hours ago"


def test_a_change_tells_what_differs_only() -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    before = {
        "plugin": "standard",
        "settings": {"rate": 1, "rows": [{"a": 1}, {"a": 2}], "same": 1},
    }
    after = {
        "plugin": "standard",
        "settings": {"rate": 2, "rows": [{"a": 1}], "same": 1, "new": [3, 4]},
    }
    (told,) = readable([Change(at, "Grace", "partner.configure", "prt_x", before, after)])
    assert told.differences == (
        ("settings.rate", "1", "2"),
        ("settings.rows.2.a", "2", None),
        ("settings.new", None, "3, 4"),
    )
    (bare,) = readable([Change(at, "Grace", "member.reveal", "mem_x", None, None)])
    assert bare.differences == ()
