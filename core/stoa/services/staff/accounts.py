"""Accounts of the staff: who has one, with which role, and what ends it."""

from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import delete, select

from stoa.errors import IdentifierTakenError, InvalidBodyError
from stoa.models.identity import Staff, StaffInvitation, StaffSession
from stoa.models.partners import Partner
from stoa.services import audit, identity
from stoa.services.staff.people import Person, person_of
from stoa.values.identifiers import new_uuid, public_id, read_email
from stoa.values.languages import LANGUAGES
from stoa.values.roles import OPERATOR_ROLES, PARTNER_ROLES
from stoa.work import Work, alliance_wide

__all__ = [
    "MIN_PASSWORD",
    "MOST_NAME",
    "PAGE_ROWS",
    "THEMES",
    "account",
    "add_account",
    "change_password",
    "dismiss",
    "everyone",
    "find",
    "hire",
    "set_looks",
    "set_password",
    "set_reading",
    "set_role",
    "told",
]

MIN_PASSWORD = 12
"""The least number of characters of a password."""

MOST_NAME = 120
"""The most characters of a name."""

_COMMON = ("password", "changeme", "welcome", "letmein", "qwerty", "123456", "stoa")
_LEAST_DIFFERENT = 5


def hire(
    work: Work, email: str, name: str, *, role: str, password: str, partner_id: UUID | None = None
) -> UUID:
    """Give a person an account; return its id.

    Args:
        partner_id: whose people they are of, for a partner's role; ``None`` for the operator's.

    Raises:
        InvalidBodyError: the address, name, role, partner or password can't be used; `errors`
            names each.
        IdentifierTakenError: the address has an account already.
    """
    weak = _weakness(password, email)
    errors = {"password": [weak]} if weak else {}
    person = add_account(work, email, name, role=role, partner_id=partner_id, errors=errors)
    person.password_hash = identity.hash_secret(password)
    audit.record(work, "staff.hire", public_id("stf", person.id), after=told(person))
    return person.id


def add_account(
    work: Work,
    email: str,
    name: str,
    *,
    role: str,
    partner_id: UUID | None,
    errors: dict[str, list[str]] | None = None,
) -> Staff:
    """Add an account that nobody can sign in to yet.

    Args:
        errors: what is wrong already.

    Raises:
        InvalidBodyError: the address, name, role or partner can't be used.
        IdentifierTakenError: the address has an account already.
    """
    errors = _wrong_role(work, role, partner_id) | (errors or {})
    address = _address(email)
    if address is None:
        errors["email"] = ["Write an e-mail address such as name@example.org."]
    if not name.isprintable() or not 0 < len(name.strip()) <= MOST_NAME:
        errors["name"] = [f"Write a name of at most {MOST_NAME} characters."]
    if errors or address is None:
        raise InvalidBodyError(errors=errors)
    if _is_taken(work, address):
        raise IdentifierTakenError(identifier="email")
    person = Staff(
        id=new_uuid(), email=address, name=name.strip(), password_hash="", role=role,
        active=partner_id is None, created_at=work.now(), partner_id=partner_id,
    )  # fmt: skip
    work.session.add(person)
    work.session.flush()
    return person


def everyone(work: Work, *, partner_id: UUID | None = None) -> list[Person]:
    """Return all accounts by name, those of one partner where one is named."""
    rows = select(Staff).order_by(Staff.name, Staff.id)
    if partner_id is not None:
        rows = rows.where(Staff.partner_id == partner_id)
    return [person_of(row) for row in work.session.scalars(rows)]


def find(work: Work, staff_id: UUID) -> Person | None:
    """Return whose account it is; ``None`` where there is none to be seen."""
    row = work.session.get(Staff, staff_id)
    return None if row is None else person_of(row)


def set_password(work: Work, staff_id: UUID, password: str) -> None:
    """Change a password; every session of the person ends.

    Raises:
        InvalidBodyError: there is no such account, or the password is too weak.
    """
    row = account(work, staff_id)
    weak = _weakness(password, row.email)
    if weak:
        raise InvalidBodyError(errors={"password": [weak]})
    row.password_hash = identity.hash_secret(password)
    _end_sessions(work, staff_id)
    audit.record(work, "staff.set_password", public_id("stf", staff_id))


def change_password(work: Work, staff_id: UUID, old: str, new: str, *, but: str) -> None:
    """Let a person change their own password; their other sessions end.

    Args:
        but: the token of the session in which it is done.

    Raises:
        InvalidBodyError: the old password is wrong, or the new one too weak.
    """
    row = account(work, staff_id)
    if not identity.secret_fits(row.password_hash, old):
        raise InvalidBodyError(errors={"old": ["This is not your password."]})
    weak = _weakness(new, row.email)
    if weak:
        raise InvalidBodyError(errors={"password": [weak]})
    row.password_hash = identity.hash_secret(new)
    kept = StaffSession.token_hash != identity.token_hash(but)
    work.session.execute(delete(StaffSession).where((StaffSession.staff_id == staff_id) & kept))
    audit.record(work, "staff.set_password", public_id("stf", staff_id))


