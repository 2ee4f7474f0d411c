"""Draws as pure functions: fair rolls, fair winners, documents with every mistake named."""

import hashlib
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from draws import RAFFLE, WHEEL
from stoa.values import draws as values
from stoa.values.conditions import WrongRuleError
from stoa.values.draws import commitment, entry, pick, prize_at, roll, root, winners
from stoa.values.lotteries import read_lottery
from stoa.values.merkle import EMPTY_ROOT, leaf_hash, node_hash

SEED = b"a seed that everybody knows, s.."


class TestFairness:
    """No result is likelier than it is told to be."""

    def test_100_000_rolls_are_as_even_as_chance_makes_them(self) -> None:
        odds = [5_000, 95_000, 200_000, 300_000]
        told = Counter(
            prize_at(roll(SEED, UUID(int=number), "n"), odds, [1, 1, 1, 1])
            for number in range(100_000)
        )
        wanted = {0: 500, 1: 9_500, 2: 20_000, 3: 30_000, None: 40_000}
        chi_square = sum((told[key] - n) ** 2 / n for key, n in wanted.items())
        assert chi_square < 18.47  # 0.1 % of fair draws are worse, with 4 degrees of freedom

    def test_the_hundred_hundredths_of_all_rolls_are_even(self) -> None:
        told = Counter(roll(SEED, UUID(int=number), "m") // 10_000 for number in range(100_000))
        chi_square = sum((told[each] - 1000) ** 2 / 1000 for each in range(100))
        assert chi_square < 148.3  # 0.1 % of fair draws are worse, with 99 degrees of freedom

    def test_the_odd_end_of_the_numbers_is_passed_over(self) -> None:
        last = (2**56 - 2**56 % 1_000_000).to_bytes(7) + bytes(25)
        before = (2**56 - 2**56 % 1_000_000 - 1).to_bytes(7) + bytes(25)
        assert pick(before, 1_000_000) == 999_999
        assert pick(last, 1_000_000) == pick(hashlib.sha256(last).digest(), 1_000_000)

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_every_pick_has_as_many_numbers(
        self, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(values, "_BYTES", 1)
        monkeypatch.setattr(values, "_NUMBERS", 256)
        told = Counter(pick(bytes([n]), size) for n in range(256 - 256 % size))
        assert set(told.values()) == {256 // size}

    def test_every_ticket_wins_a_raffle_as_often(self) -> None:
        told = Counter(
            place
            for seed in range(4_000)
            for place in winners(seed.to_bytes(32), b"root", list("abcdefghij"), 2, once=True)
        )
        chi_square = sum((told[each] - 800) ** 2 / 800 for each in range(10))
        assert chi_square < 27.88  # 0.1 % of fair draws are worse, with 9 degrees of freedom


class TestRolling:
    """What a roll wins is a matter of its place."""

    @pytest.mark.parametrize(
        ("rolled", "left", "won"),
        [
            (0, [1, 1], 0), (9, [1, 1], 0), (10, [1, 1], 1), (29, [1, 1], 1), (30, [1, 1], None),
            (0, [0, 1], None), (10, [1, 0], None), (999_999, [1, 1], None),
        ],
    )  # fmt: skip
    def test_prizes_lie_behind_each_other(
        self, rolled: int, left: list[int], won: int | None
    ) -> None:
        assert prize_at(rolled, [10, 20], left) == won

    def test_the_same_seed_text_and_stock_win_the_same(self) -> None:
        ticket = UUID(int=7)
        told = {prize_at(roll(SEED, ticket, "n"), [500_000], [1]) for _ in range(5)}
        assert len(told) == 1
        assert roll(SEED, ticket, "n") != roll(SEED, ticket, "m")
        assert commitment(SEED) == hashlib.sha256(SEED).digest()


class TestWinners:
    """Winners follow from the seed and the list; no ticket and no member wins twice."""

    def test_nobody_wins_twice(self) -> None:
        chance = random.Random(5)  # noqa: S311 - no secret
        for _ in range(200):
            holders = [chance.choice("abcde") for _ in range(chance.randint(0, 12))]
            wins = chance.randint(0, 8)
            once = winners(SEED, b"r", holders, wins, once=True)
            assert len(once) == min(wins, len(set(holders)))
            assert len({holders[place] for place in once}) == len(once)
            many = winners(SEED, b"r", holders, wins, once=False)
            assert len(many) == len(set(many)) == min(wins, len(holders))

    def test_another_seed_or_list_makes_others(self) -> None:
        holders = [str(number) for number in range(1000)]
        told = winners(SEED, b"r", holders, 5, once=True)
        assert told == winners(SEED, b"r", holders, 5, once=True)
        assert told != winners(SEED + b"x", b"r", holders, 5, once=True)
        assert told != winners(SEED, b"s", holders, 5, once=True)

    def test_the_root_is_that_of_rfc_6962(self) -> None:
        one, two = entry(1, "tkt_1", "aa"), entry(2, "tkt_2", "bb")
        assert one == b"1 tkt_1 aa"
        assert root([]) == EMPTY_ROOT
        assert root([one, two]) == node_hash(leaf_hash(one), leaf_hash(two))


class TestReading:
    """Documents: a draw has to be allowed by name, and every mistake is named."""

    def test_what_is_promised(self) -> None:
        read = read_lottery(RAFFLE)
        terms = read.terms("summer", "Asia/Shanghai")
        assert (terms["opens_at"], terms["closes_at"], terms["draws_at"]) == (
            "2026-04-30T16:00:00+00:00", "2026-05-31T16:00:00+00:00", "2026-06-02T12:00:00+00:00",
        )  # fmt: skip
        assert (read.once, read.tickets, read.claim_days) == (True, 100_000, 30)
        assert read.hours("UTC")[2] == datetime(2026, 6, 2, 20, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"allowed_draw": None}, "allowed_draw"),
            ({"mode": "wheel"}, "mode"),
            ({"points": 0}, "points"),
            ({"until": "2026-04-30"}, "until"),
            ({"tickets": 250_001}, "tickets"),
            ({"per_member": 0}, "per_member"),
            ({"per_member_day": True}, "per_member_day"),
            ({"tiers": []}, "tiers"),
            ({"tiers": ["gold", "gold"]}, "tiers"),
            ({"prizes": []}, "prizes"),
            ({"prizes": WHEEL["prizes"] + WHEEL["prizes"][:1]}, "prizes"),
            ({"prizes": [WHEEL["prizes"][0] | {"odds_per_million": 0}]},
             "prizes.0.odds_per_million"),
            ({"prizes": [WHEEL["prizes"][0] | {"code": "consolation"}]}, "prizes.0.code"),
            ({"prizes": [WHEEL["prizes"][0] | {"stock": 9_999}, WHEEL["prizes"][1]]}, "prizes"),
            ({"prizes": [WHEEL["prizes"][0] | {"odds_per_million": 800_000},
                         WHEEL["prizes"][1]]}, "prizes"),
            ({"prizes": [WHEEL["prizes"][1] | {"coupon": "c"}]}, "prizes.0.coupon"),
            ({"prizes": [WHEEL["prizes"][1] | {"partner": "c"}]}, "prizes.0.partner"),
            ({"budget_points": 149}, "budget_points"),
            ({"consolation": {"name": {"en": "x"}, "worth_minor": 1, "points": 1}},
             "budget_points"),
            ({"draws_at": "2026-07-01T20:00"}, "draws_at"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_named(self, changes: dict[str, Any], place: str) -> None:
        with pytest.raises(WrongRuleError) as wrong:
            read_lottery(WHEEL | changes)
        assert place in wrong.value.errors

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"draws_at": None}, "draws_at"),
            ({"draws_at": "2026-05-31T20:00"}, "draws_at"),
            ({"draws_at": "tomorrow"}, "draws_at"),
            ({"consolation": {"name": {"en": "x"}, "worth_minor": 1}}, "consolation"),
            ({"prizes": [RAFFLE["prizes"][0] | {"odds_per_million": 5}]},
             "prizes.0.odds_per_million"),
        ],
    )  # fmt: skip
    def test_a_mistake_of_a_raffle_is_named(self, changes: dict[str, Any], place: str) -> None:
        with pytest.raises(WrongRuleError) as wrong:
            read_lottery(RAFFLE | changes)
        assert place in wrong.value.errors
