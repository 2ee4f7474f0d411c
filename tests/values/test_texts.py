"""Texts in the languages of their readers, and which language stands in for which."""

import pytest

from stoa.values.conditions import WrongRuleError
from stoa.values.languages import LANGUAGES, closest, stand_ins
from stoa.values.texts import Texts, read_texts

SILVER = {"en": "Silver", "zh-Hans": "银卡", "zh-Hant": "銀卡"}


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"), ("en-GB", "en"), ("de", "en"), ("", "en"),
        ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-Hans-HK", "zh-Hans"), ("zh_Hans", "zh-Hans"),
        ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh_Hant", "zh-Hant"), ("zh-MO", "zh-Hant"),
    ],
)  # fmt: skip
def test_a_tag_finds_the_closest_language(tag: str, language: str) -> None:
    assert closest(tag) == language


def test_every_language_falls_back_to_english_in_the_end() -> None:
    for language in LANGUAGES:
        assert stand_ins(language)[0] == language
        assert stand_ins(language)[-1] == "en"


def test_a_text_is_told_in_the_language_asked_for() -> None:
    assert [read_texts(SILVER).of(language) for language in LANGUAGES] == ["Silver", "银卡", "銀卡"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"en": "Silver"}, ["Silver", "Silver", "Silver"]),
        ({"en": "Silver", "zh-Hans": "银卡"}, ["Silver", "银卡", "银卡"]),
        ({"en": "Silver", "zh-Hant": "銀卡"}, ["Silver", "銀卡", "銀卡"]),
    ],
)
def test_a_missing_language_has_a_stand_in(document: dict[str, str], told: list[str]) -> None:
    assert [read_texts(document).of(language) for language in LANGUAGES] == told


def test_texts_are_written_as_they_were_read() -> None:
    turned = dict(reversed(SILVER.items()))
    assert read_texts(turned).document == SILVER
    assert read_texts(turned) == read_texts(SILVER) == Texts(tuple(SILVER.items()))


@pytest.mark.parametrize(
    ("document", "places"),
    [
        (None, ["name"]),
        ("Silver", ["name"]),
        ({}, ["name.en"]),
        ({"zh-Hans": "银卡"}, ["name.en"]),
        ({"en": "Silver", "de": "Silber"}, ["name.de"]),
        ({"en": "", "zh-Hans": 7}, ["name.en", "name.zh-Hans"]),
        ({"en": " Silver"}, ["name.en"]),
        ({"en": "Sil\nver"}, ["name.en"]),
        ({"en": "S" * 121}, ["name.en"]),
        ({1: "Silver", "zh-Hant": ""}, ["name.1", "name.en", "name.zh-Hant"]),
    ],
)
def test_every_mistake_of_a_text_is_named_with_its_place(
    document: object, places: list[str]
) -> None:
    with pytest.raises(WrongRuleError) as wrong:
        read_texts(document, path="name")
    assert sorted(wrong.value.errors) == sorted(places)


def test_a_text_at_the_top_has_no_path_before_it() -> None:
    with pytest.raises(WrongRuleError) as wrong:
        read_texts({"de": "Silber"})
    assert sorted(wrong.value.errors) == ["de", "en"]
