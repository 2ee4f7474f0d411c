"""Challenges and chances as partners read them: languages, unknown words, draws reckoned again."""

import hashlib
import uuid

import pytest

from partner_sdk.fake_stoa import CHANCE, NAME
from stoa.values.draws import roll
from stoa.values.identifiers import public_id
from stoa_sdk import Chance, ChanceState, Wording, draw_is_true

SEED, ID, ODDS = b"s" * 32, uuid.UUID(int=2**120 + 7), 500_000
COMMITMENT = hashlib.sha256(SEED).hexdigest()


def a_draw(**changes: object) -> Chance:
    """Return a chance as it is told after its draw with the text ``n``."""
    rolled = roll(SEED, ID, "n")
    drawn = {
        "chance_id": public_id("chn", ID), "mode": "draw", "odds_per_million": ODDS,
        "state": "won" if rolled < ODDS else "lost", "commitment": COMMITMENT,
        "seed": SEED.hex(), "nonce": "n", "roll": rolled,
    }  # fmt: skip
    return Chance.read(CHANCE | drawn | changes)


def test_a_draw_can_be_reckoned_again() -> None:
    assert draw_is_true(a_draw(), commitment=COMMITMENT, nonce="n")


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": (b"t" * 32).hex()},
        {"roll": 0},
        {"odds_per_million": 1_000_000, "state": "lost"},
        {"state": "open", "seed": None, "roll": None},
        {"chance_id": public_id("chn", uuid.UUID(int=9))},
    ],
)
def test_a_draw_that_was_tampered_with_is_found(changes: dict[str, object]) -> None:
    assert not draw_is_true(a_draw(**changes), commitment=COMMITMENT, nonce="n")


def test_another_text_or_another_hash_makes_another_draw() -> None:
    assert not draw_is_true(a_draw(), commitment=COMMITMENT, nonce="m")
    assert not draw_is_true(a_draw(), commitment="00", nonce="n")


def test_words_of_a_newer_server_stay_text() -> None:
    assert Chance.read(CHANCE).state is ChanceState.USED
    assert Chance.read(CHANCE | {"state": "pending"}).state == "pending"


def test_a_text_falls_back_to_english() -> None:
    name = Wording.read(NAME)
    assert name.of("zh-Hans") == "三次光临"
    assert name.of("zh-Hant") == "Three visits"
