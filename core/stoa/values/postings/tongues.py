"""The headlines of postings in every language, with the store's name and without."""

from collections.abc import Mapping
from types import MappingProxyType

from stoa.values.postings.deeds import Deed

__all__ = ["AT", "HEADLINES"]

_ENGLISH = {
    Deed.PURCHASE: "Purchase{at}",
    Deed.LITRES: "Filled up{at}",
    Deed.TICKET: "Bonus for a large purchase{at}",
    Deed.UPLIFT: "{name} bonus for a purchase{at}",
    Deed.CAMPAIGN: "{name}: bonus for a purchase{at}",
    Deed.ACTIVITY: "Bonus for an activity: {name}",
    Deed.REFERRAL: "Bonus for an invitation",
    Deed.CHALLENGE: "Bonus for a challenge: {name}",
    Deed.BONUS: "Bonus",
    Deed.BONUS_BACK: "Bonus taken back",
    Deed.VOIDED: "Purchase voided{at}",
    Deed.RETURNED: "Goods returned{to}",
    Deed.REDEEMED: "Redeemed{at}",
    Deed.REWARD: "Redeemed for a reward{at}",
    Deed.REDEEMED_BACK: "Redeemed points came back{of}",
    Deed.CHANCE: "Spent on a chance of promotion",
    Deed.CHANCE_BACK: "A chance of promotion given back",
    Deed.DRAWING: "Spent on a ticket of a draw",
    Deed.DRAWING_BACK: "A ticket of a draw given back",
    Deed.PRIZE: "Won in a draw: {name}",
    Deed.EXPIRED: "Points expired: their last day was over",
    Deed.EXCHANGED: "Points exchanged{at}",
    Deed.GIVEN: "Given to another member",
    Deed.RECEIVED: "Received from another member",
    Deed.POOL_IN: "Put into the pool of the household",
    Deed.POOL_BACK: "Back from the pool of the household",
    Deed.MERGED: "Two memberships of one person became one",
    Deed.BROUGHT_OVER: "Points brought over from before",
    Deed.BY_HAND_GIVEN: "Given by the operator: {reason}",
    Deed.BY_HAND_TAKEN: "Taken by the operator: {reason}",
    Deed.OWED: "Owed: these points were spent before {owed}",
    Deed.OWED_REPAID: "Paid back points that were owed",
}
_SIMPLIFIED = {
    Deed.PURCHASE: "消费{at}",
    Deed.LITRES: "加油{colon}",
    Deed.TICKET: "大额消费奖励{comma}",
    Deed.UPLIFT: "{name}等级奖励，消费{at}",
    Deed.CAMPAIGN: "“{name}”活动奖励，消费{at}",
    Deed.ACTIVITY: "参与“{name}”的奖励积分",
    Deed.REFERRAL: "邀请好友的奖励积分",
    Deed.CHALLENGE: "完成“{name}”的奖励积分",
    Deed.BONUS: "奖励积分",
    Deed.BONUS_BACK: "奖励积分已收回",
    Deed.VOIDED: "{place}撤销了消费",
    Deed.RETURNED: "退货{to}",
    Deed.REDEEMED: "兑换{at}",
    Deed.REWARD: "{in}兑换礼品",
    Deed.REDEEMED_BACK: "{place}退回已兑换的积分",
    Deed.CHANCE: "用于购买晋级机会",
    Deed.CHANCE_BACK: "退回一次晋级机会",
    Deed.DRAWING: "用于购买抽奖券",
    Deed.DRAWING_BACK: "退回一张抽奖券",
    Deed.PRIZE: "抽奖“{name}”中奖积分",
    Deed.EXPIRED: "积分到期：已过最后有效日",
    Deed.EXCHANGED: "{in}互换积分",
    Deed.GIVEN: "转赠给其他会员",
    Deed.RECEIVED: "收到其他会员转赠",
    Deed.POOL_IN: "转入家庭积分池",
    Deed.POOL_BACK: "从家庭积分池退回",
    Deed.MERGED: "同一人的两个会籍合为一个",
    Deed.BROUGHT_OVER: "转入的期初积分",
    Deed.BY_HAND_GIVEN: "运营方给予：{reason}",
    Deed.BY_HAND_TAKEN: "运营方扣除：{reason}",
    Deed.OWED: "欠分：{owed}之前，这些积分已被使用",
    Deed.OWED_REPAID: "偿还所欠积分",
}
_TRADITIONAL = {
    Deed.PURCHASE: "消費{at}",
    Deed.LITRES: "入油{colon}",
    Deed.TICKET: "大額消費獎賞{comma}",
    Deed.UPLIFT: "{name}等級獎賞，消費{at}",
    Deed.CAMPAIGN: "「{name}」活動獎賞，消費{at}",
    Deed.ACTIVITY: "參與「{name}」的獎賞積分",
    Deed.REFERRAL: "邀請好友的獎賞積分",
    Deed.CHALLENGE: "完成「{name}」的獎賞積分",
    Deed.BONUS: "獎賞積分",
    Deed.BONUS_BACK: "獎賞積分已收回",
    Deed.VOIDED: "{place}撤銷了消費",
    Deed.RETURNED: "退貨{to}",
    Deed.REDEEMED: "兌換{at}",
    Deed.REWARD: "{in}兌換禮品",
    Deed.REDEEMED_BACK: "{place}退回已兌換的積分",
    Deed.CHANCE: "用於購買晉級機會",
    Deed.CHANCE_BACK: "退回一次晉級機會",
    Deed.DRAWING: "用於購買抽獎券",
    Deed.DRAWING_BACK: "退回一張抽獎券",
    Deed.PRIZE: "抽獎「{name}」中獎積分",
    Deed.EXPIRED: "積分到期：已過最後有效日",
    Deed.EXCHANGED: "{in}互換積分",
    Deed.GIVEN: "轉贈給其他會員",
    Deed.RECEIVED: "收到其他會員轉贈",
    Deed.POOL_IN: "轉入家庭積分池",
    Deed.POOL_BACK: "從家庭積分池退回",
    Deed.MERGED: "同一人的兩個會籍合為一個",
    Deed.BROUGHT_OVER: "轉入的期初積分",
    Deed.BY_HAND_GIVEN: "營運方給予：{reason}",
    Deed.BY_HAND_TAKEN: "營運方扣除：{reason}",
    Deed.OWED: "欠分：{owed}之前，這些積分已被使用",
    Deed.OWED_REPAID: "償還所欠積分",
}
HEADLINES: Mapping[str, Mapping[Deed, str]] = MappingProxyType(
    {"en": _ENGLISH, "zh-Hans": _SIMPLIFIED, "zh-Hant": _TRADITIONAL}
)
"""A template a deed and language."""

AT: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "at": " at {place}", "to": " to {place}", "of": " from {place}",
            "owed": "the goods came back to {place}", "owed:": "they were taken back",
        },
        "zh-Hans": {
            "at": "于{place}", "to": "至{place}", "in": "在{place}", "place": "{place} ",
            "colon": "：{place}", "comma": "，{place}",
            "owed": "退货至{place}", "owed:": "收回",
        },
        "zh-Hant": {
            "at": "於{place}", "to": "至{place}", "in": "在{place}", "place": "{place} ",
            "colon": "：{place}", "comma": "，{place}",
            "owed": "退貨至{place}", "owed:": "收回",
        },
    }
)  # fmt: skip
"""How a place is said; with a colon behind the name, what is said where there is none."""
