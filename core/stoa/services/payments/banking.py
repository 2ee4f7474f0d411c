"""Reconciliation: a bank's file against the payments that wait for it."""

from dataclasses import dataclass
from uuid import UUID

from stoa.services.payments.lists import Payment, listed
from stoa.services.payments.recording import record
from stoa.values.clearing.bank import BankLine, RowError, read_bank, reference_in
from stoa.work import Work

__all__ = ["Outcome", "Reconciled", "take_in"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a line of a bank's file came to.

    Attributes:
        verdict: ``matched``; ``differs`` in its amount, money or direction; ``unknown`` where no
            payment has its reference; ``twice`` where that was recorded before, or failed.
        expected_minor: of the payment, signed as the bank's line.
    """

    line: BankLine
    verdict: str
    reference: str
    payment_id: UUID | None = None
    expected_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a file came to; nothing is recorded of one with `errors`."""

    outcomes: tuple[Outcome, ...]
    errors: tuple[RowError, ...]
    recorded: int

    def count(self, verdict: str) -> int:
        """Return how many lines came to it."""
        return sum(each.verdict == verdict for each in self.outcomes)


def take_in(work: Work, data: bytes, *, currency: str, dry_run: bool = False) -> Reconciled:
    """Read a bank's file and record what matches exactly; what differs is left to people.

    Args:
        data: CSV with the columns ``date``, ``amount`` and ``reference``, or camt.053.
        currency: of a CSV whose lines name none.
        dry_run: tell, and record nothing.

    Raises:
        FxRateMissingError: no rate of exchange for a day was entered; nothing is recorded.
        InvalidBodyError: a day is still to come; nothing is recorded.
    """
    lines, errors = read_bank(data, currency)
    seen: set[str] = set()
    outcomes = [_outcome(work, line, seen) for line in lines]
    recorded = 0
    if not errors and not dry_run:
        for each in outcomes:
            if each.verdict == "matched" and each.payment_id is not None:
                record(work, each.payment_id, bank_date=each.line.day, note="bank file")
                recorded += 1
    return Reconciled(tuple(outcomes), tuple(errors), recorded)


def _outcome(work: Work, line: BankLine, seen: set[str]) -> Outcome:
    reference = reference_in(line.text)
    found = listed(work, reference=reference, limit=1) if reference else ()
    if not found:
        return Outcome(line, "unknown", reference)
    payment = found[0]
    expected = payment.minor if payment.direction == "in" else -payment.minor
    again = reference in seen
    seen.add(reference)
    return Outcome(line, _verdict(line, payment, expected, again), reference, payment.id, expected)


def _verdict(line: BankLine, payment: Payment, expected: int, again: bool) -> str:  # noqa: FBT001 - private
    if again or payment.state not in ("proposed", "sent"):
        return "twice"
    if (line.minor, line.currency) != (expected, payment.currency):
        return "differs"
    return "matched"
