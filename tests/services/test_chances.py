"""Chances: bought once, used once, drawn once and to the odds, given back to their lots."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import (
    ChanceClosedError,
    ChanceLimitError,
    ChanceTopTierError,
    ChanceUnknownError,
    InsufficientPointsError,
    InvalidRuleError,
    MemberFrozenError,
    StoaError,
)
from stoa.models import functions as ledger_functions
from stoa.services import (
    adjustments,
    chances,
    clockwork,
    earning,
    invariants,
    ledger,
    members,
    mergers,
    positions,
    promotions,
    provenance,
    redemption,
    returns,
    rulebook,
    tiers,
)
from stoa.services.promotions import Promotion
from stoa.services.redemption import Ask
from stoa.values.chances import read_chance
from stoa.values.conditions import WrongRuleError
from stoa.values.draws import commitment, roll
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_coalition, a_key, met

STAFF, WORKER = Actor("staff:mei"), Actor("worker")
STEP: dict[str, Any] = {
    "name": {"en": "Step up"}, "ladder": "main", "points": 100, "most_per_year": 3,
}  # fmt: skip
DRAW = STEP | {
    "mode": "draw", "odds_per_million": 250_000, "allowed_draw": True, "most_per_year": 1000,
    "points": 1,
}  # fmt: skip


def a_chance(desk: Desk, document: dict[str, Any] | None = None, code: str = "step") -> None:
    """Save a chance and let it hold."""
    with desk.work(STAFF) as work:
        chances.save(work, code, document or STEP)
        rulebook.activate(work, "chance", code)


def rich(coalition: Coalition, points: str, name: str = "Ada") -> Someone:
    """Return a member who has earned points."""
    who = coalition.a_member(name)
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(who, points), key=a_key())
    return who


def buy(desk: Desk, who: Someone, code: str = "step") -> Promotion:
    """Let a member buy a chance."""
    with desk.work(STAFF) as work:
        return promotions.buy(work, who.id, code)


def undo(desk: Desk, who: Someone, bought: Promotion) -> Promotion:
    """Give a chance back."""
    with desk.work(STAFF) as work:
        return promotions.undo(work, who.id, bought.bought.id)


def draw(desk: Desk, who: Someone, bought: Promotion, nonce: str = "n") -> Promotion:
    """Draw a chance."""
    with desk.work(STAFF) as work:
        return promotions.draw(work, who.id, bought.bought.id, nonce=nonce)


def tier(desk: Desk, who: Someone) -> str:
    """Return the tier of a member in the main ladder."""
    with desk.work(STAFF) as work:
        return tiers.standing(work, who.id, work.today()).tier


def opened(desk: Desk, who: Someone) -> int:
    """Return how many chances of the main ladder a member has open."""
    with desk.work(STAFF) as work:
        return chances.opened(work, [who.id]).get(who.id, {}).get("main", 0)


class TestReading:
    """Documents: a draw has to be allowed by name."""

    def test_a_chance_is_direct_unless_it_says_otherwise(self) -> None:
        read = read_chance(STEP)
        assert (read.mode, read.needed, read.odds_per_million, read.undo_minutes) == (
            "direct", 1, 0, 60,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"mode": "raffle"}, "mode"),
            ({"points": 0}, "points"),
            ({"ladder": ""}, "ladder"),
            ({"needed": 4}, "needed"),
            ({"odds_per_million": 5}, "odds_per_million"),
            ({"mode": "attempt", "needed": 2}, "needed"),
            ({"mode": "draw", "allowed_draw": True}, "odds_per_million"),
            ({"mode": "draw", "odds_per_million": 10**6, "allowed_draw": True}, "odds_per_million"),
            ({"mode": "draw", "odds_per_million": 5}, "allowed_draw"),
            ({"undo_minutes": 1441}, "undo_minutes"),
            ({"most_per_year": None}, "most_per_year"),
        ],
    )
    def test_a_mistake_is_named(self, changes: dict[str, Any], place: str) -> None:
        with pytest.raises(WrongRuleError) as wrong:
            read_chance(STEP | changes)
        assert place in wrong.value.errors

    def test_a_chance_raises_in_a_ladder_that_is_there(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        for wrong in (STEP | {"ladder": "none"}, {}):
            with desk.work(STAFF) as work, pytest.raises(InvalidRuleError):
                chances.save(work, "step", wrong)


class TestBuying:
    """Points are burned once, and once only."""

    def test_99_points_buy_nothing_and_100_buy_a_tier(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_chance(desk)
        poor, ada = rich(coalition, "99.00", "Poor"), rich(coalition, "100.00")
        with pytest.raises(InsufficientPointsError) as refused:
            buy(desk, poor)
        assert refused.value.members == {"available_points": 99, "short_by_points": 1}
        assert tier(desk, poor) == "basic"
        done = buy(desk, ada)
        assert (done.tier, done.balance.available) == ("silver", 0)
        assert (done.bought.state, done.bought.used) == (
            "used", {"ladder": "main", "tier": "silver", "at": desk.clock().isoformat()},
        )  # fmt: skip
        assert tier(desk, ada) == "silver"
        with desk.work(STAFF) as work:
            footing = tiers.of(work, ada.id)["main"]
            assert (footing.origin, footing.floor) == ("bought", "silver")

    def test_the_entry_says_what_it_was_for(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk)
        ada = rich(coalition, "130.00")
        buy(desk, ada)
        with desk.work(STAFF) as work:
            entry = ledger.history(work, ada.id, "STAR")[0]
            told = provenance.explain(work, ada.id, "STAR", 2)
            burned = positions.position(work, "STAR", account="burned")
        assert (entry.kind, entry.points, entry.account) == ("chance", -100, "burned")
        assert entry.partner_id is None
        assert [lot.points for lot in told.lots] == [100]
        assert burned.points == -100

    def test_nobody_buys_above_the_highest_tier(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk)
        ada = rich(coalition, "400.00")
        assert [buy(desk, ada).tier for _ in range(2)] == ["silver", "gold"]
        with pytest.raises(ChanceTopTierError):
            buy(desk, ada)
        with desk.work(STAFF) as work:
            assert ledger.balance_of(work, ada.id, "STAR").balance.available == 200

    def test_so_many_are_sold_a_year(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_chance(desk, STEP | {"mode": "attempt", "most_per_year": 2})
        ada = rich(coalition, "900.00")
        first = buy(desk, ada)
        undo(desk, ada, first)
        buy(desk, ada)
        buy(desk, ada)
        with pytest.raises(ChanceLimitError) as refused:
            buy(desk, ada)
        assert refused.value.members == {"most_per_year": 2}
        clock.move(days=245)
        assert desk.clock().year == 2027
        buy(desk, ada)
        assert opened(desk, ada) == 3

    def test_several_may_be_needed(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"needed": 2, "most_per_year": 4})
        ada = rich(coalition, "400.00")
        assert [buy(desk, ada).tier for _ in range(4)] == [None, "silver", None, "gold"]
        assert opened(desk, ada) == 0

    def test_what_is_not_on_offer_is_not_sold(self, desk: Desk, coalition: Coalition) -> None:
        ada = rich(coalition, "400.00")
        with pytest.raises(ChanceUnknownError):
            buy(desk, ada)
        a_chance(desk)
        with desk.work(STAFF) as work:
            members.freeze(work, ada.id, reason="lost card")
        with pytest.raises(MemberFrozenError):
            buy(desk, ada)

    def test_points_end_first_first(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_chance(desk)
        ada = rich(coalition, "60.00")
        clock.move(days=40)
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(ada, "60.00"), key=a_key())
        buy(desk, ada)
        with desk.work(STAFF) as work:
            uses = work.rows("SELECT lot_seq, points FROM lot_uses ORDER BY lot_seq")
        assert [tuple(row) for row in uses] == [(1, 60), (2, 40)]

    def test_a_storm_of_64_buys_sells_what_there_are_points_for(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_chance(desk, STEP | {"mode": "attempt", "most_per_year": 100})
        ada = rich(coalition, "799.00")

        def one(_: int) -> str:
            try:
                buy(desk, ada)
            except InsufficientPointsError:
                return "poor"
            return "bought"

        with ThreadPoolExecutor(8) as pool:
            told = Counter(pool.map(one, range(64)))
        assert told == {"bought": 7, "poor": 57}
        assert opened(desk, ada) == 7

    def test_a_storm_never_passes_the_year(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk)
        ada = rich(coalition, "900.00")

        def one(_: int) -> str:
            try:
                return buy(desk, ada).tier or "none"
            except (ChanceTopTierError, ChanceLimitError):
                return "refused"

        with ThreadPoolExecutor(8) as pool:
            told = Counter(pool.map(one, range(16)))
        assert told == {"silver": 1, "gold": 1, "refused": 14}


class TestUsing:
    """Open chances are used up once, by the tier that they helped to reach."""

    def test_they_are_used_up_once(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"mode": "attempt"})
        ada = rich(coalition, "300.00")
        first, second = buy(desk, ada), buy(desk, ada)
        assert opened(desk, ada) == 2

        def use(_: int) -> bool:
            with desk.work(WORKER) as work:
                return chances.use(work, ada.id, "main", "silver", 2)

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(use, range(4))) == [False, False, False, True]
        assert opened(desk, ada) == 0
        with pytest.raises(ChanceClosedError) as refused:
            undo(desk, ada, second)
        assert refused.value.members == {"state": "used"}
        with desk.work(STAFF) as work:
            told = chances.of(work, ada.id)
        assert [each.id for each in told] == [second.bought.id, first.bought.id]

    def test_too_few_are_not_used(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"mode": "attempt"})
        ada = rich(coalition, "300.00")
        buy(desk, ada)
        with desk.work(WORKER) as work:
            assert not chances.use(work, ada.id, "main", "silver", 2)
            assert not chances.use(work, ada.id, "vip", "silver", 1)
        assert opened(desk, ada) == 1

    def test_a_merger_takes_them_along(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"mode": "attempt"})
        ada, ben = rich(coalition, "300.00"), rich(coalition, "300.00", "Ben")
        bought = buy(desk, ada)
        buy(desk, ben)
        with desk.work(STAFF) as work:
            mergers.merge(work, ada.id, ben.id, reason="one person")
        assert opened(desk, ben) == 2
        undo(desk, ben, bought)
        with desk.work(WORKER) as work:
            mergers.sweep(work)
            assert ledger.balance_of(work, ben.id, "STAR").balance.available == 500
        buy(desk, ben)
        buy(desk, ben)
        with pytest.raises(ChanceLimitError):
            buy(desk, ben)


class TestReaching:
    """A tier that asks for chances uses them up when it is reached, once (#11)."""

    @pytest.fixture
    def ladder(self, desk: Desk, coalition: Coalition) -> None:
        """Let a second ladder ask for a chance and for some spend; and for two of them."""
        chance = {"fact": "chances", "of": "vip", "is": ">=", "value": 1}
        spend = {"fact": "spend", "over": "12 months", "is": ">=", "value": 10_000}
        document = {
            "name": {"en": "VIP"},
            "tiers": [
                {"code": "basic", "name": {"en": "Basic"}},
                {"code": "vip", "name": {"en": "VIP"}, "qualify": {"all": [chance, spend]}},
                {"code": "svip", "name": {"en": "SVIP"}, "qualify": chance | {"value": 2}},
            ],
            "review": {"every": "12 months"},
        }
        with desk.work(STAFF) as work:
            tiers.save(work, "vip", document)
            rulebook.activate(work, "ladder", "vip")
        a_chance(desk, STEP | {"mode": "attempt", "ladder": "vip"})

    def _reassess(self, desk: Desk, who: Someone, *, lowers: bool = False) -> str:
        with desk.work(WORKER) as work:
            tiers.reassess(work, who.id, lowers=lowers)
        with desk.work(WORKER) as work:
            found = tiers.of(work, who.id).get("vip")
            return found.tier if found else "basic"

    @pytest.mark.usefixtures("ladder")
    def test_a_chance_is_not_enough_where_spend_is_asked_for_too(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        ada = coalition.a_member()
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(ada, "99.99"), key=a_key())
        with desk.work(STAFF) as work:
            adjustments.adjust(work, ada.id, 100, reason_code="goodwill", note="a late bus")
        buy(desk, ada)
        assert self._reassess(desk, ada) == "basic"
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(ada, "0.01"), key=a_key())
        assert self._reassess(desk, ada) == "vip"
        with desk.work(WORKER) as work:
            footing = tiers.of(work, ada.id)["vip"]
            assert (footing.origin, footing.floor) == ("bought", "vip")
            assert [each.state for each in chances.of(work, ada.id)] == ["used"]
        assert self._reassess(desk, ada) == "vip"
        assert self._reassess(desk, ada, lowers=True) == "vip"

    @pytest.mark.usefixtures("ladder")
    def test_parallel_assessments_use_them_once(self, desk: Desk, coalition: Coalition) -> None:
        ada = rich(coalition, "300.00")
        for _ in range(3):
            buy(desk, ada)
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda _: self._reassess(desk, ada), range(4))) == {"svip"}
        with desk.work(WORKER) as work:
            told = Counter(each.state for each in chances.of(work, ada.id))
        assert told == {"used": 2, "open": 1}


