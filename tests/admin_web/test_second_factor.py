"""The second factor, and dangerous deeds that ask again who is there."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from apiflask import APIFlask
from pyotp.totp import TOTP
from sqlalchemy import select

from stoa.app import StartRefusedError, check, create_app
from stoa.config import Settings
from stoa.models.audit import AuditRecord
from stoa.models.identity import Staff, StaffFactor, StaffRecoveryCode, StaffSession
from stoa.services import staff
from stoa.services.staff.sealing import seal, unseal
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import OPERATOR, PASSWORD, Visitor, text_of
from world import Coalition, FixedClock

HERE = "/admin/account/second-factor"


class Authenticator:
    """An app on a phone."""

    def __init__(self, secret: str, clock: FixedClock) -> None:
        self.totp, self.clock = TOTP(secret), clock

    def code(self, steps: int = 0) -> str:
        """Return the code that it shows, or did so many half minutes ago."""
        return self.totp.at(int(self.clock().timestamp()) + 30 * steps)


@pytest.fixture
def phone(operator: Visitor, clock: FixedClock) -> Authenticator:
    """Set up the operator's second factor; `codes` are the recovery codes."""
    shown = operator.post(HERE)
    assert shown.status_code == 201
    assert 'class="qr" src="data:image/svg+xml' in shown.text
    (secret,) = re.findall(r'id="secret">([A-Z2-7]+)<', shown.text)
    phone = Authenticator(secret, clock)
    proved = operator.post(f"{HERE}/prove", code=phone.code())
    assert proved.status_code == 201
    return phone


def test_after_the_password_a_code_is_asked_for_and_is_taken_once(
    app: APIFlask, phone: Authenticator, clock: FixedClock
) -> None:
    clock.move(minutes=1)
    grace = Visitor(app)
    asked = grace.sign_in()
    assert asked.status_code == 200
    assert "One step more" in text_of(asked)
    assert grace.get("/admin/").status_code == 303  # nobody is in yet
    grace.get("/admin/sign-in")
    assert grace.post("/admin/sign-in/second", code="000000").status_code == 422
    code = phone.code()
    assert grace.post("/admin/sign-in/second", code=code).status_code == 303
    assert grace.get("/admin/").status_code == 200
    thief = Visitor(app)
    thief.sign_in()
    thief.get("/admin/sign-in")
    for replayed in (code, phone.code(-1)):  # the one before it too
        assert thief.post("/admin/sign-in/second", code=replayed).status_code == 422
    clock.move(seconds=90)
    assert thief.post("/admin/sign-in/second", code=phone.code(-2)).status_code == 422
    assert thief.post("/admin/sign-in/second", code=phone.code()).status_code == 303


def test_the_second_step_needs_the_first_and_soon(
    app: APIFlask, phone: Authenticator, clock: FixedClock
) -> None:
    clock.move(minutes=1)
    thief = Visitor(app)
    thief.get("/admin/sign-in")
    led = thief.post("/admin/sign-in/second", code=phone.code())
    assert (led.status_code, led.location) == (303, "/admin/sign-in")
    late = Visitor(app)
    late.sign_in()
    late.get("/admin/sign-in")
    clock.move(minutes=6)
    assert late.post("/admin/sign-in/second", code=phone.code()).location == "/admin/sign-in"


def test_ten_wrong_codes_close_the_door(
    app: APIFlask, phone: Authenticator, clock: FixedClock
) -> None:
    clock.move(minutes=1)
    guesser = Visitor(app)
    guesser.sign_in()
    guesser.get("/admin/sign-in")
    for number in range(10):
        assert guesser.post("/admin/sign-in/second", code=f"{number:06}").status_code == 422
    closed = guesser.post("/admin/sign-in/second", code=phone.code())
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) > 0


def test_a_recovery_code_lets_in_once(app: APIFlask, operator: Visitor, clock: FixedClock) -> None:
    (secret,) = re.findall(r'id="secret">([A-Z2-7]+)<', operator.post(HERE).text)
    shown = operator.post(f"{HERE}/prove", code=Authenticator(secret, clock).code())
    codes = re.findall(r'class="chip code">([^<]+)<', shown.text)
    assert len(set(codes)) == staff.RECOVERY_CODES
    assert codes[0] not in operator.get(HERE).text
    for expected in (303, 422):
        grace = Visitor(app)
        grace.sign_in()
        grace.get("/admin/sign-in")
        spelled = codes[0].upper().replace("-", " ")
        assert grace.post("/admin/sign-in/second", code=spelled).status_code == expected
    assert "9 recovery codes are left" in text_of(operator.get(HERE))
    fresh = re.findall(r'class="chip code">([^<]+)<', operator.post(f"{HERE}/codes").text)
    assert not set(fresh) & set(codes)
    grace = Visitor(app)
    grace.sign_in()
    grace.get("/admin/sign-in")
    assert grace.post("/admin/sign-in/second", code=codes[1]).status_code == 422


