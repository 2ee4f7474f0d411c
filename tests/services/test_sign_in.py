"""Sign-in by a code: right once, in its browser, for ten minutes; who is a member is never told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stoa.errors import InvalidBodyError, TooManyGuessesError
from stoa.services import members, sign_in
from stoa.services.sign_in import Outcome
from stoa.values.letters import Letter
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

ACTOR = Actor("sign-in")
ADA = "ada@example.org"

Ask = Callable[..., str]


@pytest.fixture
def ask(desk: Desk) -> Ask:
    """Return what asks for a code and returns the one that was written."""

    def asked(email: str = ADA, *, browser: str = "b1", network: str = "10.0.0.1") -> str:
        codes: list[str] = []

        def letter(code: str) -> Letter:
            codes.append(code)
            return Letter("Code", code)

        with desk.work(ACTOR) as work:
            sign_in.ask(work, email, browser=browser, network=network, letter=letter)
        (code,) = codes
        return code

    return asked


def prove(desk: Desk, code: str, *, browser: str = "b1", **more: Any) -> Outcome:
    given = {"network": "10.0.0.1"} | more
    with desk.work(ACTOR) as work:
        return sign_in.prove(work, code, browser=browser, **given)


def wrong_of(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_right_code_opens_a_session_once(desk: Desk, coalition: Coalition, ask: Ask) -> None:
    ada = coalition.a_member(email=ADA)
    code = ask()
    told = prove(desk, f" {code[:3]} {code[3:]} ", agent="Firefox · Linux")
    assert told.token
    with desk.work(ACTOR) as work:
        session = sign_in.session_of(work, told.token)
        assert session is not None
        assert (session.member_id, session.address, session.agent) == (
            ada.id, ADA, "Firefox · Linux",
        )  # fmt: skip
        assert sign_in.session_of(work, f"{told.token}x") is None
        assert sign_in.session_of(work, "") is None
    assert prove(desk, code) == Outcome()


def test_only_hashes_are_kept(desk: Desk, coalition: Coalition, ask: Ask) -> None:
    coalition.a_member(email=ADA)
    code = ask(browser="the-browser")
    told = prove(desk, code, browser="the-browser")
    with desk.work(ACTOR) as work:
        kept = str(work.rows("SELECT c::text, s::text FROM sign_in_codes c, member_sessions s"))
    assert code not in kept
    assert "the-browser" not in kept
    assert told.token not in kept


def test_a_code_is_good_in_the_browser_that_asked_alone(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    coalition.a_member(email=ADA)
    code = ask(browser="mine")
    assert prove(desk, code, browser="another") == Outcome()
    assert prove(desk, code, browser="mine").token


def test_a_code_works_for_ten_minutes(
    desk: Desk, coalition: Coalition, ask: Ask, clock: FixedClock
) -> None:
    coalition.a_member(email=ADA)
    code = ask()
    clock.move(seconds=599, milliseconds=999)
    late = ask(browser="b2")
    assert prove(desk, code).token
    clock.move(minutes=10)
    assert prove(desk, late, browser="b2") == Outcome()


def test_a_code_is_looked_at_five_times(desk: Desk, coalition: Coalition, ask: Ask) -> None:
    coalition.a_member(email=ADA)
    code = ask()
    assert [prove(desk, wrong_of(code)).left_tries for _ in range(5)] == [4, 3, 2, 1, 0]
    assert prove(desk, code) == Outcome()


def test_of_24_guesses_at_once_five_are_looked_at(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    coalition.a_member(email=ADA)
    code = ask()
    guesses = [wrong_of(code)] * 23 + [code]
    with ThreadPoolExecutor(24) as hands:
        told = list(hands.map(lambda guess: prove(desk, guess, network=guess), guesses))
    with desk.work(ACTOR) as work:
        assert work.rows("SELECT tries FROM sign_in_codes") == [(5,)]
    assert sum(bool(each.token) for each in told) <= 1


def test_a_code_that_is_right_24_times_at_once_opens_one_session(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    coalition.a_member(email=ADA)
    code = ask()
    with ThreadPoolExecutor(24) as hands:
        told = list(hands.map(lambda _: prove(desk, code), range(24)))
    assert sum(bool(each.token) for each in told) == 1


def test_ten_wrong_codes_close_the_door_for_the_address_wherever_they_come_from(
    desk: Desk, coalition: Coalition, ask: Ask, clock: FixedClock
) -> None:
    coalition.a_member(email=ADA)
    for browser in ("b1", "b2"):
        wrong = wrong_of(ask(browser=browser))
        for number in range(5):
            prove(desk, wrong, browser=browser, network=f"10.1.{browser[1]}.{number}")
    code = ask(browser="b3")
    with pytest.raises(TooManyGuessesError) as refused:
        prove(desk, code, browser="b3")
    assert 0 < (refused.value.retry_after_s or 0) <= 300
    clock.move(minutes=5)
    assert prove(desk, code, browser="b3").token


def test_a_network_that_tries_a_hundred_codes_is_refused(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    coalition.a_member(email=ADA)
    for number in range(100):
        assert prove(desk, "000000", browser=f"x{number}") == Outcome()
    code = ask()
    with pytest.raises(TooManyGuessesError):
        prove(desk, code)
    assert prove(desk, code, network="10.9.9.9").token


@pytest.mark.parametrize("email", [ADA, "nobody@example.org"])
def test_an_address_is_sent_five_codes_in_a_quarter_of_an_hour_known_or_not(
    desk: Desk, coalition: Coalition, ask: Ask, clock: FixedClock, email: str
) -> None:
    coalition.a_member(email=ADA)
    for number in range(sign_in.MOST_ASKED):
        ask(email, browser=f"b{number}")
    with pytest.raises(TooManyGuessesError) as refused:
        ask(email)
    assert refused.value.retry_after_s == 900
    clock.move(minutes=15)
    ask(email)


def test_many_requests_at_once_do_not_pass_the_limit(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    def tried(number: int) -> bool:
        try:
            ask(browser=f"b{number}")
        except TooManyGuessesError:
            return False
        return True

    coalition.a_member(email=ADA)
    with ThreadPoolExecutor(12) as hands:
        assert sum(hands.map(tried, range(12))) == sign_in.MOST_ASKED


def test_asking_for_an_unknown_address_does_the_same_and_sends_nothing(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    coalition.a_member(email=ADA)
    known, unknown = ask(), ask("nobody@example.org", browser="b2")
    assert len(known) == len(unknown) == 6
    with desk.work(ACTOR) as work:
        mails = work.rows("SELECT state, address FROM mails ORDER BY state")
        codes = work.rows("SELECT address FROM sign_in_codes ORDER BY address")
    assert mails == [("dropped", ""), ("queued", ADA)]
    assert codes == [("",), (ADA,)]
    assert prove(desk, unknown, browser="b2") == Outcome(left_tries=4)


def test_asking_costs_the_same_statements_known_or_not(
    desk: Desk, coalition: Coalition, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    kind: Any = type(_work_of(desk))
    rows = kind.rows

    def heard(self: Any, statement: str, values: Any = ()) -> Any:
        sent.append(statement)
        return rows(self, statement, values)

    coalition.a_member(email=ADA)
    ask(browser="b0")
    monkeypatch.setattr(kind, "rows", heard)
    ask(browser="b1")
    known = sent.copy()
    sent.clear()
    ask("nobody@example.org", browser="b2")
    assert sent == known


def _work_of(desk: Desk) -> object:
    with desk.work(ACTOR) as work:
        return work


def test_what_is_no_address_is_refused(ask: Ask) -> None:
    with pytest.raises(InvalidBodyError):
        ask("ada at example")


def test_who_signs_in_again_ends_the_session_of_the_browser(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    ada = coalition.a_member(email=ADA)
    first = prove(desk, ask())
    second = prove(desk, ask(), old=first.token)
    assert first.token != second.token
    with desk.work(ACTOR) as work:
        assert sign_in.session_of(work, first.token) is None
        (only,) = sign_in.sessions(work, ada.id)
        assert sign_in.session_of(work, second.token) == only


def test_a_session_ends_after_thirty_days_by_signing_out_or_from_afar(
    desk: Desk, coalition: Coalition, ask: Ask, clock: FixedClock
) -> None:
    ada, bob = coalition.a_member(email=ADA), coalition.a_member("Bob", email="bob@example.org")
    one, two, three = (prove(desk, ask()).token for _ in range(3))
    with desk.work(ACTOR) as work:
        sign_in.sign_out(work, one)
        assert sign_in.session_of(work, one) is None
        found = sign_in.session_of(work, two)
        assert found is not None
        assert not sign_in.end(work, bob.id, found.id)
        assert sign_in.end(work, ada.id, found.id)
        assert sign_in.session_of(work, two) is None
    clock.move(days=29, hours=23)
    with desk.work(ACTOR) as work:
        assert sign_in.session_of(work, three) is not None
        (left,) = sign_in.sessions(work, ada.id)
        assert left.seen_at == clock.now
    clock.move(hours=1)
    with desk.work(ACTOR) as work:
        assert sign_in.session_of(work, three) is None
        assert sign_in.sessions(work, ada.id) == []
        clock.move(seconds=1)
        assert sign_in.forget(work) == 4  # three codes, one session


def test_a_frozen_member_signs_in_and_one_who_left_does_not(
    desk: Desk, coalition: Coalition, ask: Ask
) -> None:
    ada = coalition.a_member(email=ADA)
    with desk.work(Actor("cli")) as work:
        members.freeze(work, ada.id, reason="lost card")
    token = prove(desk, ask()).token
    assert token
    with desk.work(Actor("cli")) as work:
        work.rows("UPDATE members SET status = 'closed' WHERE id = %s RETURNING 1", (ada.id,))
    with desk.work(ACTOR) as work:
        assert sign_in.session_of(work, token) is None
    assert prove(desk, ask()) == Outcome(left_tries=4)
