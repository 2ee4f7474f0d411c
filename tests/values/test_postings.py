"""What a posting was, in three languages."""

import pytest

from stoa.values.arithmetic import percent
from stoa.values.languages import LANGUAGES
from stoa.values.postings import Deed, Posted, deed, headline, reckoned
from stoa.values.postings.tongues import HEADLINES
from stoa.values.speech import Speech

NAMES = {
    "en": {"tier:gold": "Gold", "campaign:double11": "Double 11", "challenge:annual": "Annual"},
    "zh-Hans": {"tier:gold": "金卡", "campaign:double11": "双十一", "challenge:annual": "年度挑战"},
    "zh-Hant": {"tier:gold": "金卡", "campaign:double11": "雙十一", "challenge:annual": "年度挑戰"},
}
Row = tuple[str, str, str, int, Deed, tuple[str, str, str]]
ROWS: list[Row] = [
    ("earn", "issued", "base", 5, Deed.PURCHASE, (
        "Purchase at Star", "消费于 Star", "消費於 Star",
    )),
    ("earn", "issued", "litres", 5, Deed.LITRES, ("Filled up at Star", "加油：Star", "入油：Star")),
    ("earn", "issued", "ticket_bonus", 5, Deed.TICKET, (
        "Bonus for a large purchase at Star", "大额消费奖励，Star", "大額消費獎賞，Star",
    )),
    ("earn", "issued", "tier_uplift:gold", 5, Deed.UPLIFT, (
        "Gold bonus for a purchase at Star",
        "金卡等级奖励，消费于 Star",
        "金卡等級獎賞，消費於 Star",
    )),
    ("earn", "issued", "campaign:double11", 5, Deed.CAMPAIGN, (
        "Double 11: bonus for a purchase at Star",
        "“双十一”活动奖励，消费于 Star",
        "「雙十一」活動獎賞，消費於 Star",
    )),
    ("bonus", "issued", "activity:check-in", 5, Deed.ACTIVITY, (
        "Bonus for an activity: check-in",
        "参与“check-in”的奖励积分",
        "參與「check-in」的獎賞積分",
    )),
    ("bonus", "issued", "referral", 5, Deed.REFERRAL, (
        "Bonus for an invitation", "邀请好友的奖励积分", "邀請好友的獎賞積分",
    )),
    ("bonus", "issued", "challenge:annual", 5, Deed.CHALLENGE, (
        "Bonus for a challenge: Annual", "完成“年度挑战”的奖励积分", "完成「年度挑戰」的獎賞積分",
    )),
    ("bonus", "issued", "gift", 5, Deed.BONUS, ("Bonus", "奖励积分", "獎賞積分")),
    ("bonus", "issued", "challenge:annual", -5, Deed.BONUS_BACK, (
        "Bonus taken back", "奖励积分已收回", "獎賞積分已收回",
    )),
    ("void", "issued", "base", -5, Deed.VOIDED, (
        "Purchase voided at Star", "Star 撤销了消费", "Star 撤銷了消費",
    )),
    ("return", "issued", "campaign:double11", -5, Deed.RETURNED, (
        "Goods returned to Star", "退货至 Star", "退貨至 Star",
    )),
    ("redeem", "burned", "tender", -5, Deed.REDEEMED, (
        "Redeemed at Star", "兑换于 Star", "兌換於 Star",
    )),
    ("redeem", "burned", "reward", -5, Deed.REWARD, (
        "Redeemed for a reward at Star", "在 Star 兑换礼品", "在 Star 兌換禮品",
    )),
    ("refund", "burned", "refund", 5, Deed.REDEEMED_BACK, (
        "Redeemed points came back from Star", "Star 退回已兑换的积分", "Star 退回已兌換的積分",
    )),
    ("chance", "burned", "chance", -5, Deed.CHANCE, (
        "Spent on a chance of promotion", "用于购买晋级机会", "用於購買晉級機會",
    )),
    ("chance", "burned", "refund", 5, Deed.CHANCE_BACK, (
        "A chance of promotion given back", "退回一次晋级机会", "退回一次晉級機會",
    )),
    ("ticket", "burned", "ticket", -5, Deed.DRAWING, (
        "Spent on a ticket of a draw", "用于购买抽奖券", "用於購買抽獎券",
    )),
    ("ticket", "burned", "refund", 5, Deed.DRAWING_BACK, (
        "A ticket of a draw given back", "退回一张抽奖券", "退回一張抽獎券",
    )),
    ("bonus", "issued", "draw:wheel", 5, Deed.PRIZE, (
        "Won in a draw: wheel", "抽奖“wheel”中奖积分", "抽獎「wheel」中獎積分",
    )),
    ("expire", "expired", "expiry", -5, Deed.EXPIRED, (
        "Points expired: their last day was over",
        "积分到期：已过最后有效日",
        "積分到期：已過最後有效日",
    )),
    ("exchange", "exchanged", "exchange", -5, Deed.EXCHANGED, (
        "Points exchanged at Star", "在 Star 互换积分", "在 Star 互換積分",
    )),
    ("transfer_out", "transferred", "transfer", -5, Deed.GIVEN, (
        "Given to another member", "转赠给其他会员", "轉贈給其他會員",
    )),
    ("transfer_in", "transferred", "transfer", 5, Deed.RECEIVED, (
        "Received from another member", "收到其他会员转赠", "收到其他會員轉贈",
    )),
    ("transfer_out", "transferred", "contribution", -5, Deed.POOL_IN, (
        "Put into the pool of the household", "转入家庭积分池", "轉入家庭積分池",
    )),
    ("transfer_in", "transferred", "household_left", 5, Deed.POOL_BACK, (
        "Back from the pool of the household", "从家庭积分池退回", "從家庭積分池退回",
    )),
    ("merge", "debt", "merge_debt", 5, Deed.MERGED, (
        "Two memberships of one person became one",
        "同一人的两个会籍合为一个",
        "同一人的兩個會籍合為一個",
    )),
    ("open", "adjusted", "opening_balance", 5, Deed.BROUGHT_OVER, (
        "Points brought over from before", "转入的期初积分", "轉入的期初積分",
    )),
    ("adjust", "adjusted", "goodwill", 5, Deed.BY_HAND_GIVEN, (
        "Given by the operator: Goodwill", "运营方给予：善意补偿", "營運方給予：善意補償",
    )),
    ("adjust", "adjusted", "whim", -5, Deed.BY_HAND_TAKEN, (
        "Taken by the operator: whim", "运营方扣除：whim", "營運方扣除：whim",
    )),
    ("return", "debt", "debt_booked", 5, Deed.OWED, (
        "Owed: these points were spent before the goods came back to Star",
        "欠分：退货至 Star 之前，这些积分已被使用",
        "欠分：退貨至 Star 之前，這些積分已被使用",
    )),
    ("earn", "debt", "debt_repaid", -5, Deed.OWED_REPAID, (
        "Paid back points that were owed", "偿还所欠积分", "償還所欠積分",
    )),
]  # fmt: skip


