"""Rosters: lists that staff browse; identifiers are masked, and looking is written down."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from stoa.errors import MemberUnknownError, PartnerUnknownError
from stoa.models.audit import AuditRecord
from stoa.services import earning, members, partners, redemption, rosters, staff, tiers
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, a_key, met

CLI = Actor("cli")


def names(desk: Desk, search: str) -> list[str]:
    """Return the names that a search finds."""
    with desk.work(CLI) as work:
        return [line.name for line in rosters.find_members(work, search).lines]


@pytest.mark.parametrize(
    "search",
    ["ada", "LOVE", "ada love", " Ada ", "+86 138-0013", "0013 8000", "ada@ex", "ADA@EX", "K-77"],
)
def test_a_member_is_found_by_any_part_one_remembers(
    desk: Desk, coalition: Coalition, search: str
) -> None:
    coalition.a_member(
        "Ada Lovelace", phone="+8613800138000", email="ada@example.org", partner_ref="K-77"
    )
    coalition.a_member("Ben Bauer", phone="+4915112345678", email="ben@example.org")
    assert names(desk, search) == ["Ada Lovelace"]


def test_a_member_is_found_by_the_last_digits_of_the_card(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member("Ada")
    assert names(desk, ada.token.value[-5:]) == ["Ada"]
    assert names(desk, f"{ada.token.value[:4]} {ada.token.value[4:8]}") == ["Ada"]
    assert names(desk, public_id("mem", ada.id)) == ["Ada"]


@pytest.mark.parametrize("search", ["%", "_", "\\", "%a%", "a_a", "zz", "12", "K-7", "@", "'; --"])
def test_signs_of_the_search_language_mean_themselves(
    desk: Desk, coalition: Coalition, search: str
) -> None:
    coalition.a_member("Ada", partner_ref="K-77", email="ada@example.org")
    assert names(desk, search) == []


def test_pages_go_forth_and_back_over_all_members_once(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    everyone = []
    for number in range(60):
        clock.move(seconds=number % 3)  # some enrol in the same instant
        everyone.append(coalition.a_member(f"M{number:02}").id)
    with desk.work(CLI) as work:
        first = rosters.find_members(work)
        second = rosters.find_members(work, after=first.lines[-1].id)
        third = rosters.find_members(work, after=second.lines[-1].id)
        back = rosters.find_members(work, before=third.lines[0].id)
        start = rosters.find_members(work, before=back.lines[0].id)
    seen = [line.id for page in (first, second, third) for line in page.lines]
    assert len(seen) == 60
    assert set(seen) == set(everyone)
    assert [(page.newer, page.older) for page in (first, second, third)] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip
    assert back.lines == second.lines
    assert (start.lines, start.newer, start.older) == (first.lines, False, True)


def test_a_line_tells_tier_points_and_the_masked_card(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member("Ada")
    with desk.work(CLI) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "10.00"), key=a_key())
        redemption.hold(work, Ask(met(work, ada), "main", 5), key=a_key())
    coalition.a_member("Ben")
    with desk.work(CLI) as work:
        lines = {line.name: line for line in rosters.find_members(work).lines}
    assert (lines["Ada"].tier, lines["Ada"].points) == ("Gold", 20)
    assert lines["Ada"].card == f"•••• {ada.token.value[-4:]}"
    assert (lines["Ben"].tier, lines["Ben"].points) == ("Basic", 0)


def test_identifiers_are_masked_until_they_are_revealed(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member(
        "Ada", phone="+8613800138000", email="ada@example.org", partner_ref="K-77"
    )
    with desk.work(CLI) as work:
        sheet = rosters.member(work, ada.id)
    shown = {line.kind: line.value for line in sheet.identifiers}
    assert shown == {
        "card": f"•••• {ada.token.value[-4:]}",
        "email": "a•••@example.org",
        "partner_ref": "K-•••",
        "phone": "+86 •••• 000",
    }
    assert {line.partner for line in sheet.identifiers} == {None, "Harbour Grocery"}
    with desk.work(Actor("staff:x")) as work:
        revealed = {line.kind: line.value for line in rosters.reveal(work, ada.id)}
    assert revealed["phone"] == "+8613800138000"
    assert revealed["card"] == ada.token.value
    with desk.work(CLI) as work:
        record = work.session.scalars(
            select(AuditRecord).where(AuditRecord.deed == "member.reveal")
        ).one()
    assert (record.actor, record.subject) == ("staff:x", public_id("mem", ada.id))


def test_a_member_sheet_tells_where_and_how(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member("Ada")
    with desk.work(CLI) as work:
        tiers.assign(work, ada.id, "silver", reason="spent 812.00")
        sheet = rosters.member(work, ada.id)
    assert (sheet.name, sheet.status, sheet.enrolled_by) == ("Ada", "active", "Harbour Grocery")
    assert (sheet.tier, sheet.tier_reason) == ("Silver", "spent 812.00")


def test_unknown_members_and_partners_are_refused(desk: Desk, coalition: Coalition) -> None:
    with desk.work(CLI) as work:
        for deed in (rosters.member, rosters.reveal):
            with pytest.raises(MemberUnknownError):
                deed(work, uuid4())
        with pytest.raises(PartnerUnknownError):
            rosters.partner(work, uuid4())
    assert coalition


def test_open_holds_are_listed_oldest_first(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "900.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        first = redemption.hold(work, Ask(met(work, ada), "main", 100, reference="A"), key=a_key())
        clock.move(seconds=1)
        second = redemption.hold(work, Ask(met(work, ada), "main", 50, reference="B"), key=a_key())
        done = redemption.hold(work, Ask(met(work, ada), "main", 10), key=a_key())
        redemption.void(work, done.redemption.id, key=a_key())
    with desk.work(CLI) as work:
        found = rosters.open_holds(work, ada.id)
    assert [(hold.id, hold.points, hold.reference) for hold in found] == [
        (first.redemption.id, 100, "A"),
        (second.redemption.id, 50, "B"),
    ]
    assert (found[0].partner, found[0].store) == ("Star Cinema", "Main store")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["Harbour Grocery", "Star Cinema"]),
        ("CINEMA", ["Star Cinema"]),
        ("groc", ["Harbour Grocery"]),
        ("ar", ["Harbour Grocery", "Star Cinema"]),
        ("%", []),
    ],
)
def test_partners_are_found_by_name_code_or_trade(
    desk: Desk, coalition: Coalition, search: str, found: list[str]
) -> None:
    with desk.work(CLI) as work:
        assert [line.name for line in rosters.find_partners(work, search)] == found
    assert coalition


def test_a_partner_line_counts_its_stores(desk: Desk, coalition: Coalition) -> None:
    with desk.work(CLI) as work:
        partners.add_store(work, coalition.grocery, coalition.site, "two", "Second", currency="CNY")
        line = rosters.partner(work, coalition.grocery)
        places = rosters.places(work)
        (site,) = rosters.sites(work)
    assert (line.stores, line.code, line.plugin) == (2, "grocery", "plain")
    assert line.version > 1
    assert places[coalition.grocery] == ("", "Harbour Grocery")
    assert ("Second", "Harbour Grocery") in places.values()
    assert (site.code, site.zone) == ("mall", "Asia/Shanghai")


def test_changes_name_the_person_and_both_states(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    with desk.work(CLI) as work:
        staff.hire(work, "g@x.example", "Grace", role="admin", password="lantern-river-42")
        (grace,) = staff.everyone(work)
    with desk.work(grace.actor) as work:
        members.freeze(work, ada.id, reason="lost card")
    clock.move(seconds=1)
    with desk.work(CLI) as work:
        members.thaw(work, ada.id, reason="found")
    with desk.work(CLI) as work:
        subject = public_id("mem", ada.id)
        thawed, frozen = rosters.changes(work, [subject])
        assert len(rosters.changes(work, [subject], limit=1)) == 1
    assert (thawed.who, thawed.deed) == ("cli", "member.active")
    assert (frozen.who, frozen.deed) == ("Grace", "member.frozen")
    assert frozen.before == {"status": "active"}
    assert frozen.after == {"status": "frozen", "reason": "lost card"}
