"""Staff: accounts, sign-in, sessions that end, and doors that close after too many failures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from stoa.errors import FourEyesError, IdentifierTakenError, InvalidBodyError
from stoa.models.audit import AuditRecord
from stoa.models.identity import Staff, StaffSession
from stoa.services import adjustments, staff
from stoa.services.staff import Person, SignIn
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

EMAIL, PASSWORD = "grace@stoa.example", "lantern-river-42-fox"
CLI = Actor("cli")


@pytest.fixture
def grace(desk: Desk) -> UUID:
    """Return an operator's account."""
    with desk.work(CLI) as work:
        return staff.hire(work, EMAIL, "Grace Lam", role="admin", password=PASSWORD)


def enter(
    desk: Desk, email: str = EMAIL, password: str = PASSWORD, address: str = "192.0.2.1"
) -> SignIn:
    """Try to sign in, in a transaction of its own."""
    with desk.work(Actor("sign-in")) as work:
        return staff.sign_in(work, email, password, address=address)


def who(desk: Desk, token: str) -> Person | None:
    """Return who a token belongs to."""
    with desk.work(Actor("sign-in")) as work:
        return staff.session_of(work, token)


def test_the_right_password_opens_a_session(desk: Desk, grace: UUID) -> None:
    made = enter(desk, "  Grace@Stoa.Example ")
    person = who(desk, made.token)
    assert person == made.person == Person(grace, EMAIL, "Grace Lam", "admin")
    assert person is not None
    assert person.may("members.change")
    assert person.actor.name.startswith("staff:stf_")


def test_the_database_never_holds_a_password_or_a_token(desk: Desk, grace: UUID) -> None:
    made = enter(desk)
    with desk.work(CLI) as work:
        row = work.session.get_one(Staff, grace)
        kept = work.session.scalars(select(StaffSession.token_hash)).one()
    assert PASSWORD not in row.password_hash
    assert row.password_hash.startswith("$argon2id$")
    assert len(kept) == 32
    assert made.token.encode() not in kept


@pytest.mark.usefixtures("grace")
@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), ("nobody@stoa.example", PASSWORD), ("no address", PASSWORD), (EMAIL, "")],
)
def test_wrong_and_unknown_get_one_answer(desk: Desk, email: str, password: str) -> None:
    assert enter(desk, email, password) == SignIn()


def test_ten_failures_close_the_door_of_an_address_and_of_an_account(
    desk: Desk, grace: UUID, clock: FixedClock
) -> None:
    for number in range(10):
        assert enter(desk, password="wrong", address=f"192.0.2.{number}") == SignIn()
        clock.move(seconds=6)
    closed = enter(desk, address="198.51.100.1")
    assert closed.person is None
    assert closed.retry_after_s == 240

    for number in range(10):
        enter(desk, f"guess{number}@stoa.example", "wrong", address="203.0.113.9")
    assert enter(desk, "other@stoa.example", address="203.0.113.9").retry_after_s > 0
    assert enter(desk, "other@stoa.example", address="203.0.113.10") == SignIn()

    clock.move(minutes=5)
    made = enter(desk)
    assert made.person is not None
    assert made.person.id == grace


def test_a_closed_door_writes_nothing_more_down(desk: Desk) -> None:
    for _ in range(14):
        enter(desk, password="wrong")
    with desk.work(CLI) as work:
        count = work.session.scalar(select(func.count()).where(AuditRecord.deed == "staff.refuse"))
    assert count == 20  # ten failures, each for the account and for the address


def test_many_attempts_at_once_do_not_pass_the_limit(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: enter(desk, password="wrong"), range(16)))
    assert sum(each.retry_after_s == 0 for each in made) == 10


def test_what_was_typed_as_e_mail_is_not_written_down(desk: Desk) -> None:
    enter(desk, "my-password-in-the-wrong-field", "x")
    with desk.work(CLI) as work:
        subjects = work.session.scalars(select(AuditRecord.subject)).all()
    assert not any("my-password" in subject for subject in subjects)


def test_a_session_ends_when_idle_and_is_kept_by_use(
    desk: Desk, grace: UUID, clock: FixedClock
) -> None:
    used, idle = enter(desk).token, enter(desk).token
    for _ in range(3):
        clock.move(minutes=50)
        person = who(desk, used)
        assert person is not None
        assert person.id == grace
    assert who(desk, idle) is None


