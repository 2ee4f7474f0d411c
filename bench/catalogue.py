"""A page of the catalogue, with a hundred rewards of two partners and ten thousand of 200."""

import logging
import os
import time
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog
from flask.testing import FlaskClient

from bench.ground import lay
from stoa.app import create_app
from stoa.services import catalog, credentials, partners
from stoa.services.catalog import Wish
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk

_BENCH = Actor("bench")
_SHELF = 50
_FEW, _MANY = 2, 200
_WARM, _ASKED = 20, 200

PAGES = {
    "a page of the catalogue": "",
    "a page of one kind": "?kind=gift",
    "what a purse suffices for": "?max_points=5000",
    "a search of common words": "?q=reward%2017",
}


@dataclass(frozen=True)
class Visitor:
    """Somebody at the doors of an app, with a token."""

    client: FlaskClient
    token: str

    def middle(self, query: str) -> float:
        """Return the seconds of the middle one of many requests."""
        headers = {"Authorization": f"Bearer {self.token}"}
        taken = []
        for number in range(_WARM + _ASKED):
            began = time.perf_counter()
            answer = self.client.get(f"/v1/rewards{query}", headers=headers)
            if number >= _WARM:
                taken.append(time.perf_counter() - began)
            if answer.status_code != 200 or not answer.json["rewards"]:
                raise RuntimeError(answer.text)
        return sorted(taken)[len(taken) // 2]


def page_seconds(*, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return what each of `PAGES` takes over its door, with few rewards and with many.

    Rounds go through both in turn, so that a slow minute of the machine slows each.
    """
    few, many = _visitor("bench_catalogue_few", _FEW), _visitor("bench_catalogue_many", _MANY)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return {
        name: [(few.middle(query), many.middle(query)) for _ in range(rounds)]
        for name, query in PAGES.items()
    }


def _visitor(name: str, count: int) -> Visitor:
    ground = lay(name, members=0, alliance=False)
    desk = ground.desk(connections=2)
    _found(desk, count)
    ground.run("VACUUM ANALYZE")
    settings = replace(
        ground.settings, secret_key=os.urandom(32).hex(), public_url="http://localhost"
    )
    client = create_app(settings, desk=desk).test_client()
    with desk.work(_BENCH) as work:
        partner = work.rows("SELECT id FROM partners ORDER BY id LIMIT 1")[0][0]
        client_id, secret = credentials.issue_client(work, partner, "bench", ["rewards:read"])
    form = {"grant_type": "client_credentials"}
    answer = client.post("/oauth/token", data=form, auth=(client_id, secret))
    return Visitor(client, answer.json["access_token"])


def _found(desk: Desk, count: int) -> None:
    """Found an alliance of so many partners, each with 50 rewards."""
    with desk.work(_BENCH) as work:
        partners.found_currency(
            work, "Star", rule=ExpiryRule.MONTH_END, months=24, face_value=Decimal("0.01")
        )
        site = partners.add_site(work, "mall", "Mall", zone="Asia/Shanghai")
        for number in range(count):
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
        if listed != count * _SHELF or not catalog.page(work, Wish()).offers:
            raise RuntimeError(f"{listed} offers are there, not {count * _SHELF}")
