"""The room of currencies: the list, a new one, rates with versions, a circle that is refused."""

from currencies import a_market
from stoa.services import currencies as currencies_
from stoa.services import earning, exchange
from stoa.values.identifiers import public_id
from stoa.values.tenders import Spending
from stoa.work import Actor
from visitor import Visitor, text_of
from world import Coalition, a_key, met

ROOM = "/admin/currencies"
RATE = {
    "source": "CINE", "target": "STAR", "given": "2", "brought": "7", "round": "down",
    "since": "2026-05-01",
}  # fmt: skip


def test_currencies_and_rates_are_listed(operator: Visitor, coalition: Coalition) -> None:
    start = text_of(operator.get(ROOM))
    assert "No rates yet" in start
    a_market(coalition)
    page = text_of(operator.get(ROOM))
    assert "CINE points CINE" in page
    assert "Star Cinema" in page
    assert "STAR → CINE" in page
    assert "3 for 10" in page
    assert "cinema, grocery" in page


def test_a_currency_is_added(operator: Visitor, coalition: Coalition) -> None:
    given = {
        "code": "REEL", "name": "Reels", "issuer": public_id("prt", coalition.cinema),
        "rule": "rolling", "months": "6", "face_value": "0.05", "rounding": "half_up",
    }  # fmt: skip
    assert operator.post(ROOM, **given).status_code == 303
    page = text_of(operator.get(ROOM))
    assert "REEL is a points currency now." in page
    assert "Reels REEL Star Cinema to the day, 6 months" in page
    again = operator.post(ROOM, **given)
    assert again.status_code == 422
    assert "This code is taken." in text_of(again)
    bad = operator.post(
        ROOM,
        code="reel",
        name="",
        issuer="x",
        rule="x",
        months="0",
        face_value="much",
        rounding="x",
    )
    assert bad.status_code == 422
    for text in ("what members call", "Choose from the lists", "1 to 1200", "such as 0.01"):
        assert text in text_of(bad)


def test_a_rate_is_kept_as_a_version(operator: Visitor, coalition: Coalition) -> None:
    a_market(coalition)
    assert operator.post(f"{ROOM}/rates", **RATE | {"brought": "5"}).status_code == 303
    page = text_of(operator.get(ROOM))
    assert "The rate is kept as a new version." in page
    assert "5 for 2" in page


def test_a_circle_that_gains_is_told_in_words(operator: Visitor, coalition: Coalition) -> None:
    a_market(coalition)
    refused = operator.post(f"{ROOM}/rates", **RATE)
    assert refused.status_code == 422
    assert "goes round CINE → STAR → CINE would gain 1/20 of a point" in text_of(refused)
    assert 'value="7"' in refused.text
    rounded = operator.post(f"{ROOM}/rates", **RATE | {"brought": "1", "round": "up"})
    assert "CINE → STAR stands on the circle" in text_of(rounded)
    assert "7 for 2" not in text_of(operator.get(ROOM))


def test_every_fault_of_a_rate_is_told(operator: Visitor, coalition: Coalition) -> None:
    a_market(coalition)
    for changes, text in (
        ({"given": "0"}, "Write a whole number of points."),
        ({"since": "soon"}, "Choose today or a later day."),
        ({"since": "2026-04-30"}, "Choose today or a later day."),
        ({"target": "CINE"}, "Choose two different currencies."),
        ({"round": "sideways"}, "Choose from the lists."),
    ):
        answer = operator.post(f"{ROOM}/rates", **RATE | changes)
        assert answer.status_code == 422
        assert text in text_of(answer)


def test_the_circle_is_told_in_the_readers_language(
    operator: Visitor, coalition: Coalition
) -> None:
    a_market(coalition)
    refused = operator.client.post(
        f"{ROOM}/rates",
        data=RATE | {"csrf_token": operator.token},
        headers={"Accept-Language": "zh-CN"},
    )
    assert "沿 CINE → STAR → CINE 每绕一圈，每一分可多得 1/20 分" in refused.text


def test_a_members_wallets_are_read_one_by_one(operator: Visitor, coalition: Coalition) -> None:
    a_market(coalition)
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ada, "1000.00"), key=a_key())
        exchange.exchange(work, met(work, ada), "STAR", "CINE", 700, key=a_key())
    page = f"/admin/members/{public_id('mem', ada.id)}"
    star = text_of(operator.get(page))
    assert "STAR 300 CINE 210" in star
    assert "Points exchanged at Star Cinema" in star
    cine = text_of(operator.get(f"{page}?currency=CINE"))
    assert "700 STAR at 3/10, rounded down = 210 CINE" in cine
    assert "worth CN¥10.50" in cine
    assert operator.get(f"{page}?currency=NONE").status_code == 404


def test_how_a_currency_pays_is_kept_as_a_new_version(
    operator: Visitor, coalition: Coalition
) -> None:
    room = f"{ROOM}/STAR/spending"
    assert "never confirmed" in text_of(operator.get(ROOM))
    assert 'value="100"' in operator.get(room).text
    given = {
        "min_points": "200", "step": "100", "max_share_percent": "50", "step_up_points": "2000",
    }  # fmt: skip
    assert operator.post(room, **given).status_code == 303
    page = text_of(operator.get(ROOM))
    assert "from 200, in steps of 100, at most 50 % of a ticket, confirmed above 2,000" in page
    with coalition.desk.work(Actor("test")) as work:
        assert currencies_.find(work, "STAR").spending == Spending(200, 100, 50, 2000)
    assert operator.post(room, **given | {"step_up_points": ""}).status_code == 303
    assert "never confirmed" in text_of(operator.get(ROOM))
    for wrong, says in (
        ({"step": "many"}, "Write a whole number."),
        ({"max_share_percent": "101"}, "Choose between 1 and 100."),
        ({"min_points": "0"}, "Choose between 1 and 1000000000."),
    ):
        answer = operator.post(room, **given | wrong)
        assert answer.status_code == 422
        assert says in text_of(answer)
    assert operator.get(f"{ROOM}/NONE/spending").status_code == 404
    assert operator.post(f"{ROOM}/NONE/spending", **given).status_code == 404
