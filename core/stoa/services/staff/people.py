"""Who somebody of the staff is, and what the role lets them do."""

from dataclasses import dataclass
from uuid import UUID

from stoa.models.identity import Staff
from stoa.values.identifiers import public_id
from stoa.values.roles import permissions_of, role_of
from stoa.work import Actor

__all__ = ["Person", "person_of"]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who works for the operator, or for one partner.

    Attributes:
        role: one of `stoa.values.roles.ROLES`.
        partner_id: the partner whose people they are of; ``None`` for the operator's.
        active: whether the account is open.
        language: of the pages, such as ``zh-Hans``; empty for what the browser asks for.
        zone: in which times are shown; empty for the programme's.
        invited: they have not chosen a password yet.
        theme: ``light`` or ``dark``; empty for what the system is.
        page_rows: how many rows of a list they read at once.
        shortcuts: single letters do something on the pages.
        second_factor: they show one besides the password; told of who is signed in alone.
    """

    id: UUID
    email: str
    name: str
    role: str
    active: bool = True
    partner_id: UUID | None = None
    language: str = ""
    zone: str = ""
    invited: bool = False
    second_factor: bool = False
    theme: str = ""
    page_rows: int = 25
    shortcuts: bool = True

    def may(self, permission: str) -> bool:
        """Whether the role has a permission; a partner's people have it at their partner alone."""
        return permission in permissions_of(self.role)

    @property
    def actor(self) -> Actor:
        """Who stands in the audit trail: ``staff:stf_…``, who sees what is theirs to see."""
        return Actor(f"staff:{public_id('stf', self.id)}", self.partner_id)


def person_of(row: Staff) -> Person:
    """Return who an account belongs to."""
    return Person(
        row.id, row.email, row.name, role_of(row.role), row.may_enter, row.partner_id, row.language,
        row.zone, not row.password_hash,
    )  # fmt: skip
