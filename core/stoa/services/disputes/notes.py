"""Credit notes: what takes a part of a statement back; numbered without a gap, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.errors import CreditNoteUnknownError
from stoa.models.disputes import CreditNote as NoteRow
from stoa.services import clearing_terms, entities, numbering, papers
from stoa.services.disputes.lists import Dispute
from stoa.services.papers import Paper
from stoa.values.clearing.credits import CreditPaper, credit_sheet
from stoa.values.clearing.statements import Entity, Statement
from stoa.values.clearing.terms import period_of_day
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work, alliance_wide

__all__ = ["CreditNote", "issue", "note_of", "note_paper", "notes"]

_SERIES = "CN"


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note as it was issued; `minor` with its tax, below zero.

    `document` is the canonical JSON of which `sha256` is the hash.
    """

    id: UUID
    no: str
    dispute_id: UUID
    partner_id: UUID
    partner_code: str
    partner_name: str
    period: str
    money_currency: str
    minor: int
    document: str
    sha256: str
    issued_at: datetime

    @property
    def public_id(self) -> str:
        """The id that the world sees: ``crn_…``."""
        return public_id("crn", self.id)

    @property
    def paper(self) -> CreditPaper:
        """What the paper says."""
        return CreditPaper.read(self.document)


_STATEMENT = """
SELECT id, document::jsonb FROM statements
 WHERE points_currency = %s AND period = %s AND partner_id = %s
"""


@alliance_wide
def issue(work: Work, dispute: Dispute) -> Sequence[CreditNote]:
    """Issue what takes a credited line back: to its partner, and to the one across."""
    parties = [(dispute.partner_id, dispute.owes, dispute.tax_minor)]
    if dispute.other_id is not None:
        parties.append((dispute.other_id, not dispute.owes, 0))
    made = []
    for partner_id, owes, tax_minor in parties:
        rows = work.rows(_STATEMENT, (dispute.points_currency, dispute.period, partner_id))
        statement = Statement.read(public_id("stm", rows[0][0]), rows[0][1]) if rows else None
        mine = partner_id == dispute.partner_id
        other = dispute.counterparty if mine else dispute.partner_code
        at = {"line": dispute.line, "counterparty": other}
        line = _line(statement, at) if statement else None
        today = work.today()
        no = numbering.next_number(work, _SERIES, today.year)
        paper = CreditPaper(
            no=no, statement=statement.no if statement else "", period=dispute.period,
            partner=entities.of(work, partner_id).entity, operator=_operator(work, dispute),
            line=dispute.line, counterparty=other, points=dispute.points,
            money_currency=dispute.money_currency, net_minor=-dispute.minor,
            tax_code=line.tax_code if line and tax_minor else "",
            tax_rate=line.tax_rate if line and tax_minor else None, tax_minor=-tax_minor,
            owes=owes, reason=dispute.reason, text=dispute.decision, issued_on=today,
            dispute=dispute.public_id,
        )  # fmt: skip
        row = NoteRow(
            id=new_uuid(), no=no, dispute_id=dispute.id, partner_id=partner_id,
            statement_id=rows[0][0] if rows else None, period=dispute.period,
            money_currency=dispute.money_currency, minor=-dispute.minor - tax_minor,
            document=paper.canonical.decode(), sha256=paper.sha256, issued_at=work.now(),
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        made.append(note_of(work, row.id))
    return made


_NOTES = """
SELECT c.id, c.no, c.dispute_id, c.partner_id, p.code, p.name, c.period, c.money_currency, c.minor,
       c.document, c.sha256, c.issued_at
  FROM credit_notes c JOIN partners p ON p.id = c.partner_id
 WHERE (%(id)s::uuid IS NULL OR c.id = %(id)s)
   AND (%(partner)s::uuid IS NULL OR c.partner_id = %(partner)s)
   AND (%(period)s = '' OR c.period = %(period)s)
   AND (%(dispute)s::uuid IS NULL OR c.dispute_id = %(dispute)s)
   AND (%(before)s::uuid IS NULL OR c.id < %(before)s)
 ORDER BY c.id DESC LIMIT %(limit)s
"""


def notes(
    work: Work,
    *,
    partner_id: UUID | None = None,
    period: str = "",
    dispute_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> Sequence[CreditNote]:
    """Return credit notes, the newest first; of a partner's actor its own."""
    values: dict[str, Any] = {
        "id": None, "partner": partner_id, "period": period, "dispute": dispute_id,
        "before": before, "limit": limit,
    }  # fmt: skip
    return [CreditNote(*row) for row in work.rows(_NOTES, values)]


def note_of(work: Work, note_id: UUID) -> CreditNote:
    """Return a credit note.

    Raises:
        CreditNoteUnknownError: there is none of this id, or it is another partner's.
    """
    values: dict[str, Any] = {
        "id": note_id, "partner": None, "period": "", "dispute": None, "before": None, "limit": 1,
    }  # fmt: skip
    rows = work.rows(_NOTES, values)
    if not rows:
        raise CreditNoteUnknownError
    return CreditNote(*rows[0])


def note_paper(note: CreditNote, kind: str, *, language: str) -> Paper:
    """Write a credit note as ``json``, ``csv``, ``xlsx`` or ``pdf``."""
    if kind == "json":
        return Paper(note.document.encode(), "application/json", f"{note.no}.json")
    return papers.write(credit_sheet(note.paper, language=language, at=note.issued_at), kind)


def _operator(work: Work, dispute: Dispute) -> Entity:
    terms = clearing_terms.of_period(work, dispute.points_currency, period_of_day(work.today()))
    party = terms.operator
    return Entity(party.name, "", party.address, party.tax_number, party.account, party.bic)


def _line(statement: Statement, at: dict[str, str]) -> Any:  # noqa: ANN401 - a StatementLine
    for each in statement.lines:
        if (each.line, each.counterparty, each.memo) == (at["line"], at["counterparty"], False):
            return each
    return None
