"""How points came about, told in three languages, stored in plain English, and read back."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.amounts import Rounding
from stoa.values.arithmetic import (
    FIGURES,
    Arithmetic,
    Kind,
    Says,
    activity,
    by_hand,
    challenge,
    drawing,
    fits,
    fixed,
    limited,
    part,
    per_money,
    per_quantity,
    percent,
    plain,
    prize,
    read_plain,
    referral,
    step,
    tell,
    ticket,
    tiered,
    times,
    visit,
)
from stoa.values.arithmetic.tongues import SENTENCES, WORDS
from stoa.values.facts import EarnedLine
from stoa.values.languages import LANGUAGES
from stoa.values.speech import Speech
from stoa.values.wire import as_json, from_json

NAMES = {
    "en": {"tier:gold": "Gold", "activity:check-in": "Check-in", "challenge:annual": "Annual"},
    "zh-Hans": {"tier:gold": "金卡", "activity:check-in": "签到", "challenge:annual": "年度挑战"},
    "zh-Hant": {"tier:gold": "金卡", "activity:check-in": "打卡", "challenge:annual": "年度挑戰"},
}
WORTH = Arithmetic(Kind.WORTH, {"points": 500, "minor": 500, "currency": "CNY", "reward": ""})
TEA = replace(WORTH, figures=WORTH.figures | {"reward": "tea"})
BACK = Arithmetic(Kind.TAKEN_BACK, {"points": 50, "receipt": "R-1 a", "deed": "return"})
PAID = Arithmetic(Kind.RESTORED, {"points": 50, "receipt": "R-1", "deed": "void"})
REFUND = Arithmetic(Kind.REFUNDED, {"points": 50, "receipt": "R-1"})
MOVED = Arithmetic(Kind.MOVED, {"points": 50, "how": "received"})
SWAP = Arithmetic(
    Kind.EXCHANGED,
    {"points": 1000, "source": "STAR", "numerator": 3, "denominator": 10, "rounded": "down",
     "received": 300, "target": "CINE"},
)  # fmt: skip

TOLD: list[tuple[Arithmetic, str, tuple[str, str, str]]] = [
    (per_money(1836_00, "CNY", rate_milli=1000), "1836.00 at 1 point per 1.00", (
        "¥1,836.00 at 1 point per ¥1.00",
        "1,836 元，每 1 元得 1 积分",
        "人民幣 1,836 元，每人民幣 1 元得 1 積分",
    )),
    (per_money(812, "JPY", rate_milli=1500, rounded=Rounding.DOWN),
     "812 at 1.5 points per 1, rounded down", (
        "JP¥812 at 1.5 points per JP¥1, rounded down",
        "812 日元，每 1 日元得 1.5 积分，舍去尾数",
        "812 日圓，每 1 日圓得 1.5 積分，捨去尾數",
    )),
    (per_quantity(37_000, "L", rate_milli=1000, of_milli=37_800),
     "whole litres of 37.8 L: 37 L at 1 point per L", (
        "whole litres of 37.8 L: 37 L at 1 point per L",
        "37.8 升取整：37 升，每升得 1 积分",
        "37.8 公升取整：37 公升，每公升得 1 積分",
    )),
    (per_quantity(1500, "h", rate_milli=500, rounded=Rounding.HALF_UP),
     "1.5 h at 0.5 points per h, rounded to the nearest", (
        "1.5 h at 0.5 points per h, rounded to the nearest",
        "1.5 小时，每小时得 0.5 积分，四舍五入",
        "1.5 小時，每小時得 0.5 積分，四捨五入",
    )),
    (ticket(100, from_minor=500_00, currency="CNY"), "100 points for a ticket of 500.00 or more", (
        "100 points for a ticket of ¥500.00 or more",
        "单笔消费满 500 元得 100 积分",
        "單筆消費滿人民幣 500 元得 100 積分",
    )),
    (visit(1), "1 points for a visit", ("1 point for a visit", "到店得 1 积分", "光顧得 1 積分")),
    (percent(836, 100, tier="gold"), "836 points and 100 % for gold", (
        "836 points and 100 % for Gold",
        "按金卡等级，在 836 积分基础上加赠 100%",
        "按金卡等級，於 836 積分之上額外獲贈 100%",
    )),
    (times(300, of=200, points=400), "300 % of 200 base points: 400 points more", (
        "300 % of 200 base points: 400 points more",
        "基础积分 200 的 300%：加赠 400 积分",
        "基本積分 200 的 300%：額外獲贈 400 積分",
    )),
    (fixed(50), "50 points extra", ("50 points extra", "加赠 50 积分", "額外獲贈 50 積分")),
    (step(50, every_minor=100_00, minor=345_00, currency="HKD", times=3),
     "50 points for each 100.00 of 345.00: 3 times", (
        "50 points for each HK$100.00 of HK$345.00: 3 times",
        "345 港元，每满 100 港元得 50 积分，共 3 次",
        "345 港元，每滿 100 港元得 50 積分，共 3 次",
    )),
    (tiered(200, from_minor=500_00, minor=812_50, currency="CNY"),
     "200 points from 500.00 on, for 812.50", (
        "200 points from ¥500.00 on, for ¥812.50",
        "消费 812.50 元，达到 500 元档，得 200 积分",
        "消費人民幣 812.50 元，達到人民幣 500 元級距，得 200 積分",
    )),
    (limited(120, by="budget"), "limited to 120 points by the budget", (
        "limited to 120 points by the budget",
        "受活动预算所限，实得 120 积分",
        "受活動預算所限，實得 120 積分",
    )),
    (limited(20, by="day"), "limited to 20 points by what a member gets in a day", (
        "limited to 20 points by what a member gets in a day",
        "受每日上限所限，实得 20 积分",
        "受每日上限所限，實得 20 積分",
    )),
    (part(201, of=401), "201 points of these 401, one payer's part", (
        "201 points of these 401, one payer's part",
        "其中 201 积分由一方承担（共 401）",
        "其中 201 積分由一方承擔（共 401）",
    )),
    (activity(5, activity="check-in"), "5 points for check-in", (
        "5 points for Check-in", "参加“签到”得 5 积分", "參加「打卡」得 5 積分",
    )),
    (referral(100, side="inviter"), "100 points for a friend who made a first purchase", (
        "100 points for a friend who made a first purchase",
        "所邀好友完成首次消费，得 100 积分",
        "所邀好友完成首次消費，得 100 積分",
    )),
    (referral(20, side="friend"), "20 points for joining by a friend's invitation", (
        "20 points for joining by a friend's invitation",
        "受好友邀请入会，得 20 积分",
        "獲好友邀請入會，得 20 積分",
    )),
    (challenge(500, challenge="annual"), "500 points for completing annual", (
        "500 points for completing Annual",
        "完成“年度挑战”得 500 积分",
        "完成「年度挑戰」得 500 積分",
    )),
    (drawing(10, draw="wheel"), "10 points for a ticket of wheel", (
        "10 points for a ticket of wheel",
        "以 10 积分换取“wheel”抽奖券",
        "以 10 積分換取「wheel」抽獎券",
    )),
    (prize(50, draw="wheel"), "50 points won in wheel", (
        "50 points won in wheel", "在“wheel”抽中 50 积分", "在「wheel」抽中 50 積分",
    )),
    (Arithmetic(Kind.CHANCE, {"points": 100, "chance": "gold"}), "100 points for the chance gold", (
        "100 points for the chance gold",
        "以 100 积分换取“gold”晋级机会",
        "以 100 積分換取「gold」晉級機會",
    )),
    (by_hand(-40, reason="fraud"), "-40 points by hand: fraud", (
        "-40 points by hand: Fraud", "人工调整 -40 积分：欺诈", "人手調整 -40 積分：詐欺",
    )),
    (WORTH, "500 points worth 5.00", (
        "500 points worth ¥5.00", "500 积分抵 5 元", "500 積分抵人民幣 5 元",
    )),
    (TEA, "500 points worth 5.00 for tea", (
        "500 points worth ¥5.00 for tea",
        "500 积分抵 5 元，换“tea”",
        "500 積分抵人民幣 5 元，換「tea」",
    )),
    (BACK, "return of receipt R-1 a: 50 points back", (
        "return of receipt R-1 a: 50 points back",
        "小票 R-1 a 退货：收回 50 积分",
        "收據 R-1 a 退貨：收回 50 積分",
    )),
    (PAID, "void of receipt R-1: 50 points that paid", (
        "void of receipt R-1: 50 points that paid",
        "小票 R-1 撤销：退回用于付款的 50 积分",
        "收據 R-1 取消：退還用於付款的 50 積分",
    )),
    (REFUND, "50 points of receipt R-1 come back", (
        "50 points of receipt R-1 come back", "小票 R-1：退回 50 积分", "收據 R-1：退還 50 積分",
    )),
    (MOVED, "50 points received", ("50 points received", "转入 50 积分", "轉入 50 積分")),
    (SWAP, "1000 STAR at 3/10, rounded down = 300 CINE", (
        "1,000 STAR at 3/10, rounded down = 300 CINE",
        "1,000 STAR 按 3/10，舍去尾数兑换为 300 CINE",
        "1,000 STAR 按 3/10，捨去尾數兌換為 300 CINE",
    )),
]  # fmt: skip


def speech(language: str) -> Speech:
    return Speech(language, "CNY", NAMES[language])


@pytest.mark.parametrize(("arithmetic", "stored", "texts"), TOLD)
def test_every_kind_is_told_in_every_language(
    arithmetic: Arithmetic, stored: str, texts: tuple[str, str, str]
) -> None:
    assert fits(arithmetic)
    assert plain((arithmetic,)) == stored
    assert tuple(tell((arithmetic,), speech(each)) for each in LANGUAGES) == texts


def test_the_table_above_has_every_kind() -> None:
    assert {arithmetic.kind for arithmetic, *_ in TOLD} == set(Kind) == set(FIGURES)


def test_a_limit_follows_what_it_holds_down() -> None:
    says = (times(300, of=200, points=400), limited(120, by="budget"))
    assert plain(says) == (
        "300 % of 200 base points: 400 points more; limited to 120 points by the budget"
    )
    assert tell(says, speech("zh-Hans")) == (
        "基础积分 200 的 300%：加赠 400 积分；受活动预算所限，实得 120 积分"
    )


def gaps(
    sentences: dict[str, dict[Kind, str]], words: dict[str, dict[str, str]]
) -> list[tuple[str, str]]:
    """What of the kinds and their words a language has no text for."""
    missed = []
    for language in LANGUAGES:
        missed += [(language, kind.value) for kind in Kind if kind not in sentences[language]]
        for figures in FIGURES.values():
            for name, choices in figures.items():
                if isinstance(choices, tuple):
                    wanted = [f"{name}:{each}" for each in choices if each]
                    missed += [(language, each) for each in wanted if each not in words[language]]
    return missed


def test_every_language_has_every_kind_and_word_and_a_missing_one_is_found() -> None:
    sentences = {language: dict(texts) for language, texts in SENTENCES.items()}
    words = {language: dict(texts) for language, texts in WORDS.items()}
    assert gaps(sentences, words) == []
    del sentences["zh-Hant"][Kind.STEP], words["zh-Hans"]["by:budget"]
    assert sorted(gaps(sentences, words)) == [("zh-Hans", "by:budget"), ("zh-Hant", "step")]


def figures_of(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    texts = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
    return st.fixed_dictionaries(
        {
            name: st.sampled_from(wanted) if isinstance(wanted, tuple)
            else st.integers(0, 10**15) if wanted is int
            else st.sampled_from(["CNY", "JPY", "KWD", ""]) if name == "currency"
            else texts
            for name, wanted in FIGURES[kind].items()
        }
    )  # fmt: skip


ANY = st.sampled_from(Kind).flatmap(
    lambda kind: figures_of(kind).map(lambda figures: Arithmetic(kind, figures))
)


@given(st.lists(ANY, min_size=1, max_size=4).map(tuple))
def test_whatever_fits_is_told_kept_and_read_back(says: Says) -> None:
    assert all(map(fits, says))
    line = EarnedLine("base", 1, "partner", plain(says), None, {"1": 1}, "partner:x", 2, says)
    kept = json.loads(json.dumps(as_json(line)))
    assert from_json(EarnedLine, kept) == line
    for language in LANGUAGES:
        assert tell(says, speech(language))


@pytest.mark.parametrize("arithmetic", [
    Arithmetic("visit", {"points": 1}),  # type: ignore[arg-type]
    Arithmetic(Kind.VISIT, {}),
    Arithmetic(Kind.VISIT, {"points": "1"}),
    Arithmetic(Kind.VISIT, {"points": True}),
    Arithmetic(Kind.VISIT, {"points": 10**18 + 1}),
    Arithmetic(Kind.VISIT, {"points": 1, "more": 2}),
    Arithmetic(Kind.VISIT, [("points", 1)]),  # type: ignore[arg-type]
    Arithmetic(Kind.LIMITED, {"points": 1, "by": "whim"}),
    Arithmetic(Kind.ACTIVITY, {"points": 1, "activity": "x" * 65}),
    Arithmetic(Kind.ACTIVITY, {"points": 1, "activity": "a\nb"}),
    "1 for coming",
])  # fmt: skip
def test_figures_that_do_not_fit_are_refused(arithmetic: Any) -> None:
    assert not fits(arithmetic)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("836.00 at 1 point per 1.00", per_money(836_00, "CNY", rate_milli=1000)),
        ("812.50 at 0.5 points per 1.00, rounded down",
         per_money(812_50, "CNY", rate_milli=500, rounded=Rounding.DOWN)),
        ("37 L at 1 point per L", per_quantity(37_000, "L", rate_milli=1000)),
        ("whole litres of 37.8 L: 37 L at 1 point per L",
         per_quantity(37_000, "L", rate_milli=1000, of_milli=37_800)),
        ("37.8 L at 1 point per L, rounded to the nearest",
         per_quantity(37_800, "L", rate_milli=1000, rounded=Rounding.HALF_UP)),
        ("836 points and 100 % for gold", percent(836, 100, tier="gold")),
        ("100 points for a ticket of 500.00 or more",
         ticket(100, from_minor=500_00, currency="CNY")),
        ("500 points worth 5.00 CNY", WORTH),
        ("500 points worth 5.00 CNY for tea", TEA),
        ("return of receipt R-1 a: 50 points back", BACK),
        ("void of receipt R-1: 50 points that paid", PAID),
        ("50 points of receipt R-1 come back", REFUND),
        ("500 points for the challenge annual", challenge(500, challenge="annual")),
        ("100 points for the chance gold",
         Arithmetic(Kind.CHANCE, {"points": 100, "chance": "gold"})),
        ("-40 points by hand: fraud", by_hand(-40, reason="fraud")),
        ("50 points received", MOVED),
        ("1000 STAR at 3/10, rounded down = 300 CINE (rate version 4)", SWAP),
    ],
)  # fmt: skip
def test_a_stored_text_is_read_by_its_shape(text: str, says: Arithmetic) -> None:
    assert read_plain(text, "CNY") == (says,)


@pytest.mark.parametrize(
    "text",
    [
        "", "5 for coming", "1.001 at 1 point per 1.00",
        f"return of receipt {'x' * 99}: 5 points back",
        "5 points worth 5.00 for tea", "１ points given", "836 at 1 point per 2.00",
    ],
)  # fmt: skip
def test_a_text_of_another_shape_stays_as_it_is(text: str) -> None:
    assert read_plain(text, "CNY") is None


def test_a_line_of_before_is_read_without_figures() -> None:
    old = {
        "reason": "base", "points": 3, "payer": "partner", "arithmetic": "3.00 at 1 point per 1.00",
        "expires_on": "2027-01-01", "on": {"1": 3},
    }  # fmt: skip
    line = from_json(EarnedLine, old)
    assert (line.rule, line.rule_version, line.says) == ("", 0, ())


def test_names_do_not_change_what_is_stored() -> None:
    says = (percent(836, 100, tier="gold"),)
    assert "Gold" in tell(says, speech("en"))
    assert plain(says) == "836 points and 100 % for gold"
