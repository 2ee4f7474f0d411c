"""Conditions in Chinese as it is written in mainland China."""

from stoa.values.conditions.tongues.shape import FactWords, Tongue, counted
from stoa.values.conditions.windows import Span

__all__ = ["SIMPLIFIED"]

_FACTS = {
    "spend": FactWords("{window}消费{amount}", "消费 {n}", "{until}再消费 {more}"),
    "visits": counted("次", "{window}到店{amount} 次", "到店 {n} 次", "{until}再到店 {more} 次"),
    "purchases": counted(
        "笔", "{window}消费{amount} 笔", "消费 {n} 笔", "{until}再消费 {more} 笔",
    ),
    "partners_visited": counted(
        "家", "{window}到不同商户消费{amount} 家",
        "到不同商户消费 {n} 家", "{until}再到 {more} 家商户消费",
    ),
    "stores_visited": counted(
        "家", "{window}到不同门店消费{amount} 家",
        "到不同门店消费 {n} 家", "{until}再到 {more} 家门店消费",
    ),
    "qualifying_points": counted(
        "分", "{window}获得定级积分{amount} 分",
        "定级积分 {n} 分", "{until}再获得 {more} 分定级积分",
    ),
    "purchasing_referrals": counted(
        "人", "{window}邀请好友并完成首次消费{amount} 人",
        "受邀好友完成首次消费 {n} 人", "{until}再邀请 {more} 位好友完成首次消费",
    ),
    "invitees_in_tier": counted(
        "人", "所邀好友中达到{of}的{amount} 人",
        "所邀好友中达到{of}的有 {n} 人", "再有 {more} 位所邀好友达到{of}",
    ),
    "challenges_done": counted(
        "次", "{window}完成“{of}”{amount} 次", "完成“{of}” {n} 次", "{until}再完成“{of}” {more} 次",
    ),
    "chances": counted(
        "次", "持有“{of}”的晋级机会{amount} 次",
        "持有“{of}”的晋级机会 {n} 次", "再获得“{of}”的晋级机会 {more} 次",
    ),
    "tier": FactWords({"in": "会员等级为{any}", "not in": "会员等级不是{any}"}, "会员等级：{all}"),
    "segments": FactWords(
        {"has any": "属于{any}", "has all": "同时属于{all}", "has none": "不属于{any}"},
        "所属人群：{all}",
    ),
    "member_days": counted(
        "天", "入会{amount} 天", "入会 {n} 天", "再过 {more} 天（按入会天数计）",
    ),
    "days_since_purchase": counted("天", "距上次消费{amount} 天", "距上次消费 {n} 天"),
    "birthday_month": FactWords(
        {"true": "在生日当月", "false": "不在生日当月"},
        {"true": "生日当月", "false": "非生日当月"},
    ),
    "birthday": FactWords(
        {"true": "在生日当天", "false": "不在生日当天"},
        {"true": "生日当天", "false": "非生日当天"},
    ),
    "stores_collected": FactWords(
        {"has any": "到过{any}", "has all": "集齐{all}", "has none": "没有到过{any}"},
        "已到过的门店：{all}", "到{all}消费",
    ),
    "partners_collected": FactWords(
        {"has any": "到过{any}", "has all": "集齐{all}", "has none": "没有到过{any}"},
        "已到过的商户：{all}", "到{all}消费",
    ),
    "weeks_in_a_row": counted(
        "周", "连续消费{amount} 周", "连续消费 {n} 周", "再连续消费 {more} 周",
    ),
    "months_in_a_row": counted(
        "个月", "连续消费{amount} 个月", "连续消费 {n} 个月", "再连续消费 {more} 个月",
    ),
    "activities": counted(
        "次", "参加“{of}”{amount} 次", "参加“{of}” {n} 次", "再参加“{of}” {more} 次",
    ),
    "first_purchase": FactWords(
        {"true": "首次消费", "false": "非首次消费"}, {"true": "首次消费", "false": "非首次消费"},
    ),
    "weekday": FactWords({"in": "在{any}", "not in": "不在{any}"}, "星期：{all}"),
    "hour": FactWords(
        {
            ">=": "{n} 点及以后", ">": "{next} 点及以后", "<": "{n} 点之前",
            "<=": "{next} 点之前", "=": "{n} 点至 {next} 点之间",
            "!=": "{n} 点至 {next} 点以外",
        },
        "{n} 点至 {next} 点之间",
    ),
    "day_of_month": FactWords(
        {
            ">=": "每月 {n} 日及以后", ">": "每月 {n} 日之后", "<": "每月 {n} 日之前",
            "<=": "每月 {n} 日及以前", "=": "每月 {n} 日", "!=": "每月 {n} 日以外",
        },
        "当月 {n} 日",
    ),
    "holidays": FactWords(
        {"has any": "在{any}", "has all": "适逢{all}", "has none": "不在{any}"}, "节日：{all}",
    ),
    "partner": FactWords({"in": "在{any}消费", "not in": "不在{any}消费"}, "商户：{all}"),
    "store": FactWords({"in": "在{any}消费", "not in": "不在{any}消费"}, "门店：{all}"),
    "channel": FactWords({"in": "通过{any}购买", "not in": "不通过{any}购买"}, "购买渠道：{all}"),
    "purchase_total": FactWords("单笔消费{amount}", "单笔消费 {n}", "本笔再消费 {more}"),
    "categories": FactWords(
        {"has any": "购买{any}", "has all": "同时购买{all}", "has none": "不含{any}"},
        "所购品类：{all}",
    ),
    "skus": FactWords(
        {"has any": "购买商品{any}", "has all": "同时购买商品{all}", "has none": "不含商品{any}"},
        "所购商品：{all}",
    ),
}  # fmt: skip

