"""Withholding: a member takes a consent back, and the partner hears no more by it (PRV-05).

What was kept for the partner under that consent loses its facts, waiting or not: it keeps its id
and its number, so that no stream has a hole, and says ``"withheld": true``. Attempts, replays and
the feed all read it where it is kept, so none of them tells it again.
"""

from stoa.services import identity
from stoa.services.outbox import Heard
from stoa.services.webhooks.feed import AGREED
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.webhooks import body_of
from stoa.work import Work

__all__ = ["withhold"]

_KEPT = """
SELECT e.id, e.topic, e.at, e.seq, e.position, p.ref_key
  FROM webhook_events e JOIN partners p ON p.id = e.partner_id
 WHERE e.partner_id = %(partner)s AND e.member_id = %(member)s AND e.topic = ANY (%(topics)s)
   AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.partner_id = e.partner_id
                      AND c.member_id = e.member_id AND c.withdrawn_at IS NULL
                      AND 'wallet:read' = ANY (c.scopes))
 ORDER BY e.id FOR UPDATE OF e
"""
_BLANK = """
UPDATE webhook_events e SET facts = '{}', body = each.body
  FROM unnest(%s::uuid[], %s::text[]) AS each (id, body)
 WHERE e.partner_id = %s AND e.id = each.id
RETURNING 1
"""


def withhold(work: Work, heard: Heard) -> None:
    """Take the facts out of what a partner may hear no more; a consent that still holds keeps them.

    It locks what it changes; what is placed at the same moment is placed before or after.
    """
    member_id = uuid_of("mem", str(heard.event.facts.get("member")))
    if heard.partner_id is None or member_id is None:
        return
    values = {"partner": heard.partner_id, "member": member_id, "topics": AGREED}
    ids, bodies = [], []
    for event_id, topic, at, seq, position, ref_key in work.rows(_KEPT, values):
        told = "" if position is None else body_of(
            event_id=public_id("evt", event_id), topic=topic, at=at, seq=seq,
            stream=identity.member_ref(ref_key, member_id), data=None,
        )  # fmt: skip
        ids.append(event_id)
        bodies.append(told)
    if ids:
        work.rows(_BLANK, (ids, bodies, heard.partner_id))