def set_reading(work: Work, staff_id: UUID, *, language: str, zone: str) -> None:
    """Keep in which language and time zone a person reads the pages; empty for the usual.

    Raises:
        InvalidBodyError: there is no such language or zone.
    """
    errors = {}
    if language and language not in LANGUAGES:
        errors["language"] = [f"Choose one of {', '.join(LANGUAGES)}."]
    if zone and zone not in available_timezones():
        errors["zone"] = ["Choose a time zone such as Asia/Shanghai."]
    if errors:
        raise InvalidBodyError(errors=errors)
    row = account(work, staff_id)
    before = {"language": row.language, "zone": row.zone}
    row.language, row.zone = language, zone
    after = {"language": language, "zone": zone}
    audit.record(work, "staff.set_reading", public_id("stf", staff_id), before=before, after=after)


PAGE_ROWS = (10, 25, 50, 100)
"""How many rows of a list a person may read at once."""

THEMES = ("", "light", "dark")
"""Light or dark; empty for what the system is."""


def set_looks(work: Work, staff_id: UUID, *, theme: str, page_rows: int, shortcuts: bool) -> None:
    """Keep whether a person reads light or dark pages, and how many rows of a list at once.

    Args:
        shortcuts: single letters do something on the pages (WCAG 2.2, 2.1.4).

    Raises:
        InvalidBodyError: there is no such look, or it is none of `PAGE_ROWS`.
    """
    errors = {}
    if theme not in THEMES:
        errors["theme"] = ["Choose light or dark."]
    if page_rows not in PAGE_ROWS:
        errors["page_rows"] = [f"Choose one of {', '.join(map(str, PAGE_ROWS))}."]
    if errors:
        raise InvalidBodyError(errors=errors)
    row = account(work, staff_id)
    row.theme, row.page_rows, row.shortcuts = theme, page_rows, shortcuts


def set_role(work: Work, staff_id: UUID, role: str) -> None:
    """Give a person another role of the same house; every session of the person ends.

    Raises:
        InvalidBodyError: there is no such account, no such role for its house, or it is one's own.
    """
    row = _others(work, staff_id)
    wrong = _wrong_role(work, role, row.partner_id)
    if wrong:
        raise InvalidBodyError(errors=wrong)
    before = told(row)
    row.role = role
    _end_sessions(work, staff_id)
    audit.record(work, "staff.set_role", public_id("stf", staff_id), before=before, after=told(row))


def dismiss(work: Work, staff_id: UUID) -> None:
    """Close an account; every session of the person ends at once.

    Raises:
        InvalidBodyError: there is no such account, or it is one's own.
    """
    row = _others(work, staff_id)
    before = told(row) | {"active": row.may_enter}
    row.active, row.dismissed_at = False, row.dismissed_at or work.now()
    _end_sessions(work, staff_id)
    work.session.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == staff_id))
    audit.record(
        work, "staff.dismiss", public_id("stf", staff_id), before=before,
        after=told(row) | {"active": False},
    )  # fmt: skip


@alliance_wide
def _is_taken(work: Work, address: str) -> bool:
    return work.session.scalar(select(Staff.id).where(Staff.email == address)) is not None


def _wrong_role(work: Work, role: str, partner_id: UUID | None) -> dict[str, list[str]]:
    roles = OPERATOR_ROLES if partner_id is None else PARTNER_ROLES
    errors = {} if role in roles else {"role": [f"Choose one of {', '.join(roles)}."]}
    if partner_id is not None and work.session.get(Partner, partner_id) is None:
        errors["partner"] = ["There is no such partner."]
    if work.actor.partner_id not in (None, partner_id):
        errors["partner"] = ["A partner's people hire for their own partner."]
    return errors


def told(row: Staff) -> dict[str, str]:
    """Return what the audit trail says of an account."""
    facts = {"role": row.role}
    if row.partner_id is not None:
        facts["partner"] = public_id("prt", row.partner_id)
    return facts


def account(work: Work, staff_id: UUID) -> Staff:
    """Return an account, locked.

    Raises:
        InvalidBodyError: there is none.
    """
    row = work.session.get(Staff, staff_id, with_for_update=True)
    if row is None:
        raise InvalidBodyError(errors={"staff": ["There is no such account."]})
    return row


def _others(work: Work, staff_id: UUID) -> Staff:
    row = account(work, staff_id)
    if work.actor.name == person_of(row).actor.name:
        raise InvalidBodyError(errors={"staff": ["Another administrator has to do this to you."]})
    return row


def _end_sessions(work: Work, staff_id: UUID) -> None:
    work.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _address(email: str) -> str | None:
    try:
        return read_email(email)
    except ValueError:
        return None


def _weakness(password: str, email: str) -> str | None:
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters."
    plain = password.casefold()
    local = email.partition("@")[0].casefold()
    guessable = any(word in plain and len(plain) <= len(word) + 6 for word in (*_COMMON, local))
    if guessable or len(set(plain)) < _LEAST_DIFFERENT:
        return "This is easy to guess; use several words that do not belong together."
    return None
