"""Files of clauses: what an agreement says, or how the alliance clears, as tables of TOML.

    issue_price = "0.0132"
    funding = "credit"
    credit_limit_minor = 2000000

What a table leaves out stays as it is.
"""

from typing import Any

from stoa.values.clearing.clauses import FUNDINGS, OVERFLOWS, REIMBURSE_BY, Clauses, Mode
from stoa.values.clearing.terms import Party, Terms
from stoa.values.sections import Section

__all__ = ["read_clauses", "read_terms"]

_AMONG = {"reimburse_by": REIMBURSE_BY, "funding": FUNDINGS, "overflow": OVERFLOWS}
_WHOLE = ("dispute_days", "payment_days")
_LIMITS = ("credit_limit_minor", "alert_points", "alert_minor")
_PARTS = ("fee_issuing", "fee_redeeming", "reserve_ratio")
_TEXTS = ("settlement_currency", "tax_issue", "tax_redemption", "tax_third_party")


def read_clauses(section: Section, present: Clauses) -> Clauses:
    """Read the clauses that a table names; the others are those of `present`.

    What can't be agreed is remembered at the section.
    """
    told: dict[str, Any] = {}
    for name, words in _AMONG.items():
        told[name] = section.text(name, getattr(present, name), among=words)
    for name in _WHOLE:
        told[name] = section.whole(name, getattr(present, name))
    for name in _LIMITS:
        standing = getattr(present, name)
        told[name] = section.whole(name, 0) if section.has(name) else standing
    for name in _PARTS:
        told[name] = section.decimal(name, str(getattr(present, name)))
    for name in _TEXTS:
        told[name] = section.text(name, getattr(present, name))
    clauses = Clauses(**told)
    for name, texts in clauses.faults().items():
        for text in texts:
            section.wrong(name, text)
    return clauses


def read_terms(section: Section, present: Terms) -> Terms:
    """Read terms of clearing; what a table leaves out is as in `present`."""
    modes = {mode.value: mode for mode in Mode}
    mode = section.text("mode", present.mode.value, among=modes)
    operator = section.section("operator")
    party = Party(
        name=operator.text("name", present.operator.name),
        address=operator.texts("address") or present.operator.address,
        tax_number=operator.text("tax_number", present.operator.tax_number),
        account=operator.text("account", present.operator.account),
        bic=operator.text("bic", present.operator.bic),
    )
    operator.close()
    return Terms(
        effective_from=section.text("effective_from", present.effective_from),
        mode=modes.get(mode, present.mode),
        revenue=section.text("revenue", present.revenue, among=("principal", "agent")),
        recognition=section.text(
            "recognition", present.recognition, among=("proportional", "remote")
        ),
        urr_percent=section.decimal("urr_percent", str(present.urr_percent)),
        reserve_ratio=section.decimal("reserve_ratio", str(present.reserve_ratio)),
        operator=party,
        series=section.text("series", present.series),
    )
