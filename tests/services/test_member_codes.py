"""Member codes: good for a minute, used up by what they pay for, and only by that."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from stoa.errors import (
    CodeExpiredError,
    CodeUsedError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    StaticTokenError,
    StoreUnknownError,
)
from stoa.services import earning, ledger, member_codes, members, mergers, redemption
from stoa.services.members import Token
from stoa.services.redemption import Ask, Held
from stoa.values.codes import changing_code
from stoa.work import Actor, Desk, Work
from world import Coalition, FixedClock, Someone, a_key, code, met

STEP = member_codes.STEP_S
STAFF = Actor("staff:stf_1")


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """A member with 1,000 points and every kind of identifier."""
    who = coalition.a_member(phone="+8613800138000", email="ada@example.org", partner_ref="G-7")
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(who, "1000.00"), key=a_key())
    return who


def _shown(desk: Desk, who: Someone) -> Token:
    with desk.work(Actor("app")) as work:
        return code(work, who)


def _hold(coalition: Coalition, token: Token, points: int = 10, **changes: Any) -> Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        return redemption.hold(work, Ask(token, "main", points, **changes), key=a_key())


def _uses(desk: Desk) -> int:
    with desk.work(STAFF) as work:
        return int(work.rows("SELECT count(*) FROM code_uses")[0][0])


@pytest.mark.parametrize(
    ("later_s", "good"),
    [(0, True), (2, True), (29, True), (31, True), (59, True), (60, False), (61, False)],
)
def test_a_screenshot_pays_for_a_minute_at_most(
    coalition: Coalition, clock: FixedClock, ada: Someone, later_s: int, *, good: bool
) -> None:
    """FRD-06: a picture of a code that has just appeared, after 2, 31 and 61 seconds."""
    token = _shown(coalition.desk, ada)
    clock.move(seconds=later_s)
    if good:
        assert _hold(coalition, token).redemption.state == "held"
        return
    with pytest.raises(CodeExpiredError):
        _hold(coalition, token)
    assert _uses(coalition.desk) == 0


@pytest.mark.parametrize(("later_s", "good"), [(1, True), (30, True), (30.999, True), (31, False)])
def test_a_code_at_the_end_of_its_step_is_good_for_the_next_one(
    coalition: Coalition, clock: FixedClock, ada: Someone, later_s: float, *, good: bool
) -> None:
    clock.move(seconds=STEP - 1)
    token = _shown(coalition.desk, ada)
    clock.move(seconds=later_s)
    if good:
        assert _hold(coalition, token).redemption.state == "held"
        return
    with pytest.raises(CodeExpiredError):
        _hold(coalition, token)


def test_a_code_of_the_future_is_refused(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    """A phone whose clock is ahead shows what a server has not come to."""
    clock.move(seconds=STEP)
    token = _shown(coalition.desk, ada)
    clock.move(seconds=-STEP)
    with pytest.raises(CodeExpiredError):
        _hold(coalition, token)


def test_a_second_terminal_is_refused(coalition: Coalition, ada: Someone) -> None:
    token = _shown(coalition.desk, ada)
    _hold(coalition, token)
    with pytest.raises(CodeUsedError):
        _hold(coalition, token)
    assert _uses(coalition.desk) == 1


def test_the_next_code_pays_again(coalition: Coalition, clock: FixedClock, ada: Someone) -> None:
    _hold(coalition, _shown(coalition.desk, ada))
    clock.move(seconds=STEP)
    held = _hold(coalition, _shown(coalition.desk, ada))
    assert held.balance.held == 20


def test_one_code_at_ten_terminals_pays_at_one(coalition: Coalition, ada: Someone) -> None:
    """RAC-08, with threads and transactions of their own."""
    token, start = _shown(coalition.desk, ada), Barrier(10)

    def pay(_: int) -> str:
        start.wait()
        try:
            _hold(coalition, token)
        except CodeUsedError:
            return "code-used"
        return "held"

    with ThreadPoolExecutor(10) as terminals:
        answers = sorted(terminals.map(pay, range(10)))
    assert answers == ["code-used"] * 9 + ["held"]
    with coalition.desk.work(STAFF) as work:
        balance = ledger.balance_of(work, ada.id, "STAR").balance
    assert (balance.available, balance.held) == (990, 10)


def test_one_code_at_ten_terminals_pays_at_one_though_it_takes_all(
    coalition: Coalition, ada: Someone
) -> None:
    """Who comes second is told of the code, not that the first one took the points."""
    token, start = _shown(coalition.desk, ada), Barrier(10)

    def pay(_: int) -> str:
        start.wait()
        try:
            _hold(coalition, token, 1000)
        except CodeUsedError:
            return "code-used"
        return "held"

    with ThreadPoolExecutor(10) as terminals:
        answers = sorted(terminals.map(pay, range(10)))
    assert answers == ["code-used"] * 9 + ["held"]


def test_ten_requests_of_one_key_are_one_hold(coalition: Coalition, ada: Someone) -> None:
    token, key, start = _shown(coalition.desk, ada), a_key(), Barrier(10)

    def pay(_: int) -> Held:
        with coalition.desk.work(coalition.as_cinema()) as work:
            start.wait()
            return redemption.hold(work, Ask(token, "main", 10), key=key)

    with ThreadPoolExecutor(10) as terminals:
        answers = list(terminals.map(pay, range(10)))
    assert len({each.redemption.id for each in answers}) == 1
    assert sorted(each.replayed for each in answers) == [False] + [True] * 9
    assert _uses(coalition.desk) == 1


def test_a_replay_gives_the_first_answer_however_old_its_code_is(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    token, key = _shown(coalition.desk, ada), a_key()
    with coalition.desk.work(coalition.as_cinema()) as work:
        first = redemption.hold(work, Ask(token, "main", 10), key=key)
    clock.move(hours=3)
    with coalition.desk.work(coalition.as_cinema()) as work:
        again = redemption.hold(work, Ask(token, "main", 10), key=key)
    assert again.replayed
    assert again.redemption == first.redemption


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        (InsufficientPointsError, {"points": 1001}),
        (StoreUnknownError, {"store": "moon"}),
    ],
)
def test_a_refused_hold_leaves_the_code_as_it_was(
    coalition: Coalition, ada: Someone, refusal: type[Exception], changes: dict[str, Any]
) -> None:
    token = _shown(coalition.desk, ada)
    ask: dict[str, Any] = {"store": "main", "points": 10} | changes
    with coalition.desk.work(coalition.as_cinema()) as work:
        with pytest.raises(refusal):
            redemption.hold(work, Ask(token, **ask), key=a_key())
        assert work.now()  # and the work ends well: what it did besides stays
    assert _uses(coalition.desk) == 0
    assert _hold(coalition, token).redemption.state == "held"


def test_earning_and_looking_up_use_no_code_up(coalition: Coalition, ada: Someone) -> None:
    token = _shown(coalition.desk, ada)
    for _ in range(3):
        with coalition.desk.work(coalition.as_grocery()) as work:
            report = coalition.a_purchase(ada, "10.00", member=token)
            assert earning.earn(work, report, key=a_key()).points == 10
            assert members.find(work, token).id == ada.id
    assert _uses(coalition.desk) == 0
    _hold(coalition, token)
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert members.find(work, token).id == ada.id


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("card", ""),
        ("phone", "+8613800138000"),
        ("email", "ada@example.org"),
        ("partner_ref", "G-7"),
    ],
)
def test_what_never_changes_earns_and_never_spends(
    coalition: Coalition, ada: Someone, kind: str, value: str
) -> None:
    """FRD-07."""
    token = Token(kind, value or ada.token.value)
    with coalition.desk.work(coalition.as_grocery()) as work:
        report = coalition.a_purchase(ada, "10.00", member=token)
        assert earning.earn(work, report, key=a_key()).points == 10
        assert members.find(work, token).id == ada.id
        with pytest.raises(StaticTokenError) as refused:
            redemption.hold(work, Ask(token, "main", 10), key=a_key())
    assert refused.value.members == {"token_type": kind, "ways": ["qr", "member_ref"]}


def test_a_member_ref_spends(coalition: Coalition, ada: Someone) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 10), key=a_key())
    assert _uses(coalition.desk) == 0


@pytest.mark.parametrize(
    "spelt",
    [
        str.lower,
        lambda text: text.replace("0", "O").replace("1", "l"),
        lambda text: f"{text[:8]} {text[8:12]}-{text[12:]}",
    ],
)
def test_a_code_may_be_typed(
    coalition: Coalition, ada: Someone, spelt: Callable[[str], str]
) -> None:
    token = _shown(coalition.desk, ada)
    _hold(coalition, Token("qr", spelt(token.value)))
    with pytest.raises(CodeUsedError):
        _hold(coalition, token)


def test_letters_of_one_name_under_another_are_forged(coalition: Coalition, ada: Someone) -> None:
    bob = _shown(coalition.desk, coalition.a_member("Bob"))
    mixed = _shown(coalition.desk, ada).value[:8] + bob.value[8:]
    with pytest.raises(CodeExpiredError):
        _hold(coalition, Token("qr", mixed))


@pytest.mark.parametrize("odd", ["", "7KQ2W9MR", "U" * 21, "0" * 21, "😀" * 21, "0" * 254])
def test_what_is_no_code_is_nobody(coalition: Coalition, odd: str) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work, pytest.raises(MemberUnknownError):
        members.find(work, Token("qr", odd))


def test_a_code_forged_with_another_secret_is_refused(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    name = _shown(coalition.desk, ada).value[:8]
    forged = changing_code(name, b"guessed", clock(), step_s=STEP)
    with pytest.raises(CodeExpiredError):
        _hold(coalition, Token("qr", forged))


def test_a_frozen_member_shows_none_and_the_one_shown_before_is_kept(
    coalition: Coalition, ada: Someone
) -> None:
    token = _shown(coalition.desk, ada)
    with coalition.desk.work(STAFF) as work:
        members.freeze(work, ada.id, reason="test")
    with coalition.desk.work(STAFF) as work, pytest.raises(MemberFrozenError):
        member_codes.show(work, ada.id)
    with pytest.raises(MemberFrozenError):
        _hold(coalition, token)
    with coalition.desk.work(STAFF) as work:
        members.thaw(work, ada.id, reason="test")
    assert _hold(coalition, token).redemption.state == "held"


def test_the_code_of_a_merged_member_names_who_goes_on(coalition: Coalition, ada: Someone) -> None:
    token, bob = _shown(coalition.desk, ada), coalition.a_member("Bob")
    with coalition.desk.work(STAFF) as work:
        mergers.merge(work, ada.id, bob.id, reason="test")
    with coalition.desk.work(STAFF) as work, pytest.raises(MemberUnknownError):
        member_codes.show(work, ada.id)
    with coalition.desk.work(coalition.as_cinema()) as work:
        heir = met(work, bob).value
        with pytest.raises(MemberMergedError) as refused:
            redemption.hold(work, Ask(token, "main", 10), key=a_key())
    assert refused.value.members == {"member_ref": heir}


def test_a_renewed_code_ends_the_one_before(coalition: Coalition, ada: Someone) -> None:
    token = _shown(coalition.desk, ada)
    with coalition.desk.work(STAFF) as work:
        fresh = member_codes.renew(work, ada.id, reason="lost phone")
    with pytest.raises(MemberUnknownError):
        _hold(coalition, token)
    assert _hold(coalition, Token("qr", fresh.text)).redemption.state == "held"


def test_a_code_tells_when_the_next_one_comes_and_when_it_ends(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    clock.move(seconds=7)
    with coalition.desk.work(STAFF) as work:
        shown = member_codes.show(work, ada.id)
    assert (shown.renews_at - clock()).total_seconds() == STEP - 7
    assert (shown.expires_at - clock()).total_seconds() == 2 * STEP - 7


def test_many_who_ask_first_are_shown_one_code(coalition: Coalition, ada: Someone) -> None:
    start = Barrier(8)

    def ask(_: int) -> str:
        start.wait()
        return _shown(coalition.desk, ada).value

    with ThreadPoolExecutor(8) as phones:
        assert len(set(phones.map(ask, range(8)))) == 1


def test_uses_are_forgotten_after_a_day(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    _hold(coalition, _shown(coalition.desk, ada))
    with coalition.desk.work(STAFF) as work:
        assert member_codes.forget(work) == 0
    clock.move(days=1)
    with coalition.desk.work(STAFF) as work:
        assert member_codes.forget(work) == 1


class TestSaboteurs:
    """What the promise rests on: without it, the tests above would see the code pay twice."""

    def test_a_use_outside_of_the_transaction_would_be_lost_with_a_refusal(
        self, coalition: Coalition, ada: Someone
    ) -> None:
        token = _shown(coalition.desk, ada)

        def wrong(work: Work) -> None:
            shown = members.find(work, token).shown
            with member_codes.spending(work, ada.id, shown):
                pass  # the use is written, the points are not held

        with coalition.desk.work(coalition.as_cinema()) as work:
            wrong(work)
        with pytest.raises(CodeUsedError):
            _hold(coalition, token)

    def test_a_hold_that_uses_nothing_up_would_pay_twice(
        self, coalition: Coalition, ada: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token, spending = _shown(coalition.desk, ada), member_codes.spending
        monkeypatch.setattr(
            member_codes, "spending", lambda work, who, _: spending(work, who, None)
        )
        _hold(coalition, token)
        assert _hold(coalition, token).balance.held == 20
