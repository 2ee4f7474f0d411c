"""A page of the catalogue, with a hundred rewards of two partners and ten thousand of 200."""

import os
import time
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from flask.testing import FlaskClient

from bench.ground import Ground
from stoa.app import create_app
from stoa.services import catalog, credentials, partners
from stoa.services.catalog import Wish
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk

_BENCH = Actor("bench")
_SHELF = 50
PARTNERS = (2, 200)
PAGES = {
    "a page of the catalogue": "",
    "a page of one kind": "?kind=gift",
    "a search": "?q=reward%2017",
    "what a purse suffices for": "?max_points=2000",
}
_WARM, _ASKED = 20, 200


def page_seconds(ground: Ground, *, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return what each of `PAGES` takes over its door, with few rewards and with many.

    Rounds go through all of them in turn; seconds are of the middle one of the requests.
    """
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
    desk = ground.desk(connections=2)
    site = _site(desk)
    found: dict[int, dict[str, list[float]]] = {}
    for many in PARTNERS:
        _grow(desk, site, many)
        ground.run("ANALYZE offers")
        token, client = _visitor(ground, desk)
        found[many] = {
            name: [_middle(client, token, query) for _ in range(rounds)]
            for name, query in PAGES.items()
        }
    for name in PAGES:
        few, lots = (found[many][name] for many in PARTNERS)
        measured[name] = list(zip(few, lots, strict=True))
    desk.close()
    return measured


def _site(desk: Desk) -> UUID:
    with desk.work(_BENCH) as work:
        partners.found_currency(
            work, "Star", rule=ExpiryRule.MONTH_END, months=24, face_value=Decimal("0.01")
        )
        return partners.add_site(work, "mall", "Mall", zone="Asia/Shanghai")


def _grow(desk: Desk, site: UUID, many: int) -> None:
    with desk.work(_BENCH) as work:
        there = work.rows("SELECT count(*) FROM partners")[0][0]
        for number in range(there, many):
            rewards = [
                {
                    "code": f"r{place}", "title": f"Reward {place} of partner {number}",
                    "points": 100 + (place * 37 + number * 101) % 9_900, "worth_minor": 1_000,
                    "max_quantity": 1,
                }
                for place in range(_SHELF)
            ]  # fmt: skip
            partner = partners.onboard(
                work, f"p{number}", f"Partner {number}", trade="general", plugin="standard",
                settings={"rewards": rewards},
            )  # fmt: skip
            partners.add_store(work, partner, site, "main", "Main", currency="CNY")
    with desk.work(_BENCH) as work:
        catalog.refresh(work)
        listed = work.rows("SELECT count(*) FROM offers")[0][0]
        if listed != many * _SHELF or not catalog.page(work, Wish()).offers:
            raise RuntimeError(f"{listed} offers are there, not {many * _SHELF}")


def _visitor(ground: Ground, desk: Desk) -> tuple[str, FlaskClient]:
    settings = replace(
        ground.settings, secret_key=os.urandom(32).hex(), public_url="http://localhost"
    )
    client = create_app(settings, desk=desk).test_client()
    with desk.work(_BENCH) as work:
        partner = work.rows("SELECT id FROM partners ORDER BY id LIMIT 1")[0][0]
        name, secret = credentials.issue_client(work, partner, "bench", ["rewards:read"])
    form = {"grant_type": "client_credentials"}
    answer = client.post("/oauth/token", data=form, auth=(name, secret))
    return answer.json["access_token"], client


def _middle(client: FlaskClient, token: str, query: str) -> float:
    headers = {"Authorization": f"Bearer {token}"}
    taken = []
    for number in range(_WARM + _ASKED):
        began = time.perf_counter()
        answer = client.get(f"/v1/rewards{query}", headers=headers)
        if number >= _WARM:
            taken.append(time.perf_counter() - began)
        if answer.status_code != 200 or not answer.json["rewards"]:
            raise RuntimeError(answer.text)
    return sorted(taken)[len(taken) // 2]
