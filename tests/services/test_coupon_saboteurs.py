"""A short trial of coupons notices each fault put into their functions."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from coupons import OPERATOR, a_pool, costs, issued, redeemed, reserved, rolled_back
from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import (
    CouponClosedError,
    CouponRefusedError,
    CouponSoldOutError,
    CouponUnknownError,
    StoaError,
    TooManyGuessesError,
)
from stoa.models import functions
from stoa.services import coupons
from stoa.values.codes import new_code
from stoa.values.identifiers import new_uuid
from stoa.work import Desk
from world import FixedClock, a_coalition

SABOTEURS = {
    "a use that takes nothing": (
        "SET uses_left = c.uses_left - 1,", "SET uses_left = c.uses_left,",
    ),
    "a code without end": ("c.state = 'issued' AND c.uses_left > 0\n       AND", "true AND"),
    "a last day that is none": ("AND p_today <= c.valid_until\n       AND (c", "AND (c"),
    "a rollback of another's": (
        "u.code = p_code AND u.partner_id = p_partner\n       AND u.state = CASE",
        "u.code = p_code\n       AND u.state = CASE",
    ),
    "a rollback twice": ("'rolled_back' THEN 'redeemed' ELSE", "'rolled_back' THEN u.state ELSE"),
    "costs that stay": ("-c.place, c.payer_id, -c.minor", "-c.place - 9, c.payer_id, -1"),
    "a reservation for ever": ("'reserved' AND u.reserved_until > p_now", "'reserved'"),
    "a supply without end": ("IF rest < p_count THEN", "IF false THEN"),
    "a cancelled use": (
        "AND c.state IN ('ready', 'issued', 'expired') AND c.uses_left = c.uses", "",
    ),
    "one receipt twice": (
        "p_receipt <> '' AND u.code = p_code AND u.state IN", "false AND u.state IN",
    ),
    "guesses uncounted": ("ELSE g.wrong + 1 END", "ELSE 0 END"),
}  # fmt: skip


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk whose functions a saboteur may have touched: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


_USE = """
SELECT stoa_use_coupon(%s, %s, %s, NULL, gen_random_uuid(), 'redeemed', %s, %s, NULL, 'alone', 0, 0,
                       'CNY', %s, NULL, '{}', '{}', gen_random_uuid(), '{}')
"""
_BACK = """
SELECT stoa_give_back_coupon(%s, %s, %s, %s, 'rolled_back', gen_random_uuid(), '{}')
"""


def _gone(desk: Desk, partner_id: UUID, code: str) -> None:
    """The function itself takes no use, whatever was judged before."""
    receipt = f"R-{new_uuid()}"
    with desk.work(OPERATOR) as work:
        values = (code, work.now(), work.today(), partner_id, partner_id, receipt)
        with pytest.raises(DBAPIError, match="the code is not taken"):
            work.rows(_USE, values)


def _not_theirs(desk: Desk, partner_id: UUID, code: str, use_id: UUID) -> None:
    """The function itself gives nothing back to a partner that did not take it."""
    with desk.work(OPERATOR) as work, pytest.raises(DBAPIError, match="no such use"):
        work.rows(_BACK, (code, work.now(), use_id, partner_id))


def _trial(desk: Desk, clock: FixedClock) -> None:
    coalition = a_coalition(desk)
    till, other = coalition.as_cinema(), coalition.as_grocery()
    a_pool(desk, uses=2, valid_days=1, supply=3, stacks="others")
    first, second, third = issued(desk, count=3, origin="order:1")
    with pytest.raises(CouponSoldOutError):
        issued(desk)
    use = redeemed(desk, till, first.code, receipt_no="R-1")
    with pytest.raises(CouponRefusedError):
        redeemed(desk, till, first.code, receipt_no="R-1")
    redeemed(desk, till, first.code)
    _gone(desk, coalition.cinema, first.code)
    for actor, refusal in ((other, CouponUnknownError), (till, None), (till, CouponClosedError)):
        if refusal is None:
            rolled_back(desk, actor, first.code, use.id)
        else:
            with pytest.raises(refusal):
                rolled_back(desk, actor, first.code, use.id)
    assert costs(desk, use.id) == [(None, 0)]
    last = redeemed(desk, till, first.code)
    _gone(desk, coalition.cinema, first.code)
    _not_theirs(desk, coalition.grocery, first.code, last.id)
    held = reserved(desk, till, second.code, ttl_s=60)
    clock.move(seconds=61)
    with pytest.raises(CouponClosedError):
        redeemed(desk, till, second.code, use_id=held.id)
    with desk.work(OPERATOR) as work:
        assert coupons.cancel_of(work, "order:1") is False
        states = work.rows("SELECT state FROM coupons ORDER BY state")
    assert [row[0] for row in states] == ["cancelled", "issued", "spent"]
    clock.move(days=3)
    _gone(desk, coalition.cinema, second.code)
    for _ in range(10):
        with pytest.raises(CouponUnknownError):
            redeemed(desk, till, new_code())
    with pytest.raises(TooManyGuessesError):
        redeemed(desk, till, third.code)


def test_the_trial_passes_on_coupons_as_they_are(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_trial_notices(broken_desk: Desk, database: str, clock: FixedClock, name: str) -> None:
    text = functions("coupons", "guesses")
    assert text.count(SABOTEURS[name][0]) == 1, "the saboteur finds no place, or more than one"
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(text.replace(*SABOTEURS[name]).replace("%", "%%"))
    engine.dispose()
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken_desk, clock)
