"""Points that pay what a benefit leaves to pay: held, burned and given back with the claim.

The hold belongs to the claim: no door of redemptions knows it, and it ends when the claim does.
"""

from datetime import datetime, timedelta
from uuid import UUID

from stoa.errors import ClaimRefusedError
from stoa.models.benefits import ClaimRow
from stoa.services import currencies, ledger, member_codes, mergers, step_up
from stoa.services.benefits.answers import Answer, Asked
from stoa.services.partners import Terms
from stoa.services.step_up import Owed
from stoa.values.amounts import Money
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["burn", "give_back", "hold", "let_go", "owed"]

_AT_ONCE = timedelta(minutes=1)


def owed(work: Work, ask: Asked, given: Answer) -> Owed | None:
    """Return the points that would pay the rest, where so many need a PIN or a confirmation."""
    if not given.due_minor or given.points_option is None:
        return None
    currency = currencies.known(work, ask.terms, None)
    if not currency.spending.needs_step_up(given.points_option):
        return None
    return Owed(ask.member_id, given.points_option, currency.code)


def hold(
    work: Work, ask: Asked, given: Answer, *, claim_id: UUID, until: datetime | None
) -> tuple[UUID | None, int]:
    """Set the points aside that pay the rest; return the hold and its points.

    Raises:
        ClaimRefusedError: points can't pay the rest.
        StepUpRequiredError: so many points need a PIN or a confirmation.
        CodeUsedError: the member code has paid for something before.
        InsufficientPointsError: fewer points are available.
        WalletBusyError: the wallet stayed locked for too long.
    """
    if not given.due_minor:
        return None, 0
    if given.points_option is None or ask.store.currency != work.programme.money_currency:
        raise ClaimRefusedError("Points can't pay what is left here.", reason="points_not_taken")
    currency = currencies.known(work, ask.terms, None)
    proved = owed(work, ask, given)
    confirmed = step_up.shown(work, proved, ask.wish.step_up) if proved else None
    hold_id, now = new_uuid(), work.now()
    with (
        member_codes.spending(work, ask.member_id, ask.shown),
        member_codes.spending(work, ask.member_id, confirmed),
    ):
        ledger.hold(
            work, ask.member_id, currency.code, partner_id=ask.terms.partner_id,
            store_id=ask.store.id, key=None, hold_id=hold_id, points=given.points_option,
            worth_minor=given.due_minor, purpose="benefit", reward="",
            reference=public_id("clm", claim_id), at=now, expires_at=until or now + _AT_ONCE,
            business_date=ask.day, spender_id=None, net_of_debt=currency.debt_policy == "negative",
            facts=_facts(ask.member_id, hold_id, given.points_option),
        )  # fmt: skip
    return hold_id, given.points_option


def burn(work: Work, terms: Terms, row: ClaimRow, points: int) -> None:
    """Burn points of a claim's hold and let go of the rest; of none, let go of all.

    Raises:
        HoldExpiredError: its time is over.
        WalletBusyError: the wallet stayed locked for too long.
    """
    if row.hold_id is None:
        return
    if not points:
        let_go(work, row, state="voided")
        return
    worth = Money(row.points_minor, row.money_currency)
    agreement = terms.agreement_on(work.today())
    explanation = {
        "agreement_version": agreement.version,
        "lines": [{"reason": "benefit", "arithmetic": f"{points} points worth {worth}"}],
    }
    ledger.capture(
        work, row.member_id, work.programme.currency, partner_id=terms.partner_id, key=None,
        hold_id=row.hold_id, points=points, reference="", price=agreement.reimbursement_rate,
        explanation=explanation, facts=_facts(row.member_id, row.hold_id, points),
    )  # fmt: skip


def let_go(work: Work, row: ClaimRow, *, state: str) -> None:
    """Let go of a claim's hold: ``voided`` by its partner or ``expired`` by the clock.

    Raises:
        WalletBusyError: the wallet stayed locked for too long.
    """
    if row.hold_id is None:
        return
    ledger.release(
        work, row.member_id, work.programme.currency, partner_id=row.partner_id, key=None,
        hold_id=row.hold_id, state=state,
        facts=_facts(row.member_id, row.hold_id, row.points) | {"state": state},
    )  # fmt: skip


_BURNED = "SELECT member_id, currency, captured FROM holds WHERE id = %s AND refunded = 0"


def give_back(work: Work, terms: Terms, row: ClaimRow) -> None:
    """Give the burned points of a used claim back to the lots they came from.

    Raises:
        WalletBusyError: the wallet stayed locked for too long.
    """
    if row.hold_id is None or not row.points:
        return
    member_id, code, points = work.rows(_BURNED, (row.hold_id,))[0]
    grace_days = currencies.known(work, terms, code).grace_days
    hold_id, claim = row.hold_id, public_id("clm", row.id)
    explanation = {
        "lines": [{"reason": "refund", "arithmetic": f"{points} points of claim {claim} come back"}]
    }
    mergers.passed_on(
        work, member_id,
        lambda: ledger.refund(
            work, member_id, code, partner_id=terms.partner_id, key=None, hold_id=hold_id,
            points=points, transaction_id=new_uuid(), reference="", grace_days=grace_days,
            explanation=explanation, facts=_facts(member_id, hold_id, points),
        ),
    )  # fmt: skip


def _facts(member_id: UUID, hold_id: UUID, points: int) -> dict[str, object]:
    return {
        "redemption": public_id("hld", hold_id), "member": public_id("mem", member_id),
        "points": points, "reward": None,
    }  # fmt: skip
