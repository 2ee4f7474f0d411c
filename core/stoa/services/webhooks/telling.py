"""Telling a partner by letter that an endpoint needs a person: it is gone, or gave no answer."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from stoa.services import contacts
from stoa.services.webhooks.endpoints import GAP
from stoa.values.identifiers import public_id
from stoa.values.partner_letters import endpoint_gone, events_given_up
from stoa.work import Work

__all__ = ["tell_of_dead", "tell_of_gone"]

_ENDPOINT = """
SELECT e.partner_id, p.name, CASE e.name WHEN '' THEN e.url ELSE e.name || ', ' || e.url END
  FROM webhook_endpoints e JOIN partners p ON p.id = e.partner_id WHERE e.id = %s
"""
_TURN = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(%s, 46))"
_TODAY = """
SELECT 1 FROM webhook_deliveries d
 WHERE d.endpoint_id = %s AND d.topic = %s AND d.queued_at >= %s LIMIT 1
"""


def tell_of_gone(work: Work, endpoint_id: UUID) -> None:
    """Tell that an endpoint is disabled, for it answered 410."""
    for partner_id, name, where in work.rows(_ENDPOINT, (endpoint_id,)):
        webhook_id = public_id("whk", endpoint_id)
        contacts.tell(work, partner_id, partial(endpoint_gone, name, where, webhook_id))


def tell_of_dead(work: Work, endpoint_ids: Iterable[UUID]) -> None:
    """Tell of endpoints that are about to give up the first event of this day (UTC).

    What is given up leaves a `GAP`, so a gap of today says that the letter was written. Workers
    take turns at an endpoint, in the order of the ids: none waits for one that waits for it.
    """
    for endpoint_id in sorted(set(endpoint_ids)):
        work.rows(_TURN, (str(endpoint_id),))
        if work.rows(_TODAY, (endpoint_id, GAP, _midnight(work.now()))):
            continue
        for partner_id, name, where in work.rows(_ENDPOINT, (endpoint_id,)):
            webhook_id = public_id("whk", endpoint_id)
            contacts.tell(work, partner_id, partial(events_given_up, name, where, webhook_id))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
