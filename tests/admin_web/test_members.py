"""Members: search, pages, the readable history, freezing with a reason, identifiers on demand."""

import pytest
from sqlalchemy import select

from stoa.models.audit import AuditRecord
from stoa.models.members import Member
from stoa.services import earning, ledger, redemption, returns, tiers
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock, Someone, a_key, met


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a gold member with a phone."""
    someone = coalition.a_member("Ada Lovelace", phone="+8613800138000")
    with coalition.desk.work(Actor("cli")) as work:
        tiers.assign(work, someone.id, "gold", reason="same-day spend 812.00")
    return someone


def address(someone: Someone) -> str:
    """Return the address of a member."""
    return f"/admin/members/{public_id('mem', someone.id)}"


def test_members_are_found_as_one_types(
    operator: Visitor, coalition: Coalition, ada: Someone
) -> None:
    coalition.a_member("Bob")
    everyone = text_of(operator.get("/admin/members"))
    assert "Ada Lovelace" in everyone
    assert "Bob" in everyone
    found = operator.get("/admin/members?q=lovel", headers={"HX-Request": "true"})
    assert "Ada Lovelace" in text_of(found)
    assert f'href="{address(ada)}"' in found.text
    assert "Bob" not in text_of(found)
    assert "Nothing matches “zzz”" in text_of(operator.get("/admin/members?q=zzz"))


def test_pages_of_members_lead_on_and_back(operator: Visitor, coalition: Coalition) -> None:
    for number in range(27):
        coalition.a_member(f"Person {number:02}")
    first = operator.get("/admin/members").text
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    link = first.split('rel="next" href="')[1].split('"')[0]
    second = operator.get(link).text
    assert "Person 01" in second
    assert "Person 02" not in second
    back = second.split('rel="prev" href="')[1].split('"')[0]
    assert "Person 26" in operator.get(back).text
    assert operator.get("/admin/members?after=nobody").status_code == 404


def test_no_members_is_told_with_what_comes_next(operator: Visitor) -> None:
    assert "Members enrol at the partners' tills" in text_of(operator.get("/admin/members"))


def test_every_line_of_the_history_explains_itself(
    operator: Visitor, desk: Desk, coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    with desk.work(coalition.as_grocery()) as work:
        bought = earning.earn(
            work, coalition.a_purchase(ada, "880.00", receipt_no="R-7"), key=a_key()
        )
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 1500), key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought.purchase_id, None, key=a_key(), receipt_no="Z-1")
    page = text_of(operator.get(address(ada)))
    assert (
        "Purchase at Harbour Grocery, Main store 880.00 at 1 per 1.00"
        " — Harbour Grocery, version 2 — paid by the partner"
        " May 1, 2026 · receipt R-7 · valid to May 31, 2027 Points +880 Balance 880"
    ) in page
    assert (
        "Gold bonus for a purchase at Harbour Grocery, Main store"
        " 880 points and 100 % for Gold — Members, version 1 — paid by the operator"
    ) in page
    assert "Redeemed at Star Cinema, Main store 1,500 points worth ¥15.00" in page
    assert (
        "Goods returned to Harbour Grocery, Main store return of receipt R-7: 880 points back"
        in page
    )
    assert "Owed: these points were spent before the goods came back" in page
    assert "Owed 1,500" in page
    assert clock


def test_the_wallet_and_what_expires_are_told(
    operator: Visitor, desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "1000.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 700, reference="SEAT-7"), key=a_key())
    page = text_of(operator.get(address(ada)))
    assert "Available 1,300 worth CN¥13.00" in page
    assert "Held 700 1 open hold" in page
    assert "What expires when May 31, 2027 1,300" in page
    assert "700 points at Star Cinema Main store · SEAT-7" in page
    assert "Gold tier" in page


def test_the_history_has_pages(
    operator: Visitor, desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ben = coalition.a_member("Ben")
    for number in range(27):
        with desk.work(coalition.as_grocery()) as work:
            report = coalition.a_purchase(ben, f"{number + 1}.00")
            earning.earn(work, report, key=a_key())
    first = operator.get(address(ben)).text
    assert first.count('class="story-line"') == 25
    older = first.split('rel="next" href="')[1].split('"')[0]
    second = operator.get(older).text
    assert second.count('class="story-line"') == 2
    assert "Newest" in second
    assert clock


def test_points_that_ended_are_told(
    operator: Visitor, desk: Desk, coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
    clock.move(days=400)
    with desk.work(Actor("worker")) as work:
        ledger.expire(work, ada.id, "STAR")
    operator.sign_in()
    assert "Points expired: their last day was over" in text_of(operator.get(address(ada)))


def test_a_member_is_frozen_and_thawed_with_a_reason(
    operator: Visitor, desk: Desk, ada: Someone
) -> None:
    def status() -> str:
        with desk.work(Actor("cli")) as work:
            return work.session.get_one(Member, ada.id).status

    answer = operator.post(f"{address(ada)}/freeze", reason="   ")
    assert "Say why" in text_of(operator.get(answer.location))
    assert status() == "active"
    operator.post(f"{address(ada)}/freeze", reason="card\nreported  lost")
    assert status() == "frozen"
    page = text_of(operator.get(address(ada)))
    assert "The member is frozen." in page
    assert "card reported lost" in page
    assert "Thaw Ada Lovelace?" in page
    operator.post(f"{address(ada)}/thaw", reason="")
    assert status() == "frozen"
    operator.post(f"{address(ada)}/thaw", reason="found")
    assert status() == "active"


def test_identifiers_are_shown_in_full_on_demand_only(
    operator: Visitor, desk: Desk, ada: Someone
) -> None:
    page = operator.get(address(ada)).text
    assert ada.token.value not in page
    assert "+8613800138000" not in page
    revealed = operator.post(f"{address(ada)}/reveal").text
    assert ada.token.value in revealed
    assert "+8613800138000" in revealed
    with desk.work(Actor("cli")) as work:
        record = work.session.scalars(
            select(AuditRecord).where(AuditRecord.deed == "member.reveal")
        ).one()
    assert record.subject == public_id("mem", ada.id)
    assert "Identifiers shown in full" in text_of(operator.get(address(ada)))


def test_a_member_that_is_none_is_not_there(operator: Visitor, coalition: Coalition) -> None:
    for member in ("mem_00000000000000000000000000", "x", public_id("prt", coalition.grocery)):
        assert operator.get(f"/admin/members/{member}").status_code == 404
        for deed in ("reveal", "freeze", "thaw"):
            answer = operator.post(f"/admin/members/{member}/{deed}", reason="x")
            assert answer.status_code == 404


def test_two_memberships_of_one_person_become_one(
    operator: Visitor, desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    ben = coalition.a_member("Ben")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "880.00"), key=a_key())
    assert f'href="{address(ada)}/merge"' in operator.get(address(ada)).text
    found = operator.get(f"{address(ada)}/merge?q=ben")
    ben_id = public_id("mem", ben.id)
    assert f"/merge?into={ben_id}" in found.text
    assert "Nobody else than Ada" in text_of(operator.get(f"{address(ada)}/merge?q=lovel"))
    page = text_of(operator.get(f"{address(ada)}/merge?into={ben_id}"))
    assert "What goes from Ada Lovelace to Ben STAR 1,760 available, 0 held" in page
    assert "Cards and contacts 2" in page
    assert "Tier afterwards Gold" in page
    operator.post(f"{address(ada)}/merge", into=ben_id, reason=" ")
    assert "Say why" in text_of(operator.get(address(ada)))
    operator.post(f"{address(ada)}/merge", into=ben_id, reason="two cards")
    page = text_of(operator.get(address(ben)))
    assert "Available 1,760" in page
    assert "Two memberships of one person became one" in page
    assert "Merged with another member" in page
    old = operator.get(address(ada))
    assert "merged into another one" in text_of(old)
    assert f'href="{address(ben)}"' in old.text
    operator.post(f"{address(ada)}/merge", into=ben_id, reason="again")
    assert "be merged: each must be active" in text_of(operator.get(address(ben)))
    assert "be merged: each must be active" in text_of(
        operator.get(f"{address(ben)}/merge?into={ben_id}")
    )
