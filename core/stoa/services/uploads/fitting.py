"""Which column of a file is what: guessed from its names, said by a form, turned into a mapping."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from stoa.services.uploads.reading import rows_of
from stoa.values.mapping import ImportMapping, read_mapping

__all__ = ["FIELDS", "columns_of", "fitted", "guesses", "mapping_text", "openings_of"]

FIELDS: Mapping[str, tuple[tuple[str, bool], ...]] = MappingProxyType(
    {
        "purchases": (
            ("receipt", True), ("occurred_at", True), ("member", True), ("article", True),
            ("quantity", True), ("price", True), ("shop", False), ("category", False),
            ("unit", False), ("terminal", False),
        ),
        "openings": (
            ("value", True), ("points", True), ("kind", False), ("expires_on", False),
            ("earned_on", False), ("reference", False), ("partner", False),
        ),
    }
)  # fmt: skip
"""What columns may hold, by what is imported, and whether the file must have it."""

_NAMES = {
    "receipt": "receipt receiptno receiptnumber invoice invoiceno bill billno ticket order orderno"
    " 小票号 单号 收据号 發票號 單號",
    "occurred_at": "occurredat time datetime date soldat purchasedat invoicedate timestamp"
    " 时间 日期 时刻 時間",
    "member": "member memberno card cardno customer customerid phone email"
    " 会员 卡号 手机号 會員 卡號",
    "article": "article sku item itemno product stockcode ean 商品 货号 商品编码 貨號",
    "quantity": "quantity qty count pieces 数量 數量",
    "price": "price unitprice amount total net sum 单价 金额 單價 金額",
    "shop": "shop store storecode branch outlet 门店 店铺 門店",
    "category": "category department group 品类 类别 類別",
    "unit": "unit uom 单位 單位",
    "terminal": "terminal till register pos 收银机 終端",
    "value": "value member card cardno phone email number 会员 卡号 手机号 會員 卡號",
    "points": "points balance 积分 余额 積分",
    "kind": "kind type 类型 種類",
    "expires_on": "expireson expires expiry validuntil 到期日 有效期",
    "earned_on": "earnedon earned 获得日 獲得日",
    "reference": "reference ref note 备注 備註",
    "partner": "partner brand 商户 品牌 商戶",
}
_TOTALS = frozenset(["amount", "total", "net", "sum", "金额", "金額"])
_PLAIN = re.compile(r"[\W_]+")


def guesses(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Return what a form may begin with: for each field the column that sounds like it."""
    plain = {_PLAIN.sub("", column).lower(): column for column in reversed(columns)}
    given: dict[str, str] = {}
    for field, _ in FIELDS[kind]:
        found = next((plain[name] for name in _NAMES[field].split() if name in plain), "")
        given[field] = "" if found in given.values() else found
    if _PLAIN.sub("", given.get("price", "")).lower() in _TOTALS:
        given["price_is"] = "amount"
    return given


def columns_of(given: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return the columns that are read, by what they are."""
    return {field: given[field] for field, _ in FIELDS[kind] if given.get(field)}


def mapping_text(given: Mapping[str, str], columns: Sequence[str]) -> str:
    """Return the document of a mapping for purchases, as `docs/import.md` tells it.

    Args:
        given: what a form said; empty fields are left out.
        columns: those of the file; what is not read is named as ignored.
    """
    used = columns_of(given, "purchases")
    price = used.pop("price", "")
    if price:
        used["amount" if given.get("price_is") == "amount" else "unit_price"] = price
    store = given.get("store", "")
    if store:
        used.pop("shop", None)
    ignored = [name for name in columns if name not in used.values()]
    lines = [f"tell = {_flag(given, 'tell')}", "[columns]"]
    lines += [f"{field} = {_text(column)}" for field, column in used.items()]
    lines.append(f"ignored = [{', '.join(map(_text, ignored))}]")
    lines += ["[time]", f"format = {_text(given.get('time_format') or 'iso')}"]
    lines.append(f"zone = {_text(given.get('zone', ''))}")
    lines += ["[money]", f"currency = {_text(given.get('currency', ''))}"]
    lines += ["[member]", f"kind = {_text(given.get('member_kind') or 'card')}"]
    lines.append(f"enrol = {_flag(given, 'enrol')}")
    lines += ["[returns]", "negative_quantity = true"]
    if given.get("receipt_prefix"):
        lines.append(f"receipt_prefix = {_text(given['receipt_prefix'])}")
    if store:
        partner, _, code = store.partition("/")
        lines += ["[[shops]]", "any = true", f"partner = {_text(partner)}"]
        lines.append(f"store = {_text(code)}")
    return "\n".join(lines) + "\n"


def fitted(given: Mapping[str, str], columns: Sequence[str]) -> ImportMapping:
    """Return the mapping for purchases that a form said.

    Raises:
        InvalidDocumentError: it does not fit; every mistake is named.
    """
    return read_mapping(mapping_text(given, columns))


def openings_of(given: Mapping[str, str], content: bytes) -> bytes:
    """Return a file with the columns that opening balances have, its lines where they were."""
    used = columns_of(given, "openings")
    fields = ["kind", "value", "points", "expires_on", "reference"]
    fields += [name for name in ("earned_on", "partner") if name in used]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    header: list[str] = []
    places: dict[str, int] = {}
    for _, row in rows_of(content):
        if not header:
            header = row
            writer.writerow(fields)
            places = {field: header.index(column) for field, column in used.items()}
        elif len(row) != len(header):
            writer.writerow(row and ["?"] * (len(fields) + 1))
        else:
            texts = {field: row[place] for field, place in places.items()}
            kind = texts.get("kind", "").strip().lower() or given.get("member_kind") or "card"
            told = texts | {"kind": kind}
            writer.writerow([told.get(field, "").replace("\n", " ") for field in fields])
    return out.getvalue().encode()


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _flag(given: Mapping[str, str], name: str) -> str:
    return "true" if given.get(name) else "false"
