"""Estimates foresee what funding would refuse: as the deed itself would, and taking nothing."""

from typing import Any

import pytest

from funds import fund, pack, sale
from stoa.errors import PartnerFundingExhaustedError
from stoa.services import earning
from stoa.work import Desk
from world import Coalition, FixedClock

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "open": ("open", {}),
    "packs": ("prepaid", {}),
    "packs and reserves": ("prepaid", {"overflow": "reserve_pack"}),
    "packs and a credit": ("prepaid", {"overflow": "credit", "credit_limit": "6.00"}),
    "packs, then the member first": ("prepaid", {"overflow": "member_first"}),
    "a credit": ("credit", {"credit_limit": "18.00"}),
    "a credit, then the member first": (
        "credit", {"credit_limit": "18.00", "overflow": "member_first"},
    ),
}  # fmt: skip
MOST = {
    "packs": 1_000, "packs and reserves": 1_200, "packs and a credit": 1_500, "a credit": 1_500,
}  # fmt: skip
"""What may be issued at 0.012 a point; without a limit where nothing stands."""


def funded(desk: Desk, coalition: Coalition, points: int) -> bool:
    who = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        return earning.estimate(work, coalition.a_purchase(who, f"{points}.00")).funded


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_estimate_says_what_the_purchase_would_be_told(
    desk: Desk, coalition: Coalition, clock: FixedClock, kind: str
) -> None:
    name, terms = KINDS[kind]
    fund(desk, coalition.grocery, name, **terms)
    if name == "prepaid":
        pack(desk, coalition.grocery, 1_000)
        pack(desk, coalition.grocery, 200, reserve=True)
    clock.move(minutes=5)
    most = MOST.get(kind)
    assert funded(desk, coalition, most or 50_000)
    if most is not None:
        assert not funded(desk, coalition, most + 1)
        with pytest.raises(PartnerFundingExhaustedError):
            sale(desk, coalition, coalition.a_member(), most + 1)
    sale(desk, coalition, coalition.a_member(), most or 50_000)
    assert funded(desk, coalition, 1) == (most is None)