def speech(language: str) -> Speech:
    return Speech(language, "CNY", NAMES[language])


@pytest.mark.parametrize(("kind", "account", "reason", "points", "what", "texts"), ROWS)
def test_every_posting_has_a_headline_in_every_language(  # noqa: PLR0917 - a table
    kind: str, account: str, reason: str, points: int, what: Deed, texts: tuple[str, str, str]
) -> None:
    posted = Posted(kind, account, reason, points)
    assert deed(posted) is what
    told = tuple(headline(posted, speech(each), place="Star") for each in LANGUAGES)
    assert told == texts
    for language in LANGUAGES:
        bare = headline(posted, speech(language))
        assert bare
        assert "Star" not in bare
        assert not set("{}") & set(bare)


def test_the_table_above_has_every_deed_and_so_has_every_language() -> None:
    assert {row[4] for row in ROWS} == set(Deed)
    assert {language: set(texts) for language, texts in HEADLINES.items()} == {
        language: set(Deed) for language in LANGUAGES
    }


def test_what_the_operator_gives_back_was_a_chance() -> None:
    assert deed(Posted("refund", "burned", "refund", 5, operated=True)) is Deed.CHANCE_BACK


def test_what_a_cancelled_draw_gives_back_was_a_ticket() -> None:
    back = Posted("refund", "burned", "refund", 5, rule="draw:wheel", operated=True)
    assert deed(back) is Deed.DRAWING_BACK


def test_a_bonus_for_nothing_named_is_a_bonus() -> None:
    assert deed(Posted("bonus", "issued", "challenge", 5)) is Deed.BONUS


def test_figures_are_told_before_the_stored_text() -> None:
    posted = Posted(
        "earn", "issued", "tier_uplift:gold", 836, "some old text",
        (percent(836, 100, tier="gold"),),
    )  # fmt: skip
    assert reckoned(posted, speech("zh-Hans")) == "按金卡等级，在 836 积分基础上加赠 100%"


def test_a_stored_text_is_told_in_the_language_where_its_shape_is_known() -> None:
    known = Posted("earn", "issued", "base", 836, "836.00 at 1 point per 1.00")
    other = Posted("earn", "issued", "base", 7, "7 for coming")
    assert reckoned(known, speech("zh-Hant")) == "人民幣 836 元，每人民幣 1 元得 1 積分"
    assert reckoned(other, speech("zh-Hant")) == "7 for coming"
