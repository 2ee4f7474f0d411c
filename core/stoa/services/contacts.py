"""The contact of a partner: who gets a letter when something of theirs needs a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.models.partners import Partner
from stoa.services import audit, mail
from stoa.values.identifiers import public_id, read_email
from stoa.values.languages import ENGLISH, LANGUAGES
from stoa.values.letters import Letter
from stoa.work import Work

__all__ = ["Contact", "name_contact", "of", "tell"]

_OF_USE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Contact:
    """An e-mail address and the language that is read there; empty where nobody is named."""

    email: str
    language: str


def name_contact(
    work: Work, partner_id: UUID, email: str, *, language: str | None = None
) -> Contact:
    """Name who gets a partner's letters; nobody where `email` is empty.

    Args:
        language: one of `LANGUAGES`; as before, or English, by default.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: this is no address, or no language of ours.
    """
    row = work.session.get(Partner, partner_id, with_for_update=True)
    if row is None:
        raise PartnerUnknownError
    wrong: dict[str, list[str]] = {}
    address = email.strip()
    try:
        if address:
            read_email(address)
    except ValueError:
        wrong["email"] = ["Write an e-mail address such as name@example.org."]
    if language not in (None, *LANGUAGES):
        wrong["language"] = [f"Choose one of {', '.join(LANGUAGES)}."]
    if wrong:
        raise InvalidBodyError(errors=wrong)
    row.contact_email = address or None
    tongue = row.contact_language = language or row.contact_language or ENGLISH
    audit.record(
        work, "partner.contact", public_id("prt", partner_id),
        after={"named": bool(address), "language": tongue},
    )  # fmt: skip
    work.session.flush()
    return Contact(address, tongue)


def of(work: Work, partner_id: UUID) -> Contact:
    """Return who gets a partner's letters."""
    return _contact(work, partner_id) or Contact("", ENGLISH)


def tell(work: Work, partner_id: UUID, write: Callable[..., Letter]) -> bool:
    """Queue a letter to a partner's contact; tell whether there is one.

    Args:
        write: makes the letter in a `language`.
    """
    contact = _contact(work, partner_id)
    if contact is None:
        return False
    mail.queue(work, contact.email, write(language=contact.language), ends_at=work.now() + _OF_USE)
    return True


_CONTACT = "SELECT contact_email, contact_language FROM partners WHERE id = %s"


def _contact(work: Work, partner_id: UUID) -> Contact | None:
    for email, language in work.rows(_CONTACT, (partner_id,)):
        if email:
            return Contact(email, language or ENGLISH)
    return None
