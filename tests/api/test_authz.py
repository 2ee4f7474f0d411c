"""Every door, every caller, every kind of id: the table `authz.toml` against the running app.

A foreign id is answered as a missing one is: the same status, the same body but for the request's
id, the same number of statements. No answer to one partner holds what another partner wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine, event

import activities
import coupons
import currencies
import draws
from authz import Cast, Counter, Row, missing, read_rows
from settlements import a_statement
from stoa.services import challenges, chances, credentials, outbox, partners, rulebook
from stoa.statements import Line
from stoa.values.facts import Grant
from stoa.work import Actor, Desk
from stoa.worker import follow
from tills import Till, state
from world import Coalition, PlainPlugin

ROWS = read_rows()
PARTNERS = [row for row in ROWS.values() if row.who == "partner"]
MALFORMED = ("x", "%00")
NOT_YOURS = {
    "tenant_id": "prt_1", "partner_id": "prt_1", "balance": 10**6, "role": "operator",
    "is_admin": True, "created_at": "2020-01-01T00:00:00Z",
}  # fmt: skip
CANARY = "CANARY"
"""Stands in whatever the other partner wrote: receipts, terminals, articles, references."""

STEP: dict[str, Any] = {
    "name": {"en": "Step up"}, "ladder": "main", "points": 1, "most_per_year": 9, "mode": "draw",
    "odds_per_million": 999_999, "allowed_draw": True,
}  # fmt: skip
WEEKS: dict[str, Any] = {
    "name": {"en": "Four weeks"}, "about": {"en": "A purchase in each."}, "join": "opt-in",
    "period": {"from": "2026-05-01", "until": "2026-08-31"},
    "goal": {"fact": "weeks_in_a_row", "is": ">=", "value": 4}, "grants_eligibility": True,
}  # fmt: skip


@pytest.fixture
def cast(
    app: APIFlask, desk: Desk, coalition: Coalition, plain: PlainPlugin, database: str
) -> Cast:
    """Return two shops and two car parks that know the same member, and rules that hold."""
    plain.grant = lambda _claim, _standing: Grant(1000, "ea", 800, 0, "a cup")
    garages = []
    with desk.work(Actor("cli")) as work:
        for name in ("north", "south"):
            garage = partners.onboard(
                work, name, name.title(), trade="parking", plugin="parking", settings={}
            )
            partners.add_store(work, garage, coalition.site, "main", "Garage", currency="CNY")
            garages.append(garage)
        for partner_id, code in (
            (coalition.grocery, "own-shop"), (coalition.cinema, "canary-shop"),
            (garages[0], "north-shop"), (garages[1], "south-shop"),
        ):  # fmt: skip
            partners.add_store(work, partner_id, coalition.site, code, "Corner", currency="CNY")
        challenges.save(work, "weeks", WEEKS)
        chances.save(work, "lucky", STEP)
        rulebook.activate(work, "challenge", "weeks")
        rulebook.activate(work, "chance", "lucky")
    _rules(coalition)
    for partner_id, mark in (
        (coalition.grocery, "OWN"), (coalition.cinema, CANARY), (garages[0], "north"),
        (garages[1], "south"),
    ):  # fmt: skip
        a_statement(database, partner_id, mark)
    grocery, cinema, north, south = (
        _till(app, desk, each) for each in (coalition.grocery, coalition.cinema, *garages)
    )
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    for _ in range(3):
        grocery.earn(ada, "5000.00")
    with desk.work(Actor("worker")) as work:
        outbox.tell(work, follow)
    return Cast(
        (Counter(grocery, ada, "OWN"), Counter(cinema, ada, CANARY)),
        (Counter(north, ada, "north"), Counter(south, ada, "south")),
        {"friend": bob["card"]},
    )


def _rules(coalition: Coalition) -> None:
    desk = coalition.desk
    coupons.a_pool(desk, "own", issuers=["grocery"])
    coupons.a_pool(desk, "canary", issuers=["cinema"])
    activities.holds(desk)
    activities.holds(desk, "share", kind="share", once_per="subject")
    activities.holds(desk, "survey", kind="survey", once_per="subject")
    currencies.a_market(coalition)
    draws.a_draw(desk, draws.WHEEL)


def _till(app: APIFlask, desk: Desk, partner_id: Any) -> Till:
    """Return a till with every scope there is."""
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, partner_id, "till", tuple(credentials.SCOPES))
    return Till(app, *pair, "").renewed()


@dataclass
class Asked:
    """What one partner was answered, and what it must never be told."""

    foreign: set[str] = field(default_factory=set)

    def check(self, answer: Any) -> Any:
        """Return an answer after a look for canaries."""
        text = answer.get_data(as_text=True)
        assert CANARY not in text
        assert not [each for each in self.foreign if each in text]
        return answer


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the statements that reach the database."""
    sent: list[str] = []
    rows = Line.rows

    def spy(line: Line, statement: str, *rest: Any) -> Any:
        sent.append(statement)
        return rows(line, statement, *rest)

    def heard(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Line, "rows", spy)
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", heard)


