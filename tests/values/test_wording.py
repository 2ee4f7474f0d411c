"""Conditions in words, in three languages."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.conditions import (
    CAMPAIGN,
    CHALLENGE,
    SEGMENT,
    TIER,
    Fact,
    FactKind,
    Span,
    read_condition,
)
from stoa.values.conditions.tongues import TONGUES, Tongue
from stoa.values.conditions.wording import found, known, missing, phrase
from stoa.values.languages import LANGUAGES
from stoa.values.speech import Speech
from stoa.values.wire import as_json

MAY_1 = date(2026, 5, 1)
VOCABULARIES = {"tier": TIER, "challenge": CHALLENGE, "segment": SEGMENT, "campaign": CAMPAIGN}
EVERY = {name: fact for each in VOCABULARIES.values() for name, fact in each.items()}
NAMES = {
    "en": {"tier:gold": "Gold", "tier:silver": "Silver", "challenge:annual": "Annual challenge"},
    "zh-Hans": {"tier:gold": "金卡", "tier:silver": "银卡", "challenge:annual": "年度购物挑战"},
    "zh-Hant": {"tier:gold": "金卡", "tier:silver": "銀卡", "challenge:annual": "年度購物挑戰"},
}
OPERATORS = {
    FactKind.WHOLE: (">=", ">", "<=", "<", "=", "!="), FactKind.WORD: ("in", "not in"),
    FactKind.WORDS: ("has any", "has all", "has none"), FactKind.FLAG: ("=",),
}  # fmt: skip
SPANS = {Span.DAYS: "30 days", Span.MONTHS: "12 months"}

GOLD: dict[str, Any] = {
    "any": [
        {"fact": "spend", "over": "day", "is": ">=", "value": 80_000},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 200_000},
    ]
}
SILVER: dict[str, Any] = {"fact": "visits", "over": "calendar month", "is": ">=", "value": 3}
EVENING: dict[str, Any] = {
    "all": [
        {"fact": "tier", "is": "in", "value": ["gold", "silver"]},
        {"fact": "weekday", "is": "in", "value": ["saturday", "sunday"]},
        {"fact": "hour", "is": ">=", "value": 18},
        {"not": {"fact": "birthday_month", "is": "=", "value": True}},
        {"any": [{"fact": "partner", "is": "in", "value": ["Star"]},
                 {"fact": "purchase_total", "is": ">", "value": 20_050}]},
    ]
}  # fmt: skip


def speech(language: str, currency: str = "CNY") -> Speech:
    return Speech(language, currency, NAMES[language])


@pytest.mark.parametrize(
    ("document", "vocabulary", "texts"),
    [
        (GOLD, TIER, (
            "spend at least ¥800.00 on one day, or at least ¥2,000.00 within 30 days",
            "单日消费满 800 元，或 30 天内消费满 2,000 元",
            "單日消費滿人民幣 800 元，或 30 天內消費滿人民幣 2,000 元",
        )),
        (SILVER, TIER, (
            "make at least 3 visits in a calendar month",
            "单个自然月内到店满 3 次",
            "同一曆月內光顧滿 3 次",
        )),
        ({"fact": "invitees_in_tier", "of": "silver", "is": ">=", "value": 3}, TIER, (
            "have at least 3 invited friends in the Silver tier",
            "所邀好友中达到银卡的满 3 人",
            "所邀好友中晉升為銀卡的滿 3 人",
        )),
        ({"not": {"any": [{"fact": "chances", "of": "gold", "is": "=", "value": 1}, SILVER]}},
         TIER, (
            ("hold any number but 1 promotion chance for gold and make less than 3 visits in a"
            " calendar month"),
            "持有“gold”的晋级机会不等于 1 次，且单个自然月内到店不足 3 次",
            "持有「gold」的晉級機會不等於 1 次，並且同一曆月內光顧少於 3 次",
        )),
        (EVENING, CAMPAIGN, (
            ("be in the Gold or Silver tier, on Saturday or Sunday, from 18:00, outside your"
            " birthday month and (at Star, or spend more than ¥200.50 in one purchase)"),
            ("会员等级为金卡或银卡，在周六或周日，18 点及以后，不在生日当月，"
            "且（在 Star 消费，或单笔消费超过 200.50 元）"),
            ("會員等級為金卡或銀卡，逢星期六或星期日，18 時或之後，非生日月份，"
            "並且（於 Star 消費，或單筆消費超過人民幣 200.50 元）"),
        )),
        ({"not": {"fact": "categories", "is": "has all", "value": ["tea", "cake"]}}, CAMPAIGN, (
            "not: buy tea and cake",
            "不符合“同时购买 tea 和 cake”",
            "不符合「同時購買 tea 及 cake」",
        )),
        ({"fact": "skus", "is": "has any", "value": [f"A{n}" for n in range(20)]}, CAMPAIGN, (
            "buy the article A0, A1, A2, A3, A4, A5, A6 or 13 more",
            "购买商品 A0、A1、A2、A3、A4、A5、A6 或其他 13 项",
            "購買貨品 A0、A1、A2、A3、A4、A5、A6 或其他 13 項",
        )),
    ],
)  # fmt: skip
def test_a_rule_says_what_it_wants(
    document: dict[str, Any], vocabulary: Mapping[str, Fact], texts: tuple[str, str, str]
) -> None:
    condition = read_condition(document, vocabulary)
    for language, text in zip(LANGUAGES, texts, strict=True):
        assert phrase(condition, speech(language)) == text
        assert phrase(document, speech(language)) == text
        assert phrase(condition.trace({}), speech(language)) == text


@pytest.mark.parametrize(
    ("document", "facts", "texts"),
    [
        (GOLD, {"spend|day": 81_200, "spend|30 days": 100_000}, (
            "same-day spend ¥812.00 ≥ ¥800.00 on 1 May 2026",
            "2026 年 5 月 1 日当日消费 812 元（要求满 800 元）",
            "2026 年 5 月 1 日當日消費人民幣 812 元（要求滿人民幣 800 元）",
        )),
        (GOLD, {"spend|day": 61_200, "spend|30 days": 150_000}, (
            ("same-day spend ¥612.00 < ¥800.00 on 1 May 2026; spend ¥1,500.00 < ¥2,000.00 in the"
            " 30 days to 1 May 2026"),
            ("2026 年 5 月 1 日当日消费 612 元（要求满 800 元）；"
            "截至 2026 年 5 月 1 日的 30 天内消费 1,500 元（要求满 2,000 元）"),
            ("2026 年 5 月 1 日當日消費人民幣 612 元（要求滿人民幣 800 元）；"
            "截至 2026 年 5 月 1 日的 30 天內消費人民幣 1,500 元（要求滿人民幣 2,000 元）"),
        )),
        (SILVER, {"visits|calendar month": 3}, (
            "3 of 3 visits in May 2026",
            "2026 年 5 月到店 3 次（要求满 3 次）",
            "2026 年 5 月光顧 3 次（要求滿 3 次）",
        )),
        (SILVER, {}, (
            "not known: make at least 3 visits in a calendar month",
            "未知：单个自然月内到店满 3 次",
            "不詳：同一曆月內光顧滿 3 次",
        )),
        ({"not": {"fact": "tier", "is": "in", "value": ["gold"]}}, {"tier": "silver"}, (
            "tier: Silver", "会员等级：银卡", "會員等級：銀卡",
        )),
        ({"not": {"fact": "tier", "is": "in", "value": ["gold"]}}, {"tier": "gold"}, (
            "tier: Gold (wanted: not be in the Gold tier)",
            "会员等级：金卡（要求：会员等级不是金卡）",
            "會員等級：金卡（要求：會員等級不是金卡）",
        )),
        ({"not": {"fact": "skus", "is": "has all", "value": ["A"]}}, {"skus": ("A", "B")}, (
            "articles: A and B (wanted: not: buy the articles A)",
            "所购商品：A 和 B（要求：不符合“同时购买商品 A”）",
            "所購貨品：A 及 B（要求：不符合「同時購買貨品 A」）",
        )),
        ({"not": {"fact": "skus", "is": "has all", "value": ["A"]}}, {"skus": ()}, (
            "articles: none", "所购商品：无", "所購貨品：沒有",
        )),
        ({"fact": "birthday", "is": "=", "value": True}, {"birthday": False}, (
            "not on the birthday (wanted: on your birthday)",
            "非生日当天（要求：在生日当天）",
            "非生日當天（要求：於生日當天）",
        )),
        ({"fact": "member_days", "is": "<", "value": 30}, {"member_days": 1}, (
            "member for 1 day < 30", "入会 1 天（要求不足 30 天）", "入會 1 天（要求少於 30 天）",
        )),
    ],
)  # fmt: skip
def test_a_trace_says_what_it_found(
    document: dict[str, Any], facts: dict[str, Any], texts: tuple[str, str, str]
) -> None:
    trace = read_condition(document, EVERY).trace(facts)
    stored = json.loads(json.dumps(as_json(trace)))
    for language, text in zip(LANGUAGES, texts, strict=True):
        assert found(trace, speech(language), on=MAY_1) == text
        assert found(stored, speech(language), on=MAY_1) == text


@pytest.mark.parametrize(
    ("document", "facts", "goal", "texts"),
    [
        (GOLD, {"spend|day": 61_200, "spend|30 days": 150_000}, "tier:gold", (
            "spend ¥188.00 more today, or ¥500.00 more by 12 December, for Gold",
            "今天再消费 188 元，或 12 月 12 日（含）前再消费 500 元，即可升级为金卡",
            "今天再消費人民幣 188 元，或 12 月 12 日或之前再消費人民幣 500 元，即可晉升為金卡",
        )),
        (SILVER, {"visits|calendar month": 2}, "tier:silver", (
            "make 1 more visit by 31 May for Silver",
            "5 月 31 日（含）前再到店 1 次，即可升级为银卡",
            "5 月 31 日或之前再光顧 1 次，即可晉升為銀卡",
        )),
        ({"fact": "stores_collected", "is": "has all", "value": ["A", "B", "C"]},
         {"stores_collected": ("B",)}, "challenge:annual", (
            "shop in A and C for Annual challenge",
            "到 A 和 C 消费，即可完成“年度购物挑战”",
            "到 A 及 C 消費，即可完成「年度購物挑戰」",
        )),
        ({"fact": "spend", "over": "ever", "is": ">", "value": 100}, {}, "a gift", (
            "spend ¥1.01 more for a gift",
            "再消费 1.01 元，即可获得 a gift",
            "再消費人民幣 1.01 元，即可獲得 a gift",
        )),
        ({"all": [SILVER, {"any": [{"fact": "visits", "over": "30 days", "is": ">=", "value": 1},
                                   {"fact": "visits", "over": "ever", "is": "<", "value": 2}]}]},
         {"visits|calendar month": 3}, "", (
            "make 1 more visit within 30 days, or less than 2 visits in all",
            "30 天内再到店 1 次，或累计到店不足 2 次",
            "30 天內再光顧 1 次，或累計光顧少於 2 次",
        )),
        (SILVER, {"visits|calendar month": 3}, "tier:silver", ("", "", "")),
    ],
)  # fmt: skip
def test_a_trace_says_what_is_missing(
    document: dict[str, Any], facts: dict[str, Any], goal: str, texts: tuple[str, str, str]
) -> None:
    trace = read_condition(document, EVERY).trace(facts)
    by = {"spend|30 days": date(2026, 12, 12)}
    for language, text in zip(LANGUAGES, texts, strict=True):
        assert missing(trace, speech(language), on=MAY_1, by=by, goal=goal) == text


@pytest.mark.parametrize(
    ("key", "value", "texts"),
    [
        ("spend|30 days", 81_200, (
            "spend ¥812.00 within 30 days", "30 天内消费 812 元", "30 天內消費人民幣 812 元",
        )),
        ("spend|day", 81_200, (
            "same-day spend ¥812.00", "单日消费 812 元", "單日消費人民幣 812 元",
        )),
        ("invitees_in_tier||silver", 1, (
            "1 invited friend in the Silver tier",
            "所邀好友中达到银卡的有 1 人",
            "所邀好友中晉升為銀卡的有 1 人",
        )),
        ("tier", "gold", ("tier: Gold", "会员等级：金卡", "會員等級：金卡")),
        ("segments", [], ("segments: none", "所属人群：无", "所屬客群：沒有")),
        ("birthday_month", True, ("in the birthday month", "生日当月", "生日月份")),
        ("moon|day", 3, ("moon|day: 3",) * 3),
    ],
)  # fmt: skip
def test_a_fact_that_was_known_is_said(key: str, value: Any, texts: tuple[str, str, str]) -> None:
    assert tuple(known(key, value, speech(each)) for each in LANGUAGES) == texts


def test_without_a_day_windows_are_said_as_rules_say_them() -> None:
    trace = read_condition(GOLD, TIER).trace({"spend|day": 1, "spend|30 days": 2})
    assert found(trace, speech("en")) == (
        "same-day spend ¥0.01 < ¥800.00; spend ¥0.02 < ¥2,000.00 within 30 days"
    )
    assert missing(trace, speech("en")) == (
        "spend ¥799.99 more on one day, or ¥1,999.98 more within 30 days"
    )


def test_the_last_day_of_a_window_is_today() -> None:
    trace = read_condition(SILVER, TIER).trace({"visits|calendar month": 1})
    assert missing(trace, speech("en"), on=date(2026, 5, 31)) == "make 2 more visits today"


def leaves() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every leaf that some vocabulary takes, by its own vocabulary: each operator and window."""
    for vocabulary, facts in VOCABULARIES.items():
        for fact in facts.values():
            for compared in OPERATORS[fact.kind]:
                spans: list[Span | None] = [*sorted(fact.spans)] or [None]
                for span in spans:
                    leaf: dict[str, Any] = {"fact": fact.name, "is": compared}
                    leaf["value"] = {
                        FactKind.WHOLE: max(fact.low, 1),
                        FactKind.FLAG: span is None,
                        FactKind.WORD: list(fact.choices or ("gold",)),
                        FactKind.WORDS: ["gold", "silver"],
                    }[fact.kind]
                    if span:
                        leaf["over"] = SPANS.get(span, span.value)
                    if fact.of:
                        leaf["of"] = "gold"
                    yield vocabulary, leaf


