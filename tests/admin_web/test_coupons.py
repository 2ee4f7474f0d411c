"""The codes of a pool: figures, search, a batch, an import, one taken back."""

import io

import pytest

from coupons import a_pool, issued, redeemed
from stoa.work import Desk
from visitor import Visitor, text_of
from world import Coalition

PAGE = "/admin/rules/coupon/twenty/codes"


@pytest.fixture
def pool(desk: Desk, coalition: Coalition) -> str:
    """Return the address of a pool with two codes, one of them used."""
    a_pool(desk, supply=100)
    first, _ = issued(desk, count=2)
    redeemed(desk, coalition.as_cinema(), first.code)
    return PAGE


def test_the_page_tells_what_became_of_the_codes(operator: Visitor, desk: Desk, pool: str) -> None:
    told = text_of(operator.get(pool))
    assert "98 may still be made" in told
    assert "20.00 CNY off in all" in told
    code = issued(desk)[0].code
    found = text_of(operator.get(f"{pool}?q={code}"))
    assert f"…{code[-4:]}" in found
    assert code not in found.replace(f'value="{code}"', "")
    assert "No code is found" in text_of(operator.get(f"{pool}?q=0000000000000"))
    assert "Used up" in text_of(operator.get(f"{pool}?state=spent"))


def test_a_batch_is_a_file_of_codes(operator: Visitor, pool: str) -> None:
    operator.get(pool)
    answer = operator.post(pool, count="98")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(answer.text.splitlines()) == 99
    short = operator.post(pool, count="1")
    assert (short.status_code, "Only 0 are left." in short.text) == (422, True)
    assert operator.post(pool, count="x").status_code == 422


def test_an_unused_code_is_taken_back_once(operator: Visitor, pool: str) -> None:
    page = operator.get(f"{pool}?state=issued").text
    path = page.split('action="')[-1] if "/cancel/" not in page else page
    path = "/admin/rules/coupon/twenty/cancel/" + path.split("/cancel/")[1].split('"')[0]
    assert operator.post(path).status_code == 303
    assert "The code is taken back." in operator.get(pool).text
    operator.post(path)
    assert "nothing was changed" in operator.get(pool).text


def test_an_import_tells_what_is_wrong_with_which_line(operator: Visitor, desk: Desk) -> None:
    a_pool(desk, codes="imported")
    operator.get(PAGE)
    file = io.BytesIO(b"AAAABBBBCCCC1\nshort\nAAAABBBBCCCC2,2026-06-30\n")
    answer = operator.post(
        "/admin/rules/coupon/twenty/import", file=(file, "codes.csv"), given="yes"
    )
    assert answer.status_code == 422
    assert "Lines that were left out" in answer.text
    again = io.BytesIO(b"AAAABBBBCCCC3\n")
    done = operator.post("/admin/rules/coupon/twenty/import", file=(again, "codes.csv"))
    assert done.status_code == 303
    assert "1 to be given out" in text_of(operator.get(PAGE))


def test_an_auditor_sees_and_changes_nothing(auditor: Visitor, pool: str) -> None:
    page = auditor.get(pool)
    assert page.status_code == 200
    assert "Issue a batch" not in page.text
    assert auditor.post(pool, count="1").status_code == 403
