"""Tables: pages by key in every order, forth and back, and marks that are none."""

from collections import Counter
from uuid import UUID

import pytest

from stoa.errors import InvalidBodyError
from stoa.services import tables
from stoa.services.listings import people
from stoa.services.tables import Order, Table
from stoa.values.listing import Wish, mark_of
from stoa.work import Actor, Desk
from world import Coalition

NUMBERS = Table(
    columns="n",
    source="(SELECT n, n % 3 AS third FROM generate_series(1, 20) AS n) AS numbers",
    key="n",
    key_kind="bigint",
    orders={"size": Order("n::bigint", "bigint"), "third": Order("third::bigint", "bigint")},
    usual="size",
    filters={"from": "n >= %(from)s::int"},
    words="n::text LIKE %(like)s",
)


def walk(desk: Desk, wish: Wish) -> tuple[list[int], list[int]]:
    """Return the numbers of all pages forth, and of all pages back from the last one."""
    forth: list[int] = []
    with desk.work(Actor("cli")) as work:
        page = tables.page(work, NUMBERS, wish, int)
        forth.extend(page.rows)
        while page.after:
            following = Wish(wish.words, wish.chosen, wish.sort, page.after, size=wish.size)
            page = tables.page(work, NUMBERS, following, int)
            forth.extend(page.rows)
        back = list(page.rows)
        while page.before:
            earlier = Wish(
                wish.words, wish.chosen, wish.sort, page.before, back=True, size=wish.size
            )
            page = tables.page(work, NUMBERS, earlier, int)
            back = [*page.rows, *back]
    return forth, back


@pytest.mark.parametrize("sort", ["", "size", "-size", "third", "-third", "nothing"])
def test_pages_hold_every_row_once_in_order_forth_and_back(desk: Desk, sort: str) -> None:
    forth, back = walk(desk, Wish(sort=sort, size=3))
    assert forth == back
    by = (lambda n: (n % 3, n)) if sort.endswith("third") else (lambda n: (n,))
    assert forth == sorted(range(1, 21), key=by, reverse=sort.startswith("-"))


def test_a_page_knows_its_neighbours(desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        first = tables.page(work, NUMBERS, Wish(size=20), int)
        assert (first.before, first.after) == ("", "")
        narrow = tables.page(work, NUMBERS, Wish(chosen={"from": "19"}, size=5), int)
        assert narrow.rows == (19, 20)
        found = tables.page(work, NUMBERS, Wish("2"), int, {"like": "2%"})
        assert found.rows == (2, 20)


def test_a_mark_of_another_order_is_refused(desk: Desk) -> None:
    good = mark_of("size", 3, 3)
    nul = mark_of("name", "a\0", UUID(int=1))
    with desk.work(Actor("cli")) as work:
        assert tables.page(work, NUMBERS, Wish(mark=good), int).rows[0] == 4
        for mark in (mark_of("-size", 3, 3), "nobody", "é", mark_of("size", "3", 3), "W10"):
            with pytest.raises(InvalidBodyError):
                tables.page(work, NUMBERS, Wish(mark=mark), int)
        for mark in (nul, mark_of("name", "a", "no id"), mark_of("name", 2**70, UUID(int=1))):
            with pytest.raises(InvalidBodyError):
                people.partners(work, Wish(mark=mark))


def test_partners_with_one_name_each_appear_once(desk: Desk, coalition: Coalition) -> None:
    with desk.work(Actor("cli")) as work:
        seen: Counter[str] = Counter()
        mark = ""
        while True:
            page = people.partners(work, Wish(sort="trade", mark=mark, size=1))
            seen.update(each.code for each in page.rows)
            mark = page.after
            if not mark:
                break
    assert set(seen.values()) == {1}
    assert {"grocery", "cinema"} <= set(seen)
    assert coalition
