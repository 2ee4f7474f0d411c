"""The deeds by which members share points, each as the call it makes; see `stoa_sdk.resources`."""

from collections.abc import Mapping
from typing import Any

from stoa_sdk.calls import AnswerT, Call, read_key
from stoa_sdk.facts import Transfer
from stoa_sdk.inputs import Member, as_member, points_count

__all__ = ["transfer"]


def transfer(
    *,
    giver: Member,
    to: Member,
    points: int,
    store: str,
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Transfer]:
    """Give points of one member to another; they keep their last day; needs ``transfer:write``.

    Args:
        giver: who gives.
        to: who receives.
        points: how many; those that end first go first.
        store: the code or id of your store.
        reference: your own text.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        InsufficientPoints: the giver has fewer points that may be given.
        Conflict: ``TRANSFER_LIMIT``, more than may be given in a day.
        Invalid: ``SAME_WALLET``.
        Locked: one of the members is frozen.
    """
    body = {
        "from": as_member(giver).as_object(),
        "to": as_member(to).as_object(),
        "points": points_count(points),
        "store": store,
        "reference": reference,
    }
    return _post("v1/transfers", Transfer, body, idempotency_key)


def _post(
    path: str, answer: type[AnswerT], body: Mapping[str, Any], key: str | None
) -> Call[AnswerT]:
    given = {name: value for name, value in body.items() if value is not None}
    return Call(method="POST", path=path, answer=answer, key=read_key(key), body=given)