class TestGivingBack:
    """An unused chance comes back within its time, to the lots it was paid from."""

    def test_its_points_go_back_to_their_lots(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"mode": "attempt"})
        ada = rich(coalition, "150.00")
        done = undo(desk, ada, buy(desk, ada))
        assert (done.bought.state, done.balance.available) == ("refunded", 150)
        with desk.work(STAFF) as work:
            assert work.rows("SELECT seq, remaining FROM lots")[0][1] == 150
            entry = ledger.history(work, ada.id, "STAR")[0]
        assert (entry.kind, entry.points, entry.account) == ("refund", 100, "burned")
        with pytest.raises(ChanceClosedError):
            undo(desk, ada, done)

    def test_its_time_ends(self, desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
        a_chance(desk, STEP | {"mode": "attempt", "undo_minutes": 10})
        ada = rich(coalition, "200.00")
        first, second = buy(desk, ada), buy(desk, ada)
        clock.move(minutes=10)
        undo(desk, ada, first)
        clock.move(seconds=1)
        with pytest.raises(ChanceClosedError) as refused:
            undo(desk, ada, second)
        assert refused.value.members == {"state": "open"}

    def test_points_past_their_day_live_on_for_the_grace(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_chance(desk, STEP | {"mode": "attempt", "undo_minutes": 1440})
        ada = rich(coalition, "100.00")
        with desk.work(STAFF) as work:
            ends = work.rows("SELECT expires_on FROM lots")[0][0]
        clock.move(days=(ends - desk.clock().date()).days)
        bought = buy(desk, ada)
        clock.move(hours=23)
        with desk.work(WORKER) as work:
            assert work.today() == ends + timedelta(days=1)
            clockwork.expire_points(work)
        undo(desk, ada, bought)
        with desk.work(STAFF) as work:
            assert work.rows("SELECT expires_on, remaining FROM lots")[0] == (
                ends + timedelta(days=31), 100,
            )  # fmt: skip

    def test_what_is_owed_is_repaid_of_it(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"mode": "attempt"})
        ada = coalition.a_member()
        with desk.work(coalition.as_grocery()) as work:
            sale = earning.earn(work, coalition.a_purchase(ada, "150.00"), key=a_key())
        bought = buy(desk, ada)
        with desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, sale.purchase_id, None, key=a_key())
        done = undo(desk, ada, bought)
        assert (done.balance.available, done.balance.debt) == (0, 0)

    def test_another_members_chance_is_nobodys(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, STEP | {"mode": "attempt"})
        ada, ben = rich(coalition, "150.00"), rich(coalition, "150.00", "Ben")
        bought = buy(desk, ada)
        with pytest.raises(ChanceUnknownError):
            undo(desk, ben, bought)
        with pytest.raises(ChanceUnknownError):
            draw(desk, ada, bought)


