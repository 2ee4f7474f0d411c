"""The developers' site as a server shows it, and as a developer walks through it."""

import gzip
import json
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from playwright.sync_api import expect

from stoa.cli import cli
from tills import app
from windows import Open, browser, faults, fits, open_page, site

__all__ = ["app", "browser", "open_page", "site"]

SHOWN = ("/developers/", "/developers/quickstart", "/developers/reference/reportPurchase")
MORE = ("/developers/api", "/developers/reference", "/problems", "/problems/insufficient-points")


def test_a_server_shows_guides_doors_problems_and_pictures(app: APIFlask) -> None:
    client = app.test_client()
    for path in (*SHOWN, *MORE):
        page = client.get(path)
        assert (page.status_code, page.mimetype) == (200, "text/html"), path
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "public, max-age=60"
    assert client.get("/developers/pictures/admin.png").mimetype == "image/png"
    assert client.get("/developers").headers["Location"].endswith("/developers/")


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "of/../../app.py",
        "of/%2e%2e/site.py",
        "pictures/none.png",
        "quickstart/",
        "sdk.md",
    ],
)
def test_what_is_not_on_the_site_is_refused_as_everywhere(app: APIFlask, path: str) -> None:
    answer = app.test_client().get(f"/developers/{path}")
    assert answer.status_code == 404
    assert (answer.json or {})["code"] == "DOOR_UNKNOWN"


def test_a_language_that_was_chosen_is_kept(app: APIFlask) -> None:
    client = app.test_client()
    assert "开始" not in client.get("/developers/").text
    asked = client.get("/developers/", headers={"Accept-Language": "zh-HK"})
    assert '<html lang="zh-Hant">' in asked.text
    assert "Accept-Language" in asked.headers["Vary"]
    client.get("/developers/sdk?ui_locales=zh-Hans")
    assert '<html lang="zh-Hans">' in client.get("/developers/api").text


def test_the_index_of_the_search_comes_packed_where_it_can_be_unpacked(app: APIFlask) -> None:
    client = app.test_client()
    plain = client.get("/developers/search.json")
    packed = client.get("/developers/search.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert ["/developers/sdk", "The partner SDK"] in [row[:2] for row in json.loads(plain.data)]
    kept = client.get("/developers/of/portal.css?0123456789")
    assert "immutable" in kept.headers["Cache-Control"]


def test_a_command_writes_the_site_without_a_database(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["docs", "build", str(tmp_path / "site"), "--base", "docs/"])
    assert told.exit_code == 0, told.output
    page = (tmp_path / "site" / "developers" / "sdk" / "index.html").read_text("utf-8")
    assert 'href="/docs/developers/quickstart"' in page
    assert "it begins at /docs/developers/" in told.output


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_site_is_accessible_and_fits(open_page: Open, *, width: int, theme: str) -> None:
    page = open_page(width=width, theme=theme)
    for path in SHOWN:
        page.goto(path)
        assert faults(page) == [], path
        assert fits(page), path
        page.emulate_media(media="print")
        expect(page.locator("nav").first).to_be_hidden()
        page.emulate_media(media="screen")


@pytest.mark.browser
def test_the_search_works_from_the_keyboard_and_the_theme_is_kept(open_page: Open) -> None:
    page = open_page()
    page.goto("/developers/")
    page.locator("#text").focus()
    page.keyboard.press("/")
    page.keyboard.type("idempotency_key_required")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("IDEMPOTENCY_KEY_REQUIRED")
    expect(page.get_by_role("status")).to_contain_text("results")
    assert faults(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-activedescendant", "found-0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/problems/idempotency-key-required")
    page.locator("#theme").click()
    page.goto("/developers/sdk")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("combobox").fill("zzzz")
    expect(page.get_by_role("status")).to_have_text("Nothing found.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_have_value("")
