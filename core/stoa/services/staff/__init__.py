"""Staff: people of the operator and of the partners, with a role, and what they sign in with."""

from stoa.services.staff.accounts import (
    MIN_PASSWORD,
    dismiss,
    everyone,
    find,
    hire,
    set_password,
    set_role,
)
from stoa.services.staff.people import Person, person_of
from stoa.services.staff.sessions import (
    FAILURES,
    IDLE,
    LONGEST,
    WINDOW,
    SignIn,
    session_of,
    sign_in,
    sign_out,
)

__all__ = [
    "FAILURES",
    "IDLE",
    "LONGEST",
    "MIN_PASSWORD",
    "WINDOW",
    "Person",
    "SignIn",
    "dismiss",
    "everyone",
    "find",
    "hire",
    "person_of",
    "session_of",
    "set_password",
    "set_role",
    "sign_in",
    "sign_out",
]
