"""The caller's own partner at its door."""

from apiflask import APIFlask

from stoa.services import partners
from stoa.work import Actor
from tills import Till, refused, till_of
from world import Coalition


def test_a_caller_learns_who_it_is(grocery: Till, coalition: Coalition) -> None:
    answer = grocery.get("/partner").json
    store = answer["stores"][0]
    assert answer["partner_id"].startswith("prt_")
    assert store["store_id"].startswith("sto_")
    assert (answer["code"], answer["name"]) == ("grocery", "Harbour Grocery")
    assert {name: store[name] for name in ("code", "name", "site", "zone", "currency")} == {
        "code": "main",
        "name": "Main store",
        "site": "mall",
        "zone": "Asia/Shanghai",
        "currency": "CNY",
    }


def test_a_new_store_is_there_at_once(grocery: Till, coalition: Coalition) -> None:
    grocery.get("/partner")
    with coalition.desk.work(Actor("staff:test")) as work:
        partners.add_store(
            work, coalition.grocery, coalition.site, "kiosk", "The kiosk", currency="CNY"
        )
    codes = [store["code"] for store in grocery.get("/partner").json["stores"]]
    assert codes == ["kiosk", "main"]


def test_a_caller_learns_what_its_token_allows(app: APIFlask, coalition: Coalition) -> None:
    till = till_of(app, coalition.desk, coalition.grocery, scope="earn:write balance:read")
    assert till.get("/partner").json["scopes"] == ["balance:read", "earn:write"]


def test_a_door_without_parameters_takes_none(grocery: Till) -> None:
    problem = refused(grocery.get("/partner", tenant="other"), 422, "INVALID_BODY")
    assert problem["errors"] == {"tenant": ["Unknown parameter."]}
