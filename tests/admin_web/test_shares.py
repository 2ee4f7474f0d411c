"""The limits of a partner: shown, agreed, refused where they can't be, taken back."""

from stoa.services import limits
from stoa.services.limits import Limits
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition


def test_an_operator_agrees_limits_and_takes_them_back(
    operator: Visitor, auditor: Visitor, desk: Desk, coalition: Coalition
) -> None:
    path = f"/admin/partners/{public_id('prt', coalition.grocery)}/limits"
    assert "the limits of all partners" in text_of(operator.get(path))
    wrong = operator.post(path, rate_per_s="0", burst="many", most_at_once="")
    assert wrong.status_code == 422
    assert text_of(wrong).count("Write a whole number.") == 2
    low = operator.post(path, rate_per_s="0", burst="5", most_at_once="5")
    assert "Choose between 1 and 100000." in text_of(low)
    kept = operator.post(path, rate_per_s="50", burst="100", most_at_once="8")
    assert kept.status_code == 303
    assert "limits of its own" in text_of(operator.get(path))
    with desk.work(Actor("test")) as work:
        assert limits.of(work, coalition.grocery) == Limits(50, 100, 8)
    assert "Keep the limits" not in text_of(auditor.get(path))
    assert operator.post(path).status_code == 303
    with desk.work(Actor("test")) as work:
        assert limits.of(work, coalition.grocery) is None
