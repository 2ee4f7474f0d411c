"""Conditions in Chinese as it is written in Hong Kong and Taiwan."""

from stoa.values.conditions.tongues.shape import FactWords, Tongue, counted
from stoa.values.conditions.windows import Span

__all__ = ["TRADITIONAL"]

_FACTS = {
    "spend": FactWords("{window}消費{amount}", "消費 {n}", "{until}再消費 {more}"),
    "visits": counted("次", "{window}光顧{amount} 次", "光顧 {n} 次", "{until}再光顧 {more} 次"),
    "purchases": counted(
        "筆", "{window}消費{amount} 筆", "消費 {n} 筆", "{until}再消費 {more} 筆",
    ),
    "partners_visited": counted(
        "家", "{window}到不同商戶消費{amount} 家",
        "到不同商戶消費 {n} 家", "{until}再到 {more} 家商戶消費",
    ),
    "stores_visited": counted(
        "家", "{window}到不同分店消費{amount} 家",
        "到不同分店消費 {n} 家", "{until}再到 {more} 家分店消費",
    ),
    "qualifying_points": counted(
        "分", "{window}賺取定級積分{amount} 分",
        "定級積分 {n} 分", "{until}再賺取 {more} 分定級積分",
    ),
    "purchasing_referrals": counted(
        "人", "{window}邀請好友並完成首次消費{amount} 人",
        "受邀好友完成首次消費 {n} 人", "{until}再邀請 {more} 位好友完成首次消費",
    ),
    "invitees_in_tier": counted(
        "人", "所邀好友中晉升為{of}的{amount} 人",
        "所邀好友中晉升為{of}的有 {n} 人", "再有 {more} 位所邀好友晉升為{of}",
    ),
    "challenges_done": counted(
        "次", "{window}完成「{of}」{amount} 次",
        "完成「{of}」{n} 次", "{until}再完成「{of}」{more} 次",
    ),
    "chances": counted(
        "次", "持有「{of}」的晉級機會{amount} 次",
        "持有「{of}」的晉級機會 {n} 次", "再取得「{of}」的晉級機會 {more} 次",
    ),
    "tier": FactWords({"in": "會員等級為{any}", "not in": "會員等級不是{any}"}, "會員等級：{all}"),
    "segments": FactWords(
        {"has any": "屬於{any}", "has all": "同時屬於{all}", "has none": "不屬於{any}"},
        "所屬客群：{all}",
    ),
    "member_days": counted(
        "天", "入會{amount} 天", "入會 {n} 天", "再過 {more} 天（按入會日數計）",
    ),
    "days_since_purchase": counted("天", "距離上次消費{amount} 天", "距離上次消費 {n} 天"),
    "birthday_month": FactWords(
        {"true": "於生日月份", "false": "非生日月份"}, {"true": "生日月份", "false": "非生日月份"},
    ),
    "birthday": FactWords(
        {"true": "於生日當天", "false": "非生日當天"}, {"true": "生日當天", "false": "非生日當天"},
    ),
    "stores_collected": FactWords(
        {"has any": "到過{any}", "has all": "集齊{all}", "has none": "未曾到過{any}"},
        "已到過的分店：{all}", "到{all}消費",
    ),
    "partners_collected": FactWords(
        {"has any": "到過{any}", "has all": "集齊{all}", "has none": "未曾到過{any}"},
        "已到過的商戶：{all}", "到{all}消費",
    ),
    "weeks_in_a_row": counted(
        "週", "連續消費{amount} 週", "連續消費 {n} 週", "再連續消費 {more} 週",
    ),
    "months_in_a_row": counted(
        "個月", "連續消費{amount} 個月", "連續消費 {n} 個月", "再連續消費 {more} 個月",
    ),
    "activities": counted(
        "次", "參加「{of}」{amount} 次", "參加「{of}」{n} 次", "再參加「{of}」{more} 次",
    ),
    "first_purchase": FactWords(
        {"true": "首次消費", "false": "非首次消費"}, {"true": "首次消費", "false": "非首次消費"},
    ),
    "weekday": FactWords({"in": "逢{any}", "not in": "{any}除外"}, "星期：{all}"),
    "hour": FactWords(
        {
            ">=": "{n} 時或之後", ">": "{next} 時或之後", "<": "{n} 時之前",
            "<=": "{next} 時之前", "=": "{n} 時至 {next} 時",
            "!=": "{n} 時至 {next} 時除外",
        },
        "{n} 時至 {next} 時",
    ),
    "day_of_month": FactWords(
        {
            ">=": "每月 {n} 日或之後", ">": "每月 {n} 日之後", "<": "每月 {n} 日之前",
            "<=": "每月 {n} 日或之前", "=": "每月 {n} 日", "!=": "每月 {n} 日除外",
        },
        "當月 {n} 日",
    ),
    "holidays": FactWords(
        {"has any": "於{any}", "has all": "適逢{all}", "has none": "{any}除外"}, "節日：{all}",
    ),
    "partner": FactWords({"in": "於{any}消費", "not in": "於{any}以外消費"}, "商戶：{all}"),
    "store": FactWords({"in": "於{any}消費", "not in": "於{any}以外消費"}, "分店：{all}"),
    "channel": FactWords(
        {"in": "經{any}購買", "not in": "經{any}以外的途徑購買"}, "購買途徑：{all}",
    ),
    "purchase_total": FactWords("單筆消費{amount}", "單筆消費 {n}", "本筆再消費 {more}"),
    "categories": FactWords(
        {"has any": "購買{any}", "has all": "同時購買{all}", "has none": "不包括{any}"},
        "所購類別：{all}",
    ),
    "skus": FactWords(
        {
            "has any": "購買貨品{any}", "has all": "同時購買貨品{all}",
            "has none": "不包括貨品{any}",
        },
        "所購貨品：{all}",
    ),
}  # fmt: skip

