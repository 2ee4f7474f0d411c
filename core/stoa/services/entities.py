"""Legal entities: as whom papers and banks know a partner.

Each change is a new version, so that it can be told who named the account that was paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.models.settling import PartnerEntity
from stoa.services import audit
from stoa.values.clearing.statements import Entity
from stoa.values.clearing.transfers import Account, account_fault, is_iban
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Known", "Version", "at", "change", "of", "versions"]

_MOST = 140
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Known:
    """A partner as a legal entity, and who named the account it is paid to."""

    entity: Entity
    version: int = 0
    account_by: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What was said at one time, and by whom."""

    entity: Entity
    version: int
    changed_at: datetime
    changed_by: str


_OF = """
SELECT p.code, p.name, e.name, e.address, e.tax_number, e.account, e.bic, e.version, e.account_by
  FROM partners p
  LEFT JOIN LATERAL (SELECT * FROM partner_entities x WHERE x.partner_id = p.id
                      ORDER BY x.version DESC LIMIT 1) AS e ON true
 WHERE p.id = %s
"""


def of(work: Work, partner_id: UUID) -> Known:
    """Return a partner's legal entity: by its name alone until more was said.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    rows = work.rows(_OF, (partner_id,))
    if not rows:
        raise PartnerUnknownError
    code, shown, name, address, tax_number, account, bic, version, account_by = rows[0]
    if version is None:
        return Known(Entity(shown, code))
    entity = Entity(name, code, tuple(address), tax_number, account, bic)
    return Known(entity, version, account_by)


_AT = """
SELECT p.id, p.code, p.name, e.name, e.address, e.tax_number, e.account, e.bic
  FROM partners p
  LEFT JOIN LATERAL (
       SELECT * FROM partner_entities x WHERE x.partner_id = p.id
        ORDER BY x.changed_at < %(at)s DESC,
                 CASE WHEN x.changed_at < %(at)s THEN x.version ELSE -x.version END DESC
        LIMIT 1) AS e ON true
"""


def at(work: Work, instant: datetime) -> Mapping[UUID, Entity]:
    """Return all partners as they were known right before an instant, by their ids.

    Who was not known by then is named as it was first made known; and by its name alone where it
    never was.
    """
    found = {}
    for partner_id, code, shown, name, address, *numbers in work.rows(_AT, {"at": instant}):
        named = name is not None
        found[partner_id] = (
            Entity(name, code, tuple(address), *numbers) if named else Entity(shown, code)
        )
    return found


_VERSIONS = """
SELECT p.code, e.name, e.address, e.tax_number, e.account, e.bic, e.version, e.changed_at,
       e.changed_by
  FROM partner_entities e JOIN partners p ON p.id = e.partner_id
 WHERE e.partner_id = %s ORDER BY e.version DESC
"""


def versions(work: Work, partner_id: UUID) -> Sequence[Version]:
    """Return all that was ever said of a partner, the newest first."""
    return [
        Version(Entity(name, code, tuple(address), tax_number, account, bic), *rest)
        for code, name, address, tax_number, account, bic, *rest in work.rows(
            _VERSIONS, (partner_id,)
        )
    ]


def change(work: Work, partner_id: UUID, entity: Entity) -> Known:
    """Say as whom a partner is known; its `code` stays what it is.

    An IBAN is kept without blanks. Whoever names an account never makes the file that pays to it.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: a text is too long, the name is empty, or the account can't be.
    """
    work.session.connection()
    work.rows("SELECT pg_advisory_xact_lock(5764, hashtext(%s)) IS NULL", (str(partner_id),))
    was = of(work, partner_id)
    asked = _tidy(replace(entity, code=was.entity.code))
    if errors := _faults(asked):
        raise InvalidBodyError(errors=errors)
    if asked == was.entity and was.version:
        return was
    moved = (asked.account, asked.bic) != (was.entity.account, was.entity.bic)
    account_by = work.actor.name if moved else was.account_by
    work.session.add(
        PartnerEntity(
            partner_id=partner_id, version=was.version + 1, name=asked.name,
            address=list(asked.address), tax_number=asked.tax_number, account=asked.account,
            bic=asked.bic, changed_at=work.now(), changed_by=work.actor.name,
            account_by=account_by,
        )
    )  # fmt: skip
    work.session.flush()
    audit.record(
        work, "partner.entity", public_id("prt", partner_id),
        before=asdict(was.entity), after=asdict(asked),
    )  # fmt: skip
    return Known(asked, was.version + 1, account_by)


def _tidy(entity: Entity) -> Entity:
    account = " ".join(entity.account.split())
    return replace(
        entity, name=" ".join(entity.name.split()),
        address=tuple(line for each in entity.address if (line := " ".join(each.split()))),
        tax_number=" ".join(entity.tax_number.split()),
        account=account.replace(" ", "").upper() if is_iban(account) else account,
        bic=entity.bic.replace(" ", "").upper(),
    )  # fmt: skip


def _faults(entity: Entity) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not entity.name.strip() or len(entity.name) > _MOST:
        errors["name"] = [f"Write the legal name, in at most {_MOST} characters."]
    if len(entity.address) > _MOST_LINES or any(len(each) > _MOST for each in entity.address):
        errors["address"] = [f"Write at most {_MOST_LINES} lines."]
    if len(entity.tax_number) > 35:  # noqa: PLR2004 - ISO 20022 Max35Text
        errors["tax_number"] = ["Write at most 35 characters."]
    if entity.account:
        fault = account_fault(Account(entity.name, entity.account, entity.bic))
        if fault:
            errors["account"] = [fault]
    elif entity.bic:
        errors["account"] = ["A BIC needs an account."]
    return errors
