"""The list of disputes, and what may be done to many."""

from flask import url_for

from stoa.errors import DisputeUnknownError
from stoa.services import disputes
from stoa.services.disputes import Dispute
from stoa.services.listings import records
from stoa.values.amounts import Money
from stoa.values.identifiers import uuid_of
from stoa.work import Work
from stoa_admin import texts
from stoa_admin.clearing.common import line_name
from stoa_admin.clearing.words import DISPUTE_STATES, REASON_NAMES
from stoa_admin.language import ngettext, noted
from stoa_admin.lists.declaring import Column, Deed, Empty, Filter, Listing

__all__ = ["DISPUTES"]


def _address(each: Dispute) -> str:
    return url_for("admin.disputes.show", dispute=each.public_id)


def _statement(each: Dispute) -> str:
    return each.statement_no or texts.period(each.period)


def _withdraw(work: Work, dispute: str, reason: str) -> None:
    dispute_id = uuid_of("dsp", dispute)
    if dispute_id is None:
        raise DisputeUnknownError
    disputes.withdraw(work, dispute_id, note=reason)


DISPUTES = Listing(
    name="disputes",
    title=noted("Disputes"),
    source=records.disputes,
    key=lambda each: each.public_id,
    columns=(
        Column("line", noted("Line"), lambda each: line_name(each.line), link=_address),
        Column("partner", noted("Partner"), lambda each: each.partner_name),
        Column("statement", noted("Statement"), _statement),
        Column(
            "disputed", noted("Disputed"), lambda each: Money(each.minor, each.money_currency),
            "money", sort="minor",
        ),
        Column("why", noted("Why"), lambda each: each.reason, "words", words=REASON_NAMES),
        Column("opened", noted("Opened"), lambda each: each.opened_at, "instant", sort="opened"),
        Column("state", noted("State"), lambda each: each.state, "state", words=DISPUTE_STATES),
    ),
    filters=(
        Filter("state", noted("State"), options=DISPUTE_STATES),
        Filter("reason", noted("Why"), options=REASON_NAMES),
        Filter("partner", noted("Partner")),
    ),
    sort="-opened",
    none=Empty(
        "hand-stop",
        noted("No disputes"),
        noted(
            "A line of a statement is disputed from the statement itself, while its window is "
            "open. Only what is disputed is held back."
        ),
    ),
    deeds=(
        Deed(
            "withdraw", noted("Withdraw"), "disputes.change",
            lambda num: ngettext(
                "%(num)d dispute will be withdrawn: what was held moves with the next period.",
                "%(num)d disputes will be withdrawn: what was held moves with the next period.",
                num,
            ),
            _withdraw, noted("Withdrawn"), reason=True, danger=True, for_partners=True,
        ),
    ),
)  # fmt: skip
"""Disputes, the newest first."""
