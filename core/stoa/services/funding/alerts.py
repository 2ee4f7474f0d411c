"""Alerts: a partner whose funding comes to its alert, or to its end, is told once a crossing."""

from typing import Any

from stoa.services.funding.terms import money
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["note"]


def note(work: Work) -> int:
    """Tell of each partner that has crossed its alert or its end since the last time; how many.

    What was filled up since may be crossed again.
    """
    work.session.connection()
    rows = work.rows("SELECT * FROM stoa_note_funding(%s)", (work.now(),))
    for partner_id, kind, topic, left in rows:
        facts: dict[str, Any] = {"partner": public_id("prt", partner_id), "funding": kind}
        if kind == "prepaid":
            facts["left_points"] = left
        else:
            facts["left_amount"] = f"{money(left):.4f}"
            facts["money_currency"] = work.programme.money_currency
        work.record(topic, facts, member_id=None, partner_id=partner_id)
    return len(rows)
