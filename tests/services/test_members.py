"""Members: enrolled once, found by any identifier, known to each partner by another name."""

import pytest

from stoa.errors import IdentifierTakenError, InvalidBodyError, MemberUnknownError
from stoa.services import idempotency, identity, members, partners
from stoa.services.members import Token
from stoa.values.identifiers import is_card_number
from stoa.work import Actor, Desk
from world import Coalition, a_key


def _find(coalition: Coalition, actor: Actor, kind: str, value: str) -> members.Found:
    with coalition.desk.work(actor) as work:
        return members.find(work, Token(kind, value))


def test_a_member_is_found_by_card_phone_email_and_the_partners_own_number(
    coalition: Coalition,
) -> None:
    ada = coalition.a_member(phone="+86 138-0013-8000", email="Ada+x@Example.org", partner_ref="7")
    assert is_card_number(ada.token.value)
    grocery = coalition.as_grocery()
    for kind, value in (
        ("card", ada.token.value),
        ("phone", "0086 138 0013 8000"),
        ("email", "ada@example.org"),
        ("partner_ref", "7"),
    ):
        assert _find(coalition, grocery, kind, value).id == ada.id, kind


def test_a_partners_own_number_means_nothing_at_another_partner(coalition: Coalition) -> None:
    coalition.a_member(partner_ref="7")
    with pytest.raises(MemberUnknownError):
        _find(coalition, coalition.as_cinema(), "partner_ref", "7")


def test_each_partner_knows_a_member_by_another_name(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    names = []
    for actor, partner in (
        (coalition.as_grocery(), coalition.grocery),
        (coalition.as_cinema(), coalition.cinema),
    ):
        with desk.work(actor) as work:
            name = identity.member_ref(partners.terms(work, partner).ref_key, ada.id)
        assert _find(coalition, actor, "member_ref", name).id == ada.id
        names.append(name)
    assert names[0] != names[1]
    with pytest.raises(MemberUnknownError):
        _find(coalition, coalition.as_cinema(), "member_ref", names[0])


@pytest.mark.parametrize(
    "ref", ["", "mbr_", "mbr_" + "!" * 26, "mem_" + "a" * 26, "mbr_" + "b" * 26]
)
def test_a_reference_that_was_never_given_finds_nobody(coalition: Coalition, ref: str) -> None:
    with pytest.raises(MemberUnknownError):
        _find(coalition, coalition.as_grocery(), "member_ref", ref)


def test_an_identifier_belongs_to_one_member(desk: Desk, coalition: Coalition) -> None:
    coalition.a_member(phone="+8613800138000")
    with pytest.raises(IdentifierTakenError):
        coalition.a_member("Bob", phone="008613800138000")
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT count(*) FROM members")[0][0] == 1


@pytest.mark.parametrize(
    "identifiers",
    [{"phone": "13800138000"}, {"email": "ada@nowhere"}, {"card": "9900000000000001"}],
)
def test_a_wrong_identifier_enrols_nobody(
    desk: Desk, coalition: Coalition, identifiers: dict[str, str]
) -> None:
    with pytest.raises(InvalidBodyError):
        coalition.a_member(**identifiers)
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT count(*) FROM members")[0][0] == 0


def test_a_deed_without_points_is_done_once_for_a_key(desk: Desk, coalition: Coalition) -> None:
    key = a_key("once")
    answers = []
    for _ in range(2):
        with desk.work(coalition.as_grocery()) as work:
            answers.append(
                idempotency.once(
                    work,
                    key,
                    lambda: {"card": members.enrol(work, "Ada")[1]},
                )
            )
    assert answers[0][0] == answers[1][0]
    assert [repeated for _, repeated in answers] == [False, True]
