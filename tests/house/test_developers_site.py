"""The developers' site is whole: no link leads nowhere, every guide and every door is on it."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

import stoa_sdk
from stoa.app import create_app
from stoa.config import Settings, read_settings
from stoa.errors import StoaError, refusals
from stoa.portal import Page, Site, doors, library, markdown
from stoa_sdk import Client

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "core" / "stoa"
LANGUAGES = ("en", "zh-Hans", "zh-Hant")


@pytest.fixture(scope="module")
def spec() -> Any:
    """Return the document of an app that has no database; it needs none to tell of itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STOA_DATABASE_URL", "postgresql://nowhere.invalid/none")
        patch.setenv("STOA_SECRET_KEY", "c3a1f09b5d7e264812a0b4c6d8e0f1a3b5c7d9e1f2a4b6c8")
        settings: Settings = read_settings()
    app = create_app(settings)
    with app.app_context():
        return json.loads(json.dumps(app.spec))


@pytest.fixture(scope="module")
def site(spec: Any) -> Site:
    return Site(spec)


def faults(page: Page, site: Site) -> Iterator[str]:
    """Give what is wrong with the links of a page."""
    yield from page.broken
    for link in page.links:
        path, _, anchor = link.partition("#")
        there = site.pages.get(path)
        if there is None:
            if path not in site.assets:
                yield link
        elif anchor and f' id="{anchor}"' not in there.body:
            yield link


def test_no_link_leads_nowhere(site: Site) -> None:
    wrong = {page.path: found for page in site.pages.values() if (found := [*faults(page, site)])}
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    ["[a](nothing.md)", "[a](sdk.md#no-such-heading)", "![a](pictures/none.png)", "[a](#nothing)"],
)
def test_a_link_that_leads_nowhere_is_found(site: Site, text: str) -> None:
    page = markdown.render(
        f"# A page\n\n{text}\n", name="docs/a.md", path="/developers/quickstart", group="",
        find=library.address,
    )  # fmt: skip
    assert list(faults(page, site))


def test_every_address_within_the_frame_is_there(site: Site) -> None:
    drawn = site.draw("/developers/sdk") or ""
    for found in re.findall(r'(?:href|src|data-index)="(/[^"]*)"', drawn):
        path = found.partition("?")[0].partition("#")[0]
        assert path in site.pages or path in site.assets or path == "/v1/docs", found


def test_every_guide_picture_decision_and_problem_is_on_the_site(site: Site) -> None:
    for file in (ROOT / "docs").glob("*.md"):
        page = site.pages[f"/developers/{file.stem}"]
        assert page.group, f"{file.name} stands in no group of the navigation"
        assert page.title == file.read_text("utf-8").partition("\n")[0].lstrip("# ").replace(
            "`", ""
        )
    for file in (ROOT / "docs" / "pictures").glob("*.png"):
        assert site.assets[f"/developers/pictures/{file.name}"].data == file.read_bytes()
    for file in (PACKAGE / "adr").glob("*.md"):
        assert f"/developers/decisions/{file.stem}" in site.pages
    kinds: list[type[StoaError]] = [*refusals(), StoaError]
    for kind in kinds:
        assert f'href="/problems/{kind.slug}"' in site.pages["/problems"].body
        assert site.pages[f"/problems/{kind.slug}"].title == kind.title


def test_every_door_is_told_with_its_fields_refusals_and_examples(site: Site, spec: Any) -> None:
    for path, ways in spec["paths"].items():
        for method, told in ways.items():
            body = site.pages[f"/developers/reference/{told['operationId']}"].body
            words = re.sub(r"<[^>]+>", "", body)
            assert f"{method.upper()} {path}" in words
            for scope in told["security"][0]["oauth2"]:
                assert f"<code>{scope}</code>" in body
            for parameter in told.get("parameters", ()):
                assert f"<code>{parameter.get('name', 'Idempotency-Key')}</code>" in body
            for name in properties(spec, told.get("requestBody", {})):
                assert f"<code>{name}</code>" in body, (path, name)
            for answer in told["responses"].values():
                known = answer["content"].get("application/problem+json", {"examples": {}})
                for slug in known["examples"]:
                    assert f'href="/problems/{slug}"' in body
            assert "curl -s" in words
            assert "client." in words


