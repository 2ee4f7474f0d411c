"""Members' sign-in at the admin web: what a client may ask for, what a member agreed to."""

from stoa.services import authorizations, credentials
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, Someone

BACK = "https://shop.example/back"


def a_client(desk: Desk, coalition: Coalition) -> tuple[str, str]:
    """Return a client of the grocery and the address of its page."""
    with desk.work(Actor("cli")) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "Web shop")
    partner = public_id("prt", coalition.grocery)
    return client_id, f"/admin/partners/{partner}/credentials/{client_id}/sign-in"


def terms(desk: Desk, client_id: str) -> credentials.ClientTerms:
    with desk.work(Actor("cli")) as work:
        found = credentials.find_client(work, client_id)
    assert found is not None
    return found


def test_an_operator_lets_members_sign_in_through_a_client_and_ends_it(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    client_id, address = a_client(desk, coalition)
    assert "Members sign in through Web shop" in text_of(operator.get(address))
    answer = operator.post(address, redirect_uris=f"{BACK}\r\n{BACK}2", scopes=["openid", "email"])
    assert "Members may sign in" in text_of(operator.get(answer.location))
    found = terms(desk, client_id)
    assert found.redirect_uris == (BACK, f"{BACK}2")
    assert found.member_scopes == ("openid", "email")
    assert found.grants == ("client_credentials", "authorization_code", "refresh_token")
    assert f"{BACK}2" in operator.get(address).text
    operator.post(f"{address}/forbid")
    found = terms(desk, client_id)
    assert (found.redirect_uris, found.grants) == ((), ("client_credentials",))


def test_addresses_and_scopes_that_can_not_be_used_are_told(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    client_id, address = a_client(desk, coalition)
    operator.get(address)
    for uris, scopes in (
        ("http://shop.example/back", ["openid"]), (f"{BACK}#x", ["openid"]), ("", ["openid"]),
        (BACK, []), (BACK, ["earn:write"]),
    ):  # fmt: skip
        answer = operator.post(address, redirect_uris=uris, scopes=scopes)
        assert answer.status_code == 422
    assert "use https" in operator.post(address, redirect_uris="http://a.b/", scopes="openid").text
    assert terms(desk, client_id).redirect_uris == ()


def test_a_client_of_another_partner_or_one_that_is_revoked_is_not_there(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    client_id, address = a_client(desk, coalition)
    other = address.replace(public_id("prt", coalition.grocery), public_id("prt", coalition.cinema))
    assert operator.get(other).status_code == 404
    operator.get(address)
    assert operator.post(other, redirect_uris=BACK, scopes="openid").status_code == 404
    with desk.work(Actor("cli")) as work:
        credentials.revoke_client(work, client_id)
    assert operator.get(address).status_code == 404
    assert operator.post(address, redirect_uris=BACK, scopes="openid").status_code == 404
    assert operator.post(f"{address}/forbid").status_code == 404


def consented(desk: Desk, coalition: Coalition) -> tuple[Someone, str]:
    """Return a member who agreed to something, and the name of the consent."""
    ada = coalition.a_member()
    client_id, _ = a_client(desk, coalition)
    with desk.work(Actor("cli")) as work:
        consent = authorizations.give(
            work, ada.id, coalition.grocery, client_id, ["openid", "email"], text_version="1"
        )
    return ada, public_id("cns", consent)


def test_a_members_consents_are_shown_and_withdrawn(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    ada, consent = consented(desk, coalition)
    page = f"/admin/members/{public_id('mem', ada.id)}"
    shown = text_of(operator.get(page))
    assert "Signed in at partners" in shown
    assert "Harbour Grocery" in shown
    assert operator.post(f"{page}/consents/{consent}/withdraw").status_code == 303
    assert "Withdrawn" in text_of(operator.get(page))
    assert operator.post(f"{page}/consents/{consent}/withdraw").status_code == 404
    with desk.work(Actor("cli")) as work:
        assert authorizations.consents_of(work, ada.id) == []


def test_a_consent_of_another_member_is_not_there(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    _, consent = consented(desk, coalition)
    bob = coalition.a_member("Bob")
    operator.get("/admin/members")
    path = f"/admin/members/{public_id('mem', bob.id)}/consents/{consent}/withdraw"
    assert operator.post(path).status_code == 404
