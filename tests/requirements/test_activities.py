"""The owners' rows on points without a purchase: #51, #52, #54, #56, #72, #83, #94."""

from datetime import date, timedelta

import pytest

from harbour import Harbour
from stoa.errors import ActivityDoneError, ActivityLimitError, ProofRefusedError
from stoa.services import activities
from stoa.values.identifiers import public_id
from stoa.work import Actor


def test_51_sharing_gives_points_when_somebody_follows_the_link(harbour: Harbour) -> None:
    ada = harbour.member()
    given = []
    for number in range(3):
        with harbour.desk.work(harbour.at("grocery")) as work:
            link = activities.link(work, ada.token, "share", device="ada's phone")
        given.append(ada.does("share", proof=link.text, device=f"phone {number}"))
    assert given == [10, 10, 10]
    with harbour.desk.work(harbour.at("grocery")) as work:
        link = activities.link(work, ada.token, "share", device="ada's phone")
    with pytest.raises(ActivityLimitError):  # three a week
        ada.does("share", proof=link.text, device="phone 4")
    harbour.on("2026-05-04")  # a Monday
    assert ada.does("share", proof=link.text, device="phone 4") == 10


def test_51_following_ones_own_link_gives_nothing(harbour: Harbour) -> None:
    ada = harbour.member()
    with harbour.desk.work(harbour.at("grocery")) as work:
        link = activities.link(work, ada.token, "share", device="ada's phone")
    with pytest.raises(ProofRefusedError):
        ada.does("share", proof=link.text, device="ada's phone")


def test_52_checking_in_gives_points_once_a_day_and_60_a_month(harbour: Harbour) -> None:
    ada = harbour.member()
    with harbour.desk.work(Actor("cli")) as work:
        code = activities.make(work, "check-in").text
    for day in range(1, 13):
        harbour.on(f"2026-05-{day:02}")
        assert ada.does("check-in", proof=code) == 5
        with pytest.raises(ActivityDoneError):
            ada.does("check-in", proof=code)
    harbour.on("2026-05-13")
    with pytest.raises(ActivityLimitError):
        ada.does("check-in", proof=code)
    harbour.on("2026-06-01")
    assert ada.does("check-in", proof=code) == 5


def test_52_a_code_that_was_never_shown_gives_nothing(harbour: Harbour) -> None:
    with pytest.raises(ProofRefusedError):
        harbour.member().does("check-in", proof="0123456789ABC")


def test_54_who_comes_to_an_event_gets_points(harbour: Harbour) -> None:
    ada = harbour.member()
    with harbour.desk.work(Actor("cli")) as work:
        code = activities.make(work, "event").text
    assert ada.does("event", proof=code) == 40
    with pytest.raises(ActivityDoneError):
        ada.does("event", proof=code)


def test_83_a_complete_profile_gives_points_once(harbour: Harbour) -> None:
    bare = harbour.member("Ben")
    whole = harbour.member(
        "Ada", phone="+8613800000000", email="ada@example.com", born_on=date(1990, 5, 17)
    )
    with pytest.raises(ProofRefusedError):
        bare.does("profile")
    assert whole.does("profile") == 50
    with pytest.raises(ActivityDoneError):
        whole.does("profile")


def test_94_a_survey_gives_points_to_who_was_invited(harbour: Harbour) -> None:
    ada, ben = harbour.member(), harbour.member()
    with harbour.desk.work(harbour.at("grocery")) as work:
        until = work.now() + timedelta(days=14)
        invitation = activities.invite(work, ada.token, "survey", valid_until=until)
    with pytest.raises(ProofRefusedError):
        ben.does("survey", proof=invitation.text)
    assert ada.does("survey", proof=invitation.text) == 30


def test_109_a_review_is_of_a_purchase_of_ones_own(harbour: Harbour) -> None:
    ada, ben = harbour.member(), harbour.member()
    bought = public_id("pur", ada.buys("10.00").purchase_id)
    with pytest.raises(ProofRefusedError):
        ben.does("review", proof=bought)
    assert ada.does("review", proof=bought) == 20
    with pytest.raises(ActivityDoneError):
        ada.does("review", proof=bought)
