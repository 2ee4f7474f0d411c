"""Ladders as rules: saved, refused, looked over; and the plain one that stood before."""

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import stoa_migrations
from ladders import GOLD, SILVER, a_ladder, hold
from stoa.errors import InvalidRuleError
from stoa.services import programmes, rulebook, tiers
from stoa.services.tiers import Lack, TierTerms
from stoa.work import Actor, Desk
from world import Coalition

STAFF = Actor("staff:test")


def _save(desk: Desk, document: dict[str, Any], code: str = "main") -> dict[str, list[str]]:
    with desk.work(STAFF) as work, pytest.raises(InvalidRuleError) as refused:
        tiers.save(work, code, document)
    found: dict[str, list[str]] = refused.value.members["errors"]
    return found


def test_a_wrong_ladder_is_refused_with_the_place(coalition: Coalition) -> None:
    document = a_ladder(SILVER, {"any": [GOLD, {"fact": "luck", "is": ">=", "value": 1}]})
    assert set(_save(coalition.desk, document)) == {"tiers.2.qualify.any.1.fact"}


def test_two_drafts_of_a_main_ladder_do_not_both_hold(desk: Desk) -> None:
    with desk.work(STAFF) as work:
        for code in ("one", "two"):
            tiers.save(work, code, a_ladder())
        tiers.activate(work, "one")
        tiers.save(work, "one", a_ladder(main=False))  # a draft changes nothing of what holds
        with pytest.raises(InvalidRuleError):
            tiers.activate(work, "two")
        tiers.activate(work, "one")
        assert tiers.activate(work, "two").of("ladder").keys() == {"one", "two"}
        rulebook.pause(work, "ladder", "two")
        tiers.save(work, "one", a_ladder())
        tiers.activate(work, "one")
        with pytest.raises(InvalidRuleError):
            programmes.resume(work, "ladder", "two")


def test_one_ladder_alone_is_the_main_one(coalition: Coalition) -> None:
    assert "main" in _save(coalition.desk, a_ladder(), "vip")
    hold(coalition.desk, a_ladder(main=False), "vip")
    with coalition.desk.work(STAFF) as work:
        ladders = tiers.current(work)
    assert sorted(ladders.by_code) == ["main", "vip"]
    assert ladders.main
    assert ladders.main.code == "main"


def test_only_tiers_and_chances_of_the_ladder_itself_can_be_asked_for(
    coalition: Coalition,
) -> None:
    jade = {"fact": "invitees_in_tier", "of": "jade", "is": ">=", "value": 1}
    chances = {"fact": "chances", "of": "vip", "is": ">=", "value": 1}
    errors = _save(coalition.desk, a_ladder(SILVER, {"all": [jade, chances]}))
    assert set(errors) == {"tiers.2.qualify"}
    assert len(errors["tiers.2.qualify"]) == 2


def test_a_higher_tier_with_less_is_warned_of() -> None:
    document = deepcopy(a_ladder(SILVER, GOLD))
    basic, silver, gold = document["tiers"]
    silver["benefits"] = [{"code": "day", "name": {"en": "Member day"}}]
    gold |= {"uplift_percent": 10, "discount_basis_points": 100}
    warned = tiers.lint(tiers.read(document))
    assert [(each.place, each.lack, each.what) for each in warned] == [
        ("tiers.2.uplift_percent", Lack.UPLIFT, ""),
        ("tiers.2.discount_basis_points", Lack.DISCOUNT, ""),
        ("tiers.2.benefits", Lack.BENEFIT, "day"),
    ]
    assert warned[0].text == "gold has less uplift than silver."
    assert "day" in warned[2].text
    gold |= {"uplift_percent": 100, "discount_basis_points": 500, "inherits": True}
    assert tiers.lint(tiers.read(document)) == ()
    assert basic["uplift_percent"] == 10


def test_plain_tiers_are_a_ladder_given_by_hand(coalition: Coalition) -> None:
    with coalition.desk.work(STAFF) as work:
        before = rulebook.current(work).version
        tiers.define(work, tiers.ladder(work))
        assert rulebook.current(work).version == before
        tiers.define(work, [TierTerms("one", "One", 0, 5)])
        assert tiers.ladder(work) == [TierTerms("one", "One", 0, 5)]
        tiers.define(work, [])
        assert tiers.ladder(work) == []
        tiers.define(work, [])
        assert tiers.standing(work, coalition.site, work.today()).tier == "basic"


def test_an_old_ladder_holds_for_what_was_reckoned_by_it(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    with coalition.desk.work(STAFF) as work:
        old, now = tiers.at(work, 1), tiers.current(work)
        assert old.main
        assert now.main
        assert (old.main.tier("silver").discount_basis_points, now.version) == (0, 2)
        assert now.main.tier("silver").discount_basis_points == 200
        assert tiers.place(work, 1, {"main": "gold"}).discount_basis_points == 0
        assert tiers.place(work, 2, {"main": "gold"}).discount_basis_points == 500
        assert tiers.place(work, 0, {"main": "gold"}).tier == "basic"


def test_tiers_of_before_become_the_main_ladder_and_go_back(database: str) -> None:
    def rows(statement: str) -> list[tuple[Any, ...]]:
        engine = create_engine(database, poolclass=NullPool)
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            found = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return found

    stoa_migrations.downgrade(database, "0018")
    rows("INSERT INTO tiers VALUES ('gold', 'Gold', 3, 100), ('basic', 'Basic', 0, 10)")
    rows(
        "INSERT INTO standings VALUES"
        " ('00000000-0000-7000-8000-000000000001', 'gold', now(), 'by hand')"
    )
    stoa_migrations.upgrade(database)
    kept = rows("SELECT document FROM rule_versions WHERE kind = 'ladder'")[0][0]
    ladder = tiers.read(kept)
    assert [(each.code, each.rank, each.uplift_percent) for each in ladder.tiers] == [
        ("basic", 0, 10), ("gold", 1, 100),
    ]  # fmt: skip
    assert ladder.main
    assert rows("SELECT contents FROM rulebooks") == [({"ladder": {"main": 1}},)]
    assert rows("SELECT ladder, tier, floor, origin, reason FROM standings") == [
        ("main", "gold", "gold", "manual", "by hand")
    ]
    stoa_migrations.downgrade(database, "0018")
    assert rows("SELECT code, name, rank, uplift_percent FROM tiers ORDER BY rank") == [
        ("basic", "Basic", 0, 10), ("gold", "Gold", 1, 100),
    ]  # fmt: skip
    assert rows("SELECT tier, reason FROM standings") == [("gold", "by hand")]
    stoa_migrations.upgrade(database)
