"""A mapping is read whole, and every mistake in it is told with its place."""

import pytest

from stoa.values.amounts import Rounding
from stoa.values.mapping import ISO, read_mapping
from stoa.values.sections import InvalidDocumentError

WHOLE = """
tell = true
[file]
encoding = "latin-1"
delimiter = ";"
[columns]
receipt = "no"
article = "sku"
quantity = "n"
occurred_at = "at"
member = "who"
amount = "sum"
ignored = ["note"]
[time]
format = "%d.%m.%Y"
zone = "Europe/London"
[money]
currency = "GBP"
rounding = "half_even"
[member]
kind = "partner_ref"
partner = "bags"
enrol = true
name = "Guest {value}"
[articles]
none = "P"
[returns]
receipt_prefix = "C"
negative_quantity = false
[[shops]]
prefix = "2."
partner = "bags"
store = "one"
[[shops]]
pattern = "[34]"
partner = "party"
[[shops]]
any = true
partner = "bazaar"
"""


def broken(*changes: tuple[str, str]) -> dict[str, list[str]]:
    """Return what is told of the mapping with some texts replaced."""
    text = WHOLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(InvalidDocumentError) as refused:
        read_mapping(text)
    return refused.value.errors


def test_a_whole_mapping_is_read() -> None:
    mapping = read_mapping(WHOLE)
    assert (mapping.encoding, mapping.delimiter, mapping.time_format) == (
        "latin-1",
        ";",
        "%d.%m.%Y",
    )
    assert (mapping.currency, mapping.rounding, mapping.tell) == ("GBP", Rounding.HALF_EVEN, True)
    assert mapping.columns.used == {
        "receipt": "no", "article": "sku", "quantity": "n", "occurred_at": "at", "member": "who",
        "amount": "sum",
    }  # fmt: skip
    assert mapping.member.partner == "bags"
    assert mapping.no_article is not None
    assert not mapping.returns.negative_quantity
    fitting = [
        next(rule.partner for rule in mapping.shops if rule.pattern.match(article))
        for article in ("2.5", "25", "31", "P")
    ]
    assert fitting == ["bags", "bazaar", "party", "bazaar"]


def test_little_is_needed() -> None:
    mapping = read_mapping("""
[columns]
receipt = "no"
article = "sku"
quantity = "n"
occurred_at = "at"
member = "who"
unit_price = "price"
shop = "shop"
[time]
zone = "Asia/Shanghai"
[money]
currency = "CNY"
""")
    assert (mapping.encoding, mapping.delimiter) == ("utf-8-sig", ",")
    assert (mapping.time_format, mapping.rounding) == (ISO, Rounding.HALF_UP)
    assert (mapping.member.kind, mapping.member.enrol) == ("partner_ref", False)
    assert (mapping.no_article, mapping.shops, mapping.tell) == (None, (), False)
    assert mapping.returns.negative_quantity


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    digest = read_mapping(WHOLE).digest
    assert read_mapping("# a remark\n" + WHOLE).digest == digest
    assert read_mapping(WHOLE.replace("tell = true", "tell = false")).digest != digest


@pytest.mark.parametrize(
    ("old", "new", "path", "text"),
    [
        ('encoding = "latin-1"', 'encoding = "klingon"', "file.encoding", "no such encoding"),
        ('delimiter = ";"', 'delimiter = ";;"', "file.delimiter", "one character"),
        ('receipt = "no"\n', "", "columns.receipt", "missing"),
        ('receipt = "no"', "receipt = 7", "columns.receipt", "Write a text"),
        ('amount = "sum"\n', "", "columns.unit_price", "unit prices or one of amounts"),
        ('amount = "sum"', 'amount = "sum"\nunit_price = "p"', "columns.unit_price", "not both"),
        ('ignored = ["note"]', 'ignored = "note"', "columns.ignored", "list of texts"),
        ('article = "sku"', 'article = "sku"\narticel = "x"', "columns.articel", "no such name"),
        ('zone = "Europe/London"', 'zone = "Mars"', "time.zone", "no IANA time zone"),
        ('currency = "GBP"', 'currency = "pounds"', "money.currency", "ISO 4217"),
        ('rounding = "half_even"', 'rounding = "away"', "money.rounding", "Choose one of down"),
        ('kind = "partner_ref"', 'kind = "phone"', "member.partner", "Only a partner_ref"),
        ('kind = "partner_ref"', 'kind = "name"', "member.kind", "Choose one of partner_ref"),
        ("enrol = true", 'enrol = "yes"', "member.enrol", "true or false"),
        ('none = "P"', 'none = "("', "articles.none", "no regular expression"),
        ('pattern = "[34]"', 'pattern = "["', "shops.2.pattern", "no regular expression"),
        ('pattern = "[34]"\n', "", "shops.2", "one of prefix, pattern and any"),
        ("any = true", 'any = true\nprefix = "9"', "shops.3", "one of prefix, pattern and any"),
        ('partner = "party"\n', "", "shops.2.partner", "missing"),
        ("tell = true", 'tell = "no"', "tell", "true or false"),
        ("tell = true", "sell = true", "sell", "no such name"),
        ("[money]", "[[money]]", "money", "Write a table"),
    ],
)
def test_a_mistake_is_told_with_its_path(old: str, new: str, path: str, text: str) -> None:
    errors = broken((old, new))
    assert path in errors
    assert any(text in each for each in errors[path])


def test_without_rules_there_has_to_be_a_column_of_shops() -> None:
    head, _, _ = WHOLE.partition("[[shops]]")
    with pytest.raises(InvalidDocumentError) as refused:
        read_mapping(head)
    assert list(refused.value.errors) == ["shops"]


def test_all_mistakes_are_told_at_once() -> None:
    errors = broken(('receipt = "no"\n', ""), ('currency = "GBP"', 'currency = "x"'))
    assert {"columns.receipt", "money.currency"} <= set(errors)


def test_text_that_is_no_toml_is_told_with_line_and_column() -> None:
    with pytest.raises(InvalidDocumentError, match=r"line 2, column"):
        read_mapping("[columns]\nreceipt = no\n")
