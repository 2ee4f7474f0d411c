"""Invitations: a link that works once, by which a person chooses a password."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete

from stoa.errors import InvalidBodyError
from stoa.models.identity import Staff, StaffInvitation
from stoa.services import audit, identity
from stoa.services.staff.accounts import account, add_account, set_password, told
from stoa.services.staff.people import Person, person_of
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["INVITED_FOR", "accept", "invite", "invite_again", "invited"]

INVITED_FOR = timedelta(days=3)
"""How long a link works."""


def invite(
    work: Work, email: str, name: str, *, role: str, partner_id: UUID | None = None
) -> tuple[UUID, str]:
    """Give a person an account without a password; return its id and the token of the link.

    Raises:
        InvalidBodyError: the address, name, role or partner can't be used.
        IdentifierTakenError: the address has an account already.
    """
    person = add_account(work, email, name, role=role, partner_id=partner_id)
    audit.record(work, "staff.invite", public_id("stf", person.id), after=told(person))
    return person.id, _link(work, person.id)


def invite_again(work: Work, staff_id: UUID) -> str:
    """Return the token of a new link; the one before ends, what else is open goes on.

    It serves those who lost their password too: the old one fits until a new one is chosen.

    Raises:
        InvalidBodyError: there is no such account, or it is closed.
    """
    if not account(work, staff_id).may_enter:
        raise InvalidBodyError(errors={"staff": ["There is no such account."]})
    audit.record(work, "staff.invite_again", public_id("stf", staff_id))
    return _link(work, staff_id)


def invited(work: Work, token: str) -> Person | None:
    """Return whom a link invites; ``None`` where it works no longer or never did."""
    found = _found(work, token)
    return None if found is None else person_of(found)


def accept(work: Work, token: str, password: str) -> Person | None:
    """Give the person of a link the password; every link and session of theirs ends.

    Returns:
        Who it was; ``None`` where the link works no longer or never did.

    Raises:
        InvalidBodyError: the password is too weak.
    """
    found = _found(work, token)
    if found is None:
        return None
    with work.on_behalf(person_of(found).actor):
        set_password(work, found.id, password)
    work.session.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == found.id))
    return person_of(found)


def _link(work: Work, staff_id: UUID) -> str:
    token, now = secrets.token_urlsafe(32), work.now()
    work.session.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == staff_id))
    work.session.add(
        StaffInvitation(
            token_hash=identity.token_hash(token), staff_id=staff_id, made_at=now,
            ends_at=now + INVITED_FOR,
        )
    )  # fmt: skip
    return token


def _found(work: Work, token: str) -> Staff | None:
    row = work.session.get(StaffInvitation, identity.token_hash(token), with_for_update=True)
    if row is None or row.ends_at <= work.now():
        return None
    person = work.session.get(Staff, row.staff_id)
    return person if person is not None and person.may_enter else None
