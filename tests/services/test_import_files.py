"""Reading a file: what a line says, and which lines say nothing we can take."""

import gzip
import lzma
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from sales import HEADER, a_file, a_mapping, a_sale
from stoa.errors import InvalidBodyError
from stoa.services.imports.files import LineReader, digest_of
from stoa.services.imports.lines import Meanings, Shop
from stoa.values.mapping import ImportMapping
from world import NOON

STORE = UUID(int=7)
SHOPS = {("grocery", ""): Shop(STORE, "Asia/Shanghai"), ("cinema", "main"): Shop(STORE, "UTC")}


def read(
    path: Path, mapping: ImportMapping | None = None, *, now: datetime = NOON
) -> tuple[LineReader, list[list[str]]]:
    reader = LineReader(path, mapping or a_mapping(), SHOPS, import_id=UUID(int=1), now=now)
    try:
        text = "".join(reader.blocks())
    finally:
        reader.close()
    return reader, [line.split("\t") for line in text.splitlines()]


def test_a_line_says_what_the_stage_keeps(tmp_path: Path) -> None:
    path = a_file(tmp_path, a_sale("1", " ada ", pieces=3, price="2.50", time="2026-04-20T01:30"))
    reader, staged = read(path)
    assert staged == [
        [
            str(UUID(int=1)), "ada", "2", "f", str(STORE), "", "1", "2026-04-20",
            "2026-04-19T17:30:00+00:00", "tea", "", "ea", "3000", "750",
        ]
    ]  # fmt: skip
    assert (reader.lines, reader.staged, reader.progress) == (1, 1, 1.0)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1,tea,1", "UNREADABLE"),
        (a_sale("1") + ",more", "UNREADABLE"),
        (a_sale("1", pieces=0), "ZERO_QUANTITY"),
        (a_sale("1").replace(",1,", ",one,"), "INVALID_QUANTITY"),
        (a_sale("1").replace(",1,", ",1.2345,"), "INVALID_QUANTITY"),
        (a_sale("1", pieces=10**10), "AMOUNT_TOO_LARGE"),
        (a_sale("1", pieces=10**8, price="1000000"), "AMOUNT_TOO_LARGE"),
        (a_sale("1", price="1e3"), "INVALID_PRICE"),
        (a_sale("1", price=""), "INVALID_PRICE"),
        (a_sale("1", price="-11062.06"), "NEGATIVE_PRICE"),
        (a_sale("1", time="yesterday"), "INVALID_TIME"),
        (a_sale("1", time="2026-05-02"), "OCCURS_IN_FUTURE"),
        (a_sale(""), "INVALID_RECEIPT"),
        (a_sale("1" * 101), "INVALID_RECEIPT"),
        (a_sale("1", article="te\ta"), "INVALID_ARTICLE"),
        (a_sale("1", article=" "), "INVALID_ARTICLE"),
        (a_sale("1", "\x00"), "INVALID_MEMBER"),
        (a_sale("1", shop="bakery"), "STORE_UNKNOWN"),
    ],
)
def test_a_line_that_cant_be_taken_has_its_code(tmp_path: Path, line: str, code: str) -> None:
    reader, staged = read(a_file(tmp_path, a_sale("0"), line, a_sale("2")))
    assert [(row.line, row.code) for row in reader.wrong] == [(3, code)]
    assert reader.counts["rejected"] == 1
    assert [row[6] for row in staged] == ["0", "2"]


def test_a_quantity_below_zero_is_a_return_or_wrong(tmp_path: Path) -> None:
    path = a_file(tmp_path, a_sale("1", pieces=-2), a_sale("C2", pieces=-2), a_sale("C3"))
    _, staged = read(path)
    assert [(row[3], row[12]) for row in staged] == [("t", "2000"), ("t", "2000"), ("t", "1000")]
    strict = a_mapping(("[returns]", "[returns]\nnegative_quantity = false"))
    reader, staged = read(path, strict)
    assert [row.code for row in reader.wrong] == ["NEGATIVE_QUANTITY"]
    assert len(staged) == 2


def test_the_price_of_a_return_is_not_read(tmp_path: Path) -> None:
    reader, staged = read(a_file(tmp_path, a_sale("C1", pieces=-1, price="-3.00")))
    assert (reader.wrong, staged[0][13]) == ([], "0")