def told(answer: Any) -> tuple[Any, ...]:
    """Return a status, with the code where it is a refusal."""
    if answer.status_code < 400:
        return (answer.status_code,)
    return (answer.status_code, (answer.json or {}).get("code"))


def body(answer: Any) -> dict[str, Any]:
    """Return a problem without the id of its request."""
    return {**answer.json, "request_id": None}


def test_foreign_missing_and_malformed_ids_are_answered_alike(
    cast: Cast, desk: Desk, subtests: pytest.Subtests
) -> None:
    asked = Asked()
    ready = [(row, *_ready(cast, row, asked)) for row in PARTNERS if row.ids]
    for row, own, values, foreign in ready:  # what is read once is read before anything is counted
        forget_guesses(desk)
        for name, (kind, *_) in row.ids.items():
            row.call(own.till, values | {name: missing(kind, values[name])})
        assert foreign.keys() <= row.ids.keys()
    forget_guesses(desk)
    before = state(desk)
    for row, own, values, foreign in ready:
        forget_guesses(desk)
        for name, (kind, code, *shared) in row.ids.items():
            nobodys = values | {name: missing(kind, values[name])}
            with subtests.test(f"{row.door} {name}"):
                with counted() as for_missing:
                    unknown = asked.check(row.call(own.till, nobodys))
                assert told(unknown) == (404, code), unknown.text
                if not shared:
                    with counted() as for_foreign:
                        other = asked.check(row.call(own.till, values | foreign[name]))
                    assert told(other) == (404, code), other.text
                    assert body(other) == body(unknown)
                    assert dict(other.headers).keys() == dict(unknown.headers).keys()
                    assert len(for_foreign) == len(for_missing)
                for each in MALFORMED if f"<{name}>" in row.rule else MALFORMED[:1]:
                    odd = asked.check(row.call(own.till, values | {name: each}))
                    assert told(odd) in ((404, code), (422, "INVALID_BODY")), odd.text
    forget_guesses(desk)
    assert state(desk) == before


def forget_guesses(desk: Desk) -> None:
    """Let wrong codes be forgotten: they are counted, and too many close a door."""
    with desk.work(Actor("worker")) as work:
        work.rows("DELETE FROM activity_guesses RETURNING 1")


def _ready(
    cast: Cast, row: Row, asked: Asked
) -> tuple[Counter, dict[str, str], dict[str, dict[str, str]]]:
    own, other = cast.sides(row)
    foreign = {
        name: other.make(kind, name)
        for name, (kind, _code, *shared) in row.ids.items()
        if not shared
    }
    asked.foreign |= {
        each for made in foreign.values() for each in made.values() if each[3:4] == "_"
    }
    return own, cast.values(row, own), foreign


def test_a_partner_is_answered_for_its_own_as_told(cast: Cast, subtests: pytest.Subtests) -> None:
    asked = Asked()
    for each in PARTNERS:
        _ready(cast, each, asked)  # the other partner's things are about
    for row in PARTNERS:
        own, _ = cast.sides(row)
        with subtests.test(row.door):
            answer = asked.check(row.call(own.till, cast.values(row, own)))
            assert told(answer) == row.own, answer.text


