"""Adjusting points: the form, the second person, reversals, and who may not."""

import re
from uuid import UUID

import pytest
from apiflask import APIFlask

from stoa.models.identity import Staff
from stoa.services import adjustments, ledger, rosters
from stoa.services.adjustments import Adjustment
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, Someone

SECOND = "bea@stoa.example"


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member."""
    return coalition.a_member("Ada Lovelace")


@pytest.fixture
def second(app: APIFlask, desk: Desk, password_hash: str) -> Visitor:
    """Return another operator who is signed in."""
    with desk.work(Actor("cli")) as work:
        work.session.add(
            Staff(
                id=new_uuid(), email=SECOND, name="Bea Ng", role="admin", active=True,
                password_hash=password_hash, created_at=work.now(),
            )
        )  # fmt: skip
    visitor = Visitor(app)
    visitor.sign_in(SECOND)
    return visitor


def address(someone: Someone) -> str:
    """Return the address of the form."""
    return f"/admin/members/{public_id('mem', someone.id)}/adjust"


def fields(**changes: str) -> dict[str, str]:
    """Return a form that is filled in."""
    given = {"way": "give", "points": "500", "reason": "goodwill", "note": "late bus"}
    return given | changes


def available(desk: Desk, someone: Someone) -> int:
    """Return what a member can spend."""
    with desk.work(Actor("test")) as work:
        return ledger.balance_of(work, someone.id, "STAR").balance.available


def last(desk: Desk) -> Adjustment:
    """Return the only adjustment that waits, or the one decided last."""
    with desk.work(Actor("test")) as work:
        return (adjustments.waiting(work) or adjustments.decided(work))[0]


def path_of(adjustment: Adjustment, deed: str) -> str:
    """Return the address of a decision."""
    return f"/admin/approvals/{public_id('adj', adjustment.id)}/{deed}"


def test_a_few_points_are_given_at_once(operator: Visitor, desk: Desk, ada: Someone) -> None:
    page = operator.get(address(ada))
    assert "One person may adjust 5,000 points for a member on a day" in text_of(page)
    found = re.search(r'name="id" value="(adj_\w+)"', page.text)
    assert found
    asked = fields(id=found[1], expires_on="2026-06-30")
    answer = operator.post(address(ada), **asked)
    assert answer.status_code == operator.post(address(ada), **asked).status_code == 303
    assert available(desk, ada) == 500
    page = operator.get(answer.location)
    told = text_of(page)
    assert "Given by the operator: Goodwill" in told
    assert "valid to Jun 30, 2026" in told
    assert "Adjustment posted" in told
    assert "Ada Lovelace: the points are posted." in told


def test_points_are_taken_never_more_than_there_are(
    operator: Visitor, desk: Desk, ada: Someone
) -> None:
    operator.get(address(ada))
    operator.post(address(ada), **fields())
    refused = operator.post(address(ada), **fields(way="take", points="501"))
    assert refused.status_code == 422
    assert "Only 500 points are free" in text_of(refused)
    assert operator.post(address(ada), **fields(way="take", points="200")).status_code == 303
    assert available(desk, ada) == 300
    page = text_of(operator.get(address(ada).removesuffix("/adjust")))
    assert "Taken by the operator: Goodwill" in page


def test_the_form_says_beforehand_whether_a_second_person_is_needed(
    operator: Visitor, ada: Someone
) -> None:
    few = operator.get(f"{address(ada)}?points=5,000", headers={"HX-Request": "true"})
    assert "This is posted at once" in text_of(few)
    many = operator.get(f"{address(ada)}?points=5001")
    assert "A second person will have to approve this" in text_of(many)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"points": "0"}, "Write a whole number of points"),
        ({"points": "1.5"}, "Write a whole number of points"),
        ({"points": "9" * 30}, "Write a whole number of points"),
        ({"way": "throw"}, "Choose whether points come or go"),
        ({"reason": "because"}, "Choose a reason"),
        ({"note": " "}, "Say why, in at most 200 characters"),
        ({"note": "x" * 201}, "Say why, in at most 200 characters"),
        ({"expires_on": "soon"}, "Choose a day."),
        ({"expires_on": "2026-04-30"}, "Choose today or a later day"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    operator: Visitor, desk: Desk, ada: Someone, change: dict[str, str], told: str
) -> None:
    operator.get(address(ada))
    refused = operator.post(address(ada), **fields(**change))
    assert refused.status_code == 422
    assert told in text_of(refused)
    assert available(desk, ada) == 0


def test_many_points_wait_for_a_second_person(
    operator: Visitor, second: Visitor, desk: Desk, ada: Someone
) -> None:
    operator.get(address(ada))
    operator.post(address(ada), **fields(points="6000", reason="campaign"))
    asked = last(desk)
    page = text_of(operator.get("/admin/approvals"))
    assert "A second person has to approve this" in page
    assert "Ada Lovelace +6,000 Campaign · late bus Grace Lam yours" in page
    assert "Approve" not in page.split("Waiting")[1].split("Withdraw")[0]
    own = operator.post(path_of(asked, "approve"))
    assert own.status_code == 403
    assert "Nobody approves what they proposed themselves" in text_of(own)
    assert available(desk, ada) == 0
    assert "Approve" in text_of(second.get("/admin/approvals"))
    assert second.post(path_of(asked, "approve")).status_code == 303
    assert available(desk, ada) == 6000
    second.post(path_of(asked, "approve"))
    page = text_of(second.get("/admin/approvals"))
    assert "Somebody decided this meanwhile" in page
    assert "Grace Lam Bea Ng" in page
    assert "Posted" in page


def test_a_proposal_is_rejected_with_a_reason_or_withdrawn(
    operator: Visitor, second: Visitor, desk: Desk, ada: Someone
) -> None:
    operator.get(address(ada))
    operator.post(address(ada), **fields(points="6000"))
    second.get("/admin/approvals")
    asked = last(desk)
    second.post(path_of(asked, "decline"), reason=" ")
    assert "Say why" in text_of(second.get("/admin/approvals"))
    second.post(path_of(asked, "decline"), reason="no receipt")
    page = text_of(second.get("/admin/approvals"))
    assert "The proposal is rejected" in page
    assert "no receipt" in page
    operator.post(address(ada), **fields(points="7000"))
    operator.post(path_of(last(desk), "decline"), reason="a slip")
    assert "The proposal is withdrawn" in text_of(operator.get("/admin/approvals"))
    assert available(desk, ada) == 0
    with desk.work(Actor("test")) as work:
        changes = rosters.changes(work, [public_id("mem", ada.id)])
    assert changes[0].after is not None
    assert (changes[0].deed, changes[0].after["decision"]) == ("adjustment.withdraw", "a slip")


def test_what_was_posted_is_reversed_by_two(
    operator: Visitor, second: Visitor, desk: Desk, ada: Someone
) -> None:
    operator.get(address(ada))
    operator.post(address(ada), **fields())
    posted = last(desk)
    operator.post(path_of(posted, "reverse"), reason="wrong member")
    asked = last(desk)
    assert (asked.points, asked.reverses) == (-500, posted.id)
    assert "Reversal" in text_of(second.get("/admin/approvals"))
    second.post(path_of(asked, "approve"))
    assert available(desk, ada) == 0
    second.get("/admin/approvals")
    second.post(path_of(posted, "reverse"), reason="again")
    assert "Somebody decided this meanwhile" in text_of(second.get("/admin/approvals"))


def test_what_can_not_be_posted_any_more_is_told(
    operator: Visitor, second: Visitor, desk: Desk, ada: Someone
) -> None:
    operator.get(address(ada))
    operator.post(address(ada), **fields(points="6000", way="take"))
    second.get("/admin/approvals")
    second.post(path_of(last(desk), "approve"))
    assert "Only 0 points are free" in text_of(second.get("/admin/approvals"))


def test_an_auditor_sees_and_changes_nothing(
    auditor: Visitor, operator: Visitor, desk: Desk, ada: Someone
) -> None:
    operator.get(address(ada))
    operator.post(address(ada), **fields(points="6000"))
    page = auditor.get("/admin/approvals")
    assert "Ada Lovelace" in text_of(page)
    assert "data-opens" not in page.text
    assert auditor.post(path_of(last(desk), "approve")).status_code == 403
    assert auditor.post(address(ada), **fields()).status_code == 403


def test_what_is_not_there_is_not_found(operator: Visitor) -> None:
    operator.get("/admin/approvals")
    nothing = public_id("adj", UUID(int=5))
    assert operator.post(f"/admin/approvals/{nothing}/approve").status_code == 404
    assert operator.post("/admin/approvals/x/approve").status_code == 404
    assert "Nothing waits" in text_of(operator.get("/admin/approvals"))
