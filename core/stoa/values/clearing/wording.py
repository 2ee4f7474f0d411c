"""Wording: a statement as a sheet, in the words of each language.

What is owed and what is paid out is said in words beside the sign, so that nobody has to know which
way a minus points.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from stoa.values.amounts import minor_exponent
from stoa.values.clearing.lines import ON_STATEMENTS, Line
from stoa.values.clearing.statements import Entity, Rated, Statement, StatementLine
from stoa.values.languages import closest
from stoa.values.sheets import Amount, Cell, Column, Fact, Row, Sheet, Table

__all__ = ["LINES", "WORDS", "statement_sheet"]

_EXACT = 4

_ENGLISH = {
    "title": "Statement of account", "from": "Operator", "to": "Partner", "period": "Period",
    "issued_on": "Issued on", "due": "Due by", "disputes": "Disputes until",
    "money": "Money", "mode": "Clearing", "POOL": "pool", "ISSUER_PAYS": "issuer pays",
    "tax_number": "Tax number", "account": "Account", "bic": "BIC", "lines": "What happened",
    "line": "Line", "with": "With", "points": "Points", "rate": "Per point", "amount": "Amount",
    "rounded": "Rounded", "tax": "Tax", "opening": "Opening balance", "closing": "Closing balance",
    "owes": "To be paid by the partner", "owed": "To be paid to the partner",
    "even": "Nothing is owed", "settled": "Settled in {currency}",
    "fx": "1 {base} = {rate} {quote} on {day}, rate no. {id}",
    "points_title": "Points of this partner", "taxes": "Taxes by line", "code": "Code",
    "percent": "Rate", "base": "Net", "late": "late, of {days}", "memo": "to itself, a memo",
    "signs": "Amounts above zero are owed by the partner, those below zero are owed to it.",
    "frozen": "Frozen with SHA-256 {hash}.",
    "several": "several",
    "p_opening": "Opening", "p_issued": "Issued", "p_clawback": "Taken back",
    "p_burned": "Redeemed", "p_expired": "Expired", "p_adjusted": "Adjusted and moved",
    "p_closing": "Closing",
}  # fmt: skip
_SIMPLIFIED = {
    "title": "对账单", "from": "运营方", "to": "合作商户", "period": "账期",
    "issued_on": "出具日期", "due": "付款期限", "disputes": "异议期限",
    "money": "币种", "mode": "清算方式", "POOL": "资金池", "ISSUER_PAYS": "发放方付款",
    "tax_number": "税号", "account": "账号", "bic": "BIC", "lines": "本期明细",
    "line": "项目", "with": "对方", "points": "积分", "rate": "每分单价", "amount": "金额",
    "rounded": "取整金额", "tax": "税额", "opening": "期初余额", "closing": "期末余额",
    "owes": "合作商户应付", "owed": "应付合作商户", "even": "无应付款项",
    "settled": "以 {currency} 结算",
    "fx": "{day} 汇率：1 {base} = {rate} {quote}，汇率编号 {id}",
    "points_title": "本商户积分", "taxes": "各项税额", "code": "税码", "percent": "税率",
    "base": "不含税金额", "late": "补记，业务日期 {days}", "memo": "付给自己，仅作备忘",
    "signs": "金额为正由合作商户支付，为负支付给合作商户。",
    "frozen": "本单已冻结，SHA-256 为 {hash}。",
    "several": "多个",
    "p_opening": "期初", "p_issued": "发放", "p_clawback": "收回", "p_burned": "兑换",
    "p_expired": "过期", "p_adjusted": "调整与转移", "p_closing": "期末",
}  # fmt: skip
_TRADITIONAL = {
    "title": "對賬單", "from": "營運方", "to": "合作商戶", "period": "賬期",
    "issued_on": "出具日期", "due": "付款期限", "disputes": "異議期限",
    "money": "幣種", "mode": "清算方式", "POOL": "資金池", "ISSUER_PAYS": "發放方付款",
    "tax_number": "稅號", "account": "賬號", "bic": "BIC", "lines": "本期明細",
    "line": "項目", "with": "對方", "points": "積分", "rate": "每分單價", "amount": "金額",
    "rounded": "取整金額", "tax": "稅額", "opening": "期初餘額", "closing": "期末餘額",
    "owes": "合作商戶應付", "owed": "應付合作商戶", "even": "無應付款項",
    "settled": "以 {currency} 結算",
    "fx": "{day} 匯率：1 {base} = {rate} {quote}，匯率編號 {id}",
    "points_title": "本商戶積分", "taxes": "各項稅額", "code": "稅碼", "percent": "稅率",
    "base": "不含稅金額", "late": "補記，業務日期 {days}", "memo": "付給自己，僅作備忘",
    "signs": "金額為正由合作商戶支付，為負支付給合作商戶。",
    "frozen": "本單已凍結，SHA-256 為 {hash}。",
    "several": "多個",
    "p_opening": "期初", "p_issued": "發放", "p_clawback": "收回", "p_burned": "兌換",
    "p_expired": "過期", "p_adjusted": "調整與轉移", "p_closing": "期末",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": _ENGLISH, "zh-Hans": _SIMPLIFIED, "zh-Hant": _TRADITIONAL}
)
"""What papers say, by language."""

LINES: Mapping[str, Mapping[Line, str]] = MappingProxyType(
    {
        "en": {
            Line.ISSUED: "Points issued", Line.CLAWBACK: "Taken back by returns",
            Line.BURNED: "Points redeemed", Line.BENEFITS: "Benefits",
            Line.COUPONS: "Coupons", Line.ADJUSTMENTS: "Adjustments", Line.FEES: "Fees",
            Line.PACKS: "Packs of points", Line.DISPUTES: "Disputes", Line.TAX: "Tax",
            Line.PAYMENTS: "Payments",
        },
        "zh-Hans": {
            Line.ISSUED: "发放积分", Line.CLAWBACK: "退货收回", Line.BURNED: "兑换积分",
            Line.BENEFITS: "权益", Line.COUPONS: "优惠券", Line.ADJUSTMENTS: "调整",
            Line.FEES: "服务费", Line.PACKS: "积分包", Line.DISPUTES: "争议", Line.TAX: "税",
            Line.PAYMENTS: "付款",
        },
        "zh-Hant": {
            Line.ISSUED: "發放積分", Line.CLAWBACK: "退貨收回", Line.BURNED: "兌換積分",
            Line.BENEFITS: "權益", Line.COUPONS: "優惠券", Line.ADJUSTMENTS: "調整",
            Line.FEES: "服務費", Line.PACKS: "積分包", Line.DISPUTES: "爭議", Line.TAX: "稅",
            Line.PAYMENTS: "付款",
        },
    }
)  # fmt: skip
"""What each line of a statement is called, by language."""


def statement_sheet(statement: Statement, *, language: str, at: datetime) -> Sheet:
    """Return a statement as a sheet.

    Args:
        language: BCP 47; the closest of ours is written.
        at: when it was issued.
    """
    tag = closest(language)
    words = WORDS[tag]
    tables = [_lines(statement, words, LINES[tag]), _points(statement, words)]
    if any(each.tax_code for each in statement.lines):
        tables.insert(1, _taxes(statement, words, LINES[tag]))
    notes = [words["signs"]]
    if statement.fx is not None:
        fx = statement.fx
        notes.append(
            words["fx"].format(
                base=fx.base, quote=fx.quote, rate=f"{fx.rate.normalize():f}", id=fx.id,
                day=fx.business_date.isoformat(),
            )
        )  # fmt: skip
    notes.append(words["frozen"].format(hash=statement.sha256))
    sides = [(words["from"], _side(statement.operator, words))]
    if statement.partner.code:
        sides.append((words["to"], _side(statement.partner, words)))
    return Sheet(
        words["title"], statement.no, tag, at, tuple(sides),
        _facts(statement, words), tuple(tables), tuple(notes),
    )  # fmt: skip


def _side(entity: Entity, words: Mapping[str, str]) -> tuple[str, ...]:
    numbers = [
        f"{words[name]} {getattr(entity, name)}"
        for name in ("tax_number", "account", "bic")
        if getattr(entity, name)
    ]
    return (entity.name, *entity.address, *numbers)


def _facts(statement: Statement, words: Mapping[str, str]) -> tuple[Fact, ...]:
    days = [
        Fact(words[label], day)
        for label, day in (
            ("issued_on", statement.issued_on), ("due", statement.due),
            ("disputes", statement.disputes_until),
        )
        if day is not None
    ]  # fmt: skip
    return (
        Fact(words["period"], statement.period),
        Fact(words["mode"], words.get(statement.mode, statement.mode)),
        Fact(words["money"], statement.money_currency),
        *days,
    )


def _lines(statement: Statement, words: Mapping[str, str], lines: Mapping[Line, str]) -> Table:
    money = statement.money_currency
    labels = ("line", "with", "points", "rate", "amount", "rounded")
    columns = tuple(
        Column(f"{words[label]} ({money})" if label == "rounded" else words[label], place > 1)
        for place, label in enumerate(labels)
    )
    rows = [_total(words["opening"], statement.opening_minor, money)]
    for kind in ON_STATEMENTS:
        for each in statement.lines_of(kind):
            rows.extend(_parts(each, words, lines[kind], money))
    rows.append(_total(words["closing"], statement.closing_minor, money))
    closing = statement.closing_minor
    said = words["owes"] if closing > 0 else words["owed"] if closing < 0 else words["even"]
    if statement.partner.code:  # the operator's own is a book, and nobody pays by it
        rows.append(_total(said, abs(closing), money))
    if statement.settlement_currency != money:
        settled = words["settled"].format(currency=statement.settlement_currency)
        rows.append(_total(settled, abs(statement.settlement_minor), statement.settlement_currency))
    return Table(words["lines"], columns, tuple(rows))


def _parts(each: StatementLine, words: Mapping[str, str], name: str, money: str) -> list[Row]:
    """Return a line, and below it what it is at each rate, where it has several."""
    said = [name]
    if each.memo:
        said.append(words["memo"])
    if each.late:
        days = ", ".join(day.isoformat() for day in each.late)
        said.append(words["late"].format(days=days))
    label = said[0] if len(said) == 1 else f"{said[0]} ({'; '.join(said[1:])})"
    several = len(each.rates) > 1 and each.points != 0
    rate: Cell = words["several"] if several else _rate(each.rate if each.points else None)
    rows = [
        Row((
            label, each.counterparty or None, each.points or None, rate,
            Amount(each.amount, _EXACT), Amount(_major(each.minor, money), minor_exponent(money)),
        ))
    ]  # fmt: skip
    if several:
        rows.extend(_at_rate(part) for part in each.rates)
    return rows


def _at_rate(part: Rated) -> Row:
    amount = Amount(part.amount, _EXACT)
    return Row((None, None, part.points or None, _rate(part.rate), amount, None))


def _rate(rate: Decimal | None) -> Cell:
    return Amount(rate, 6) if rate else None


def _total(label: str, minor: int, money: str) -> Row:
    amount = Amount(_major(minor, money), minor_exponent(money))
    return Row((label, None, None, None, None, amount), total=True)


def _taxes(statement: Statement, words: Mapping[str, str], lines: Mapping[Line, str]) -> Table:
    money = statement.money_currency
    labels = ("line", "code", "percent", "base", "tax")
    columns = tuple(Column(words[label], place > 1) for place, label in enumerate(labels))
    rows = [
        Row((
            lines[Line(each.line)], each.tax_code,
            None if each.tax_rate is None else f"{(each.tax_rate * 100).normalize():f} %",
            Amount(_major(each.minor, money), minor_exponent(money)),
            Amount(_major(each.tax_minor, money), minor_exponent(money)),
        ))
        for each in statement.lines
        if each.tax_code and each.line != Line.TAX
    ]  # fmt: skip
    return Table(words["taxes"], columns, tuple(rows))


def _points(statement: Statement, words: Mapping[str, str]) -> Table:
    account = statement.points
    rows = [
        Row((words[f"p_{name}"], getattr(account, name)), total=name == "closing")
        for name in ("opening", "issued", "clawback", "burned", "expired", "adjusted", "closing")
    ]
    columns = (Column(words["line"]), Column(words["points"], number=True))
    return Table(words["points_title"], columns, tuple(rows))


def _major(minor: int, money: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_exponent(money))
