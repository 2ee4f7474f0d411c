"""Finding: each kind by its names and numbers, as few statements as kinds, nothing of others."""

import pytest

from stoa.services import earning, finding, redemption
from stoa.services.finding import KINDS, Found
from stoa.services.redemption import Ask
from stoa.statements import Line
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from world import Coalition, a_key, met


def found(desk: Desk, text: str, *kinds: str) -> list[Found]:
    """Return what is found of some kinds, or of all."""
    with desk.work(Actor("cli")) as work:
        return finding.find(work, text, kinds or KINDS)


def test_a_member_is_found_by_name_and_by_every_number(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member("Ada Lovelace", phone="+8613800138000", email="ada@example.org")
    coalition.a_member("Madam Ada")
    card = ada.token.value
    spaced = " ".join(card[place : place + 4] for place in range(0, len(card), 4))
    for text in ("ada l", "ADA LOVELACE", "+86 138 0013 8000", "8613800138000", "ada@EXAMPLE.org",
                 card, spaced, public_id("mem", ada.id)):  # fmt: skip
        hits = found(desk, text, "member")
        assert [each.name for each in hits] == ["Ada Lovelace"], text
        assert hits[0].key == public_id("mem", ada.id)
    assert found(desk, "lovelace", "member") == []  # the beginning alone, which has an index
    assert found(desk, "a", "member") == []
    assert found(desk, "a%_\\", "member") == []


def test_purchases_and_redemptions_are_found_by_receipt_and_id(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member("Ada")
    with desk.work(coalition.as_grocery()) as work:
        bought = earning.earn(
            work, coalition.a_purchase(ada, "880.00", receipt_no="R-77"), key=a_key()
        )
    with desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 100), key=a_key())
    key = public_id("pur", bought.purchase_id)
    by_receipt = found(desk, "R-77", "purchase")
    assert [(each.key, each.place) for each in by_receipt] == [(key, (public_id("mem", ada.id), 1))]
    assert by_receipt == found(desk, key, "purchase")
    assert found(desk, "R-7", "purchase") == []


def test_partners_are_found_by_a_part_of_their_name(desk: Desk, coalition: Coalition) -> None:
    hits = found(desk, "arbour", "partner")
    assert [each.name for each in hits] == ["Harbour Grocery"]
    assert hits[0].key == public_id("prt", coalition.grocery)


def test_a_search_costs_a_statement_a_kind(
    desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        coalition.a_member(f"Person {number:02}")
    sent: list[str] = []
    plain = Line.rows

    def noted(line: Line, statement: str, *rest: object) -> object:
        sent.append(statement)
        return plain(line, statement, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Line, "rows", noted)
    assert len(found(desk, "person")) == finding.MOST
    assert len(sent) == len(KINDS)
    sent.clear()
    assert found(desk, "nobody of this name") == []
    assert len(sent) == len(KINDS)
    sent.clear()
    assert found(desk, "person", "partner") == []
    assert len(sent) == 1
