"""The staff's own pages: invited by a link, given another role, dismissed, signed out elsewhere."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from stoa.app import create_app
from stoa.config import Settings
from stoa.models.audit import AuditRecord
from stoa.models.identity import Staff
from stoa.models.mails import Mail
from stoa.services import staff
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from stoa_admin.devices import device
from visitor import AUDITOR, OPERATOR, PASSWORD, Visitor, text_of
from world import Coalition, FixedClock

NEW = "copper-violin-88-tram"


def link_in(page: str) -> str:
    """Return the path of the link that a page shows."""
    (link,) = re.findall(r'id="invitation">http[^<]*?(/admin/welcome/[^<]+)<', page)
    return str(link)


def stf(desk: Desk, email: str) -> str:
    """Return the public id of an account."""
    with desk.work(Actor("cli")) as work:
        return public_id("stf", work.session.scalars(select(Staff.id).filter_by(email=email)).one())


def test_somebody_is_invited_chooses_a_password_and_comes_in(
    app: APIFlask, operator: Visitor, stranger: Visitor, desk: Desk
) -> None:
    shown = operator.post("/admin/staff", email="mai@stoa.example", name="Mai", role="marketing")
    assert shown.status_code == 201
    link = link_in(shown.text)
    assert link not in operator.get("/admin/staff").text
    assert "Invited" in text_of(operator.get("/admin/staff"))
    assert stranger.sign_in("mai@stoa.example", "").status_code == 422
    assert "Welcome, Mai" in text_of(stranger.get(link))
    for first, again in (("short", "short"), (NEW, "other")):
        assert stranger.post(link, password=first, again=again).status_code == 422
    assert stranger.post(link, password=NEW, again=NEW).status_code == 303
    assert stranger.get(link).status_code == 404  # it works once
    assert stranger.post(link, password=PASSWORD, again=PASSWORD).status_code == 404
    mai = Visitor(app)
    assert mai.sign_in("mai@stoa.example", NEW).status_code == 303
    assert "Marketing" in text_of(mai.get("/admin/"))
    with desk.work(Actor("cli")) as work:
        found = work.session.execute(
            select(AuditRecord.deed, AuditRecord.after)
            .where(AuditRecord.subject == stf(desk, "mai@stoa.example"))
            .order_by(AuditRecord.at, AuditRecord.id)
        ).all()
    assert [deed for deed, _ in found] == ["staff.invite", "staff.set_password", "staff.sign_in"]
    assert found[0][1] == {"role": "marketing"}


def test_where_letters_are_sent_the_link_goes_by_letter_and_is_not_shown(
    settings: Settings, desk: Desk, app: APIFlask, tmp_path: Path
) -> None:
    assert app  # has made the operator
    by_letter = create_app(replace(settings, smtp_url=f"file:{tmp_path}"), desk=desk)
    grace = Visitor(by_letter)
    grace.sign_in()
    told = grace.post("/admin/staff", email="mai@stoa.example", name="Mai", role="finance")
    assert told.status_code == 303
    with desk.work(Actor("cli")) as work:
        letter = work.session.scalars(select(Mail)).one()
    assert letter.address == "mai@stoa.example"
    assert "Grace Lam" in letter.body
    (link,) = re.findall(r"(/admin/welcome/\S+)", letter.body)
    assert grace.get(link).status_code == 200


def test_a_link_ends_after_three_days_and_by_the_next_one(
    operator: Visitor, stranger: Visitor, desk: Desk, clock: FixedClock
) -> None:
    first = link_in(
        operator.post("/admin/staff", email="m@stoa.example", name="M", role="support").text
    )
    mine = f"/admin/staff/{stf(desk, 'm@stoa.example')}"
    second = link_in(operator.post(f"{mine}/link").text)
    assert stranger.get(first).status_code == 404
    assert stranger.get(second).status_code == 200
    clock.move(days=3)
    assert stranger.get(second).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"email": "none", "name": "M", "role": "support"},
        {"email": "m@stoa.example", "name": "", "role": "support"},
        {"email": "m@stoa.example", "name": "M", "role": "partner_admin"},
        {"email": OPERATOR.upper(), "name": "M", "role": "support"},
    ],
)
def test_what_is_wrong_with_an_invitation_is_told_at_its_field(
    operator: Visitor, given: dict[str, str]
) -> None:
    answer = operator.post("/admin/staff", **given)
    assert answer.status_code == 422
    assert re.search(r'class="field-error"[^>]*>[^<]+<', answer.text)


def test_another_role_and_the_end_hold_at_once(
    operator: Visitor, auditor: Visitor, desk: Desk
) -> None:
    his = f"/admin/staff/{stf(desk, AUDITOR)}"
    page = text_of(operator.get(his))
    for words in ("Oskar Meyer", "Signed in at", "Signed in"):
        assert words in page
    operator.post(f"{his}/role", role="finance")
    assert auditor.get("/admin/").status_code == 303
    auditor.sign_in(AUDITOR)
    assert "Finance" in text_of(auditor.get("/admin/"))
    operator.post(f"{his}/role", role="king")
    assert "Choose a role" in text_of(operator.get(his))
    operator.post(f"{his}/dismiss")
    assert auditor.get("/admin/").status_code == 303
    assert auditor.sign_in(AUDITOR).status_code == 422
    assert "Dismissed" in text_of(operator.get(his))
    assert operator.post(f"{his}/link").status_code == 303
    with desk.work(Actor("cli")) as work:
        told = work.session.execute(
            select(AuditRecord.before, AuditRecord.after).filter_by(deed="staff.set_role")
        ).one()
    assert tuple(told) == ({"role": "auditor"}, {"role": "finance"})


def test_nobody_takes_their_own_role_away(operator: Visitor, desk: Desk) -> None:
    mine = f"/admin/staff/{stf(desk, OPERATOR)}"
    for deed in ("role", "dismiss"):
        operator.post(f"{mine}/{deed}", role="auditor")
        assert "Another administrator has to do this" in text_of(operator.get(mine))
    assert operator.get("/admin/staff").status_code == 200


def test_one_sees_where_one_is_signed_in_and_ends_the_others(
    app: APIFlask, operator: Visitor
) -> None:
    phone = Visitor(app)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
    phone.client.environ_base["HTTP_USER_AGENT"] = agent
    phone.sign_in()
    tablet = Visitor(app)
    tablet.sign_in()
    page = operator.get("/admin/account")
    assert "Safari, iPhone" in text_of(page)
    assert text_of(page).count("this one") == 1
    (first, _) = re.findall(r'name="session" value="(ses_\w+)"', page.text)
    operator.post("/admin/account/sessions/end", session=first)
    assert [each.get("/admin/account").status_code for each in (phone, tablet)].count(303) == 1
    operator.post("/admin/account/sessions/end")
    assert [each.get("/admin/account").status_code for each in (phone, tablet)] == [303, 303]
    assert operator.get("/admin/account").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(operator: Visitor, auditor: Visitor) -> None:
    his = re.findall(r'value="(ses_\w+)"', operator.get("/admin/account").text)
    assert his == []
    with_two = operator.get("/admin/staff").text
    (address,) = re.findall(r'href="(/admin/staff/stf_\w+)">Oskar', with_two)
    (session,) = re.findall(r'name="session" value="(ses_\w+)"', operator.get(address).text)
    for visitor in (operator,):
        visitor.post("/admin/account/sessions/end", session=session)
        assert auditor.get("/admin/").status_code == 200
    operator.post(f"{address}/sessions/end", session=session)
    assert auditor.get("/admin/").status_code == 303


def test_one_changes_ones_password_and_the_others_are_signed_out(
    app: APIFlask, operator: Visitor
) -> None:
    other = Visitor(app)
    other.sign_in()
    for old, new, again in (("wrong", NEW, NEW), (PASSWORD, NEW, "x"), (PASSWORD, "x", "x")):
        form = {"old": old, "password": new, "again": again}
        assert operator.post("/admin/account/password", **form).status_code == 422
    done = operator.post("/admin/account/password", old=PASSWORD, password=NEW, again=NEW)
    assert done.status_code == 303
    assert operator.get("/admin/account").status_code == 200
    assert other.get("/admin/account").status_code == 303
    assert Visitor(app).sign_in(OPERATOR, NEW).status_code == 303


def test_language_and_zone_are_the_persons_own(app: APIFlask, operator: Visitor) -> None:
    wrong = operator.post("/admin/account/reading", language="en", zone="Moon/Base")
    assert wrong.status_code == 422
    operator.post("/admin/account/reading", language="zh-Hant", zone="America/New_York")
    elsewhere = Visitor(app)
    elsewhere.sign_in()
    page = elsewhere.get("/admin/")
    assert 'lang="zh-Hant"' in page.text
    assert "America/New_York" in page.text


def test_a_partners_administrator_invites_and_dismisses_colleagues(
    app: APIFlask, enter: Callable[[str], Visitor], operator: Visitor, coalition: Coalition
) -> None:
    li = enter("partner_admin")
    people = f"/admin/partners/{public_id('prt', coalition.grocery)}/people"
    shown = li.post(people, email="mo@shop.example", name="Mo", role="partner_staff")
    link = link_in(shown.text)
    stranger = Visitor(app)
    stranger.get(link)
    stranger.post(link, password=NEW, again=NEW)
    mo = Visitor(app)
    mo.sign_in("mo@shop.example", NEW)
    assert mo.get("/admin/").location == people.replace("/people", "/home")
    assert li.post(people, email="x@shop.example", name="X", role="admin").status_code == 422
    assert "Grace" not in text_of(li.get(people))
    his = f"{people}/{stf(coalition.desk, 'mo@shop.example')}"
    assert li.post(f"{his}/role", role="admin").status_code == 303  # told, not done
    assert mo.get(people).status_code == 200
    assert li.post(f"{his}/dismiss").status_code == 303
    assert mo.get(people).status_code == 303
    listed = text_of(operator.get("/admin/staff"))
    assert "Harbour Grocery" in listed
    assert "the operator" not in text_of(operator.get(people))


def test_people_of_elsewhere_are_not_to_be_found_under_a_partner(
    enter: Callable[[str], Visitor], operator: Visitor, coalition: Coalition
) -> None:
    li = enter("partner_admin")
    desk = coalition.desk
    with desk.work(Actor("cli")) as work:
        al = staff.hire(
            work, "al@x.example", "Al", role="partner_staff", password=NEW,
            partner_id=coalition.cinema,
        )  # fmt: skip
    people = f"/admin/partners/{public_id('prt', coalition.grocery)}/people"
    for somebody in (public_id("stf", al), stf(desk, OPERATOR), public_id("stf", new_uuid())):
        for visitor in (li, operator):
            assert visitor.get(f"{people}/{somebody}").status_code == 404
            for deed in ("role", "dismiss", "link", "sessions/end"):
                assert visitor.post(f"{people}/{somebody}/{deed}").status_code == 404


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_words(agent: str, told: str) -> None:
    assert device(agent) == told
