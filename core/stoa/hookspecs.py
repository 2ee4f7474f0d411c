"""What the core asks a partner's plugin; a plugin implements the hooks it needs with `hookimpl`.

There are three kinds of hooks, and each docstring says which it is:

- a **question** is pure: facts in, facts out; no network, no database, no clock but the facts' own.
- an **errand** runs in the worker after the commit, may use the network, is retried and idempotent.
- a **notice** is told what happened; its answer is ignored.

A hook is asked of one partner's plugin only, with that partner's settings, and never of another's.
The plugin proposes and the core posts: every answer is checked before it is used.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pluggy

from stoa.values.events import Event
from stoa.values.facts import (
    Benefit,
    Claim,
    EarnLine,
    Fulfilment,
    Grant,
    Order,
    Purchase,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.settings import Setting

__all__ = [
    "benefits",
    "cancel_fulfilment",
    "claim_benefit",
    "earn_lines",
    "fulfil",
    "happened",
    "price_reward",
    "refuse_purchase",
    "rewards",
    "settings",
]

_hookspec = pluggy.HookspecMarker("stoa")


@_hookspec(firstresult=True)
def settings() -> Sequence[Setting] | None:
    """List the plugin's knobs. A question, asked once when the plugin is loaded.

    The operator's form is drawn from the answer, and what it sends back is validated by it.
    ``None`` means no settings.
    A plugin that raises here is not loaded.
    """


@_hookspec(firstresult=True)
def refuse_purchase(purchase: Purchase, settings: Mapping[str, Any]) -> Refusal | None:
    """Say why a purchase must not be taken. A question, asked once before `earn_lines`.

    ``None`` means that it may.
    A plugin that raises or answers anything else: the purchase is kept and answered ``pending``.
    """


@_hookspec(firstresult=True)
def earn_lines(
    purchase: Purchase, standing: Standing, settings: Mapping[str, Any]
) -> Sequence[EarnLine] | None:
    """Say what base points a purchase earns, and on which of its lines. A question.

    Asked once for an estimate, once for a purchase, and again by the worker while an answer is
    missing. Only `Line.earning_minor` is money that earns. ``None`` or an empty list earns nothing.
    A plugin that raises or answers garbage: the purchase is kept and answered ``pending``.
    """


@_hookspec(firstresult=True)
def benefits(
    standing: Standing, settings: Mapping[str, Any], at: datetime
) -> Sequence[Benefit] | None:
    """List what a member may enjoy now without paying points. A question, asked for each list.

    ``at`` is aware, UTC.
    A plugin that raises: its benefits are left out of the list.
    """


@_hookspec(firstresult=True)
def claim_benefit(
    claim: Claim, standing: Standing, settings: Mapping[str, Any]
) -> Grant | Refusal | None:
    """Decide a claim: how much is granted, what it is worth, what is left to pay. A question.

    Asked for a quote, once for a claim, and again when less of a held one is used than was asked
    for. ``None`` means that the plugin has no such benefit.
    A plugin that raises: the claim is refused with ``plugin-failed`` and may be repeated.
    """


@_hookspec(firstresult=True)
def rewards(settings: Mapping[str, Any], at: datetime) -> Sequence[Reward] | None:
    """List what this partner offers for points. A question, asked for each catalogue.

    ``at`` is aware, UTC.
    A plugin that raises: its rewards are left out of the list.
    """


@_hookspec(firstresult=True)
def price_reward(order: Order, standing: Standing, settings: Mapping[str, Any]) -> int | None:
    """Say how many points an order costs. A question, asked once a hold for a reward.

    ``None`` means the list price times the quantity.
    A plugin that raises: the redemption is refused with ``plugin-failed``.
    """


@_hookspec(firstresult=True)
def fulfil(order: Order, settings: Mapping[str, Any]) -> Fulfilment | None:
    """Hand out what a member paid for. An errand, asked by the worker after the points are burned.

    Asked again until it is ``done`` or ``refused``, later each time: after a crash, a lost answer
    or ``later``, always with the same ``order.id``, which the partner must use to do it once.
    ``None`` means that the plugin knows no such reward, and counts as ``refused``: the points go
    back to the lots they came from.
    A plugin that raises, answers garbage or takes too long is asked again, for a day at most.
    """


@_hookspec(firstresult=True)
def cancel_fulfilment(order: Order, settings: Mapping[str, Any]) -> Fulfilment | None:
    """Undo what `fulfil` may have done. An errand, asked once the points were given back.

    Asked whether or not `fulfil` was ever answered, with the same ``order.id``: an order that the
    partner never heard of is ``done``, and a `fulfil` of it that arrives later must do nothing.
    ``None`` means that there is nothing to undo; ``refused`` is shown to the operator.
    A plugin that raises, answers garbage or takes too long is asked again, for a day at most.
    """


@_hookspec
def happened(event: Event, settings: Mapping[str, Any]) -> None:
    """Be told of an event that concerns the partner. A notice, given by the worker after commit.

    Given at least once for each event; the answer is ignored; a plugin that raises is logged.
    """
