"""The tab Legal entity of a partner: said once who is there is proven, each version kept."""

from collections.abc import Callable

import pytest

from stoa.services import entities
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import PASSWORD, Visitor, text_of
from world import Coalition, FixedClock

FORM = {
    "name": "Harbour Grocery Ltd", "address": "1 Quay Street\n200001 Shanghai",
    "tax_number": "9131-0115", "account": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFF",
}  # fmt: skip


@pytest.fixture
def path(coalition: Coalition) -> str:
    return f"/admin/partners/{public_id('prt', coalition.grocery)}/entity"


def test_the_office_and_the_partners_administrator_say_as_whom_it_is_known(
    operator: Visitor, auditor: Visitor, enter: Callable[[str], Visitor], path: str
) -> None:
    assert "Known by its name alone" in text_of(operator.get(path))
    wrong = operator.post(path, **FORM | {"name": "", "account": "DE00 3704 0044 0532 0130 00"})
    assert wrong.status_code == 422
    assert "Write the legal name" in text_of(wrong)
    assert "This is no IBAN" in text_of(wrong)
    assert "200001 Shanghai" in wrong.text
    assert operator.post(path, **FORM).status_code == 303
    told = text_of(auditor.get(path))
    assert "Harbour Grocery Ltd 1 Quay Street 200001 Shanghai 9131-0115" in told
    assert "DE89370400440532013000 COBADEFF Grace Lam" in told
    assert "Keep it" not in told
    assert auditor.post(path, **FORM).status_code == 403
    assert enter("partner_staff").post(path, **FORM).status_code == 403
    admin = enter("partner_admin")
    assert admin.post(path, **FORM | {"name": "Harbour Group"}).status_code == 303
    assert "Pat partner_admin" in text_of(operator.get(path))


def test_it_is_asked_again_who_is_there(
    operator: Visitor, desk: Desk, coalition: Coalition, clock: FixedClock, path: str
) -> None:
    clock.move(minutes=11)
    asked = operator.post(path, **FORM)
    assert asked.status_code == 403
    assert "Prove that it is you" in text_of(asked)
    with desk.work(Actor("test")) as work:
        assert entities.of(work, coalition.grocery).version == 0
    assert operator.post(path, **FORM, confirm_with=PASSWORD).status_code == 303
