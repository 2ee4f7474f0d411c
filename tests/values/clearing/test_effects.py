"""What other prices would come to is told with the points of a month that is over."""

from decimal import Decimal

from stoa.values.clearing.effects import Effect, Prices, Volume, What, effects, net
from stoa.values.clearing.money import stated

NOW = Prices(Decimal("0.0120"), Decimal("0.0090"))


def test_a_dearer_point_costs_what_it_would_have_cost() -> None:
    dearer = Prices(Decimal("0.0132"), Decimal("0.0090"))
    found = effects(NOW, dearer, Volume(10_000, 4_000))
    assert found == [
        Effect(What.ISSUE, 10_000, Decimal("120.0000"), Decimal("132.0000")),
        Effect(What.REDEMPTION, 4_000, Decimal("-36.0000"), Decimal("-36.0000")),
    ]
    assert [stated([each], "CNY").minor for each in net(found)] == [84_00, 96_00]


def test_a_fee_is_told_where_there_was_or_will_be_one() -> None:
    fee = Prices(Decimal("0.0120"), Decimal("0.0090"), Decimal("0.001"))
    assert effects(NOW, fee, Volume(0, 12_000))[2] == Effect(
        What.FEE, 12_000, Decimal(0), Decimal("12.000")
    )
    assert len(effects(fee, NOW, Volume(0, 12_000))) == 3


def test_a_fee_by_lots_counts_the_points_of_its_lots_wherever_they_went() -> None:
    fee = Prices(Decimal("0.0120"), Decimal("0.0090"), fee_issuing=Decimal("0.0004"))
    found = effects(NOW, fee, Volume(10_000, 0, 7_000))
    assert found[2] == Effect(What.FEE_OF_LOTS, 7_000, Decimal(0), Decimal("2.8000"))
    assert len(found) == 3


def test_a_month_without_points_costs_nothing_either_way() -> None:
    assert net(effects(NOW, NOW, Volume(0, 0))) == (Decimal(0), Decimal(0))