@pytest.mark.parametrize(
    ("name", "pack"), [("a.csv", bytes), ("a.csv.gz", gzip.compress), ("a.csv.xz", lzma.compress)]
)
def test_packed_files_are_read_too(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(b"\xef\xbb\xbf" + f"{HEADER}\r\n{a_sale('1')}\r\n\r\n".encode()))
    reader, staged = read(path)
    assert (reader.lines, len(staged)) == (1, 1)


def test_a_line_is_named_by_where_it_begins(tmp_path: Path) -> None:
    path = a_file(tmp_path, a_sale("1"), a_sale('"2\n3"'), "", a_sale("4", price="odd"))
    reader, _ = read(path)
    assert [(row.line, row.code) for row in reader.wrong] == [
        (3, "INVALID_RECEIPT"),
        (6, "INVALID_PRICE"),
    ]


def test_a_field_without_end_is_one_unreadable_line(tmp_path: Path) -> None:
    path = a_file(tmp_path, a_sale("1"), 'x,"' + "y" * 140_000)
    reader, staged = read(path)
    assert [row.code for row in reader.wrong] == ["UNREADABLE"]
    assert len(staged) == 1


def test_bytes_of_another_encoding_spoil_their_line_only(tmp_path: Path) -> None:
    path = a_file(tmp_path, a_sale("1"))
    path.write_bytes(path.read_bytes() + a_sale("2", article="th\u00e9").encode("latin-1") + b"\n")
    reader, staged = read(path)
    assert [row.code for row in reader.wrong] == ["INVALID_ARTICLE"]
    assert len(staged) == 1


