"""The transit plugin: a part of the ride by ticket, and money on the city card, once an order."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import stoa_transit
from citycard import CityCard, open_city_card
from stoa.errors import PluginFailedError
from stoa.plugins import Plugins
from stoa.testing import a_claim, a_standing, an_order, check_errands, check_plugin
from stoa.values.facts import Benefit, Fulfilment, Grant, Refusal, Reward
from stoa.values.settings import read_settings
from stoa_transit.card import Card, CardError

PLUGINS = Plugins({"transit": stoa_transit})
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPENT = a_standing(spent_today_minor=100_00)
DOOR = {"card_url": "https://card.example/v1", "card_key": "k"}


def knobs(**given: Any) -> dict[str, Any]:
    return read_settings(stoa_transit.settings(), given)


def claim(**more: Any) -> Grant | Refusal | None:
    standing, given = more.pop("standing", SPENT), more.pop("given", {})
    facts: dict[str, Any] = {"subject": "T-4711"} | more
    asked = a_claim("ride_subsidy", **facts)
    return PLUGINS.claim_benefit("transit", asked, standing, knobs(**given))


def refused(**more: Any) -> str:
    answer = claim(**more)
    assert isinstance(answer, Refusal)
    return answer.code


def test_rides_are_listed_once_enough_was_spent() -> None:
    [listed] = PLUGINS.benefits("transit", SPENT, knobs(), NOW)
    assert (listed.code, listed.unit, listed.available_milli) == ("ride_subsidy", "ea", 2000)
    too_little = a_standing(spent_today_minor=99_99)
    assert PLUGINS.benefits("transit", too_little, knobs(), NOW) == []
    assert PLUGINS.benefits("transit", SPENT, knobs(subsidy_minor=0), NOW) == []
    assert isinstance(listed, Benefit)


@pytest.mark.parametrize(
    ("fare_minor", "worth_minor", "due_minor"),
    [(8_00, 5_00, 3_00), (5_00, 5_00, 0), (2_00, 2_00, 0), (0, 0, 0), (None, 5_00, 0)],
)
def test_a_part_of_the_fare_is_paid_and_never_more(
    fare_minor: int | None, worth_minor: int, due_minor: int
) -> None:
    granted = claim(unit_price_minor=fare_minor)
    assert isinstance(granted, Grant)
    assert (granted.quantity_milli, granted.worth_minor, granted.due_minor) == (
        1000, worth_minor, due_minor,
    )  # fmt: skip


def test_a_ticket_pays_once_whoever_shows_it() -> None:
    assert refused(subject_used_milli=1000) == "ticket_used"
    assert refused(subject_used_ever_milli=1000) == "ticket_used"  # on a day before
    assert refused(subject="") == "no_ticket"


def test_so_many_rides_a_day() -> None:
    assert isinstance(claim(used_milli=1000), Grant)
    assert refused(used_milli=2000) == "rides_used_up"
    assert isinstance(claim(used_milli=2000, given={"rides_per_day": 3}), Grant)


def test_a_ride_needs_the_days_spend_and_is_whole() -> None:
    assert refused(standing=a_standing(spent_today_minor=99_99)) == "not_enough_spent"
    assert refused(given={"subsidy_minor": 0}) == "not_enough_spent"
    assert refused(quantity_milli=999) == "no_whole_ride"
    many = claim(quantity_milli=5000)
    assert isinstance(many, Grant)
    assert many.quantity_milli == 1000


def test_top_ups_are_offered_where_they_have_a_price_and_a_door() -> None:
    assert PLUGINS.rewards("transit", knobs(**DOOR), NOW) == [
        Reward("top_up", "Money on the city card", 1000, 1000, 5, kind="currency", fulfil="plugin")
    ]
    assert PLUGINS.rewards("transit", knobs(**DOOR, top_up_points=0), NOW) == []
    assert PLUGINS.rewards("transit", knobs(), NOW) == []


@pytest.mark.parametrize("given", [{}, DOOR, DOOR | {"rides_per_day": 1, "top_up_points": 7}])
def test_the_contract_is_kept(given: dict[str, Any]) -> None:
    check_plugin(stoa_transit, settings=given, purchases=10)


@pytest.fixture
def card() -> Iterator[CityCard]:
    with open_city_card() as opened:
        yield opened


def top_up(card: CityCard, number: str = "3104 77") -> Fulfilment | None:
    order = an_order("top_up", quantity=2, worth_minor=2000, deliver_to={"card": number})
    return PLUGINS.fulfil("transit", order, knobs(card_url=card.url, card_key="s3"))


def test_the_contract_of_errands_is_kept(card: CityCard) -> None:
    order = an_order("top_up", deliver_to={"card": "3104 77"})
    done = check_errands(stoa_transit, order, settings={"card_url": card.url})
    assert done == Fulfilment("done", reference="T-cked")
    assert card.asked == {"hld_checked": 4}
    assert card.made == {}


def test_a_top_up_names_the_card_and_the_money_with_the_key(card: CityCard) -> None:
    assert top_up(card) == Fulfilment("done", reference="T-cked")
    assert card.made == {"hld_checked": {"card": "3104 77", "minor": 2000, "currency": "CNY"}}
    assert card.keys == {"Bearer s3"}


@pytest.mark.parametrize(
    "wrong",
    ["lost", "500", "502 after", "no json", "a list", "no reference", "closed", "elsewhere",
     "locked out"],
)  # fmt: skip
def test_no_answer_of_use_is_a_failure_and_the_next_ask_still_makes_one_top_up(
    card: CityCard, wrong: str
) -> None:
    card.goes_wrong = [wrong]
    with pytest.raises(PluginFailedError):
        top_up(card)
    assert top_up(card) == Fulfilment("done", reference="T-cked")
    assert list(card.made) == ["hld_checked"]
    assert card.asked == {"hld_checked": 2}


def test_a_card_that_hangs_is_let_go_of(card: CityCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stoa_transit.card._WAIT_S", 0.05)
    card.goes_wrong = ["hangs"]
    with pytest.raises(PluginFailedError):
        top_up(card)


def test_what_is_taken_on_is_asked_about_later(card: CityCard) -> None:
    card.goes_wrong = ["busy"]
    assert top_up(card) == Fulfilment("later")


def test_a_card_that_nobody_has_is_refused_for_good(card: CityCard) -> None:
    assert top_up(card, "0000") == Fulfilment("refused", detail="No card has this number.")
    assert top_up(card, "") == Fulfilment("refused", detail="The order names no city card.")


def test_what_is_undone_first_is_not_done_afterwards(card: CityCard) -> None:
    order = an_order("top_up", deliver_to={"card": "3104 77"})
    given = knobs(card_url=card.url)
    undone = PLUGINS.cancel_fulfilment("transit", order, given)
    assert undone == Fulfilment("done", reference="back-cked")
    late = PLUGINS.fulfil("transit", order, given)
    assert late == Fulfilment("refused", detail="It was taken back.")
    assert card.made == {}


def test_orders_of_others_are_nobodys(card: CityCard) -> None:
    given = knobs(card_url=card.url)
    assert PLUGINS.fulfil("transit", an_order("tea"), given) is None
    assert PLUGINS.cancel_fulfilment("transit", an_order("tea"), given) is None


@pytest.mark.parametrize(
    "url", ["http://card.example", "http://10.0.0.1", "ftp://127.0.0.1", "card", "https://", ""]
)
def test_the_key_is_never_sent_in_the_clear(url: str) -> None:
    with pytest.raises(CardError, match="must begin with https"):
        Card(url, "k").take_back("hld_1")


def test_an_address_over_https_is_asked_by_tls(card: CityCard) -> None:
    with pytest.raises(CardError, match="SSL"):
        Card(card.url.replace("http:", "https:").replace("127.0.0.1", "localhost"), "").take_back(
            "hld_1"
        )
    assert card.asked == {}
