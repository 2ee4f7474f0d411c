"""A partner's batches are seen with their progress; what failed is taken away as a table."""

import csv
import io
from uuid import UUID

import pytest
from apiflask import APIFlask

from batching import carry_out, send
from stoa.api import batching
from stoa.services import batches
from stoa.values.identifiers import public_id
from stoa.work import Desk
from tills import Till, till_of
from visitor import Visitor, text_of
from world import Coalition


@pytest.fixture
def till(app: APIFlask, desk: Desk, coalition: Coalition) -> Till:
    return till_of(app, desk, coalition.grocery)


def address(partner: UUID) -> str:
    return f"/admin/partners/{public_id('prt', partner)}/batches"


def test_batches_are_shown_with_their_progress(
    operator: Visitor, desk: Desk, coalition: Coalition, till: Till
) -> None:
    where = address(coalition.grocery)
    assert "No batches yet" in text_of(operator.get(where))
    ada = till.enrol()
    sent = send(till, [till.a_purchase(ada) for _ in range(60)])
    batches.carry_on(desk, batching.post)
    page = operator.get(where)
    assert sent["batch_id"] in text_of(page)
    assert '<progress class="run-bar" max="60" value="50"' in page.text
    assert "Running" in text_of(page)


def test_failed_rows_are_a_table_without_formulas(
    operator: Visitor, desk: Desk, coalition: Coalition, till: Till
) -> None:
    sent = send(till, "=cmd()\n" + '{"kind":"void","purchase_id":"x"}\n')
    carry_out(desk)
    link = f"{address(coalition.grocery)}/{sent['batch_id']}/failed.csv"
    assert link in operator.get(address(coalition.grocery)).text
    answer = operator.get(link)
    assert answer.mimetype == "text/csv"
    head, first, second = csv.reader(io.StringIO(answer.text))
    assert head == ["row", "kind", "code", "detail", "line"]
    assert (first[0], first[2], first[4]) == ("1", "MALFORMED_JSON", "'=cmd()")
    assert second[:3] == ["2", "void", "PURCHASE_UNKNOWN"]


def test_a_batch_of_another_partner_is_not_there(
    operator: Visitor, coalition: Coalition, till: Till
) -> None:
    sent = send(till, [{"kind": "void"}])
    link = f"{address(coalition.cinema)}/{sent['batch_id']}/failed.csv"
    assert operator.get(link).status_code == 404
    nothing = f"{address(coalition.grocery)}/bat_nothing/failed.csv"
    assert operator.get(nothing).status_code == 404