@pytest.mark.parametrize("name", ["a.csv.xz", "a.csv.gz"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    pack = lzma.compress if name.endswith("xz") else gzip.compress
    lines = "\n".join([HEADER, *(a_sale(f"{n * 7919 % 9973}") for n in range(9000))])
    whole = pack(lines.encode())
    (tmp_path / name).write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(InvalidBodyError, match="damaged after line"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(InvalidBodyError, match="can't be read"):
        read(tmp_path / name)


def test_columns_that_are_missing_or_not_named_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("receipt,Article,pieces,pieces,time,price,member,shop\n", "utf-8")
    with pytest.raises(InvalidBodyError) as refused:
        read(path)
    errors = refused.value.members["errors"]
    assert list(errors) == ["columns.article", "columns.quantity", "columns.ignored.Article"]
    assert (
        "no column article; its first line names receipt, Article" in errors["columns.article"][0]
    )
    assert "more than one column pieces" in errors["columns.quantity"][0]
    path.write_text("", "utf-8")
    with pytest.raises(InvalidBodyError, match="not valid") as refused:
        read(path)
    assert "names nothing" in refused.value.members["errors"]["columns.receipt"][0]


def test_optional_columns_are_used(tmp_path: Path) -> None:
    mapping = a_mapping(
        ('unit_price = "price"', 'amount = "price"\ncategory = "kind"\nunit = "unit"'),
        ('shop = "shop"', 'shop = "shop"\nterminal = "till"'),
    )
    path = tmp_path / "a.csv"
    path.write_text(
        f"{HEADER},kind,unit,till\n{a_sale('1', pieces=4, price='2.50')},food,kg,t7\n", "utf-8"
    )
    _, staged = read(path, mapping)
    assert staged[0][5] == "t7"
    assert staged[0][10:] == ["food", "kg", "4000", "250"]


def test_rules_of_shops_are_tried_in_their_order() -> None:
    rules = """
[[shops]]
prefix = "1."
partner = "cinema"
store = "main"
[[shops]]
pattern = "[0-9]+$"
partner = "grocery"
[time]"""
    meanings = Meanings(a_mapping(("[time]", rules)), SHOPS, now=NOON)
    assert meanings.stores["1.5"] == (str(STORE), "UTC")
    assert meanings.stores["125"] == (str(STORE), "Asia/Shanghai")
    with pytest.raises(Exception, match="No store is meant"):
        meanings.stores["x125"]


@pytest.mark.parametrize(
    ("kind", "text", "spelt"),
    [
        ("phone", "0086 138-0013-8000", "+8613800138000"),
        ("email", "Ada+shop@Example.org", "ada@example.org"),
        ("card", "4242 4242 4242 4242", "4242424242424242"),
        ("partner_ref", "A\\7", "A\\\\7"),
    ],
)
def test_identifiers_have_one_spelling(kind: str, text: str, spelt: str) -> None:
    mapping = a_mapping(("enrol = true", f'kind = "{kind}"'))
    meanings = Meanings(mapping, SHOPS, now=NOON)
    assert meanings.members[text] == spelt


@pytest.mark.parametrize(
    ("kind", "text"), [("phone", "12"), ("email", "ada"), ("card", "4242 4242 4242 4243")]
)
def test_what_is_no_identifier_is_refused(kind: str, text: str) -> None:
    mapping = a_mapping(("enrol = true", f'kind = "{kind}"'))
    meanings = Meanings(mapping, SHOPS, now=NOON)
    with pytest.raises(Exception, match=r"no |wrong"):
        meanings.members[text]


@pytest.mark.parametrize(
    ("style", "text", "instant"),
    [
        ("%d.%m.%Y %H:%M", "20.04.2026 09:30", "2026-04-20T01:30:00+00:00"),
        ("iso", "2026-04-20T09:30", "2026-04-20T01:30:00+00:00"),
        ("iso", "2026-04-20T09:30:00-04:00", "2026-04-20T13:30:00+00:00"),
        ("%Y-%m-%d %H:%M %z", "2026-04-20 09:30 +0000", "2026-04-20T09:30:00+00:00"),
    ],
)
def test_times_are_read_in_their_format_and_zone(style: str, text: str, instant: str) -> None:
    mapping = a_mapping(('zone = "Asia/Shanghai"', f'zone = "Asia/Shanghai"\nformat = "{style}"'))
    at, _ = Meanings(mapping, SHOPS, now=NOON).times[text, "Asia/Shanghai"]
    assert at == instant


def test_a_day_is_that_of_the_store() -> None:
    meanings = Meanings(a_mapping(), SHOPS, now=NOON)
    assert meanings.times["2026-04-20T23:30", "Asia/Shanghai"][1] == "2026-04-20"
    assert meanings.times["2026-04-20T06:30", "UTC"][1] == "2026-04-19"


def test_the_hour_that_comes_twice_is_the_first() -> None:
    mapping = a_mapping(('zone = "Asia/Shanghai"', 'zone = "Europe/London"'))
    meanings = Meanings(mapping, SHOPS, now=NOON)
    at, _ = meanings.times["2025-10-26T01:30", "UTC"]
    assert datetime.fromisoformat(at).astimezone(ZoneInfo("Europe/London")).fold == 0


def test_money_is_rounded_as_the_mapping_says() -> None:
    for rounding, minor in (("half_up", 1), ("down", 0), ("half_even", 0), ("up", 1)):
        mapping = a_mapping(("[money]", f'[money]\nrounding = "{rounding}"'))
        assert Meanings(mapping, SHOPS, now=NOON).amounts["1", "0.005"] == minor
    yen = a_mapping(('currency = "CNY"', 'currency = "JPY"'))
    assert Meanings(yen, SHOPS, now=NOON).amounts["3", "120"] == 360


def test_texts_are_forgotten_when_they_become_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stoa.services.imports.lines._REMEMBERED", 3)
    meanings = Meanings(a_mapping(), SHOPS, now=NOON)
    for number in range(10):
        assert meanings.words[str(number), "receipt"] == str(number)
        assert len(meanings.words) <= 3


def test_a_digest_is_of_content_and_mapping(tmp_path: Path) -> None:
    one = a_file(tmp_path, a_sale("1"))
    same = a_file(tmp_path, a_sale("1"), name="b.csv")
    other = a_file(tmp_path, a_sale("2"), name="c.csv")
    mapping = a_mapping()
    assert digest_of(one, mapping) == digest_of(same, mapping) != digest_of(other, mapping)
    assert digest_of(one, mapping) == digest_of(one, a_mapping(also="# a remark\n"))
    assert digest_of(one, mapping) != digest_of(one, a_mapping(also="tell = true\n"))
