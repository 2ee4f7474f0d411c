"""The admin web in the real app, with an operator and an auditor who can sign in."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask

from stoa.app import create_app
from stoa.config import Settings
from stoa.models.identity import Staff
from stoa.services import identity
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.roles import PARTNER_ROLES
from stoa.work import Actor, Desk
from visitor import AUDITOR, OPERATOR, PASSWORD, Visitor
from windows import browser, open_page, site
from world import Coalition

__all__ = ["browser", "open_page", "site"]


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Return the hash of everybody's password; making one is slow on purpose."""
    return identity.hash_secret(PASSWORD)


@pytest.fixture
def app(desk: Desk, settings: Settings, password_hash: str) -> APIFlask:
    """Return the whole app on this test's database, with two people of the staff."""
    people = (
        (OPERATOR, "Grace Lam", "admin"),
        (AUDITOR, "Oskar Meyer", "auditor"),
    )
    with desk.work(Actor("cli")) as work:
        work.session.add_all(
            Staff(
                id=new_uuid(), email=email, name=name, role=role, active=True,
                password_hash=password_hash, created_at=work.now(),
            )
            for email, name, role in people
        )  # fmt: skip
    return create_app(settings, desk=desk)


@pytest.fixture
def stranger(app: APIFlask) -> Visitor:
    """Return somebody who has not signed in."""
    return Visitor(app)


@pytest.fixture
def operator(app: APIFlask) -> Visitor:
    """Return an operator who is signed in."""
    visitor = Visitor(app)
    visitor.sign_in()
    return visitor


@pytest.fixture
def auditor(app: APIFlask) -> Visitor:
    """Return an auditor who is signed in."""
    visitor = Visitor(app)
    visitor.sign_in(AUDITOR)
    return visitor


@pytest.fixture
def enter(
    app: APIFlask, desk: Desk, coalition: Coalition, password_hash: str
) -> Callable[..., Visitor]:
    """Return what lets somebody of a role sign in: a partner's people at the grocery."""

    def entered(role: str, email: str = "") -> Visitor:
        theirs = role in PARTNER_ROLES
        email = email or f"{role.replace('_', '-')}@people.example"
        with desk.work(Actor("cli")) as work:
            work.session.add(
                Staff(
                    id=new_uuid(), email=email, name=f"Pat {role}", role=role, active=not theirs,
                    partner_id=coalition.grocery if theirs else None,
                    password_hash=password_hash, created_at=work.now(),
                )
            )  # fmt: skip
        visitor = Visitor(app)
        visitor.sign_in(email)
        visitor.get("/admin/")
        visitor.get(f"/admin/partners/{public_id('prt', coalition.grocery)}")
        return visitor

    return entered
