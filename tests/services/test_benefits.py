"""Benefits: listed, claimed once within their meter, given back once."""

import threading
from collections.abc import Sequence
from typing import Any, LiteralString

import pytest

from stoa.errors import (
    BenefitUnknownError,
    ClaimClosedError,
    ClaimRefusedError,
    ClaimUnknownError,
    MemberFrozenError,
    StoaError,
    StoreUnknownError,
)
from stoa.services import benefits, earning, members, partners, rulebook, tiers
from stoa.services.benefits import Wish
from stoa.work import Actor, Desk, Work
from world import Coalition, a_key


def test_a_member_sees_what_the_partner_offers_by_tier(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(Actor("cli")) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
    with desk.work(coalition.as_cinema()) as work:
        (tea,) = benefits.list_benefits(work, ada.token)
    assert (tea.code, tea.reason) == ("tea", "gold tier: one a day")


def test_what_many_partners_give_takes_no_more_statements_than_what_two_give(
    desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, asked, rows = coalition.a_member(), list[str](), Work.rows

    def counted(work: Work, statement: LiteralString, values: Any = ()) -> Sequence[Any]:
        asked.append(statement)
        return rows(work, statement, values)

    with desk.work(Actor("cli")) as work:
        for code in ("lounge", "shower"):
            document = {"name": {"en": code}, "unit": "ea", "gives": [{"amount_milli": 1000}]}
            benefits.save(work, code, document | {"worth": {"unit_minor": 100}})
            rulebook.activate(work, "benefit", code)
    told = []
    for more in range(2):
        with desk.work(Actor("cli")) as work:
            for number in range(20 * more):
                code = f"p{number}"
                partners.onboard(work, code, code, trade="x", plugin="plain", settings={})
        with desk.work(Actor("test")) as work:
            benefits.everywhere(work, ada.id)  # the terms of new partners are read
            monkeypatch.setattr(Work, "rows", counted)
            asked.clear()
            told.append((len(benefits.everywhere(work, ada.id)), len(asked)))
            monkeypatch.undo()
    assert told == [(6, 6), (66, 6)]


def test_a_benefit_is_claimed_within_its_meter_and_given_back_once(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        done = benefits.claim(work, Wish(ada.token, "main", "tea"))
        assert (done.state, done.worth.amount, done.due.amount) == ("used", "8.00", "0.00")
        with pytest.raises(ClaimRefusedError) as refused:
            benefits.claim(work, Wish(ada.token, "main", "tea"))
        assert refused.value.members == {"reason": "used_up"}
        assert benefits.release(work, done.id).state == "released"
        with pytest.raises(ClaimClosedError):
            benefits.release(work, done.id)
        assert benefits.claim(work, Wish(ada.token, "main", "tea")).state == "used"


def test_wrong_claims_are_refused(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        done = benefits.claim(work, Wish(ada.token, "main", "tea"))
        for wish, refusal in (
            (Wish(ada.token, "main", "champagne"), BenefitUnknownError),
            (Wish(ada.token, "nowhere", "tea"), StoreUnknownError),
        ):
            with pytest.raises(refusal):
                benefits.claim(work, wish)
    with desk.work(coalition.as_grocery()) as work:
        with pytest.raises(ClaimUnknownError):
            benefits.find(work, done.id)
        with pytest.raises(ClaimUnknownError):
            benefits.release(work, done.id)
    with desk.work(Actor("cli")) as work:
        members.freeze(work, ada.id, reason="test")
    with desk.work(coalition.as_cinema()) as work, pytest.raises(MemberFrozenError):
        benefits.claim(work, Wish(ada.token, "main", "tea"))


@pytest.mark.parametrize("people", [1, 6])
def test_claims_at_once_are_metered_one_after_the_other(
    desk: Desk, coalition: Coalition, people: int
) -> None:
    """Six claims of one member, or of six members for one cup with a name on it."""
    members_ = [coalition.a_member(f"Member {number}") for number in range(people)]
    start = threading.Barrier(6)
    answers: list[str] = []

    def claim(number: int) -> None:
        start.wait()
        wish = Wish(members_[number % people].token, "main", "tea", subject="the red cup")
        try:
            with desk.work(coalition.as_cinema()) as work:
                answers.append(benefits.claim(work, wish).state)
        except StoaError as refused:
            answers.append(refused.code)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["CLAIM_REFUSED"] * 5 + ["used"]


def test_the_spend_of_the_day_counts_for_benefits(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "120.00"), key=a_key())
        earning.earn(work, coalition.a_purchase(ada, "80.00"), key=a_key())
        assert tiers.standing(work, ada.id, work.today()).spent_today_minor == 20_000
