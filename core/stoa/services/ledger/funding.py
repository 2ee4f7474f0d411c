"""What a payer's funding lacks: the refusal of it, which tells nobody another partner's figures."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from stoa.errors import PartnerFundingExhaustedError
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["unfunded"]

_EXHAUSTED = "ST051"
_NOTED = "funding.refused"
_NOTE_AGAIN = timedelta(seconds=30)


def unfunded(work: Work, wrong: DBAPIError) -> PartnerFundingExhaustedError | None:
    """Return the refusal of a deed that a payer has not funded, and note that there was one.

    Args:
        wrong: what a function of the ledger raised; ``None`` is returned for all else.
    """
    if getattr(wrong.orig, "sqlstate", None) != _EXHAUSTED:
        return None
    told = json.loads(getattr(getattr(wrong.orig, "diag", None), "message_detail", None) or "{}")
    payer_id = UUID(told["partner"])
    _note(work, payer_id)
    caller = work.actor.partner_id
    if caller is not None and caller != payer_id:
        return PartnerFundingExhaustedError(
            "A partner who pays for this has not funded it.", payer_id=payer_id
        )
    members = _figures(told, work.programme.money_currency)
    if caller is None:
        members["partner"] = public_id("prt", payer_id)
    return PartnerFundingExhaustedError(payer_id=payer_id, **members)


def _figures(told: dict[str, Any], money_currency: str) -> dict[str, Any]:
    if told["by"] == "points":
        return {"funding": "packs", "wanted_points": told["wanted"], "left_points": told["left"]}
    return {
        "funding": "credit",
        "wanted_amount": _amount(told["wanted"]),
        "left_amount": _amount(told["left"]),
        "money_currency": money_currency,
    }


def _amount(micros: int) -> str:
    return f"{Decimal(micros).scaleb(-6):.4f}"


def _note(work: Work, payer_id: UUID) -> None:
    """Let the next round of alerts see it; in a transaction of its own where none is open."""
    noted: dict[UUID, datetime] = work.memo.setdefault(_NOTED, {})
    last = noted.get(payer_id)
    if last is None or work.now() - last >= _NOTE_AGAIN:
        work.rows("SELECT stoa_note_refused(%s, %s)", (payer_id, work.now()))
        noted[payer_id] = work.now()
