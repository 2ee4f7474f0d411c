"""A life that goes wrong is seen: each saboteur breaks one rule of the ledger and is caught."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.config import Settings
from stoa.database import open_engine
from stoa.models import functions
from stoa.plugins import Plugins
from stoa.work import Desk, Programme
from trials.machine import wander
from world import FixedClock, PlainPlugin

SABOTEURS = {
    "a hold that looks at no balance": (
        "w.available - CASE WHEN p_net THEN w.debt ELSE 0 END >= p_points\n    RETURNING",
        "true\n    RETURNING",
    ),
    "points that end last go first": (
        "NOT l.pending\n         ORDER BY l.expires_on, l.seq",
        "NOT l.pending\n         ORDER BY l.expires_on DESC, l.seq",
    ),
    "pending points that can be spent": ("AND l.remaining > l.held AND NOT l.pending", ""),
    "points that end a day early": (
        "AND l.expires_on < p_today AND l.remaining > l.held",
        "AND l.expires_on <= p_today AND l.remaining > l.held",
    ),
    "points that mature a day early": (
        "AND l.available_on <= p_today\n        RETURNING",
        "AND l.available_on <= p_today + 1\n        RETURNING",
    ),
    "a capture that forgets the rest": ("w.available + hold.points - p_points", "w.available"),
    "a capture that burns no lot": ("used := least(piece.points, rest);", "used := 0;"),
    "a void that keeps the points": (
        "available = w.available + hold.points, updated_at",
        "updated_at",
    ),
    "a debt that nobody books": ("debt = w.debt + owed", "debt = w.debt"),
    "a debt that is never repaid": ("IF wallet.debt > 0 THEN", "IF false THEN"),
    "a clawback that leaves its own lot": ("ORDER BY l.seq <> line.lot, NOT", "ORDER BY NOT"),
    "a clawback that spares pending points": (
        "l.seq <> line.lot, NOT l.pending, l.expires_on",
        "l.seq <> line.lot, l.pending, l.expires_on",
    ),
    "a return that is not kept": (
        "SET returned = p_returned, given_back",
        "SET given_back",
    ),
    "a key that is not remembered": (
        "p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);",
        "p_member, p_partner, gen_random_uuid()::text, p_fingerprint, p_hold, wallet, p_now);",
    ),
    "points that come back to the lots emptied first": (
        "ORDER BY each.n DESC",
        "ORDER BY each.n",
    ),
    "a hold that is extended for ever": (
        "p_expires_at), extended = true",
        "p_expires_at), extended = false",
    ),
    "days of grace that nobody gives": (
        "piece.expires_on < p_today AND p_grace > 0",
        "piece.expires_on < p_today AND p_grace < 0",
    ),
    "one point too many": (
        "ELSE p_sum END,\n           pending",
        "ELSE p_sum + 1 END,\n           pending",
    ),
}
"""What to break: a piece of the ledger's functions, and what stands there instead."""


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(
    database: str, settings: Settings, clock: FixedClock, plain: PlainPlugin, name: str
) -> None:
    whole, (piece, instead) = functions(), SABOTEURS[name]
    assert piece in whole
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(whole.replace(piece, instead).replace("%", "%%"))
    owner.dispose()
    desk = Desk(
        hot=open_engine(database, settings, pool_size=2, autocommit=True),
        cold=open_engine(database, settings, pool_size=2),
        plugins=Plugins({"plain": plain}),
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
        clock=clock,
    )
    try:
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever gives it away
            wander(desk, clock, policy="debt", lives=60, steps=60)
    finally:
        desk.close()