@pytest.mark.usefixtures("grace")
def test_a_session_ends_after_twelve_hours_whatever_happens(desk: Desk, clock: FixedClock) -> None:
    token = enter(desk).token
    for _ in range(11):
        clock.move(hours=1)
        assert who(desk, token) is not None
    clock.move(minutes=59)
    assert who(desk, token) is not None
    clock.move(minutes=1)
    assert who(desk, token) is None


@pytest.mark.usefixtures("grace")
def test_sessions_that_are_over_are_swept_at_the_next_sign_in(
    desk: Desk, clock: FixedClock
) -> None:
    enter(desk)
    clock.move(hours=13)
    enter(desk)
    with desk.work(CLI) as work:
        assert work.session.scalar(select(func.count()).select_from(StaffSession)) == 1


@pytest.mark.usefixtures("grace")
def test_signing_out_revokes_the_session(desk: Desk) -> None:
    token, other = enter(desk).token, enter(desk).token
    with desk.work(CLI) as work:
        staff.sign_out(work, token)
        staff.sign_out(work, "no token")
    assert who(desk, token) is None
    assert who(desk, other) is not None


@pytest.mark.parametrize("deed", ["password", "role", "dismiss"])
def test_a_change_of_the_account_ends_its_sessions(desk: Desk, grace: UUID, deed: str) -> None:
    token = enter(desk).token
    with desk.work(CLI) as work:
        if deed == "password":
            staff.set_password(work, grace, "another-river-7-owl")
        elif deed == "role":
            staff.set_role(work, grace, "auditor")
        else:
            staff.dismiss(work, grace)
    assert who(desk, token) is None
    assert (enter(desk).person is None) == (deed != "role")


def test_a_dismissed_account_looks_like_an_unknown_one(desk: Desk, grace: UUID) -> None:
    with desk.work(CLI) as work:
        staff.dismiss(work, grace)
        assert [person.active for person in staff.everyone(work)] == [False]
    assert enter(desk) == SignIn()


@pytest.mark.parametrize(
    "password",
    ["", "short", "aaaaaaaaaaaaaaaa", "password1234", "Changeme-12345", "grace-grace-12"],
)
def test_a_password_that_can_be_guessed_is_refused(desk: Desk, grace: UUID, password: str) -> None:
    with desk.work(CLI) as work:
        with pytest.raises(InvalidBodyError) as refused:
            staff.hire(work, "grace-grace@x.example", "G", role="admin", password=password)
        assert "password" in refused.value.members["errors"]
        if not password.startswith("grace"):
            with pytest.raises(InvalidBodyError):
                staff.set_password(work, grace, password)


def test_every_fault_of_a_new_account_is_named(desk: Desk) -> None:
    with desk.work(CLI) as work, pytest.raises(InvalidBodyError) as refused:
        staff.hire(work, "no address", "G", role="king", password="x")
    assert refused.value.members["errors"].keys() == {"email", "role", "password"}


@pytest.mark.usefixtures("grace")
def test_an_address_has_one_account(desk: Desk) -> None:
    with desk.work(CLI) as work, pytest.raises(IdentifierTakenError):
        staff.hire(work, "GRACE@stoa.example", "G", role="auditor", password=PASSWORD)


def test_an_unknown_account_or_role_can_not_be_changed(desk: Desk, grace: UUID) -> None:
    with desk.work(CLI) as work:
        with pytest.raises(InvalidBodyError):
            staff.dismiss(work, uuid4())
        with pytest.raises(InvalidBodyError):
            staff.set_role(work, grace, "king")


def test_each_change_is_in_the_audit_trail(desk: Desk, grace: UUID) -> None:
    with desk.work(CLI) as work:
        staff.set_role(work, grace, "auditor")
        staff.set_password(work, grace, "another-river-7-owl")
        staff.dismiss(work, grace)
    with desk.work(CLI) as work:
        deeds = work.session.scalars(select(AuditRecord.deed)).all()
    assert sorted(deeds) == ["staff.dismiss", "staff.hire", "staff.set_password", "staff.set_role"]


def test_a_token_is_renewed_in_steps_not_at_each_request(
    desk: Desk, grace: UUID, clock: FixedClock
) -> None:
    token = enter(desk).token

    def ends_in() -> timedelta:
        with desk.work(CLI) as work:
            return work.session.scalars(select(StaffSession.expires_at)).one() - clock()

    clock.move(minutes=4)
    who(desk, token)
    assert ends_in() == staff.IDLE - timedelta(minutes=4)
    clock.move(minutes=1)
    who(desk, token)
    assert ends_in() == staff.IDLE
    assert grace