def test_the_database_holds_neither_secret_nor_codes(
    phone: Authenticator, desk: Desk, settings: Settings
) -> None:
    with desk.work(Actor("cli")) as work:
        row = work.session.scalars(select(StaffFactor)).one()
        hashes = work.session.scalars(select(StaffRecoveryCode.code_hash)).all()
    secret = phone.totp.secret
    assert secret.encode() not in row.sealed
    assert {len(each) for each in hashes} == {32}
    purpose = f"totp:{row.staff_id}"
    assert unseal(settings.secret_key, row.sealed, purpose=purpose) == secret
    assert unseal(settings.secret_key, row.sealed, purpose="totp:other") is None
    assert unseal("another-key" * 4, row.sealed, purpose=purpose) is None
    assert seal("k", "x", purpose="p") != seal("k", "x", purpose="p")


def test_a_wrong_code_sets_nothing_up(operator: Visitor) -> None:
    operator.post(HERE)
    assert operator.post(f"{HERE}/prove", code="12").status_code == 303
    page = text_of(operator.get(HERE))
    assert "does not fit" in page
    assert "Off" in page
    assert operator.post(f"{HERE}/codes").status_code == 404


def test_who_lost_it_is_helped_by_an_administrator(
    app: APIFlask, phone: Authenticator, enter: Callable[[str], Visitor], desk: Desk
) -> None:
    assert phone
    other = enter("admin")
    with desk.work(Actor("cli")) as work:
        grace = work.session.scalars(select(Staff.id).where(Staff.email == OPERATOR)).one()
    hers = f"/admin/staff/{public_id('stf', grace)}"
    assert "End the second factor" in text_of(other.get(hers))
    assert other.post(f"{hers}/factor/end").status_code == 303
    assert Visitor(app).sign_in().status_code == 303
    with desk.work(Actor("cli")) as work:
        deeds = work.session.scalars(
            select(AuditRecord.deed).where(AuditRecord.subject == public_id("stf", grace))
        ).all()
    assert {"staff.begin_factor", "staff.end_factor"} <= set(deeds)


def test_a_role_that_needs_one_sees_nothing_before(
    app: APIFlask, desk: Desk, settings: Settings, clock: FixedClock
) -> None:
    assert app
    strict = create_app(replace(settings, second_factor_roles=("admin",)), desk=desk)
    grace = Visitor(strict)
    grace.sign_in()
    for path in ("/admin/", "/admin/members", "/admin/account"):
        assert grace.get(path).location == HERE, path
    assert "Your role needs a second factor" in text_of(grace.get(HERE))
    (secret,) = re.findall(r'id="secret">([A-Z2-7]+)<', grace.post(HERE).text)
    grace.post(f"{HERE}/prove", code=Authenticator(secret, clock).code())
    assert grace.get("/admin/members").status_code == 200


def test_a_role_that_there_is_not_is_told_at_the_start(settings: Settings) -> None:
    with pytest.raises(StartRefusedError, match="no role king"):
        check(replace(settings, second_factor_roles=("admin", "king")))


def test_a_dangerous_deed_asks_for_the_password_after_ten_minutes(
    operator: Visitor, coalition: Coalition, clock: FixedClock, desk: Desk
) -> None:
    path = f"/admin/partners/{public_id('prt', coalition.grocery)}/credentials"
    form = {"name": "Tills <3", "kind": "confidential"}
    clock.move(minutes=11)
    asked = operator.post(path, **form, scopes=["earn:write", "members:read"])
    assert asked.status_code == 403
    assert "Prove that it is you" in text_of(asked)
    kept = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text)
    assert [value for name, value in kept if name == "scopes"] == ["earn:write", "members:read"]
    assert ("name", "Tills &lt;3") in kept
    with desk.work(coalition.as_grocery()) as work:
        assert work.rows("SELECT count(*) FROM clients WHERE name LIKE 'Tills%'")[0][0] == 0
    wrong = operator.post(path, **form, scopes="earn:write", confirm_with="wrong")
    assert wrong.status_code == 422
    assert "wrong" not in re.findall(r'type="hidden"[^>]+value="([^"]*)"', wrong.text)
    done = operator.post(path, **form, scopes="earn:write", confirm_with=PASSWORD)
    assert done.status_code == 201
    assert operator.post(path, **form, scopes="earn:write").status_code == 201  # for ten minutes


def test_with_a_second_factor_the_password_alone_proves_nothing(
    operator: Visitor, phone: Authenticator, clock: FixedClock
) -> None:
    clock.move(minutes=11)
    assert operator.post(f"{HERE}/end").status_code == 403
    assert operator.post(f"{HERE}/end", confirm_with=PASSWORD).status_code == 422
    assert operator.post(f"{HERE}/end", confirm_with=phone.code()).status_code == 303
    assert "Off" in text_of(operator.get(HERE))


def test_a_session_that_an_older_release_opened_is_asked(operator: Visitor, desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        work.session.scalars(select(StaffSession)).one().confirmed_at = None
    refused = operator.post("/admin/staff", email="m@stoa.example", name="M", role="support")
    assert refused.status_code == 403


def test_proofs_are_counted_as_sign_ins_are(operator: Visitor, clock: FixedClock) -> None:
    clock.move(minutes=11)
    for _ in range(10):
        assert operator.post(HERE, confirm_with="guess").status_code == 422
    closed = operator.post(HERE, confirm_with=PASSWORD)
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) > 0
