"""Why a member got what they got: line by line, in three languages."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from campaigns import EDITOR, hold
from stoa.errors import PurchaseUnknownError
from stoa.services import earning, explaining, returns, rulebook, tiers
from stoa.services.explaining import Story
from stoa.work import Actor, Desk
from world import Coalition, a_key

CLI = Actor("cli")
HERE = "Harbour Grocery, Main store"
MAY = {"en": "May days", "zh-Hans": "五月礼遇", "zh-Hant": "五月禮遇"}
DAYTIME: dict[str, Any] = {
    "all": [
        {"fact": "tier", "is": "in", "value": ["gold"]},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 5_000},
    ]
}
TOLD = {
    "en": [
        (f"Purchase at {HERE}", "", "100.00 at 1 per 1.00"),
        (f"May days: bonus for a purchase at {HERE}",
         "be in the Gold tier and spend at least ¥50.00 within 30 days",
         "50 points extra"),
        (f"Gold bonus for a purchase at {HERE}", "", "100 points and 100 % for Gold"),
    ],
    "zh-Hans": [
        (f"消费于 {HERE}", "", "100.00 at 1 per 1.00"),
        (f"“五月礼遇”活动奖励，消费于 {HERE}", "会员等级为金卡，且 30 天内消费满 50 元",
         "加赠 50 积分"),
        (f"金卡等级奖励，消费于 {HERE}", "", "按金卡等级，在 100 积分基础上加赠 100%"),
    ],
    "zh-Hant": [
        (f"消費於 {HERE}", "", "100.00 at 1 per 1.00"),
        (f"「五月禮遇」活動獎賞，消費於 {HERE}",
         "會員等級為金卡，並且 30 天內消費滿人民幣 50 元",
         "額外獲贈 50 積分"),
        (f"金卡等級獎賞，消費於 {HERE}", "", "按金卡等級，於 100 積分之上額外獲贈 100%"),
    ],
}  # fmt: skip


LADDER: dict[str, Any] = {
    "name": {"en": "Members"},
    "main": True,
    "tiers": [
        {"code": "basic", "name": {"en": "Basic"}, "qualify": None},
        {"code": "gold", "name": {"en": "Gold", "zh-Hans": "金卡", "zh-Hant": "金卡"},
         "uplift_percent": 100, "qualify": None},
    ],
}  # fmt: skip


@pytest.fixture
def bought(desk: Desk, coalition: Coalition) -> UUID:
    """Return a purchase of 100.00 by a gold member, with a campaign's bonus."""
    with desk.work(EDITOR) as work:
        rulebook.save(work, "ladder", "main", LADDER)
        rulebook.activate(work, "ladder", "main")
    hold(desk, "may", name=MAY, condition=DAYTIME)
    ada = coalition.a_member()
    with desk.work(CLI) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
    with desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id


def story(desk: Desk, purchase_id: UUID, language: str | None = None) -> Story:
    with desk.work(CLI) as work:
        return explaining.explain_purchase(work, purchase_id, language=language)


@pytest.mark.parametrize("language", list(TOLD))
def test_every_line_says_what_it_was_what_it_wanted_and_how_it_came(
    desk: Desk, bought: UUID, language: str
) -> None:
    told = story(desk, bought, language)
    (deed,) = told.deeds
    lines = [(line.headline, line.wants, line.arithmetic) for line in deed.lines]
    assert lines == TOLD[language]
    assert told.language == language


def test_a_line_names_its_rule_with_its_version_who_pays_and_until_when(
    desk: Desk, coalition: Coalition, bought: UUID
) -> None:
    base, bonus, uplift = story(desk, bought, "zh-Hant").deeds[0].lines
    assert [(each.rule, each.rule_version, each.rule_name) for each in (base, bonus, uplift)] == [
        ("partner:grocery", 2, "Harbour Grocery"),
        ("campaign:may", 1, "五月禮遇"),
        ("ladder:main", 2, "Members"),
    ]
    assert [each.payer_id for each in (base, bonus, uplift)] == [coalition.grocery, None, None]
    assert str(base.expires_on) == "2027-05-31"
    assert str(base.available_on) == "2026-05-01"


def test_the_facts_that_rules_went_by_are_told(desk: Desk, bought: UUID) -> None:
    told = story(desk, bought, "zh-Hans")
    assert told.tier == "金卡"
    assert {each.key: each.text for each in told.facts} == {
        "spend|30 days": "30 天内消费 100 元",
        "tier": "会员等级：金卡",
    }


def test_the_member_is_told_in_their_own_language(desk: Desk, coalition: Coalition) -> None:
    mei = coalition.a_member("Mei", locale="zh-Hant")
    with desk.work(coalition.as_grocery()) as work:
        done = earning.earn(work, coalition.a_purchase(mei), key=a_key())
    told = story(desk, done.purchase_id)
    assert (told.language, told.deeds[0].lines[0].headline) == (
        "zh-Hant", f"消費於 {HERE}",
    )  # fmt: skip


def test_what_came_back_is_told_with_the_purchase(
    desk: Desk, coalition: Coalition, bought: UUID
) -> None:
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, None, receipt_no="B-1", key=a_key())
    earned, back = story(desk, bought, "en").deeds
    assert (earned.kind, earned.points, back.kind, back.points) == ("earn", 250, "return", -250)
    assert {line.headline for line in back.lines} == {f"Goods returned to {HERE}"}
    assert back.lines[0].arithmetic == "return of receipt R-1: 100 points back"


def test_it_says_the_same_after_the_rules_have_changed(desk: Desk, bought: UUID) -> None:
    before = story(desk, bought, "en")
    hold(desk, "may", name=MAY, condition={"fact": "hour", "is": ">=", "value": 1})
    assert story(desk, bought, "en").deeds[0].lines[1].wants == before.deeds[0].lines[1].wants


def test_a_line_from_before_rules_were_named_is_told_by_its_text(
    desk: Desk, bought: UUID, database: str
) -> None:
    engine = create_engine(database, poolclass=NullPool)
    statement = text(
        "UPDATE transactions SET explanation = jsonb_set(explanation, '{lines}', ("
        " SELECT jsonb_agg(line - '{rule,rule_version,says}'::text[] ORDER BY place)"
        " FROM jsonb_array_elements(explanation -> 'lines') WITH ORDINALITY AS l (line, place)))"
    )
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()
    lines = story(desk, bought, "zh-Hans").deeds[0].lines
    assert [(line.rule, line.rule_version, line.wants) for line in lines] == [("", 0, "")] * 3
    assert lines[2].arithmetic == "按金卡等级，在 100 积分基础上加赠 100%"


def test_nobody_elses_purchase_is_explained(desk: Desk, coalition: Coalition, bought: UUID) -> None:
    with desk.work(CLI) as work:
        for purchase_id, partner_id in ((uuid4(), None), (bought, uuid4())):
            with pytest.raises(PurchaseUnknownError):
                explaining.explain_purchase(work, purchase_id, partner_id=partner_id)
        mine = explaining.explain_purchase(work, bought, partner_id=coalition.grocery)
    assert mine.purchase_id == bought