def test_an_account_of_before_the_roles_is_an_administrators(desk: Desk, grace: UUID) -> None:
    with desk.work(CLI) as work:
        work.session.get_one(Staff, grace).role = "operator"
    person = who(desk, enter(desk).token)
    assert person is not None
    assert person.role == "admin"
    assert person.may("staff.change")


def test_a_partners_people_act_for_their_partner_alone(coalition: Coalition) -> None:
    desk = coalition.desk
    with desk.work(CLI) as work:
        for email, partner in (("li@x.example", coalition.grocery), ("mo@x.example", None)):
            role = "partner_admin" if partner else "finance"
            staff.hire(work, email, "Li", role=role, password=PASSWORD, partner_id=partner)
        staff.hire(
            work, "al@x.example", "Al", role="partner_staff", password=PASSWORD,
            partner_id=coalition.cinema,
        )  # fmt: skip
    person = who(desk, enter(desk, "li@x.example").token)
    assert person is not None
    assert person.actor.partner_id == coalition.grocery
    assert not person.actor.is_operators_person
    with desk.work(person.actor) as work:
        assert [each.email for each in staff.everyone(work)] == ["li@x.example"]


def test_a_release_that_knows_no_partners_people_lets_none_of_them_in(coalition: Coalition) -> None:
    with coalition.desk.work(CLI) as work:
        li = staff.hire(
            work, "li@x.example", "Li", role="partner_admin", password=PASSWORD,
            partner_id=coalition.grocery,
        )  # fmt: skip
        row = work.session.get_one(Staff, li)
        assert (row.active, row.may_enter) == (False, True)  # it asks for `active`
        staff.dismiss(work, li)
        assert not row.may_enter
    assert enter(coalition.desk, "li@x.example") == SignIn()


@pytest.mark.parametrize(
    ("role", "theirs"), [("admin", True), ("auditor", True), ("partner_admin", False)]
)
def test_a_role_is_of_its_house(coalition: Coalition, role: str, theirs: bool) -> None:  # noqa: FBT001 - a case
    partner = coalition.grocery if theirs else None
    with coalition.desk.work(CLI) as work, pytest.raises(InvalidBodyError) as refused:
        staff.hire(work, "l@x.example", "L", role=role, password=PASSWORD, partner_id=partner)
    assert "role" in refused.value.members["errors"]


def test_a_partners_people_hire_for_their_own_partner(coalition: Coalition) -> None:
    desk = coalition.desk
    mine = Actor("staff:stf_x", coalition.grocery)
    for role, partner in (("admin", None), ("partner_staff", coalition.cinema)):
        with desk.work(mine) as work, pytest.raises(InvalidBodyError) as refused:
            staff.hire(work, "l@x.example", "L", role=role, password=PASSWORD, partner_id=partner)
        assert "partner" in refused.value.members["errors"]
    with desk.work(CLI) as work, pytest.raises(InvalidBodyError):
        staff.hire(
            work, "l@x.example", "L", role="partner_staff", password=PASSWORD, partner_id=uuid4()
        )
    with desk.work(mine) as work:
        staff.hire(
            work,
            "l@x.example",
            "L",
            password=PASSWORD,
            role="partner_staff",
            partner_id=coalition.grocery,
        )
        with pytest.raises(IdentifierTakenError):
            staff.hire(
                work,
                "L@x.example",
                "L",
                password=PASSWORD,
                role="partner_staff",
                partner_id=coalition.grocery,
            )


def test_an_address_of_another_house_is_taken_too(coalition: Coalition) -> None:
    mine = Actor("staff:stf_x", coalition.grocery)
    with coalition.desk.work(CLI) as work:
        staff.hire(work, EMAIL, "Grace", role="admin", password=PASSWORD)
    with coalition.desk.work(mine) as work, pytest.raises(IdentifierTakenError):
        staff.hire(
            work, EMAIL, "G", role="partner_staff", password=PASSWORD, partner_id=coalition.grocery
        )


def test_a_partners_person_never_stands_for_the_operators_second_person(
    coalition: Coalition,
) -> None:
    mine = Actor("staff:stf_x", coalition.grocery)
    with coalition.desk.work(mine) as work, pytest.raises(FourEyesError):
        adjustments.adjust(work, uuid4(), 5, reason_code="goodwill", note="x")