def gaps(tongue: Tongue) -> list[str]:
    """What of the vocabularies a language has no words for."""
    missed = [f"fact {name}" for name in EVERY if name not in tongue.facts]
    for name, words in tongue.facts.items():
        if name not in EVERY:
            missed.append(f"no such fact {name}")
            continue
        fact = EVERY[name]
        kinds = ("true", "false") if fact.kind is FactKind.FLAG else OPERATORS[fact.kind]
        if not isinstance(words.wants, str) and set(words.wants) != set(kinds):
            missed.append(f"operators of {name}")
        if "{amount}" in str(words.wants) and fact.spans and "{window}" not in str(words.wants):
            missed.append(f"window of {name}")
        if fact.of and "{of}" not in str(words.wants):
            missed.append(f"of which {name}")
        closed = tongue.choices.get(name, {})
        missed += [f"{name} {word}" for word in fact.choices if word not in closed]
    missed += [
        f"operator {each}" for each in OPERATORS[FactKind.WHOLE] if each not in tongue.operators
    ]
    missed += [f"window {span}" for span in Span if span not in tongue.windows]
    missed += [f"when {span}" for span in Span if span not in tongue.when]
    missed += [f"goal {kind}" for kind in ("", "tier", "challenge") if kind not in tongue.goals]
    return missed


