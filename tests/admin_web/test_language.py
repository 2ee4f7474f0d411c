"""Three languages: the right one for each browser, catalogs that miss nothing and are fresh."""

import re
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from stoa.plugins import Plugins
from stoa.services.credentials import MEMBER_SCOPES, SCOPES
from stoa.values.settings import Setting
from stoa_admin.language import fitting
from visitor import Visitor, text_of
from world import Coalition

PACKAGE = Path(str(files("stoa_admin")))
LOCALES = ("zh_Hans", "zh_Hant")
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "noted": None}


def catalog(locale: str, domain: str) -> Catalog:
    """Return a catalog as it stands in its text file."""
    with (PACKAGE / "translations" / locale / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=locale)


def texts_of(message: Message) -> list[str]:
    """Return the translations of a message, one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def messages() -> set[str]:
    """Return every message of pages and code; of plural forms the first."""
    found = extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS)
    return {each[2] if isinstance(each[2], str) else each[2][0] for each in found}


def words() -> Iterator[str]:
    """Give every text that the admin web shows of our plugins and of the core."""
    for plugin in Plugins().all():
        yield plugin.title
        yield from (" ".join(part.split()) for part in plugin.description.split("\n\n") if part)
        for setting in plugin.settings:
            yield from words_of(setting)
    yield from (*SCOPES.values(), *MEMBER_SCOPES.values())


def words_of(setting: Setting) -> Iterator[str]:
    """Give the texts of one setting, those of its columns included."""
    yield from (setting.label, setting.help, "" if setting.unit == "minor units" else setting.unit)
    yield from (choice.replace("_", " ").capitalize() for choice in setting.choices)
    for column in setting.columns:
        yield from words_of(column)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("domain", ["messages", "words"])
def test_every_text_is_translated_and_no_translation_is_left_over(locale: str, domain: str) -> None:
    wanted = messages() if domain == "messages" else set(words()) - {""}
    found = catalog(locale, domain)
    ids = {each.id if isinstance(each.id, str) else each.id[0] for each in found if each.id}
    assert wanted - ids == set(), "run pybabel as docs/admin.md says"
    assert ids - wanted == set()
    for each in found:
        assert all(texts_of(each)), each.id
        assert not each.fuzzy, each.id


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("domain", ["messages", "words"])
def test_translations_keep_their_placeholders(locale: str, domain: str) -> None:
    for each in catalog(locale, domain):
        if each.id:
            source = each.id if isinstance(each.id, str) else each.id[1]
            for text in texts_of(each):
                assert set(re.findall(r"%\(\w+\)s|%\(\w+\)d", text)) == set(
                    re.findall(r"%\(\w+\)s|%\(\w+\)d", source)
                ), each.id


@pytest.mark.parametrize("locale", LOCALES)
def test_no_translation_brings_a_per_cent_sign_that_formatting_trips_over(locale: str) -> None:
    for each in catalog(locale, "messages"):
        if "%" not in str(each.id):
            assert "%" not in "".join(texts_of(each)), each.id


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("domain", ["messages", "words"])
def test_compiled_catalogs_are_fresh(locale: str, domain: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalog(locale, domain))
    kept = PACKAGE / "translations" / locale / "LC_MESSAGES" / f"{domain}.mo"
    assert kept.read_bytes() == compiled.getvalue(), "run pybabel compile as docs/admin.md says"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"), ("en-GB", "en"), ("zh-Hant-HK", "zh_Hant"), ("zh-HK", "zh_Hant"),
        ("zh-TW", "zh_Hant"), ("zh-MO", "zh_Hant"), ("zh_TW", "zh_Hant"), ("zh-CN", "zh_Hans"),
        ("zh", "zh_Hans"), ("zh-SG", "zh_Hans"), ("zh-Hans-HK", "zh_Hans"), ("fr", None),
        ("*", None), ("", None), ("no such thing", None), ("zh-Hant-HK-x-y", "zh_Hant"),
    ],
)  # fmt: skip
def test_a_tag_leads_to_its_catalog(tag: str, language: str | None) -> None:
    assert fitting(tag) == language


def test_a_page_speaks_the_first_language_it_can(stranger: Visitor) -> None:
    for wanted, lang, title in (
        ("zh-HK,zh;q=0.9,en;q=0.8", "zh-Hant", "登入"),
        ("fr,zh-CN;q=0.9", "zh-Hans", "登录"),
        ("de-DE,fr", "en", "Sign in"),
        ("", "en", "Sign in"),
    ):
        page = stranger.client.get("/admin/sign-in", headers={"Accept-Language": wanted}).text
        assert f'<html lang="{lang}"' in page
        assert f"<h1>{title}</h1>" in page


def test_a_language_is_chosen_and_remembered(operator: Visitor, coalition: Coalition) -> None:
    answer = operator.post("/admin/language", language="zh_Hant", next="/admin/members?q=a")
    assert answer.location == "/admin/members?q=a"
    assert "還沒有會員" in text_of(operator.get("/admin/members"))
    operator.post("/admin/language", language="zh_Hans", next="https://evil.example")
    assert "还没有会员" in text_of(operator.get("/admin/members"))
    assert operator.post("/admin/language", language="xx").location == "/admin/"
    assert "还没有会员" in text_of(operator.get("/admin/members"))
    assert coalition


def test_days_figures_and_money_are_written_by_the_language(
    operator: Visitor, coalition: Coalition
) -> None:
    coalition.a_member("林美玲")
    for language, day, zone in (
        ("en", "May 1, 2026", "Times in Asia/Shanghai"),
        ("zh_Hans", "2026年5月1日", "时间均为 Asia/Shanghai"),
        ("zh_Hant", "2026年5月1日", "時間均為 Asia/Shanghai"),
    ):
        operator.post("/admin/language", language=language)
        page = text_of(operator.get("/admin/members"))
        assert day in page
        assert zone in page
        assert "林美玲" in page


def test_the_rest_of_the_house_stays_english(stranger: Visitor) -> None:
    answer = stranger.client.get("/v1/nothing", headers={"Accept-Language": "zh-HK"})
    assert answer.status_code == 404
    assert answer.text.isascii()


SIMPLIFIED = (
    "双见币积户过发报这们无对业务计单结账变动应时间处项线电话认证书录设题码实际关区协议条终数则额围"
    "国选择传输览续细级销产开学写说类问进责转换领号节优仅从购买卖价"
)


@pytest.mark.parametrize("domain", ["messages", "words"])
def test_the_traditional_words_have_no_simplified_characters(domain: str) -> None:
    for each in catalog("zh_Hant", domain):
        found = set(SIMPLIFIED) & set("".join(texts_of(each)))
        assert not found, each.id