def properties(spec: Any, body: Any) -> list[str]:
    """Return the names of the fields of a JSON body, those of the first row."""
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    named = spec["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    return list(named.get("properties", {}))


def test_types_and_limits_are_told(site: Site) -> None:
    words = re.sub(r"<[^>]+>", "", site.pages["/developers/reference/reportPurchase"].body)
    for told in ("lines[].net", "list of objects", "at most 500 of them", "one of card, cash"):
        assert told in words


def test_every_door_has_a_line_of_the_sdk_that_its_signatures_take(spec: Any) -> None:
    """A new door: add its line to ``core/stoa/portal/sdk.toml``."""
    wanted = {f"{way.upper()} {path}" for path, ways in spec["paths"].items() for way in ways}
    lines = doors.sdk_lines()
    assert set(lines) == wanted
    client = Client("http://x.example", "id", "secret")
    for door, line in lines.items():
        (told,) = ast.parse(line).body
        assert isinstance(told, ast.Expr)
        assert isinstance(told.value, ast.Call)
        deed: Any = client
        for name in ast.unparse(told.value.func).split(".")[1:]:
            deed = getattr(deed, name)
        given = [None for _ in told.value.args]
        named = {word.arg: None for word in told.value.keywords if word.arg}
        made = getattr(deed.__func__, "__wrapped__", None)  # a method made of a call
        signature = inspect.signature(made or deed)
        assert signature.bind(*given, **named), door
        for node in ast.walk(told.value):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id in (*stoa_sdk.__all__, "date", "datetime"), door
    client.close()


def test_the_wheel_carries_all_that_the_site_is_made_of() -> None:
    core = ConfigParser()
    core.read(ROOT / "setup.cfg")
    globs = core["options.package_data"]["stoa"].split("\n")
    carried = {path for glob in globs if glob for path in PACKAGE.glob(glob) if path.is_file()}
    needed = {source.file for source in library.sources()} | {*library.pictures().values()}
    needed |= {*(PACKAGE / "portal" / "static").iterdir()}
    needed |= {*(PACKAGE / "portal" / "templates").rglob("*.html")}
    needed |= {*(PACKAGE / "portal" / "library" / "changelog").glob("*.md")}
    needed |= {PACKAGE / "portal" / "sdk.toml", PACKAGE / "portal" / "library" / "CHANGELOG.md"}
    assert sorted(needed - carried) == []


def test_the_frame_speaks_three_languages_and_says_what_the_text_is_in(site: Site) -> None:
    drawn = [site.draw("/developers/quickstart", language) or "" for language in LANGUAGES]
    for text, language, words in zip(drawn, LANGUAGES, ("Start", "入门", "入門"), strict=True):
        assert f'<html lang="{language}">' in text
        assert f"<h2>{words}</h2>" in text
        assert '<main id="text" tabindex="-1" lang="en">' in text


def test_pages_carry_no_style_and_no_script_of_their_own(site: Site) -> None:
    for path in site.pages:
        drawn = site.draw(path) or ""
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=\"", drawn), path


def test_what_a_source_says_in_html_stays_text(site: Site) -> None:
    page = markdown.render(
        "# A\n\n<script>x()</script> [a](javascript:x()) `<b>`\n\n```html\n<i>\n```\n",
        name="docs/a.md", path="/developers/a", group="", find=library.address,
    )  # fmt: skip
    assert "<script" not in page.body
    assert 'href="javascript' not in page.body
    assert "<i>" not in page.body


def test_the_search_finds_every_heading_with_the_words_below_it(site: Site) -> None:
    rows = json.loads(site.assets["/developers/search.json"].data)
    found = {path: (page, heading, text) for path, page, heading, text in rows}
    for page in site.pages.values():
        assert found[page.path][0] == page.title
    page, heading, text = found["/developers/sdk#every-deed"]
    assert (page, heading) == ("The partner SDK", "Every deed")
    assert "idempotency_key" in text


def test_news_that_is_not_released_stands_in_the_changelog(site: Site) -> None:
    page = site.pages["/developers/changelog"]
    fragments = sorted((ROOT / ".changelog").glob("*.md"))
    assert fragments
    assert "Not released yet" in page.body
    count = sum(file.read_text("utf-8").count("\n- ") for file in fragments)
    assert page.body.count("<li>") == count


def test_the_site_as_files_can_stand_below_any_path(spec: Any, tmp_path: Path) -> None:
    site = Site(spec, served=False)
    count = site.write(tmp_path, base="/docs")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == count
    for file in files:
        if file.suffix == ".html":
            for link in re.findall(r'(?:href|src|data-index)="(/[^"#?]*)', file.read_text("utf-8")):
                there = tmp_path / link.removeprefix("/docs/")
                assert link.startswith("/docs/"), link
                assert there.is_file() or (there / "index.html").is_file(), link
    rows = json.loads((tmp_path / "developers" / "search.json").read_text("utf-8"))
    assert all(row[0].startswith("/docs/") for row in rows)