class TestDrawing:
    """A draw is announced by a hash, drawn once, and can be reckoned again."""

    def test_it_can_be_checked_from_what_was_published(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_chance(desk, DRAW)
        ada = rich(coalition, "10.00")
        bought = buy(desk, ada).bought
        assert bought.seed is None
        assert bought.commitment is not None
        with desk.work(STAFF) as work:
            explained = work.rows("SELECT explanation FROM transactions WHERE kind = 'chance'")
        assert explained[0][0]["commitment"] == bought.commitment.hex()
        assert explained[0][0]["odds_per_million"] == 250_000
        with desk.work(STAFF) as work:
            done = promotions.draw(work, ada.id, bought.id, nonce="my own words 星").bought
        assert done.seed is not None
        assert done.drawn is not None
        assert commitment(done.seed) == bought.commitment
        found = roll(done.seed, done.id, "my own words 星")
        assert done.drawn == {"nonce": "my own words 星", "roll": found}
        assert (done.state == "won") == (found < 250_000)

    def test_it_is_never_drawn_again(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, DRAW)
        ada = rich(coalition, "10.00")
        bought = buy(desk, ada)

        def one(number: int) -> str:
            try:
                return draw(desk, ada, bought, f"n{number}").bought.state
            except ChanceClosedError:
                return "closed"

        with ThreadPoolExecutor(6) as pool:
            told = Counter(pool.map(one, range(12)))
        assert told["closed"] == 11
        with pytest.raises(ChanceClosedError):
            undo(desk, ada, bought)

    def test_a_win_raises_one_tier_and_a_loss_none(self, desk: Desk, coalition: Coalition) -> None:
        a_chance(desk, DRAW | {"odds_per_million": 500_000})
        states = set()
        for number in range(12):
            who = rich(coalition, "10.00", f"M{number}")
            done = draw(desk, who, buy(desk, who))
            states.add(done.bought.state)
            assert (tier(desk, who) == "silver") == (done.bought.state == "won")
            assert (done.tier == "silver") == (done.bought.state == "won")
        assert states == {"won", "lost"}

    def test_draws_follow_their_odds(self, database: str) -> None:
        """A chi-square over ten equal parts and over the wins: below its 99.9 % bounds."""
        source, number = random.Random(11), 20_000  # noqa: S311 - fixed seeds
        seeds = [source.randbytes(32) for _ in range(number)]
        ids = [UUID(bytes=source.randbytes(16)) for _ in range(number)]
        engine = create_engine(database, poolclass=NullPool)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT stoa_roll(seed, id, 'n') FROM unnest(%s::bytea[], %s::uuid[])"
                " WITH ORDINALITY AS each (seed, id, n) ORDER BY n",
                (seeds, ids),
            ).all()
        engine.dispose()
        rolls = [row[0] for row in rows]
        assert rolls == [roll(seed, each, "n") for seed, each in zip(seeds, ids, strict=True)]
        parts = Counter(each // 100_000 for each in rolls)
        assert sum((parts[part] - 2000) ** 2 / 2000 for part in range(10)) < 27.88
        won = sum(each < 250_000 for each in rolls)
        assert (won - 5000) ** 2 / 5000 + (won - 5000) ** 2 / 15_000 < 10.83


SABOTEURS = {
    "sold without points": ("IF free < p_points THEN", "IF free < 0 THEN"),
    "sold without end": ("IF p_most < p_count + (", "IF p_most < ("),
    "given back twice": ("bought.state <> 'open' OR bought.undo_until", "bought.undo_until"),
    "given back after use": (
        "bought.state <> 'open' OR bought.undo_until",
        "bought.state = 'refunded' OR bought.undo_until",
    ),
    "given back too late": (" OR bought.undo_until < p_now THEN", " THEN"),
    "given back to no lot": ("DO UPDATE SET remaining = l.remaining + piece.points", "DO NOTHING"),
    "used twice": ("SET state = 'used', used", "SET used"),
    "fewer used than needed": ("coalesce(cardinality(chosen), 0) < p_count", "chosen IS NULL"),
    "drawn again": ("ELSIF bought.state <> 'open' THEN", "ELSIF false THEN"),
    "drawn by another seed": ("public.stoa_roll(bought.seed, p_id", "public.stoa_roll('x', p_id"),
    "always won": ("rolled < c.odds THEN 'won'", "rolled >= 0 THEN 'won'"),
    "the operator's seed alone": (
        "uuid_send(p_id) || convert_to(p_nonce, 'UTF8')", "uuid_send(p_id)",
    ),
    "lots forgotten": ("p_member, p_currency, lot.expires_on, lot.seq, wallet.seq + 1, used, 0",
                       "p_member, p_currency, lot.expires_on, lot.seq, wallet.seq + 1, 0, 0"),
}  # fmt: skip


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


def _trial(desk: Desk, clock: FixedClock) -> None:
    coalition = a_coalition(desk)
    a_chance(desk, STEP | {"mode": "attempt"})
    a_chance(desk, DRAW | {"points": 10, "odds_per_million": 1}, "draw")
    ada, poor = rich(coalition, "480.00"), rich(coalition, "99.00", "Poor")
    with pytest.raises(InsufficientPointsError):
        buy(desk, poor)
    first, second = buy(desk, ada), buy(desk, ada)
    assert undo(desk, ada, first).balance.available == 380
    with pytest.raises(ChanceClosedError):
        undo(desk, ada, first)
    with desk.work(WORKER) as work:
        assert not chances.use(work, ada.id, "main", "silver", 2)
        assert chances.use(work, ada.id, "main", "silver", 1)
        assert not chances.use(work, ada.id, "main", "silver", 1)
    with pytest.raises(ChanceClosedError):
        undo(desk, ada, second)
    third = buy(desk, ada)
    buy(desk, ada)
    with pytest.raises(ChanceLimitError):
        buy(desk, ada)
    clock.move(hours=2)
    with pytest.raises(ChanceClosedError):
        undo(desk, ada, third)
    drawn = buy(desk, ada, "draw")
    told = draw(desk, ada, drawn).bought
    assert told.drawn is not None
    assert told.seed is not None
    assert told.state == "lost"
    assert told.drawn["roll"] == roll(told.seed, told.id, "n")
    with pytest.raises(ChanceClosedError):
        draw(desk, ada, drawn)
    with desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 170), key=a_key())
    with desk.work(WORKER) as work:
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_on_the_ledger_as_it_is(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_trial_notices(broken_desk: Desk, database: str, name: str, clock: FixedClock) -> None:
    text = ledger_functions("burning", "chances")
    assert text.count(SABOTEURS[name][0]) == 1, "the saboteur finds no place, or more than one"
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(text.replace(*SABOTEURS[name]).replace("%", "%%"))
    engine.dispose()
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken_desk, clock)