SIMPLIFIED = Tongue(
    facts=_FACTS,
    operators={
        ">=": "满 {n}", ">": "超过 {n}", "<=": "不超过 {n}", "<": "不足 {n}",
        "=": "正好 {n}", "!=": "不等于 {n}",
    },
    windows={
        Span.DAY: "单日", Span.DAYS: "{n} 天内", Span.MONTHS: "{n} 个月内",
        Span.CALENDAR_MONTH: "单个自然月内", Span.CALENDAR_YEAR: "单个自然年内",
        Span.MEMBERSHIP_YEAR: "单个会员年度内", Span.EVER: "累计",
    },
    one={Span.DAYS: "单日", Span.MONTHS: "一个月内"},
    when={
        Span.DAY: "{day}当日", Span.DAYS: "截至 {day}的 {n} 天内",
        Span.MONTHS: "截至 {day}的 {n} 个月内", Span.CALENDAR_MONTH: "{month}",
        Span.CALENDAR_YEAR: "{year} 年", Span.MEMBERSHIP_YEAR: "{day}所在的会员年度内",
        Span.EVER: "截至 {day}累计",
    },
    today="今天",
    by="{day}（含）前",
    count="{found}",
    counted="{when}{text}（要求{amount} {noun}）",
    known="{when}{text}",
    same_day="{text}",
    compared="{when}{text}（要求{amount} {noun}）",
    either=("，", "，或"),
    both=("，", "，且"),
    aside="（{text}）",
    opposite="不符合“{text}”",
    failed="{text}（要求：{wants}）",
    unknown="未知：{text}",
    nothing="无",
    pause="",
    goals={
        "": "{text}，即可获得{goal}", "tier": "{text}，即可升级为{goal}",
        "challenge": "{text}，即可完成“{goal}”",
    },
    choices={
        "weekday": {
            "monday": "周一", "tuesday": "周二", "wednesday": "周三", "thursday": "周四",
            "friday": "周五", "saturday": "周六", "sunday": "周日",
        },
        "channel": {"store": "门店", "online": "网店", "app": "App", "kiosk": "自助机"},
    },
)  # fmt: skip
