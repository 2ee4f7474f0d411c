"""Terms, taxes and rates of exchange at the admin web."""

import io
from collections.abc import Callable

import pytest

from stoa.services import clearing_terms, rates
from stoa.values.clearing.clauses import Mode
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition

TERMS = {
    "effective_from": "2026-07", "mode": "ISSUER_PAYS", "revenue": "agent",
    "recognition": "remote", "urr_percent": "85", "reserve_percent": "80",
    "name": "Harbour Mall Ltd", "address": "1 Quay\nHong Kong", "tax_number": "T-1",
    "account": "GB33 BUKB 2020 1555 5555 55", "bic": "BUKBGB22", "series": "HM",
}  # fmt: skip


def points(desk: Desk) -> str:
    """Return the code of the programme's points."""
    return desk.programme.currency


def test_terms_are_proposed_by_one_and_approved_by_another(
    operator: Visitor, enter: Callable[[str], Visitor], desk: Desk
) -> None:
    code = points(desk)
    page = text_of(operator.get("/admin/clearing/terms"))
    assert "what holds until something is agreed" in page
    operator.get(f"/admin/clearing/terms/{code}/new")
    operator.post(f"/admin/clearing/terms/{code}/new", **TERMS)
    operator.post(f"/admin/clearing/terms/{code}/1/approve")
    assert "ask a second person" in text_of(operator.get("/admin/clearing/terms"))
    finance = enter("finance")
    finance.post(f"/admin/clearing/terms/{code}/1/approve")
    page = text_of(finance.get("/admin/clearing/terms"))
    assert "The terms are agreed" in page
    assert "Grace Lam yours" not in page
    with desk.work(Actor("cli")) as work:
        kept = clearing_terms.of_period(work, code, "2026-07")
        assert (kept.mode, kept.revenue, kept.operator.bic) == (
            Mode.ISSUER_PAYS, "agent", "BUKBGB22",
        )  # fmt: skip
        assert kept.operator.address == ("1 Quay", "Hong Kong")
    form = finance.get(f"/admin/clearing/terms/{code}/new").text
    assert 'value="Harbour Mall Ltd"' in form
    finance.post(f"/admin/clearing/terms/{code}/1/decline")
    assert "Somebody decided this meanwhile" in text_of(finance.get("/admin/clearing/terms"))


WRONG_TERMS = (
    ({"effective_from": "2026-05"}, "Choose a month to come."),
    ({"effective_from": "soon"}, "Choose a month to come."),
    ({"mode": "BOTH"}, "Choose from the list."),
    ({"urr_percent": "0"}, "Write a share above 0"),
    ({"reserve_percent": "x"}, "Write a share from 0 to 100."),
    ({"account": "GB34BUKB20201555555555"}, "This is no IBAN"),
    ({"series": "st m"}, "Use up to 12 capital letters"),
    ({"address": "1\n2\n3\n4\n5\n6\n7"}, "Write at most 6 lines"),
)


def test_terms_that_do_not_fit_are_told(
    operator: Visitor, desk: Desk, coalition: Coalition, subtests: pytest.Subtests
) -> None:
    assert coalition.grocery
    operator.get(f"/admin/clearing/terms/{points(desk)}/new")
    for wrong, told in WRONG_TERMS:
        with subtests.test(told):
            answer = operator.post(f"/admin/clearing/terms/{points(desk)}/new", **(TERMS | wrong))
            assert (answer.status_code, told in text_of(answer)) == (422, True)
    assert operator.get("/admin/clearing/terms/NOPE/new").status_code == 404
    assert operator.post("/admin/clearing/terms/NOPE/new", **TERMS).status_code == 404
    assert operator.post(f"/admin/clearing/terms/{points(desk)}/9/approve").status_code == 404
    assert operator.post(f"/admin/clearing/terms/{points(desk)}/x/approve").status_code == 404
    assert operator.post(f"/admin/clearing/terms/{points(desk)}/9/decline").status_code == 404


def test_a_rate_is_kept_and_corrected_by_a_new_one(operator: Visitor) -> None:
    operator.get("/admin/clearing/rates")
    given = {"base": "cny", "quote": "HKD", "business_date": "2026-04-30", "source": "HKMA"}
    assert operator.post("/admin/clearing/rates", rate="10.8", **given).status_code == 303
    operator.post("/admin/clearing/rates", rate="1.08", **given)
    page = text_of(operator.get("/admin/clearing/rates"))
    assert "CNY → HKD 1.0800 since Apr 30, 2026 · HKMA" in page
    assert "10.8000" in page
    for wrong in ({"rate": "0"}, {"business_date": "x"}, {"quote": "CNY"}):
        answer = operator.post("/admin/clearing/rates", **({"rate": "1.08"} | given | wrong))
        assert answer.status_code == 422


def upload(operator: Visitor, content: bytes) -> tuple[int, str]:
    """Send a file of rates; return the status and what the page then says."""
    data = {"csrf_token": operator.token, "file": (io.BytesIO(content), "rates.csv")}
    answer = operator.client.post("/admin/clearing/rates/file", data=data)
    return answer.status_code, text_of(answer)


def test_a_file_of_rates_is_kept_whole_or_not_at_all(operator: Visitor, desk: Desk) -> None:
    operator.get("/admin/clearing/rates")
    head = b"business_date,base,quote,rate\n2026-04-29,CNY,HKD,1.0790\n"
    status, page = upload(operator, head + b"2026-04-30,CNY,hkd,1.0800\n30.4.,CNY,HKD,x\n")
    assert status == 422
    assert "3 Write two codes of ISO 4217" in page
    assert "4 Write the day as 2026-05-29. Write the rate as a plain number" in page
    with desk.work(Actor("cli")) as work:
        assert rates.rates(work) == []
    assert upload(operator, head + b"2026-04-30,CNY,HKD,1.0800\n")[0] == 303
    page = operator.get("/admin/clearing/rates").text
    assert "2 rates are kept." in page
    assert 'class="spark-line"' in page  # two days are a course
    assert upload(operator, b"")[0] == 422


def test_a_tax_is_kept_with_its_rates(operator: Visitor) -> None:
    operator.get("/admin/clearing/taxes")
    given = {"code": "VAT6", "name": "Value added tax", "percent": "6"}
    operator.post("/admin/clearing/taxes", effective_from="2026-01-01", **given)
    page = text_of(operator.get("/admin/clearing/taxes"))
    assert "VAT6 Value added tax 6 % Jan 1, 2026" in page
    for wrong in (
        {}, {"code": "", "effective_from": "2026-02-01"}, {"percent": "101"}, {"name": ""},
        {"effective_from": "x"},
    ):  # fmt: skip
        again = given | {"effective_from": "2026-01-01"} | wrong
        assert operator.post("/admin/clearing/taxes", **again).status_code == 422


def test_an_auditor_sees_and_changes_nothing(auditor: Visitor, desk: Desk) -> None:
    for page in ("terms", "rates", "taxes", "agreements"):
        answer = auditor.get(f"/admin/clearing/{page}")
        assert answer.status_code == 200
        assert 'method="post" action="/admin/clearing' not in answer.text
    assert auditor.post(f"/admin/clearing/terms/{points(desk)}/new", **TERMS).status_code == 403
