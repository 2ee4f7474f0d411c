"""The sentences of every kind of arithmetic in every language."""

from collections.abc import Mapping
from types import MappingProxyType

from stoa.values.arithmetic.kinds import Kind

__all__ = ["SENTENCES", "WORDS"]

_ENGLISH = {
    Kind.PER_MONEY: "{minor} at {rate} per {one}{rounded}",
    Kind.PER_QUANTITY: "{whole}{quantity} {unit} at {rate} per {unit}{rounded}",
    Kind.TICKET: "{points} for a ticket of {from_minor} or more",
    Kind.VISIT: "{points} for a visit",
    Kind.PERCENT: "{points} and {percent} % for {tier}",
    Kind.TIMES: "{percent} % of {of} base points: {points} more",
    Kind.FIXED: "{points} extra",
    Kind.STEP: "{points} for each {every_minor} of {minor}: {times} times",
    Kind.TIERED: "{points} from {from_minor} on, for {minor}",
    Kind.LIMITED: "limited to {points} by {by}",
    Kind.PART: "{points} of these {of}, one payer's part",
    Kind.ACTIVITY: "{points} for {activity}",
    Kind.REFERRAL: "{points} {side}",
    Kind.CHALLENGE: "{points} for completing {challenge}",
    Kind.BY_HAND: "{signed} by hand: {reason}",
    Kind.WORTH: "{points} worth {minor}{reward}",
    Kind.TAKEN_BACK: "{deed} of receipt {receipt}: {points} back",
    Kind.RESTORED: "{deed} of receipt {receipt}: {points} that paid",
    Kind.REFUNDED: "{points} of receipt {receipt} come back",
    Kind.EXCHANGED: "{points} {source} at {rate}{rounded} = {received} {target}",
    Kind.MOVED: "{points} {how}",
}
_SIMPLIFIED = {
    Kind.PER_MONEY: "{minor}，每 {one}得 {rate}{rounded}",
    Kind.PER_QUANTITY: "{whole}{quantity} {unit}，每{unit}得 {rate}{rounded}",
    Kind.TICKET: "单笔消费满 {from_minor}得 {points}",
    Kind.VISIT: "到店得 {points}",
    Kind.PERCENT: "{tier}会员在 {points}基础上加赠 {percent}%",
    Kind.TIMES: "基础积分 {of} 的 {percent}%：加赠 {points}",
    Kind.FIXED: "加赠 {points}",
    Kind.STEP: "{minor}，每满 {every_minor}得 {points}，共 {times} 次",
    Kind.TIERED: "消费 {minor}，达到 {from_minor}档，得 {points}",
    Kind.LIMITED: "受{by}所限，实得 {points}",
    Kind.PART: "其中 {points}由一方承担（共 {of}）",
    Kind.ACTIVITY: "参加“{activity}”得 {points}",
    Kind.REFERRAL: "{side}得 {points}",
    Kind.CHALLENGE: "完成“{challenge}”得 {points}",
    Kind.BY_HAND: "人工调整 {signed}：{reason}",
    Kind.WORTH: "{points}抵 {minor}{reward}",
    Kind.TAKEN_BACK: "小票 {receipt} {deed}：收回 {points}",
    Kind.RESTORED: "小票 {receipt} {deed}：退回用于付款的 {points}",
    Kind.REFUNDED: "小票 {receipt}：退回 {points}",
    Kind.EXCHANGED: "{points} {source} 按 {rate}{rounded}兑换为 {received} {target}",
    Kind.MOVED: "{how} {points}",
}
_TRADITIONAL = {
    Kind.PER_MONEY: "{minor}，每 {one}得 {rate}{rounded}",
    Kind.PER_QUANTITY: "{whole}{quantity} {unit}，每{unit}得 {rate}{rounded}",
    Kind.TICKET: "單筆消費滿 {from_minor}得 {points}",
    Kind.VISIT: "光顧得 {points}",
    Kind.PERCENT: "{tier}會員於 {points}之上額外獲贈 {percent}%",
    Kind.TIMES: "基本積分 {of} 的 {percent}%：額外獲贈 {points}",
    Kind.FIXED: "額外獲贈 {points}",
    Kind.STEP: "{minor}，每滿 {every_minor}得 {points}，共 {times} 次",
    Kind.TIERED: "消費 {minor}，達到 {from_minor}級距，得 {points}",
    Kind.LIMITED: "受{by}所限，實得 {points}",
    Kind.PART: "其中 {points}由一方承擔（共 {of}）",
    Kind.ACTIVITY: "參加「{activity}」得 {points}",
    Kind.REFERRAL: "{side}得 {points}",
    Kind.CHALLENGE: "完成「{challenge}」得 {points}",
    Kind.BY_HAND: "人手調整 {signed}：{reason}",
    Kind.WORTH: "{points}抵 {minor}{reward}",
    Kind.TAKEN_BACK: "收據 {receipt} {deed}：收回 {points}",
    Kind.RESTORED: "收據 {receipt} {deed}：退還用於付款的 {points}",
    Kind.REFUNDED: "收據 {receipt}：退還 {points}",
    Kind.EXCHANGED: "{points} {source} 按 {rate}{rounded}兌換為 {received} {target}",
    Kind.MOVED: "{how} {points}",
}
SENTENCES: Mapping[str, Mapping[Kind, str]] = MappingProxyType(
    {"en": _ENGLISH, "zh-Hans": _SIMPLIFIED, "zh-Hant": _TRADITIONAL}
)
"""A template a kind and language; every figure of the kind may stand in it."""

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "rounded:down": ", rounded down", "rounded:up": ", rounded up",
            "rounded:half_up": ", rounded to the nearest",
            "rounded:half_even": ", rounded to the nearest",
            "by:budget": "the budget", "by:day": "what a member gets in a day",
            "by:week": "what a member gets in a week",
            "by:month": "what a member gets in a month",
            "by:campaign": "what a member gets in all", "by:times": "how often a member gets it",
            "side:inviter": "for a friend who made a first purchase",
            "side:friend": "for joining by a friend's invitation",
            "deed:return": "return", "deed:void": "void",
            "how:given": "given", "how:received": "received", "how:merged": "merged",
            "how:brought over": "brought over",
            "whole": "whole {units} of {of} {unit}: ", "units": "units", "units:L": "litres",
            "reward": " for {reward}", "separator": "; ",
            "reason:goodwill": "Goodwill", "reason:correction": "Correction",
            "reason:service_failure": "Service failure", "reason:fraud": "Fraud",
            "reason:migration": "Migration", "reason:campaign": "Campaign",
            "reason:other": "Something else",
        },
        "zh-Hans": {
            "rounded:down": "，舍去尾数", "rounded:up": "，进位取整",
            "rounded:half_up": "，四舍五入", "rounded:half_even": "，四舍六入五成双",
            "by:budget": "活动预算", "by:day": "每日上限", "by:week": "每周上限",
            "by:month": "每月上限", "by:campaign": "活动上限", "by:times": "次数上限",
            "side:inviter": "所邀好友完成首次消费，", "side:friend": "受好友邀请入会，",
            "deed:return": "退货", "deed:void": "撤销",
            "how:given": "转出", "how:received": "转入", "how:merged": "合并",
            "how:brought over": "期初转入",
            "whole": "{of} {unit}取整：", "reward": "，换“{reward}”", "separator": "；",
            "reason:goodwill": "善意补偿", "reason:correction": "更正",
            "reason:service_failure": "服务失误", "reason:fraud": "欺诈",
            "reason:migration": "数据迁移", "reason:campaign": "营销活动",
            "reason:other": "其他",
            "unit:L": "升", "unit:l": "升", "unit:h": "小时", "unit:min": "分钟",
            "unit:kg": "公斤", "unit:ea": "件",
        },
        "zh-Hant": {
            "rounded:down": "，捨去尾數", "rounded:up": "，進位取整",
            "rounded:half_up": "，四捨五入", "rounded:half_even": "，四捨六入五成雙",
            "by:budget": "活動預算", "by:day": "每日上限", "by:week": "每週上限",
            "by:month": "每月上限", "by:campaign": "活動上限", "by:times": "次數上限",
            "side:inviter": "所邀好友完成首次消費，", "side:friend": "獲好友邀請入會，",
            "deed:return": "退貨", "deed:void": "取消",
            "how:given": "轉出", "how:received": "轉入", "how:merged": "合併",
            "how:brought over": "期初轉入",
            "whole": "{of} {unit}取整：", "reward": "，換「{reward}」", "separator": "；",
            "reason:goodwill": "善意補償", "reason:correction": "更正",
            "reason:service_failure": "服務失誤", "reason:fraud": "詐欺",
            "reason:migration": "資料遷移", "reason:campaign": "行銷活動",
            "reason:other": "其他",
            "unit:L": "公升", "unit:l": "公升", "unit:h": "小時", "unit:min": "分鐘",
            "unit:kg": "公斤", "unit:ea": "件",
        },
    }
)  # fmt: skip
"""What figures that are words are called, by the figure and its word."""