TRADITIONAL = Tongue(
    facts=_FACTS,
    operators={
        ">=": "滿 {n}", ">": "超過 {n}", "<=": "不多於 {n}", "<": "少於 {n}",
        "=": "剛好 {n}", "!=": "不等於 {n}",
    },
    windows={
        Span.DAY: "單日", Span.DAYS: "{n} 天內", Span.MONTHS: "{n} 個月內",
        Span.CALENDAR_MONTH: "同一曆月內", Span.CALENDAR_YEAR: "同一曆年內",
        Span.MEMBERSHIP_YEAR: "同一會員年度內", Span.EVER: "累計",
    },
    one={Span.DAYS: "單日", Span.MONTHS: "一個月內"},
    when={
        Span.DAY: "{day}當日", Span.DAYS: "截至 {day}的 {n} 天內",
        Span.MONTHS: "截至 {day}的 {n} 個月內", Span.CALENDAR_MONTH: "{month}",
        Span.CALENDAR_YEAR: "{year} 年", Span.MEMBERSHIP_YEAR: "{day}所屬的會員年度內",
        Span.EVER: "截至 {day}累計",
    },
    today="今天",
    by="{day}或之前",
    count="{found}",
    counted="{when}{text}（要求{amount} {noun}）",
    known="{when}{text}",
    same_day="{text}",
    compared="{when}{text}（要求{amount} {noun}）",
    either=("，", "，或"),
    both=("，", "，並且"),
    aside="（{text}）",
    opposite="不符合「{text}」",
    failed="{text}（要求：{wants}）",
    unknown="不詳：{text}",
    nothing="沒有",
    pause="",
    goals={
        "": "{text}，即可獲得{goal}", "tier": "{text}，即可晉升為{goal}",
        "challenge": "{text}，即可完成「{goal}」",
    },
    choices={
        "weekday": {
            "monday": "星期一", "tuesday": "星期二", "wednesday": "星期三",
            "thursday": "星期四", "friday": "星期五", "saturday": "星期六", "sunday": "星期日",
        },
        "channel": {
            "store": "分店", "online": "網上商店", "app": "手機應用程式", "kiosk": "自助服務機",
        },
    },
)  # fmt: skip
