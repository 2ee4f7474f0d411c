"""The badge of clearing: how much waits for whoever looks, remembered for some seconds."""

from time import monotonic

from stoa.services import agreements, clearing_terms
from stoa_admin.front import front, open_work, person

__all__ = ["forget", "waiting"]

_KEY = "clearing.waiting"
_KEPT_S = 15.0


def waiting() -> dict[str, int]:
    """Return by tab how many proposals of others wait; nothing for who may not decide them."""
    may = {"agreements": "agreements.change", "terms": "clearing.change"}
    if not any(person().may(permission) for permission in may.values()):
        return {}
    kept, now = front().kept.get(_KEY), monotonic()
    if kept is None or kept[0] < now:
        with open_work() as work:
            found = {
                "agreements": [each.proposed_by for each in agreements.waiting(work)],
                "terms": clearing_terms.waiting(work),
            }
        kept = front().kept[_KEY] = (now + _KEPT_S, found)
    me = person().actor.name
    return {
        tab: sum(who != me for who in kept[1][tab])
        for tab, permission in may.items()
        if person().may(permission)
    }


def forget() -> None:
    """Count anew the next time, after something was proposed or decided here."""
    front().kept.pop(_KEY, None)
