"""Authorizations: which addresses members may be sent back to, and who may be asked for what."""

import pytest

from stoa.errors import InvalidBodyError
from stoa.services import authorizations, credentials
from stoa.services.authorizations import check_redirect_uri
from stoa.work import Actor, Desk
from world import Coalition

BACK = "https://shop.example/back"
CLI = Actor("cli")


@pytest.mark.parametrize(
    "uri",
    [
        BACK, "https://shop.example", "https://shop.example:8443/back?from=stoa",
        "http://localhost:8000/back", "http://127.0.0.1/back", "http://[::1]:1234/back",
    ],
)  # fmt: skip
def test_https_and_this_machine_are_gone_back_to(uri: str) -> None:
    assert check_redirect_uri(uri, public=False) == ""


@pytest.mark.parametrize(
    "uri",
    [
        "", "shop.example/back", "//shop.example", "http://shop.example/back", "https://",
        "https:///back", f"{BACK}#x", "https://ada@shop.example/", "https://*.shop.example/",
        "https://shop.example/ back", "https://shop.example/\\nback", "https://shöp.example/",
        "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://shop.example/",
        "https://shop.example:99999/", "https://[::1/", "http://localhost:80@evil.example/",
        "com.example.app:/back", f"https://shop.example/{'x' * 500}",
    ],
)  # fmt: skip
def test_no_other_address_is_gone_back_to(uri: str) -> None:
    assert check_redirect_uri(uri, public=False) != ""


@pytest.mark.parametrize("uri", ["com.example.app:/back", "com.example.my-app:/"])
def test_an_app_has_a_scheme_that_is_a_name_backwards(uri: str) -> None:
    assert check_redirect_uri(uri, public=True) == ""


@pytest.mark.parametrize(
    "uri",
    ["app:/back", "javascript:alert(1)", "com.example.app://evil/back", "com.example.app:back",
     "http://shop.example/"],
)  # fmt: skip
def test_an_app_has_no_other_scheme(uri: str) -> None:
    assert check_redirect_uri(uri, public=True) != ""


def test_a_public_client_may_do_nothing_in_its_own_name(desk: Desk, coalition: Coalition) -> None:
    with desk.work(CLI) as work:
        client_id = credentials.issue_public_client(work, coalition.grocery, "App")
    with desk.work(CLI) as work:
        authorizations.allow_sign_in(work, client_id, redirect_uris=["com.example.app:/back"])
    with desk.work(CLI) as work:
        client = credentials.find_client(work, client_id)
    assert client is not None
    assert (client.kind, client.scopes) == ("public", ())
    assert client.grants == ("authorization_code", "refresh_token")


def test_what_can_not_be_allowed_is_told_and_changes_nothing(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(CLI) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "Shop")
    wrong: list[tuple[str, list[str], list[str], str]] = [
        (client_id, [], ["openid"], "redirect_uris"),
        (client_id, ["http://shop.example/"], ["openid"], "redirect_uris"),
        (client_id, [f"{BACK}/{n}" for n in range(11)], ["openid"], "redirect_uris"),
        (client_id, [BACK], [], "member_scopes"),
        (client_id, [BACK], ["earn:write"], "member_scopes"),
        ("cli_none", [BACK], ["openid"], "client_id"),
    ]
    for client, uris, scopes, field in wrong:
        with pytest.raises(InvalidBodyError) as refused, desk.work(CLI) as work:
            authorizations.allow_sign_in(work, client, redirect_uris=uris, scopes=scopes)
        assert refused.value.members["errors"].keys() == {field}
    with desk.work(CLI) as work:
        client_terms = credentials.find_client(work, client_id)
    assert client_terms is not None
    assert client_terms.redirect_uris == ()