def test_every_language_has_words_for_every_fact_operator_window_and_choice() -> None:
    assert set(TONGUES) == set(LANGUAGES)
    assert {language: gaps(tongue) for language, tongue in TONGUES.items()} == {
        language: [] for language in LANGUAGES
    }


def test_a_missing_word_is_found() -> None:
    tongue = TONGUES["zh-Hant"]
    facts = dict(tongue.facts)
    facts.pop("visits")
    facts["weekday"] = replace(facts["weekday"], wants={"in": "逢{any}"})
    windows: dict[Span, str] = {
        span: text for span, text in tongue.windows.items() if span is not Span.EVER
    }
    choices = {"weekday": tongue.choices["weekday"]}
    spoiled = replace(tongue, facts=facts, windows=windows, choices=choices)
    assert gaps(spoiled) == [
        "fact visits", "operators of weekday", "channel store", "channel online", "channel app",
        "channel kiosk", "window ever",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_leaf_of_every_vocabulary_has_a_whole_sentence(language: str) -> None:
    for vocabulary, leaf in leaves():
        condition = read_condition(leaf, VOCABULARIES[vocabulary])
        text = phrase(condition, speech(language))
        assert text, leaf
        assert text == speech(language).neat(text)
        assert not set("{}|_") & set(text), (leaf, text)
        if language != "en":
            assert not set(text) & set("abcdefgh") or "gold" in text, text


KNOWN = {
    FactKind.WHOLE: st.integers(0, 10**15), FactKind.FLAG: st.booleans(),
    FactKind.WORD: st.sampled_from(["gold", "friday", "online", "某店"]),
    FactKind.WORDS: st.lists(st.sampled_from(["gold", "A", "某店"]), unique=True).map(tuple),
}  # fmt: skip
LEAVES = list(leaves())


def trees(vocabulary: str) -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.sampled_from([leaf for name, leaf in LEAVES if name == vocabulary])
    return st.recursive(
        leaf,
        lambda parts: (
            st.lists(parts, min_size=1, max_size=3).map(lambda some: {"all": some})
            | st.lists(parts, min_size=1, max_size=3).map(lambda some: {"any": some})
            | parts.map(lambda part: {"not": part})
        ),
        max_leaves=6,
    )


@given(st.sampled_from(list(VOCABULARIES)).flatmap(trees), st.data())
def test_no_trace_is_without_words(document: dict[str, Any], data: st.DataObject) -> None:
    condition = read_condition(document, EVERY)
    facts: dict[str, Any] = {
        ask.key: data.draw(st.none() | KNOWN[ask.fact.kind])
        for ask in sorted(condition.asks, key=lambda ask: ask.key)
    }
    trace = condition.trace(facts)
    stored = json.loads(json.dumps(as_json(trace)))
    for language in LANGUAGES:
        say = speech(language)
        assert phrase(condition, say) == phrase(document, say) == phrase(trace, say)
        assert found(trace, say, on=MAY_1) == found(stored, say, on=MAY_1) != ""
        left = missing(trace, say, on=MAY_1, goal="tier:gold")
        assert bool(left) != trace.holds
        assert not set("{}") & set(left + found(trace, say) + phrase(trace, say))


@pytest.mark.parametrize(
    ("currency", "texts"),
    [
        ("CNY", ("¥1,234.50", "1,234.50 元", "人民幣 1,234.50 元")),
        ("HKD", ("HK$1,234.50", "1,234.50 港元", "1,234.50 港元")),
        ("TWD", ("NT$1,234.50", "新台币 1,234.50 元", "新臺幣 1,234.50 元")),
        ("JPY", ("JP¥123,450", "123,450 日元", "123,450 日圓")),
        ("KWD", ("KWD 123.450", "123.450 KWD", "123.450 KWD")),
        ("", ("1,234.50", "1,234.50", "1,234.50")),
    ],
)
def test_money_is_written_as_its_language_does(currency: str, texts: tuple[str, str, str]) -> None:
    assert tuple(Speech(each, currency).amount(123_450) for each in LANGUAGES) == texts


def test_numbers_days_and_points_are_written_as_their_language_does() -> None:
    english, chinese = Speech("en"), Speech("zh-CN")
    assert (english.decimal(-37_800), chinese.decimal(1_234_000)) == ("-37.8", "1,234")
    assert english.amount(-5, "CNY") == "-¥0.05"
    assert [english.points(count) for count in (1, -1, 2_000)] == [
        "1 point", "-1 point", "2,000 points",
    ]  # fmt: skip
    assert english.points(5, signed=True) == "+5 points"
    assert chinese.points(2_000) == "2,000 积分"
    assert english.day(MAY_1) == "1 May 2026"
    assert english.day(MAY_1, near=date(2026, 1, 1)) == "1 May"
    assert chinese.day(MAY_1, near=date(2025, 1, 1)) == "2026 年 5 月 1 日"
    assert (english.month(MAY_1), chinese.month(MAY_1)) == ("May 2026", "2026 年 5 月")
    assert (english.any_of([]), english.any_of(["A"]), english.all_of(["A", "B"])) == (
        "", "A", "A and B",
    )  # fmt: skip
    assert english.sentence("spend more") == "Spend more."
    assert (chinese.sentence("再消费 5 元"), chinese.sentence("好。")) == ("再消费 5 元。", "好。")


def test_a_code_without_a_name_is_said_as_it_is() -> None:
    named = Speech("en", "", {"tier:gold": "Gold card", "vip": "Friends"})
    assert named.name("tier", "gold") == "Gold card"
    assert named.name("segment", "vip") == "Friends"
    assert named.name("store", "gold") == "gold"
