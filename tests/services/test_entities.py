"""Legal entities on statements: as they were when the month ended, frozen with the rest."""

from datetime import UTC, datetime

import pytest

from clearings import WORKER, Alliance, an_alliance
from stoa.services import clearing, entities
from stoa.values.clearing.statements import Entity, Statement
from stoa.values.clearing.wording import statement_sheet
from stoa.work import Actor
from world import Coalition, FixedClock

ANN = Actor("staff:ann")
FIRST = Entity("A Trading Ltd", "", ("1 Quay Street", "Shanghai"), "9131-0115", "12345678")
LATER = Entity("A Holdings Ltd", "", ("9 Bund",), "9131-9999", "DE89 3704 0044 0532 0130 00")


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    """Return an alliance whose A issued in May."""
    found = an_alliance(coalition, database)
    found.issue("A", coalition.a_member(), 10_000)
    return found


def known(alliance: Alliance, entity: Entity) -> Entity:
    with alliance.desk.work(ANN) as work:
        return entities.change(work, alliance.partners["A"], entity).entity


def close(alliance: Alliance, period: str) -> dict[str, Statement]:
    alliance.log()
    with alliance.desk.work(WORKER) as work:
        done = clearing.close(work, period)
    return {alliance.letter(each.partner_id): each.statement for each in done.statements}


def test_a_statement_names_whom_the_partner_was_when_the_month_ended(
    alliance: Alliance, clock: FixedClock
) -> None:
    known(alliance, FIRST)
    clock.now = datetime(2026, 5, 31, 15, 59, tzinfo=UTC)  # the last minute of May in Shanghai
    known(alliance, FIRST)
    clock.now = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)
    assert known(alliance, LATER).account == "DE89370400440532013000"
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    may = close(alliance, "2026-05")["A"]
    assert may.partner == Entity("A Trading Ltd", "a", *_rest(FIRST))
    sheet = statement_sheet(may, language="en", at=clock.now)
    told = [text for _, side in sheet.sides for text in side]
    assert {"A Trading Ltd", "1 Quay Street", "Shanghai"} <= set(told)
    assert any("9131-0115" in text for text in told)
    alliance.issue("A", alliance.coalition.a_member(), 100)
    clock.now = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
    assert close(alliance, "2026-06")["A"].partner.name == "A Holdings Ltd"
    with alliance.desk.work(WORKER) as work:
        kept = clearing.statements_of(work, period="2026-05")
        assert list(clearing.verify(work, "2026-05")) == []
    assert may.sha256 in {each.sha256 for each in kept}


def test_who_was_made_known_after_the_month_is_named_as_at_first(
    alliance: Alliance, clock: FixedClock
) -> None:
    clock.now = datetime(2026, 6, 2, 4, 0, tzinfo=UTC)
    known(alliance, FIRST)
    clock.move(minutes=1)
    known(alliance, LATER)
    assert close(alliance, "2026-05")["A"].partner.name == "A Trading Ltd"


def test_each_version_is_kept_with_who_said_it(alliance: Alliance, clock: FixedClock) -> None:
    known(alliance, FIRST)
    clock.move(minutes=1)
    known(alliance, LATER)
    with alliance.desk.work(ANN) as work:
        said = entities.versions(work, alliance.partners["A"])
        trail = work.rows("SELECT actor FROM audit_records WHERE deed = 'partner.entity'")
        assert entities.at(work, clock.now)[alliance.partners["B"]] == Entity("Partner B", "b")
    assert [(each.version, each.entity.name) for each in said] == [
        (2, "A Holdings Ltd"), (1, "A Trading Ltd"),
    ]  # fmt: skip
    assert {each.changed_by for each in said} == {"staff:ann"}
    assert len(trail) == 2


def _rest(entity: Entity) -> tuple[tuple[str, ...], str, str, str]:
    return entity.address, entity.tax_number, entity.account, entity.bic