def test_a_suspended_partner_issues_nothing_and_its_members_lose_nothing(
    cast: Cast, desk: Desk, coalition: Coalition, subtests: pytest.Subtests
) -> None:
    ready = [(row, cast.sides(row)[0], cast.values(row, cast.sides(row)[0])) for row in PARTNERS]
    with desk.work(Actor("cli")) as work:
        partners.suspend(work, coalition.grocery)
    for row, own, values in ready:
        with subtests.test(row.door):
            answer = row.call(own.till, values)
            assert told(answer) == (row.suspended if row.at == "shop" else row.own), answer.text
    _, elsewhere = cast.shops
    hold = elsewhere.post("/redemptions", {"member": elsewhere.token, "store": "main", "points": 9})
    elsewhere.post(f"/redemptions/{hold['redemption_id']}/capture", {})


def test_nobody_gets_in_without_a_token_or_its_scope(
    cast: Cast, desk: Desk, subtests: pytest.Subtests
) -> None:
    ready = [(row, *_ready(cast, row, Asked())[:2]) for row in PARTNERS]
    tills: dict[str, Till] = {}
    for row, own, _ in ready:
        if row.scope is not None and f"{row.at} {row.scope}" not in tills:
            rest = " ".join(each for each in credentials.SCOPES if each != row.scope)
            tills[f"{row.at} {row.scope}"] = own.till.renewed(scope=rest)
    before = state(desk)
    for row, own, values in ready:
        with subtests.test(row.door):
            assert told(row.call(own.till, values, token="")) == (401, "TOKEN_REQUIRED")
            assert told(row.call(own.till, values, token="x.y.z")) == (401, "TOKEN_INVALID")
            if row.scope is not None:
                without = row.call(tills[f"{row.at} {row.scope}"], values)
                assert told(without) == (403, "SCOPE_REQUIRED")
                assert without.json["scope"] == row.scope
    assert state(desk) == before


def test_no_field_header_or_parameter_makes_a_caller_somebody_else(
    cast: Cast, desk: Desk, coalition: Coalition, subtests: pytest.Subtests
) -> None:
    ready = [(row, *_ready(cast, row, Asked())[:2]) for row in PARTNERS]
    before = state(desk)
    for row, own, values in ready:
        if row.own[0] == 415:
            continue  # a file: rows of a batch are read as the bodies of their own doors
        with subtests.test(row.door):
            if row.send is not None:
                more = Row(**{**_fields(row), "send": row.send | NOT_YOURS})
                answer = more.call(own.till, values)
                assert told(answer) == (422, "INVALID_BODY"), answer.text
                assert answer.json["errors"].keys() >= NOT_YOURS.keys()
                continue
            for name in ("partner_id", "tenant"):
                query = dict(row.query or {}) | {name: str(coalition.cinema)}
                answer = Row(**{**_fields(row), "query": query}).call(own.till, values)
                assert told(answer) == (422, "INVALID_BODY"), answer.text
    assert state(desk) == before
    shop, _ = cast.shops
    headers = {"X-Tenant": str(coalition.cinema), "X-Partner-Id": str(coalition.cinema)}
    sent = headers | {"Authorization": f"Bearer {shop.till.token}"}
    answer = shop.till.client().get("/v1/partner", headers=sent)
    assert answer.json == shop.till.get("/partner").json


def _fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__dataclass_fields__}


def test_doors_for_anyone_know_nobody(app: APIFlask, cast: Cast, subtests: pytest.Subtests) -> None:
    shop, _ = cast.shops
    for row in ROWS.values():
        if row.who == "anyone" and row.method == "GET":
            with subtests.test(row.door):
                answers = [
                    row.call(shop.till, _nowhere(app, row), token=token)
                    for token in ("", shop.till.token)
                ]
                assert {each.status_code for each in answers} <= {200, 303, 302, 400, 404, 422, 503}
                assert answers[0].status_code == answers[1].status_code


def _nowhere(app: APIFlask, row: Row) -> dict[str, str]:
    """Return ids for a path that lead nowhere."""
    rules = [each for each in app.url_map.iter_rules() if each.rule == row.rule]
    whole = {
        name
        for each in rules
        for name, reads in each._converters.items()
        if type(reads).__name__ == "IntegerConverter"
    }
    return {name: "999" if name in whole else "x" for each in rules for name in each.arguments}
