"""Files for the bank: what goes out, as pain.001; each payment stands in one file that is paid.

A file is made once and kept: whoever fetches it again gets the same bytes with the same message id,
by which the bank refuses to pay it twice. Who named a partner's account never makes the file.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.errors import FourEyesError, InvalidBodyError, PaymentFileUnknownError
from stoa.models.settling import PaymentFile as FileRow
from stoa.services import audit, clearing_terms, entities, numbering
from stoa.services.payments.lists import Payment, listed, lock
from stoa.values.clearing.terms import period_of_day
from stoa.values.clearing.transfers import Account, Transfer, account_fault, pain001
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["PaymentFile", "file_of", "files", "make_file"]

_SERIES = "PAY"
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file that was made; `message_id` is how the bank knows it."""

    id: UUID
    message_id: str
    points_currency: str
    currency: str
    payments: int
    minor: int
    execute_on: date
    sha256: str
    made_at: datetime
    made_by: str

    @property
    def name(self) -> str:
        """A file name that fits every system."""
        return f"{self.message_id}.xml"


_SEND = """
UPDATE payments SET state = 'sent', file_id = %s WHERE id = ANY(%s) AND state = 'proposed'
RETURNING 1
"""
_FILES = """
SELECT id, message_id, points_currency, currency, payments, minor, execute_on, sha256, made_at,
       made_by
  FROM payment_files WHERE %(id)s::uuid IS NULL OR id = %(id)s ORDER BY id DESC LIMIT %(limit)s
"""


def make_file(
    work: Work, points_currency: str, currency: str, *, period: str = "", execute_on: date
) -> PaymentFile:
    """Make the file of all that is proposed to go out in a money; the payments are sent by it.

    Args:
        period: ``YYYY-MM``; those of every period by default.
        execute_on: the day on which the bank shall pay.

    Raises:
        InvalidBodyError: nothing waits, an account is missing or wrong, or the day is over.
        FourEyesError: the actor named one of the accounts it pays to.
    """
    lock(work)
    if execute_on < work.today():
        raise InvalidBodyError(errors={"execute_on": ["This day is over."]})
    waiting = [
        each
        for each in listed(
            work, points_currency=points_currency, period=period, state="proposed",
            direction="out", limit=_MOST,
        )
        if each.currency == currency
    ]  # fmt: skip
    if not waiting:
        raise InvalidBodyError(errors={"payments": ["Nothing waits to be paid in this money."]})
    waiting.sort(key=lambda each: (each.period, each.partner_code))
    party = clearing_terms.of_period(work, points_currency, period_of_day(work.today())).operator
    payer = Account(party.name, party.account, party.bic)
    transfers = _transfers(work, waiting, payer)
    message_id = numbering.next_number(work, _SERIES, work.today().year)
    content = pain001(
        message_id, at=work.now(), execute_on=execute_on, payer=payer, currency=currency,
        transfers=transfers,
    )  # fmt: skip
    row = FileRow(
        id=new_uuid(), message_id=message_id, points_currency=points_currency, currency=currency,
        payments=len(transfers), minor=sum(each.minor for each in transfers),
        execute_on=execute_on, content=content, sha256=hashlib.sha256(content).hexdigest(),
        made_at=work.now(), made_by=work.actor.name,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.rows(_SEND, (row.id, [each.id for each in waiting]))
    audit.record(
        work, "payment.file", public_id("pyf", row.id),
        after={"message_id": message_id, "payments": row.payments, "sha256": row.sha256},
    )  # fmt: skip
    return file_of(work, row.id)[0]


def files(work: Work, *, limit: int = 100) -> Sequence[PaymentFile]:
    """Return the files that were made, the newest first."""
    return [PaymentFile(*row) for row in work.rows(_FILES, {"id": None, "limit": limit})]


def file_of(work: Work, file_id: UUID) -> tuple[PaymentFile, bytes]:
    """Return a file and its bytes, always the same.

    Raises:
        PaymentFileUnknownError: there is none of this id.
    """
    rows = work.rows(_FILES, {"id": file_id, "limit": 1})
    if not rows:
        raise PaymentFileUnknownError
    content = work.rows("SELECT content FROM payment_files WHERE id = %s", (file_id,))[0][0]
    return PaymentFile(*rows[0]), bytes(content)


def _transfers(work: Work, waiting: Sequence[Payment], payer: Account) -> list[Transfer]:
    errors: dict[str, list[str]] = {}
    if fault := _fault(payer):
        errors["operator"] = [fault]
    transfers = []
    for each in waiting:
        known = entities.of(work, each.partner_id)
        to = Account(known.entity.name, known.entity.account, known.entity.bic)
        if fault := _fault(to):
            errors[each.partner_code] = [fault]
        elif known.account_by == work.actor.name:
            raise FourEyesError("Who named an account does not pay to it.")
        text = f"{each.reference} {each.points_currency} {each.period}"
        transfers.append(Transfer(each.reference, to, each.minor, text))
    if errors:
        raise InvalidBodyError(errors=errors)
    return transfers


def _fault(account: Account) -> str:
    return account_fault(account) if account.number else "No account is known."
