"""What goes on around sandboxes: the worker's rounds, the template, a server that makes none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from apiflask import APIFlask
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

import databases as servers
from sandboxes import OPERATOR, Inside, app, ground, inside
from stoa.errors import InvalidBodyError, PartnerUnknownError, SandboxUnavailableError
from stoa.sandbox import Visitor
from stoa.services import mail, partners, sandboxes
from stoa.services.sandboxes import Box, Ground, SandboxClock, databases
from stoa.values.identifiers import new_uuid
from stoa.values.letters import Letter
from stoa.work import Work
from world import Coalition, FixedClock

__all__ = ["app", "ground"]

_PRICE = Decimal("0.012")


def _within(ground: Ground, box: Box, statement: str) -> int:
    desk = ground.open(box, SandboxClock(wall=ground.desk.clock), pool_size=1)
    with desk.work(OPERATOR) as work:
        count = int(work.session.connection().exec_driver_sql(statement).scalar_one())
    desk.hang_up()
    return count


def _waiting(ground: Ground, box: Box) -> int:
    return _within(ground, box, "SELECT count(*) FROM outbox WHERE state = 'new'")


def _held(ground: Ground, box: Box) -> int:
    return _within(ground, box, "SELECT count(*) FROM holds WHERE state = 'held'")


def test_the_worker_visits_what_was_used_within_the_hour(
    app: APIFlask, ground: Ground, coalition: Coalition, clock: FixedClock, server_url: str
) -> None:
    opened = sandboxes.open(ground, OPERATOR, coalition.grocery)
    lost = sandboxes.open(ground, OPERATOR, coalition.cinema).box
    servers.drop(server_url, lost.database)  # as by hand: it must not hold up the others
    till: Inside = inside(app, opened)
    till.earn({"card": "9900000000000010"}, "10.00")
    desk = ground.open(opened.box, clock, pool_size=1)
    with desk.work(OPERATOR) as work:
        mail.queue(work, "ada@sandbox.example", Letter("A code", "123456"))
    desk.hang_up()
    visitor = Visitor(ground)
    with ground.desk.work(OPERATOR) as live:
        sandboxes.move(live, opened.box, by=timedelta(hours=1))
    assert _held(ground, opened.box) == 1
    assert _waiting(ground, opened.box) > 0
    with ground.desk.work(OPERATOR) as live:
        assert visitor.visit(live, lambda: False) == 0
        visitor.visit(live, lambda: False)  # what follows what fell due
    assert _held(ground, opened.box) == 0
    assert _waiting(ground, opened.box) == 0
    letters = "SELECT count(*) FROM mails WHERE state = 'queued' AND body <> ''"
    assert _within(ground, opened.box, letters) == 1
    assert visitor.beat().name == "sandboxes"
    clock.move(hours=2)
    with ground.desk.work(OPERATOR) as live:
        assert sandboxes.recent(live, within=timedelta(hours=1), limit=9) == []
        visitor.visit(live, lambda: False)
    till.renewed().get("/sandbox")  # it is used again, and so awake
    with ground.desk.work(OPERATOR) as live:
        assert [each.code for each in sandboxes.recent(live, within=timedelta(hours=1), limit=9)]
    visitor.close()


def test_without_the_right_to_make_databases_sandboxes_are_refused(
    ground: Ground, coalition: Coalition
) -> None:
    url = make_url(ground.owner_url).update_query_dict({"options": "-crole=stoa_app"})
    text = url.render_as_string(hide_password=False)
    poor = Ground(ground.desk, replace(ground.settings, database_url=text))
    with pytest.raises(SandboxUnavailableError, match="ALTER ROLE stoa_app CREATEDB"):
        sandboxes.open(poor, OPERATOR, coalition.grocery)
    with pytest.raises(PartnerUnknownError):
        sandboxes.open(ground, OPERATOR, new_uuid())
    with ground.desk.work(OPERATOR) as work:
        assert sandboxes.listed(work) == []


def test_the_template_is_migrated_once_and_the_one_before_goes(
    ground: Ground, server_url: str
) -> None:
    own = Ground(ground.desk, replace(ground.settings, sandbox_template=""))
    stem = make_url(own.owner_url).database
    old = f"{stem}_sandbox_template_0001"
    servers.create(server_url, old, "template0")
    engine = create_engine(own.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as owner:
        made = databases._template(own, owner)
        assert servers.exists(server_url, made)
        assert not servers.exists(server_url, old)
        assert databases._template(own, owner) == made
    servers.drop(server_url, made)


def test_a_sandbox_takes_over_the_terms_and_no_secret(
    ground: Ground, coalition: Coalition, clock: FixedClock
) -> None:
    with ground.desk.work(OPERATOR) as work:
        remote = partners.onboard(
            work, "far", "Far Away", trade="books", plugin="remote",
            settings={
                "url": "https://rules.example/stoa", "key": "whsec_c2VjcmV0", "deadline_ms": 90,
            },
            since=work.today(), pending_days=3,
        )  # fmt: skip
        partners.agree(
            work, remote, effective_from=work.today() + timedelta(days=9), issue_price=_PRICE,
            reimbursement_rate=_PRICE, backdate_days=1, return_days=2,
        )  # fmt: skip
    opened = sandboxes.open(ground, OPERATOR, remote)
    desk = ground.open(opened.box, clock, pool_size=1)
    with desk.work(OPERATOR) as work:
        terms = _terms(work, "far")
        assert work.rows("SELECT count(*) FROM members")[0][0] == len(sandboxes.PEOPLE)
    desk.hang_up()
    assert terms.settings["url"] == "https://rules.example/stoa"
    assert (terms.settings["key"], terms.settings["deadline_ms"]) == ("", 90)
    assert [each.pending_days for each in terms.agreements] == [3, 0]
    with ground.desk.work(OPERATOR) as work:
        assert terms.ref_key != partners.terms(work, remote).ref_key
        with pytest.raises(InvalidBodyError):
            sandboxes.move(work, opened.box, by=timedelta(days=4000))


def _terms(work: Work, code: str) -> partners.Terms:
    return partners.terms(work, work.rows("SELECT id FROM partners WHERE code = %s", (code,))[0][0])
